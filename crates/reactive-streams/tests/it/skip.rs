//! `skip`.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{probe, scripted};

#[test]
fn the_first_items_are_asked_for_again() {
    let (script, publisher) = scripted::<u32, u32>();
    let probe = probe(Flow::from(publisher).skip(2));
    probe.request(1);
    for item in [1, 2, 3] {
        script.next(item).expect("there is demand");
    }
    assert_eq!((script.next(4), probe.items()), (Err(4), vec![3]));
    script.complete();
    assert_eq!((probe.is_complete(), probe.unused()), (true, None));
}

#[test]
fn a_shorter_upstream_leaves_all_demand() {
    let probe = probe(iter(0..2).skip(5));
    probe.request(3);
    assert_eq!((probe.is_complete(), probe.unused()), (true, Some(Demand::of(3))));
}

#[test]
fn none_skips_nothing() {
    assert_eq!(iter(0..3).skip(0).collect::<Vec<_>>().block(), Ok(vec![0, 1, 2]));
}
