//! `defer`.

use reactive_streams::{defer, iter, pending};
use reactive_streams_test::{Live, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[test]
fn the_publisher_is_made_at_each_subscription() {
    let made = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&made);
    let flow = defer(move || iter([counter.fetch_add(1, Relaxed)]));
    assert_eq!(made.load(Relaxed), 0);
    assert_eq!(flow.clone().first().block(), Ok(Some(0)));
    assert_eq!(flow.first().block(), Ok(Some(1)));
}

#[test]
fn demand_and_cancel_reach_what_was_made() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(defer(|| publisher));
    probe.request(3);
    assert_eq!(script.requested(), 3);
    probe.cancel();
    assert!(script.is_cancelled());
}

#[test]
fn a_panic_while_making_unwinds_to_who_subscribed() {
    let live = Live::new();
    let held = live.item(());
    let flow = defer(move || {
        if held.clone() == () {
            panic!("as planned");
        }
        pending::<u32>()
    });
    assert!(catch_unwind(AssertUnwindSafe(|| probe(flow))).is_err());
    assert_eq!(live.count(), 0);
}
