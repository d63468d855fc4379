//! Subscribers that keep every rule pass: the gallery's, the test crate's probe, and the unusual.

use reactive_streams_core::Publisher;
use reactive_streams_tck::gallery::Consuming;
use reactive_streams_tck::{Sink, SubscriberCapabilities, subscriber_conformance};
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
