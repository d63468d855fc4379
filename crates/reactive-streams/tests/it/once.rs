//! `once`.

use reactive_streams::{Demand, once};
use reactive_streams_test::{Live, probe};

#[test]
fn it_completes_with_the_item_and_no_further_demand() {
    let probe = probe(once(7));
    assert!(probe.is_active() && !probe.is_complete());
    probe.request(1);
    assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec![7], true, None));
}

#[test]
fn unbounded_demand_is_left_unbounded() {
    let probe = probe(once(7));
    probe.request(u64::MAX);
    assert_eq!(probe.unused(), Some(Demand::UNBOUNDED));
}

#[test]
fn a_cancel_drops_the_item() {
    let live = Live::new();
    let probe = probe(once(live.item(7)));
    probe.cancel();
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!(live.count(), 0);
}
