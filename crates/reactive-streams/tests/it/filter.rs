//! `filter`.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn a_rejected_item_is_asked_for_again() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).filter(|n| *n > 1));
    probe.request(1);
    assert_eq!((script.next(0), script.next(1)), (Ok(()), Ok(())));
    assert_eq!((script.next(2), script.next(3)), (Ok(()), Err(3)));
    script.complete();
    assert_eq!((probe.items(), probe.unused()), (vec![2], None));
}

#[test]
fn rejected_items_are_dropped_and_leave_the_demand_exact() {
    let live = Live::new();
    let maker = live.clone();
    let probe = probe(iter(0..100).map(move |n| maker.item(n)).filter(|n| **n % 10 == 0));
    probe.request(12);
    assert_eq!((probe.items().len(), probe.unused()), (10, Some(Demand::of(2))));
    assert_eq!(live.count(), 0);
}

#[test]
fn a_million_rejected_items_do_not_grow_the_stack() {
    assert_eq!(iter(0..1_000_000).filter(|n| *n == 999_999).first().block(), Ok(Some(999_999)));
}
