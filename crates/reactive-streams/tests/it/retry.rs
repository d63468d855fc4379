//! `retry`.

use reactive_streams::{Demand, defer, fail, iter};
use reactive_streams_test::probe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[test]
fn it_subscribes_once_more_for_each_failure() {
    let attempts = Arc::new(AtomicU64::new(0));
    let counted = attempts.clone();
    let flow = defer(move || {
        let n = counted.fetch_add(1, Relaxed);
        iter([n]).map_err(|never| match never {}).chain(fail("down"))
    });
    let probe = probe(flow.retry(2));
    probe.request(2);
    assert_eq!(probe.items(), [0, 1]);
    assert!(probe.is_active());
    probe.request(5);
    assert_eq!(probe.items(), [2]);
    assert_eq!(probe.error(), Some("down"));
    assert_eq!(probe.unused(), Demand::new(4));
    assert_eq!(attempts.load(Relaxed), 3);
}

#[test]
fn a_million_failures_do_not_grow_the_stack() {
    let probe = probe(fail::<u32, _>("down").retry(1_000_000));
    assert_eq!(probe.error(), Some("down"));
}
