//! `empty`.

use crate::local::Local;
use reactive_streams::{Publisher, empty};
use reactive_streams_test::probe;

#[test]
fn it_completes_without_demand() {
    let probe = probe(empty::<u32>());
    assert!(probe.is_complete() && probe.is_dropped());
    assert_eq!(probe.unused(), None);
}

#[test]
fn a_cancel_in_on_subscribe_prevents_the_completion() {
    let (subscriber, log) = Local::cancelling_at(1, 0);
    empty::<u32>().subscribe(subscriber);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "drop"]);
}
