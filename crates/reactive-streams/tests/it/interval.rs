//! `interval`.

use reactive_streams::{Clock, Demand, MissedTick, Publisher, Subscriber, Subscription, interval};
use reactive_streams_test::{VirtualClock, probe};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

#[test]
fn ticks_come_on_time_under_demand() {
    let clock = VirtualClock::new();
    clock.advance(S / 2);
    let probe = probe(interval(S, clock.clone()));
    probe.request(3);
    clock.advance(S - Duration::from_nanos(1));
    assert!(probe.items().is_empty());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(probe.items(), [0]);
    clock.advance(10 * S);
    assert_eq!(probe.items(), [1, 2]);
    assert_eq!(clock.armed(), 0, "no demand, no alarm");
}

#[test]
fn a_tick_without_demand_waits_as_the_policy_says() {
    for (missed, first, second) in [
        (MissedTick::Burst, vec![0, 1, 2], vec![]),
        (MissedTick::Skip, vec![0], vec![3, 4]),
        (MissedTick::Delay, vec![0], vec![1]),
    ] {
        let clock = VirtualClock::new();
        let probe = probe(interval(S, clock.clone()).missed(missed));
        clock.advance(3 * S + S / 2);
        assert!(probe.items().is_empty());
        probe.request(3);
        assert_eq!(probe.items(), first, "{missed:?}");
        clock.advance(S + S / 2);
        assert_eq!(probe.items(), second, "{missed:?}");
    }
}

#[test]
fn a_cancel_disarms_and_drops() {
    let clock = VirtualClock::new();
    let probe = probe(interval(S, clock.clone()));
    probe.request(3);
    clock.advance(S);
    assert_eq!(clock.armed(), 1);
    probe.cancel();
    assert_eq!((clock.armed(), probe.is_dropped()), (0, true));
    clock.advance(10 * S);
    assert_eq!(probe.items(), [0]);
}

/// Asks for two and can never ask for more; holds a token.
struct Two(#[allow(dead_code, reason = "it is only held")] Arc<()>);

impl Subscriber for Two {
    type Item = u64;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        subscription.request(Demand::of(2));
    }
    fn on_next(&mut self, _item: u64, _subscription: &mut Subscription) {}
    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn it_lives_by_its_alarm_and_goes_when_nobody_can_ask() {
    let (clock, token) = (Arc::new(VirtualClock::new()), Arc::new(()));
    interval(S, Arc::clone(&clock) as Arc<dyn Clock>).subscribe(Two(Arc::clone(&token)));
    clock.advance(S);
    assert_eq!(Arc::strong_count(&token), 2);
    clock.advance(S);
    assert_eq!((Arc::strong_count(&token), clock.armed()), (1, 0));
}

#[test]
#[should_panic(expected = "the period is zero")]
fn no_period_is_refused() {
    let _ = interval(Duration::ZERO, VirtualClock::new());
}
