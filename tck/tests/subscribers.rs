//! Subscribers that keep every rule pass: the gallery's, the test crate's probe, and the unusual.

use reactive_streams_core::{Publisher, Subscriber};
use reactive_streams_tck::gallery::Consuming;
use reactive_streams_tck::{
    Env, Hooks, Item, Sink, SubscriberCapabilities, SubscriberFixture, Verdict, gallery,
    subscriber_conformance, verify_subscriber,
};
use reactive_streams_test::probe;
use std::sync::Arc;

subscriber_conformance!(
    consuming,
    Sink::new(|_, hooks, upstream| {
        let (subscriber, remote) = Consuming::new(8, hooks.done());
        hooks.on_leave(move || remote.leave());
        upstream.subscribe(subscriber);
    })
);

subscriber_conformance!(
    one_by_one,
    Sink::new(|_, hooks, upstream| {
        let (subscriber, remote) = Consuming::new(1, hooks.done());
        let other = remote.clone();
        hooks.on_more(move || other.more());
        hooks.on_leave(move || remote.leave());
        upstream.subscribe(subscriber);
    })
);

subscriber_conformance!(
    unbounded,
    Sink::new(|_, hooks, upstream| upstream.subscribe(Consuming::new(u64::MAX, hooks.done()).0))
        .with(SubscriberCapabilities::new().never_leaves())
);

subscriber_conformance!(
    probe_of_the_test_crate,
    Sink::new(|_, hooks, upstream| {
        let probe = Arc::new(probe(upstream));
        let other = Arc::clone(&probe);
        hooks.on_more(move || other.request(1));
        hooks.on_leave(move || probe.cancel());
    })
    .with(SubscriberCapabilities::new().asks_when_told().unobserved())
);

/// A fixture without hooks: what they would show is inconclusive, and the report says what to do about it.
#[test]
fn without_its_hooks_a_check_is_inconclusive_and_says_which() {
    let report = verify_subscriber(&Sink::new(|_, _, upstream| drop(probe(upstream))));
    assert_eq!(report.verdict("2.6/1"), Some(Verdict::Inconclusive));
    let text = report.to_string();
    for advice in ["hooks.on_leave", "never_leaves()", "hooks.done()", "unobserved()", "asks_when_told()"] {
        assert!(text.contains(advice), "{advice}: {text}");
    }
}

/// Panics before there is a subscriber.
struct Broken;

impl SubscriberFixture for Broken {
    fn create(
        &self,
        _env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = gallery::Broken> + Send + 'static {
        let batch = "none".parse().expect("nothing to create");
        Consuming::new(batch, hooks.done()).0
    }
}

#[test]
fn a_fixture_that_panics_is_told_so_and_its_subscriber_is_not_accused() {
    let report = verify_subscriber(&Broken);
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.contains("not the subscriber: it panicked in create: nothing to create"), "{fault}");
    assert!(!report.conforms());
}
