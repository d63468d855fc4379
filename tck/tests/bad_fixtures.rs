//! Mistakes of the fixtures of subscribers and processors: the message names them, and accuses nobody else alone.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicU64, Ordering};
use reactive_streams_core::{Publisher, Subscriber};
use reactive_streams_tck::gallery::{Broken, Buffered, Consuming, Synchronous};
use reactive_streams_tck::{
    Contract, End, Env, Errors, Hooks, Item, Operator, ProcessorFixture, Report, Sink,
    SubscriberCapabilities, SubscriberFixture, Upstream, Verdict, verify_processor, verify_subscriber,
};

fn assert_at_fault(report: &Report, expected: &str) {
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.contains(expected), "{fault}");
    assert!(fault.starts_with("the fixture is at fault, not the "), "{fault}");
    assert!(report.outcomes().iter().all(|outcome| outcome.verdict() != Verdict::Fail) && !report.conforms());
    assert_eq!(report.outcomes().len(), 43 + 9);
}

fn assert_doubted(report: &Report, expected: &str) {
    assert!(!report.conforms(), "{report}");
    assert!(report.doubt().is_some_and(|doubt| doubt.contains(expected)), "{report}");
}

/// Panics where it is asked what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mute {
    Name,
    Capabilities,
}

impl SubscriberFixture for Mute {
    fn create(
        &self,
        _env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static {
        Consuming::new(8, hooks.done()).0
    }
    fn name(&self) -> String {
        assert!(*self != Self::Name, "it has no name");
        "mute".to_owned()
    }
    fn capabilities(&self) -> SubscriberCapabilities {
        panic!("nobody knows")
    }
}

impl ProcessorFixture for Mute {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Buffered::new(env, upstream, 4)
    }
    fn name(&self) -> String {
        SubscriberFixture::name(self)
    }
    fn contract(&self) -> Contract {
        Contract::whole(|_, _| -> Vec<u64> { panic!("nobody knows") })
    }
}

#[test]
fn who_panics_when_asked_what_it_is_is_at_fault() {
    for (mute, expected) in [(Mute::Name, "it has no name"), (Mute::Capabilities, "nobody knows")] {
        assert_at_fault(&verify_subscriber(&mute), "it panicked in name or capabilities: ");
        assert_at_fault(&verify_subscriber(&mute), expected);
    }
    assert_at_fault(
        &verify_processor(&Mute::Capabilities),
        "not the processor: it panicked in its model, for 2000 inputs that complete: nobody knows",
    );
}

#[test]
fn a_model_that_panics_for_some_inputs_is_at_fault() {
    let model = |items: &[u64], _: End| -> Vec<u64> {
        assert_ne!(items.len(), 5, "nobody thought of five");
        items.to_vec()
    };
    let operator = Operator::new(Contract::whole(model).bound(4).errors(Errors::Delayed), |env, upstream| {
        Buffered::new(env, upstream, 4)
    });
    let report = verify_processor(&operator);
    assert_at_fault(&report, "it panicked in its model, for 5 inputs that ");
    assert_at_fault(&report, "nobody thought of five");
}

#[test]
fn who_panics_before_there_is_anything_to_judge_is_at_fault() {
    let sink = Sink::new(|_, _, _| panic!("no such table"));
    assert_at_fault(
        &verify_subscriber(&sink),
        "not the subscriber: it panicked in its closure, before it subscribed: no such table",
    );
    let operator = Operator::new(Contract::identity(), |_, _| -> Synchronous<std::vec::IntoIter<u64>> {
        panic!("no such table")
    });
    assert_at_fault(&verify_processor(&operator), "not the processor: it panicked in create: no such table");
}

#[test]
fn who_leaves_the_upstream_alone_is_at_fault_or_doubted() {
    let sink = Sink::new(|_, hooks, _| drop(hooks.done()));
    assert_at_fault(&verify_subscriber(&sink), "in no scenario anything was subscribed to the upstream");
    let operator = Operator::new(Contract::identity(), |env: &Env, _| {
        Synchronous::new(env.items(reactive_streams_tck::Length::Exactly(3)))
    });
    assert_doubted(&verify_processor(&operator), "in no scenario anything was subscribed to the upstream");
    // Who wants nothing need not come.
    let sink = Sink::new(|_, _, _| {}).with(SubscriberCapabilities::new().cancels_after(0));
    assert_eq!(verify_subscriber(&sink).fixture_fault(), None);
}

/// After some hundred calls it makes another processor than before: the fixture keeps something.
struct Keeps(AtomicU64);

impl ProcessorFixture for Keeps {
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        Buffered::new(env, upstream, if self.0.fetch_add(1, Ordering::SeqCst) < 300 { 4 } else { 1 })
    }
    fn contract(&self) -> Contract {
        Contract::identity().bound(0).errors(Errors::Delayed)
    }
}

#[test]
fn what_two_calls_share_is_asked_about() {
    let expected = "Does the fixture hand out one and the same twice";
    assert_doubted(&verify_processor(&Keeps(AtomicU64::new(0))), expected);
    // It asks for fewer items each time, and for none in the end.
    let left = Mutex::new(600_u64);
    let sink = Sink::new(move |_: &Env, hooks: &Hooks, upstream: Upstream| {
        let batch = {
            let mut left = left.lock();
            *left = left.saturating_sub(1);
            *left
        };
        hooks.done().with(End::Completed);
        upstream.subscribe(Consuming::new(batch, hooks.done()).0);
    });
    assert_doubted(&verify_subscriber(&sink), expected);
}

#[test]
fn who_conforms_is_not_doubted() {
    let buffer = Operator::new(Contract::identity().bound(4).errors(Errors::Delayed), |env, upstream| {
        Buffered::new(env, upstream, 4)
    });
    let report = verify_processor(&buffer);
    assert!(report.conforms() && report.doubt().is_none(), "{report}");
}

#[test]
fn a_model_that_is_never_right_is_asked_about() {
    let operator = Operator::new(Contract::each(|n| Some(n + 1)).errors(Errors::Delayed), |env, upstream| {
        Buffered::new(env, upstream, 4)
    });
    let report = verify_processor(&operator);
    let doubt = "in no scenario the first item was the one that the model has: 1 was expected, and 0 came. Either the model";
    assert_doubted(&report, doubt);
    assert_eq!(report.verdict("4.1/1"), Some(Verdict::Fail));
}
