//! `from_fn`.

use reactive_streams::{Demand, from_fn};
use reactive_streams_test::{Live, probe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[test]
fn it_is_called_once_for_each_unit() {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let probe = probe(from_fn(move || Some(counter.fetch_add(1, Relaxed))));
    assert_eq!(calls.load(Relaxed), 0);
    probe.request(3);
    assert_eq!((calls.load(Relaxed), probe.items()), (3, vec![0, 1, 2]));
}

#[test]
fn none_ends_it_and_leaves_its_unit_unused() {
    let mut items = vec!["b", "a"];
    let probe = probe(from_fn(move || items.pop()));
    probe.request(2);
    assert!(!probe.is_complete());
    probe.request(4);
    assert_eq!((probe.items(), probe.is_complete()), (vec!["a", "b"], true));
    assert_eq!(probe.unused(), Some(Demand::of(4)));
}

#[test]
fn a_cancel_drops_the_closure() {
    let live = Live::new();
    let held = live.item(());
    let probe = probe(from_fn(move || {
        let _held = &held;
        Some(1)
    }));
    probe.request(1);
    probe.cancel();
    assert_eq!(live.count(), 0);
}
