//! `fail`.

use reactive_streams::{Flow, fail};
use reactive_streams_test::{Live, probe};

#[test]
fn it_fails_without_demand() {
    let probe = probe(fail::<u32, _>("broken"));
    assert!(probe.is_failed() && probe.is_dropped());
    assert_eq!((probe.error(), probe.unused()), (Some("broken"), None));
}

#[test]
fn demand_asked_in_on_subscribe_is_unused() {
    assert_eq!(fail::<u32, _>("broken").count().block(), Err("broken"));
}

#[test]
fn an_error_that_nobody_wants_is_dropped() {
    let live = Live::new();
    let flow: Flow<_> = fail::<u32, _>(live.item(1));
    assert_eq!(live.count(), 1);
    assert!(flow.take(0).count().block().is_ok());
    assert_eq!(live.count(), 0);
}
