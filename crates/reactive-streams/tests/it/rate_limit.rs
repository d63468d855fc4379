//! `rate_limit`.

use crate::counting::Counting;
use crate::local::Local;
use reactive_streams::{Clock, Flow, Publisher, Reason, Subscriber, Subscription, iter};
use reactive_streams_test::{Live, VirtualClock, probe, scripted};
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

#[test]
fn upstream_is_asked_for_no_more_than_may_pass() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).rate_limit(3, 2 * S, clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    assert_eq!(script.requested(), 0);
    probe.request(2);
    assert_eq!((script.requested(), clock.armed()), (2, 0), "no window before an item");
    probe.request(9);
    assert_eq!(script.requested(), 3);
    clock.advance(S);
    (1..=2).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((probe.items(), clock.next_alarm()), (vec![1, 2], Some(3 * S)));
    clock.advance(2 * S - Duration::from_nanos(1));
    script.next(3).expect("asked for");
    assert!(script.next(4).is_err(), "nothing more in this window");
    clock.advance(Duration::from_nanos(1));
    assert_eq!((script.requested(), clock.armed()), (6, 0));
    assert_eq!((probe.items(), ledger.emitted(), ledger.total_dropped()), (vec![3], 3, 0));
}

#[test]
fn what_comes_late_counts_in_the_window_in_which_it_comes() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).rate_limit(2, S, clock.clone()));
    probe.request(u64::MAX);
    script.next(1).expect("asked for");
    clock.advance(S);
    assert_eq!(script.requested(), 3, "one is still on its way");
    (2..=3).for_each(|n| script.next(n).expect("asked for"));
    assert_eq!((probe.items(), script.requested()), (vec![1, 2, 3], 3));
    clock.advance(S);
    assert_eq!(script.requested(), 5);
}

#[test]
fn no_window_sees_more_and_all_arrive_in_order() {
    let clock = VirtualClock::new();
    let flow = iter(0..100_u32).rate_limit(7, S, clock.clone());
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(u64::MAX);
    let mut all = probe.items();
    assert_eq!(all.len(), 7);
    while !probe.is_complete() {
        clock.advance(S);
        let passed = probe.items();
        assert!(passed.len() <= 7);
        all.extend(passed);
    }
    assert_eq!((all, clock.now(), clock.armed()), ((0..100).collect(), 14 * S, 0));
    assert_eq!((ledger.received(), ledger.emitted(), ledger.is_balanced()), (100, 100, true));
}

#[test]
fn both_ends_wait_for_no_window() {
    let clock = VirtualClock::new();
    let (script, publisher) = scripted::<u32, &str>();
    let failing = probe(Flow::from(publisher).rate_limit(1, S, clock.clone()));
    failing.request(5);
    script.next(1).expect("asked for");
    script.fail("broken");
    assert_eq!((failing.items(), failing.error(), clock.armed()), (vec![1], Some("broken"), 0));

    let empty = probe(iter(0..0_u32).rate_limit(1, S, clock.clone()));
    assert!(empty.is_complete(), "and for no demand");
}

#[test]
fn a_cancel_disarms_and_cancels() {
    let (clock, live) = (VirtualClock::new(), Live::new());
    let (script, publisher) = scripted::<_, ()>();
    let probe = probe(Flow::from(publisher).rate_limit(2, S, clock.clone()));
    probe.request(5);
    script.next(live.item(1)).expect("asked for");
    assert_eq!(clock.armed(), 1);
    probe.cancel();
    drop(probe);
    assert_eq!((clock.armed(), script.is_cancelled(), live.count()), (0, true, 0));
}

#[test]
fn a_subscriber_that_can_never_ask_again_is_let_go() {
    let (local, log) = Local::asking(2);
    iter(0..9_u64).rate_limit(5, S, VirtualClock::new()).subscribe(local);
    let log: Vec<_> = log.iter().collect();
    assert_eq!((log.len(), log.last().map(String::as_str)), (4, Some("drop")), "{log:?}");
}

#[test]
fn what_was_not_asked_for_is_turned_away() {
    struct Pushy;
    impl Publisher for Pushy {
        type Item = u32;
        type Error = ();
        fn subscribe<S>(self, mut subscriber: S)
        where
            S: Subscriber<Item = u32, Error = ()> + Send + 'static,
        {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            (0..3).for_each(|n| subscriber.on_next(n, &mut subscription));
            subscriber.on_complete(None);
        }
    }
    let flow = Flow::from(Pushy).rate_limit(2, S, VirtualClock::new());
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(5);
    assert_eq!((probe.items(), probe.is_complete()), (vec![0, 1], true));
    assert_eq!((ledger.dropped(Reason::Shed), ledger.is_balanced()), (1, true));
}

#[test]
fn the_clock_is_read_once_for_a_window_and_when_the_alarm_rings() {
    let clock = VirtualClock::new();
    let (counting, reads) = Counting::new(clock.clone());
    let probe = probe(iter(0..).map(|n: u64| n).rate_limit(1_000, S, counting));
    probe.request(u64::MAX);
    for window in 1..=3 {
        assert_eq!((probe.items().len(), reads.count()), (1_000, 2 * window - 1));
        clock.advance(S);
    }
}

#[test]
#[should_panic(expected = "zero items in a window")]
fn no_items_at_all_are_refused() {
    let _ = iter(0..1).rate_limit(0, S, VirtualClock::new());
}
