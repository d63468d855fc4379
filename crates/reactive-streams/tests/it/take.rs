//! `take`.

use crate::local::Local;
use reactive_streams::{Demand, Flow, Publisher, iter};
use reactive_streams_test::{probe, scripted};

#[test]
fn the_nth_item_completes_and_cancels_upstream() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).take(2));
    probe.request(5);
    script.next(1).expect("there is demand");
    assert!(!probe.is_complete() && !script.is_cancelled());
    script.next(2).expect("there is demand");
    assert!(probe.is_complete() && script.is_cancelled());
    assert_eq!((script.next(3), probe.items()), (Err(3), vec![1, 2]));
    assert_eq!(probe.unused(), Some(Demand::of(3)));
}

#[test]
fn take_of_none_completes_at_once_and_pulls_nothing() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).take(0));
    assert!(probe.is_complete() && script.is_cancelled());
    assert_eq!((script.requested(), probe.unused()), (0, None));
}

#[test]
fn take_of_none_leaves_the_demand_asked_in_on_subscribe() {
    let (subscriber, log) = Local::asking(3);
    iter(0..9).take(0).subscribe(subscriber);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "complete 3", "drop"]);
}

#[test]
fn a_shorter_upstream_ends_it_earlier() {
    let probe = probe(iter(0..2).take(5));
    probe.request(3);
    assert_eq!((probe.items(), probe.unused()), (vec![0, 1], Some(Demand::ONE)));
}

#[test]
fn two_in_a_row_take_the_smaller() {
    for (a, b) in [(2, 5), (5, 2), (2, 2)] {
        assert_eq!(iter(0..).take(a).take(b).count().block(), Ok(2));
    }
}

#[test]
fn a_cancel_with_the_last_item_leaves_no_terminal() {
    let (subscriber, log) = Local::cancelling_at(3, 2);
    iter(0..).take(2).subscribe(subscriber);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "next", "next", "drop"]);
}
