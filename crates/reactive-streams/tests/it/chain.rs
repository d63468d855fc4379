//! `chain`.

use reactive_streams::{Demand, Flow, Publisher, Subscriber, Subscription, empty, iter};
use reactive_streams_test::{probe, scripted};
use std::convert::Infallible;

#[test]
fn what_the_first_leaves_unused_goes_to_the_second() {
    let (first, a) = scripted::<u32, u32>();
    let (second, b) = scripted();
    let probe = probe(Flow::from(a).chain(b));
    probe.request(3);
    first.next(1).expect("asked for");
    first.complete();
    assert_eq!(second.requested(), 2);
    probe.request(1);
    assert_eq!(second.requested(), 3);
    second.next(2).expect("asked for");
    second.complete();
    assert_eq!(probe.items(), [1, 2]);
    assert!(probe.is_complete());
    assert_eq!(probe.unused(), Demand::new(2));
}

#[test]
fn a_cancel_reaches_whichever_is_running() {
    let (first, a) = scripted::<u32, u32>();
    let (second, b) = scripted();
    let probe = probe(Flow::from(a).chain(b));
    first.complete();
    probe.cancel();
    assert!(second.is_cancelled() && probe.is_dropped());
}

#[test]
fn an_error_of_the_first_ends_it() {
    let (first, a) = scripted::<u32, u32>();
    let probe = probe(Flow::from(a).chain(iter([1]).map_err(|never| match never {})));
    first.fail(3);
    assert_eq!(probe.error(), Some(3));
}

#[test]
fn empty_ones_complete_without_demand() {
    let probe = probe(empty::<u32>().chain(empty()).chain(empty()));
    assert!(probe.is_complete());
}

/// Delivers one item and completes, also when it was cancelled in that call.
struct Stubborn(u32);

impl Publisher for Stubborn {
    type Item = u32;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = u32, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if subscription.is_ready() {
            subscription.deliver(self.0, &mut subscriber);
            subscriber.on_complete(subscription.outstanding());
        }
    }
}

#[test]
fn an_inner_that_ends_after_the_first_has_gone_on_leaves_the_second_alone() {
    let first = iter([1]).chain(iter([2]).flat_map(Stubborn)).take(2);
    let probe = probe(first.chain(iter(10..13)));
    probe.request(2);
    assert_eq!(probe.items(), [1, 2]);
    probe.request(4);
    assert_eq!((probe.items(), probe.is_complete()), (vec![10, 11, 12], true));
}
