//! `latest`.

use crate::local::Local;
use reactive_streams::{ErrorPolicy, Flow, Publisher, Reason};
use reactive_streams_test::{Live, probe, scripted};
use std::sync::mpsc;

#[test]
fn the_newest_goes_out_and_the_hook_sees_the_others() {
    let (lost, seen) = mpsc::channel();
    let (script, publisher) = scripted::<u32, ()>();
    let flow =
        Flow::from(publisher).latest().on_dropped(move |dropped| lost.send(dropped).expect("it is open"));
    let ledger = flow.ledger();
    let probe = probe(flow);
    assert_eq!(script.requested(), u64::MAX);
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    probe.request(2);
    (4..=6).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!(probe.items(), [3, 4]);
    let seen: Vec<_> = seen.try_iter().map(|dropped| (dropped.item, dropped.reason)).collect();
    assert_eq!(seen, [1, 2, 5].map(|n| (n, Reason::Superseded)));
    assert_eq!((ledger.dropped(Reason::Superseded), ledger.depth(), ledger.high_water()), (3, 1, 1));
}

#[test]
fn the_last_one_waits_for_demand_and_then_the_end_comes() {
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).latest());
    script.next(1).expect("asked for");
    script.fail("broken");
    assert!(!probe.is_failed());
    probe.request(1);
    assert_eq!((probe.items(), probe.error()), (vec![1], Some("broken")));
}

#[test]
fn an_immediate_error_and_a_cancel_count_what_they_cut() {
    for cancelled in [false, true] {
        let live = Live::new();
        let (script, publisher) = scripted::<_, &str>();
        let flow = Flow::from(publisher).latest().on_error(ErrorPolicy::Immediate);
        let ledger = flow.ledger();
        let probe = probe(flow);
        script.next(live.item(1)).expect("asked for");
        if cancelled {
            probe.cancel()
        } else {
            script.fail("broken")
        }
        let reason = if cancelled { Reason::Cancelled } else { Reason::Error };
        assert_eq!((ledger.dropped(reason), live.count(), ledger.is_balanced()), (1, 0, true));
    }
}

#[test]
fn an_item_that_nobody_can_ask_for_ends_it() {
    let (script, publisher) = scripted::<u32, &str>();
    let (local, log) = Local::asking(1);
    let flow = Flow::from(publisher).latest();
    let ledger = flow.ledger();
    flow.subscribe(local);
    script.next(1).expect("asked for");
    assert!(!script.is_cancelled());
    script.next(2).expect("asked for");
    assert!(script.is_cancelled());
    assert_eq!((ledger.dropped(Reason::Cancelled), ledger.is_balanced()), (1, true));
    drop(log);
}
