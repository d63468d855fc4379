//! `timeout`.

use reactive_streams::{Demand, Flow, TimeoutError, iter};
use reactive_streams_test::{Live, VirtualClock, probe, scripted};
use std::convert::Infallible;
use std::time::Duration;

const S: Duration = Duration::from_secs(1);
const ELAPSED: TimeoutError<&str> = TimeoutError::Elapsed { duration: Duration::from_secs(8) };

#[test]
fn it_fails_when_nothing_comes_for_the_duration() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).timeout(8 * S, clock.clone()));
    clock.advance(100 * S);
    assert_eq!((script.requested(), clock.armed(), probe.is_failed()), (0, 0, false));
    probe.request(3);
    assert_eq!(script.requested(), 3);
    clock.advance(8 * S - Duration::from_nanos(1));
    assert!(!probe.is_failed());
    clock.advance(Duration::from_nanos(1));
    assert_eq!((probe.error(), probe.unused()), (Some(ELAPSED), Demand::new(3)));
    assert_eq!((script.is_cancelled(), clock.armed()), (true, 0));
}

#[test]
fn each_item_starts_the_time_anew() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).timeout(8 * S, clock.clone()));
    probe.request(u64::MAX);
    for n in 0..20 {
        clock.advance(7 * S);
        script.next(n).expect("asked for");
    }
    clock.advance(7 * S);
    assert_eq!((probe.items().len(), probe.is_failed()), (20, false));
    // No earlier than the duration, and no more than an eighth later.
    clock.advance(2 * S);
    assert_eq!(probe.error(), Some(ELAPSED));
}

#[test]
fn a_consumer_that_asks_for_nothing_is_not_punished() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).timeout(8 * S, clock.clone()));
    probe.request(1);
    clock.advance(7 * S);
    script.next(1).expect("asked for");
    clock.advance(100 * S);
    assert_eq!((probe.items(), probe.is_failed(), clock.armed()), (vec![1], false, 0));
    probe.request(1);
    clock.advance(8 * S - Duration::from_nanos(1));
    assert!(!probe.is_failed());
    script.complete();
    assert_eq!((probe.is_complete(), probe.unused(), clock.armed()), (true, Demand::new(1), 0));
}

#[test]
fn errors_and_the_end_pass() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let failing = probe(Flow::from(publisher).timeout(S, clock.clone()));
    script.fail("broken");
    assert_eq!(failing.error(), Some(TimeoutError::Upstream("broken")));
    assert_eq!(iter(0..9).timeout(S, clock).collect::<Vec<_>>().block(), Ok((0..9).collect()));
}

#[test]
fn a_cancel_disarms_and_reaches_upstream() {
    let (clock, live) = (VirtualClock::new(), Live::new());
    let (script, publisher) = scripted::<_, Infallible>();
    let probe = probe(Flow::from(publisher).timeout(S, clock.clone()));
    probe.request(2);
    script.next(live.item(1)).expect("asked for");
    assert_eq!(clock.armed(), 1);
    probe.cancel();
    assert_eq!((clock.armed(), script.is_cancelled(), probe.is_dropped()), (0, true, true));
    drop(probe);
    assert_eq!(live.count(), 0);
}

#[test]
fn an_endless_source_that_runs_while_it_is_asked_is_delivered_and_stops_at_the_cancel() {
    let numbers = iter((0_u32..).inspect(|n| assert!(*n < 10_000, "they pile up")));
    let flow = numbers.timeout(S, VirtualClock::new());
    let ledger = flow.ledger();
    let probe = probe(flow.take(3));
    probe.request(u64::MAX);
    assert_eq!((probe.items(), probe.is_complete()), (vec![0, 1, 2], true));
    assert_eq!((ledger.received(), ledger.total_dropped()), (3, 0));
}
