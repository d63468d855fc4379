//! `on_backpressure_drop`.

use reactive_streams::{Demand, Dropped, Flow, Reason, Subscriber, Subscription, iter, pending};
use reactive_streams_test::{Live, probe, scripted};
use std::convert::Infallible;
use std::sync::mpsc;

#[test]
fn what_was_asked_for_passes_and_the_hook_sees_the_rest() {
    let (lost, seen) = mpsc::channel();
    let (script, publisher) = scripted::<u32, &str>();
    let flow = Flow::from(publisher)
        .on_backpressure_drop(move |Dropped { item, reason, .. }| lost.send((item, reason)).expect("open"));
    let ledger = flow.ledger();
    let probe = probe(flow);
    assert_eq!(script.requested(), u64::MAX);
    script.next(1).expect("asked for");
    probe.request(2);
    assert!(probe.items().is_empty(), "it is gone");
    (2..=4).for_each(|n| script.next(n).expect("asked for"));
    script.fail("broken");
    assert_eq!((probe.items(), probe.error()), (vec![2, 3], Some("broken")));
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [(1, Reason::Overflow), (4, Reason::Overflow)]);
    assert_eq!((ledger.received(), ledger.emitted(), ledger.total_dropped()), (4, 2, 2));
    assert_eq!((ledger.capacity(), ledger.high_water(), ledger.is_balanced()), (Some(0), 0, true));
}

#[test]
fn the_end_needs_no_demand_and_brings_what_is_left_of_it() {
    let probe = probe(iter(0..3).on_backpressure_drop(drop));
    assert!(probe.is_complete());
    assert_eq!(probe.unused(), None);

    let (script, publisher) = scripted::<u32, Infallible>();
    let probe = reactive_streams_test::probe(Flow::from(publisher).on_backpressure_drop(drop));
    probe.request(5);
    (1..=2).for_each(|n| script.next(n).expect("asked for"));
    script.complete();
    assert_eq!((probe.items(), probe.unused()), (vec![1, 2], Demand::new(3)));
}

#[test]
fn a_cancel_from_elsewhere_reaches_an_upstream_that_has_nothing() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, ()>();
    let probe = probe(Flow::from(publisher).on_backpressure_drop(drop));
    script.next(live.item(1)).expect("asked for");
    assert_eq!(live.count(), 0);
    probe.cancel();
    assert!(script.is_cancelled() && probe.is_dropped());
}

#[test]
fn an_upstream_that_only_waits_stays_until_the_cancel() {
    let probe = probe(pending::<u32>().on_backpressure_drop(drop));
    assert!(!probe.is_dropped());
    probe.cancel();
    assert!(probe.is_dropped() && !probe.is_complete());
}

#[test]
fn a_cancel_in_a_callback_stops_upstream() {
    let flow = iter((0..).inspect(|n| assert!(*n < 3, "it goes on"))).on_backpressure_drop(drop);
    let ledger = flow.ledger();
    assert_eq!(flow.take(2).collect::<Vec<_>>().block(), Ok(vec![0, 1]));
    assert_eq!((ledger.received(), ledger.emitted()), (2, 2));
}

#[test]
fn who_wants_nothing_is_not_subscribed() {
    struct No;
    impl Subscriber for No {
        type Item = u32;
        type Error = ();
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.cancel();
        }
        fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
        fn on_error(self, _error: (), _unused: Option<Demand>) {}
        fn on_complete(self, _unused: Option<Demand>) {}
    }
    let (script, publisher) = scripted::<u32, ()>();
    reactive_streams::Publisher::subscribe(Flow::from(publisher).on_backpressure_drop(drop), No);
    assert!(script.next(1).is_err());
}

/// Takes its handle with the first item, and cancels by it with the second.
struct Late {
    handle: mpsc::Sender<reactive_streams::Handle>,
    seen: u32,
}

impl Subscriber for Late {
    type Item = u32;
    type Error = ();
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        subscription.request(Demand::of(9));
    }
    fn on_next(&mut self, _item: u32, subscription: &mut Subscription) {
        self.seen += 1;
        if self.seen == 1 {
            self.handle.send(subscription.handle()).expect("somebody waits for it");
        }
    }
    fn on_error(self, _error: (), _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn a_handle_that_is_taken_later_reaches_upstream_too() {
    let (script, publisher) = scripted::<u32, ()>();
    let (send, handle) = mpsc::channel();
    let flow = Flow::from(publisher).on_backpressure_drop(drop);
    reactive_streams::Publisher::subscribe(flow, Late { handle: send, seen: 0 });
    script.next(1).expect("asked for");
    assert!(!script.is_cancelled());
    handle.recv().expect("it was taken").cancel();
    assert!(script.is_cancelled());
}
