//! `or_else`.

use reactive_streams::{Demand, Flow};
use reactive_streams_test::{probe, scripted};

#[test]
fn the_unused_demand_goes_to_the_other() {
    let (first, a) = scripted::<u32, &str>();
    let (second, b) = scripted::<u32, u32>();
    let probe = probe(Flow::from(a).or_else(move |_| b));
    probe.request(4);
    first.next(1).expect("asked for");
    first.fail("down");
    assert_eq!(second.requested(), 3);
    second.next(2).expect("asked for");
    second.fail(5);
    assert_eq!(probe.items(), [1, 2]);
    assert_eq!(probe.error(), Some(5));
    assert_eq!(probe.unused(), Demand::new(2));
}

#[test]
fn a_completion_needs_no_other() {
    let (first, a) = scripted::<u32, &str>();
    let (_second, b) = scripted::<u32, u32>();
    let probe = probe(Flow::from(a).or_else(move |_| b));
    first.complete();
    assert!(probe.is_complete());
}
