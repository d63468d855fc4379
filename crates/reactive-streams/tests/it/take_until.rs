//! `take_until`: the signal, errors of either side, threads.

use crate::threads::Crew;
use reactive_streams::{Demand, Flow, Reason, empty, iter, once, pending};
use reactive_streams_test::{Live, Script, Scripted, probe, scripted};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};

type Hand<T> = (Script<T, &'static str>, Scripted<T, &'static str>);

fn hands() -> (Hand<u32>, Hand<()>) {
    (scripted(), scripted())
}

#[test]
fn demand_passes_through_and_the_signal_is_asked_for_one() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    assert_eq!((source.requested(), stop.requested()), (0, 1));
    probe.request(2);
    probe.request(3);
    assert_eq!(source.requested(), 5);
    source.next(1).expect("asked for");
    assert_eq!((probe.items(), source.requested()), (vec![1], 5));
}

#[test]
fn an_endless_source_and_unbounded_demand_hold_no_more_than_a_slice() {
    let flow = iter(0..).take_until(pending::<()>());
    let ledger = flow.ledger();
    assert_eq!(flow.take(10_000).count().block(), Ok(10_000));
    assert!(ledger.high_water() <= 32 && ledger.received() < 10_100);
}

#[test]
fn an_item_of_the_signal_completes_it() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    probe.request(3);
    source.next(1).expect("asked for");
    stop.next(()).expect("asked for");
    assert!(probe.is_complete() && source.is_cancelled() && stop.is_cancelled());
    assert_eq!((probe.items(), probe.unused()), (vec![1], Demand::new(2)));
}

#[test]
fn so_does_its_completion() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    stop.complete();
    assert!(probe.is_complete() && source.is_cancelled());
}

#[test]
fn a_signal_that_has_come_already_keeps_the_source_from_being_subscribed_to() {
    let (source, one) = scripted::<u32, std::convert::Infallible>();
    let probe = probe(Flow::from(one).take_until(empty::<()>()));
    assert!(probe.is_complete());
    assert_eq!(source.requested(), 0);
    assert_eq!(iter(0..9).take_until(once(())).count().block(), Ok(0));
}

#[test]
fn the_source_may_end_first() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    source.complete();
    assert!(probe.is_complete() && stop.is_cancelled());
    assert_eq!(iter(0..9).take_until(pending::<()>()).count().block(), Ok(9));
}

#[test]
fn an_error_of_either_fails_it() {
    let ((source, one), (stop, other)) = hands();
    let failing = probe(Flow::from(one).take_until(other));
    stop.fail("signal");
    assert!(source.is_cancelled());
    assert_eq!(failing.error(), Some("signal"));
    let ((source, one), (stop, other)) = hands();
    let failing = probe(Flow::from(one).take_until(other));
    source.fail("source");
    assert!(stop.is_cancelled());
    assert_eq!(failing.error(), Some("source"));
}

#[test]
fn a_signal_that_goes_without_a_terminal_never_comes() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    drop(stop);
    assert!(probe.is_active() && !source.is_cancelled());
    source.complete();
    assert!(probe.is_complete());
}

#[test]
fn a_source_that_goes_without_a_terminal_takes_the_stream_with_it() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    drop(source);
    assert!(probe.is_dropped() && !probe.is_complete() && stop.is_cancelled());
}

#[test]
fn a_cancel_reaches_both() {
    let ((source, one), (stop, other)) = hands();
    let probe = probe(Flow::from(one).take_until(other));
    probe.cancel();
    assert!(source.is_cancelled() && stop.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_signal_on_a_thread_of_its_own_ends_it_once() {
    let live = Live::new();
    for round in 0..500 {
        let crew = Crew::new();
        let items = live.clone();
        let source = crew.publisher((0..50u32).map(move |n| items.item(n)));
        let flow = Flow::from(source).take_until(crew.publisher([()]));
        let ledger = flow.ledger();
        let probe = probe(flow);
        probe.request(u64::MAX);
        crew.run(|| {});
        assert!(probe.is_complete(), "round {round}");
        let seen = probe.items().len() as u64;
        assert_eq!(ledger.emitted(), seen);
        assert_eq!(ledger.received(), seen + ledger.dropped(Reason::Late));
        assert_eq!(live.count(), 0);
    }
}

#[test]
fn a_cancel_reaches_an_upstream_that_runs_in_a_request() {
    let calls = Arc::new(AtomicU32::new(0));
    let slot: Arc<OnceLock<reactive_streams_test::Probe<u32, Infallible>>> = Arc::default();
    let (counted, cancels) = (Arc::clone(&calls), Arc::clone(&slot));
    let source = iter(0..1000).filter(move |_: &u32| {
        counted.fetch_add(1, SeqCst);
        cancels.get().expect("set").cancel();
        false
    });
    let _ = slot.set(probe(source.take_until(pending::<()>())));
    slot.get().unwrap().request(1);
    assert_eq!(calls.load(SeqCst), 1);
}

#[test]
fn an_end_reaches_an_upstream_that_runs_in_a_request() {
    let calls = Arc::new(AtomicU32::new(0));
    let (script, other) = scripted::<(), Infallible>();
    let counted = Arc::clone(&calls);
    let source = iter(0..1000).filter(move |_: &u32| {
        counted.fetch_add(1, SeqCst);
        script.complete();
        false
    });
    let probe = probe(source.take_until(Flow::from(other)));
    probe.request(1);
    assert!(probe.is_complete());
    assert_eq!(calls.load(SeqCst), 1);
}
