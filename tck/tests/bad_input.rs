//! Mistakes of the fixture: the message names them, and does not accuse the publisher alone.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicU64, Ordering};
use reactive_streams_core::{Publisher, Spawn, Subscriber};
use reactive_streams_tck::adapt::{iterator, publisher, try_receiver};
use reactive_streams_tck::gallery::{Consuming, InTask, Synchronous, Ticking};
use reactive_streams_tck::{
    Capabilities, Contract, Env, Fixture, Hooks, Length, Operator, Options, Report, Sink, Stress,
    SubscriberCapabilities, Upstream, Verdict, replay_publisher, stress_publisher, verify_processor,
    verify_publisher, verify_publisher_with, verify_subscriber,
};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::task::Poll;

fn message(test: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(test)).expect_err("it must fail");
    *payload.downcast::<String>().expect("a message")
}

/// The doubt stands in the whole report and in the message of each check.
fn assert_doubted(report: &Report, rule: &str, doubt: &str) {
    assert_eq!(report.verdict(rule), Some(Verdict::Fail), "{report}");
    assert!(report.doubt().expect("a doubt").contains(doubt), "{report}");
    assert!(report.to_string().starts_with("is the fixture right? "), "{report}");
    let message = message(|| report.assert(rule));
    assert!(message.contains("\n  fixture?  ") && message.contains(doubt), "{message}");
}

/// Changes the length that it is asked for.
struct Lengthens(fn(u64) -> u64);

impl Fixture for Lengthens {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let items = match length {
            Length::Exactly(n) => env.items(Length::Exactly((self.0)(n))),
            Length::Endless => env.items(length),
        };
        Synchronous::new(items)
    }
}

fn assert_at_fault(report: &Report, begins: &str, ends: &str) {
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.starts_with("the fixture is at fault, not the publisher: "), "{fault}");
    assert!(fault.contains(begins) && fault.ends_with(ends), "{fault}");
    assert!(!report.conforms());
    assert!(report.outcomes().iter().all(|outcome| outcome.verdict() != Verdict::Fail));
}

#[test]
fn a_fixture_that_ignores_the_length_is_told_so() {
    let expected = "its streams have 4 items, whatever length it is asked for";
    let report = verify_publisher(&Lengthens(|_| 4));
    assert_at_fault(&report, expected, "or say lengths(4..=4) in capabilities()");
    // Though some scenarios ask for as many.
    let expected = "its streams have 5 items, whatever length it is asked for";
    assert_at_fault(&verify_publisher(&Lengthens(|_| 5)), expected, "capabilities()");
}

#[test]
fn a_fixture_whose_streams_are_short_is_asked_about_its_capabilities() {
    let doubt = "let capabilities() say so: lengths(0..=20)";
    assert_doubted(&verify_publisher(&Lengthens(|n| n.min(20))), "1.5", doubt);
    let doubt = "every endless stream that was asked for so many completed after 50 items";
    let ends = iterator(|env, length| {
        env.items(length).take(if length == Length::Endless { 50 } else { usize::MAX })
    });
    assert_doubted(&verify_publisher(&ends), "1.5", doubt);
    let doubt = "let capabilities() say so: lengths(0..=30).not_endless()";
    assert_doubted(&verify_publisher(&iterator(|env, length| env.items(length).take(30))), "1.5", doubt);
}

#[test]
fn a_stream_that_is_declared_to_be_silent_and_is_not_is_the_fixtures_fault() {
    let loud = iterator(|env, length| env.items(length)).capable(Capabilities::silent);
    assert_at_fault(&verify_publisher(&loud), "capabilities() says silent()", "Leave the word out");
}

#[test]
fn what_is_left_out_and_is_not_there_is_no_whole_run() {
    let numbers = iterator(|env, length| env.items(length));
    let report = verify_publisher_with(&numbers, &Options::new().exclude("1.99", "a slip of the pen"));
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.starts_with("Options::exclude(\"1.99\") names no check and no rule"), "{fault}");
    assert!(!report.conforms());
    let report = verify_publisher_with(&numbers, &Options::new().exclude("1.9/2", "for a reason"));
    assert!(report.conforms(), "{report}");
    let slipped = numbers.capable(|can| can.exclude("9.9", "a slip of the pen"));
    let named = |report: Report| {
        let fault = report.fixture_fault().expect("a fault");
        assert!(fault.starts_with("exclude(\"9.9\") names no check and no rule"), "{fault}");
    };
    named(verify_publisher(&slipped));
    named(stress_publisher(&slipped, Stress::new().runs(1)));
    let sink = Sink::new(|_, hooks, upstream| upstream.subscribe(Consuming::new(8, hooks.done()).0));
    named(verify_subscriber(&sink.with(SubscriberCapabilities::new().exclude("9.9", "a slip of the pen"))));
}

#[test]
fn a_clock_of_its_own_is_asked_about() {
    let ticks = publisher(|env, length| Ticking::new(&Env::new(), env.items(length)));
    let doubt = "no item came in any scenario: do the fixture's tasks run on env.executor() and its timers";
    assert_doubted(&verify_publisher(&ticks), "3.8", doubt);
}

/// Makes one that fails, whatever it is asked for.
struct FailsAlways;

impl Fixture for FailsAlways {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::failing(env.items(length))
    }
}

#[test]
fn a_stream_that_always_fails_may_be_the_fixtures() {
    assert_doubted(&verify_publisher(&FailsAlways), "1.5", "no stream of create() completed");
}

/// Fails one item too late.
struct FailsLate;

impl Fixture for FailsLate {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Synchronous::failing(env.items(Length::Exactly(k + 1))))
    }
}

#[test]
fn streams_that_fail_elsewhere_may_be_the_fixtures_fault() {
    let doubt = "every stream of create_failing_at() failed, but not after as many items as were asked for";
    assert_doubted(&verify_publisher(&FailsLate), "1.2", doubt);
}

#[test]
fn a_length_that_is_off_by_one_may_be_the_fixtures_or_the_publishers_fault() {
    let doubt = "every stream completed, but not after as many items as were asked for: asked for";
    assert_doubted(&verify_publisher(&Lengthens(|n| n + 1)), "1.2", doubt);
    assert_doubted(&verify_publisher(&Lengthens(|n| n.saturating_sub(1))), "1.5", doubt);
}

#[test]
fn a_fixture_whose_streams_have_no_end_is_asked_about_the_length() {
    let report = verify_publisher(&Lengthens(|_| 100_000));
    assert_doubted(&report, "1.2", "Either create() does not look at `length`");
}

/// Runs its tasks where the kit does not see them.
struct Elsewhere;

impl Fixture for Elsewhere {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        InTask::new(&Env::new(), env.items(length))
    }
}

#[test]
fn tasks_that_are_never_run_are_asked_about() {
    let report = verify_publisher(&Elsewhere);
    assert_doubted(&report, "1.9", "do the fixture's tasks run on env.executor()");
}

/// Makes one publisher in its life.
struct Once<P>(Mutex<Option<P>>);

impl<P: Publisher> Fixture for Once<P> {
    fn create(&self, _env: &Env, _length: Length) -> impl Publisher {
        self.0.lock().take().expect("there is only one")
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(3..=3).not_endless()
    }
}

#[test]
fn a_fixture_that_cannot_make_a_second_one_is_told_so() {
    let report = verify_publisher(&Once(Mutex::new(Some(Synchronous::new(0..3)))));
    let fault = report.fixture_fault().expect("a fault");
    let expected = "the fixture is at fault, not the publisher: it panicked in create with a length of 3: there is only one";
    assert!(fault.starts_with(expected), "{fault}");
}

/// All its publishers take their items out of one source.
struct Shared(AtomicU64);

impl Fixture for &'static Shared {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        let Length::Exactly(n) = length else { unreachable!("it is not endless") };
        let shared = *self;
        let left = move || {
            let taken = shared.0.fetch_add(1, Ordering::SeqCst);
            (taken < n).then_some(taken)
        };
        Synchronous::new(std::iter::from_fn(left))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(3..=3).not_endless()
    }
}

#[test]
fn one_source_for_two_publishers_is_asked_about() {
    static SHARED: Shared = Shared(AtomicU64::new(0));
    let report = verify_publisher(&&SHARED);
    assert_doubted(&report, "1.5", "Does the fixture hand out one and the same twice");
}

/// Says that it fails and makes streams that complete.
struct Completes;

impl Fixture for Completes {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Synchronous::new(env.items(Length::Exactly(k))))
    }
}

#[test]
fn failing_streams_that_complete_may_be_the_fixtures_fault() {
    assert_doubted(&verify_publisher(&Completes), "1.4", "Either the fixture makes one that does not fail");
}

/// Panics before it is asked for a publisher.
struct Unable(bool);

impl Fixture for Unable {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn name(&self) -> String {
        assert!(self.0, "it has no name");
        "unable".to_owned()
    }
    fn capabilities(&self) -> Capabilities {
        panic!("nobody knows")
    }
}

#[test]
fn a_panic_in_name_and_capabilities_is_the_fixtures_fault() {
    for (able, expected) in
        [(false, "it panicked in name: it has no name"), (true, "in capabilities: nobody knows")]
    {
        let report = verify_publisher(&Unable(able));
        assert!(report.fixture_fault().expect("a fault").contains(expected), "{report}");
        assert_eq!((report.conforms(), report.outcomes().len()), (false, 43 + 9));
    }
}

#[test]
fn capabilities_that_allow_no_stream_are_the_fixtures_fault() {
    let nothing = iterator(|env, length| env.items(length)).capable(|can| can.not_finite().not_endless());
    let expected = "its capabilities() allow no stream, since there is no finite length";
    assert_at_fault(&verify_publisher(&nothing), expected, "Let them allow what create() can make");
}

#[test]
fn a_source_that_stays_open_may_be_the_fixtures() {
    let open = try_receiver(|env, length| {
        let mut items = env.items(length);
        move || items.next().map_or(Poll::Pending, |item| Poll::Ready(Some(item)))
    });
    assert_doubted(
        &verify_publisher(&open),
        "1.5",
        "no finite stream ended, of whatever length, though all its items",
    );
}

#[test]
fn a_closure_of_emits_that_panics_is_the_fixtures_fault() {
    let numbers = iterator(|env, length| env.items(length)).capable(|can| {
        can.emits(|position| {
            assert!(position < 3, "there are only three");
            position
        })
    });
    let expected = "it panicked in the closure of emits(), for position 3: there are only three";
    assert_at_fault(&verify_publisher(&numbers), expected, expected);
    assert_at_fault(&stress_publisher(&numbers, Stress::new().runs(20)), expected, expected);
    let again = replay_publisher(&numbers, "p1/n7/-/s.r7l", &Options::new());
    assert!(again.fixture_fault().is_some_and(|fault| fault.ends_with(expected)), "{again}");
}

/// Its items come from a thread of its own, through a channel on which the publisher waits.
fn behind_a_thread() -> impl Fixture {
    publisher(|env: &Env, length| {
        let (sender, receiver) = sync_channel(1);
        let mut items = env.items(length);
        std::thread::spawn(move || items.all(|item| sender.send(item).is_ok()));
        Synchronous::new(receiver.into_iter())
    })
}

/// Subscribes on a thread of its own.
struct OnAThread<P>(P);

impl<P: Publisher + Send + 'static> Publisher for OnAThread<P> {
    type Item = P::Item;
    type Error = P::Error;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let subscribing = std::thread::spawn(move || self.0.subscribe(subscriber));
        subscribing.join().unwrap_or_else(|payload| resume_unwind(payload));
    }
}

#[test]
fn threads_that_the_kit_does_not_drive_are_named() {
    let made = "threads that the kit does not drive made or dropped the kit's items. It cannot tell";
    let report = verify_publisher(&behind_a_thread());
    assert!(report.doubt().is_some_and(|doubt| doubt.starts_with(made)), "{report}");
    let spawned = "threads that the kit does not drive spawned or woke tasks. ";
    let spawns = publisher(|env: &Env, length: Length| {
        let executor = env.executor();
        let spawning = std::thread::spawn(move || executor.spawn(Box::pin(async {})));
        spawning.join().expect("it only spawns");
        Synchronous::new(1..length.get())
    });
    assert_doubted(&verify_publisher(&spawns), "1.5", spawned);
    let signalled = "threads that the kit does not drive signalled, requested or cancelled. ";
    let signals = publisher(|_: &Env, length: Length| OnAThread(Synchronous::new(1..length.get())));
    assert_doubted(&verify_publisher(&signals), "1.5", signalled);
    // Those that do no harm are nobody's mistake.
    let harmless = publisher(|_: &Env, length: Length| OnAThread(Synchronous::new(0..length.get())));
    assert_eq!(verify_publisher(&harmless).doubt(), None);
}

#[test]
fn an_upstream_that_is_subscribed_to_elsewhere_is_named() {
    let expected = "the upstream that it was given was subscribed to on a thread that the kit does not drive";
    let sink = Sink::new(|_: &Env, hooks: &Hooks, upstream: Upstream| {
        let (subscriber, _remote) = Consuming::new(4, hooks.done());
        OnAThread(upstream).subscribe(subscriber);
    });
    let report = verify_subscriber(&sink.with(SubscriberCapabilities::new().never_leaves()));
    assert!(report.fixture_fault().is_some_and(|fault| fault.contains(expected)), "{report}");
    let report = verify_processor(&Operator::new(Contract::identity(), |_, upstream| OnAThread(upstream)));
    assert!(report.fixture_fault().is_some_and(|fault| fault.contains(expected)), "{report}");
}

#[test]
fn who_conforms_is_not_doubted() {
    assert_eq!(verify_publisher(&Lengthens(|n| n)).doubt(), None);
}
