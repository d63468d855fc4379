//! `SystemClock`: what rings on its thread.

use reactive_streams::{SystemClock, interval};
use reactive_streams_test::probe;
use std::time::Duration;

#[test]
fn an_interval_runs_on_it_and_ends_with_its_consumer() {
    let clock = SystemClock::new();
    let first = interval(Duration::from_millis(1), clock.clone()).take(2).collect::<Vec<_>>();
    let second = interval(Duration::from_millis(1), clock).skip(1).first();
    assert_eq!((first.block(), second.block()), (Ok(vec![0, 1]), Ok(Some(1))));
}

#[test]
fn a_consumer_that_goes_disarms_it() {
    let clock = SystemClock::new();
    let probe = probe(interval(Duration::from_secs(1000), clock.clone()));
    probe.request(1);
    assert!(format!("{clock:?}").contains("armed: 1"));
    drop(probe);
    assert!(format!("{clock:?}").contains("armed: 0"));
}
