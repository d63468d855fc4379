//! `take_while`.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{Live, probe, scripted};

#[test]
fn the_first_rejected_item_completes_and_cancels_upstream() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).take_while(|n| *n < 2));
    probe.request(3);
    script.next(1).expect("there is demand");
    script.next(2).expect("there is demand");
    assert!(probe.is_complete() && script.is_cancelled());
    assert_eq!((probe.items(), probe.unused()), (vec![1], Some(Demand::of(2))));
}

#[test]
fn the_rejected_item_is_dropped() {
    let live = Live::new();
    let maker = live.clone();
    let probe = probe(iter(0..9).map(move |n| maker.item(n)).take_while(|_| false));
    probe.request(1);
    assert_eq!((probe.is_complete(), live.made(), live.count()), (true, 1, 0));
}

#[test]
fn an_upstream_without_one_ends_it() {
    assert_eq!(iter(0..3).take_while(|_| true).count().block(), Ok(3));
}
