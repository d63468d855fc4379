//! `iter`.

use reactive_streams::{Demand, iter};
use reactive_streams_test::{Live, probe};

#[test]
fn items_come_as_they_are_asked_for() {
    let probe = probe(iter(0..5));
    probe.request(2);
    assert_eq!(probe.items(), [0, 1]);
    probe.request(1);
    assert_eq!(probe.items(), [2]);
    probe.request(9);
    assert_eq!((probe.items(), probe.unused()), (vec![3, 4], Some(Demand::of(7))));
}

#[test]
fn an_end_that_is_known_needs_no_demand() {
    let probe = probe(iter(0..2));
    probe.request(2);
    assert!(probe.is_complete());
}

#[test]
fn an_end_that_is_not_known_takes_a_unit_to_find_and_leaves_it() {
    let probe = probe(iter((0..4).filter(|n| n % 2 == 0)));
    probe.request(2);
    assert!(!probe.is_complete());
    probe.request(1);
    assert_eq!((probe.is_complete(), probe.unused()), (true, Some(Demand::ONE)));
}

#[test]
fn a_million_requests_do_not_grow_the_stack() {
    let probe = probe(iter(0..));
    for _ in 0..1_000_000 {
        probe.request(1);
    }
    assert_eq!(probe.items().len(), 1_000_000);
}

#[test]
fn a_cancel_drops_what_was_not_asked_for() {
    let live = Live::new();
    let items: Vec<_> = (0..3).map(|n| live.item(n)).collect();
    let probe = probe(iter(items));
    probe.request(1);
    drop(probe.items());
    assert_eq!(live.count(), 2);
    probe.cancel();
    assert_eq!(live.count(), 0);
}
