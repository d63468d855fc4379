//! `pending`.

use crate::local::Local;
use reactive_streams::{Publisher, pending};
use reactive_streams_test::probe;

#[test]
fn it_keeps_its_subscriber_until_the_cancel() {
    let probe = probe(pending::<u32>());
    for n in [1, 5, u64::MAX] {
        probe.request(n);
        assert!(probe.is_active() && probe.items().is_empty());
    }
    probe.cancel();
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
}

#[test]
fn dropping_the_only_handle_drops_the_subscriber() {
    drop(probe(pending::<u32>()));
}

#[test]
fn without_a_handle_the_subscriber_goes_at_once() {
    let (subscriber, log) = Local::asking(3);
    pending::<u32>().subscribe(subscriber);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "drop"]);
}

#[test]
#[should_panic(expected = "the pipeline was abandoned")]
fn blocking_on_it_panics_instead_of_hanging() {
    let _ = pending::<u32>().count().block();
}
