//! Fixtures that are wrong in one place: a word that their capabilities do not say, or streams that are others than was asked
//! for. The failures of the checks that break of it say so. Publishers that are wrong in the same place are not excused.

mod others;

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicU64, Ordering};
use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::adapt::publisher;
use reactive_streams_tck::gallery::{Broken, Buffered, InTask, Synchronous};
use reactive_streams_tck::{
    Capabilities, Contract, Env, Errors, Fixture, Item, Length, Operator, Report, Sharing, Verdict,
    verify_processor, verify_publisher,
};
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

/// What is said of the fixture where this check fails.
fn said_of<'a>(report: &'a Report, check: &str) -> Option<&'a str> {
    assert_eq!(report.verdict(check), Some(Verdict::Fail), "{check}\n{report}");
    let is_it = |record: &reactive_streams_tck::Record<'_>| record.check.is_some_and(|it| it.id() == check);
    report.records().find(is_it).and_then(|record| record.failure).and_then(|failure| failure.doubt())
}

fn assert_said(report: &Report, check: &str, expected: &str) {
    let said = said_of(report, check).unwrap_or_else(|| panic!("nothing is said\n{report}"));
    assert!(said.contains(expected), "{said}");
    assert!(report.to_string().contains(&format!("\n  fixture?  {said}\n")), "{report}");
}

/// The fixture is right, and nothing is said of it, there or anywhere else.
fn assert_accused(report: &Report, check: &str) {
    assert_eq!(said_of(report, check), None);
    assert!(report.doubt().is_none() && !report.to_string().contains("fixture?"), "{report}");
}

/// What a publisher does where others wait for demand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// It looks for its end only when it is asked for one more.
    Lazy,
    /// Likewise, and forgets it if it had nothing left when the demand was used up.
    ForgetsItsEnd,
    /// It drops what nobody waits for.
    Drops,
    /// It takes that for its end.
    EndsWithDemand,
    /// It loses an item when it goes on.
    LosesOne,
    /// It looks for its end at once, unless it is long.
    LazyIfLong,
    /// It stays open.
    NeverEnds,
    Sound,
}

struct Source {
    items: Box<dyn Iterator<Item = Item> + Send>,
    failure: Option<Broken>,
    habit: Habit,
}

impl Source {
    fn new(env: &Env, length: Length, habit: Habit) -> Self {
        let short = habit == Habit::LazyIfLong && length.get() < 3;
        let habit = if short { Habit::Sound } else { habit };
        Self { items: Box::new(env.items(length)), failure: None, habit }
    }
}

impl Publisher for Source {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Running { source: self, subscriber, parked: false }));
    }
}

struct Running<S> {
    source: Source,
    subscriber: S,
    parked: bool,
}

impl<S: Subscriber<Item = Item, Error = Broken>> Running<S> {
    fn end(self, subscription: &mut Subscription) -> Turn {
        match self.source.failure {
            None => self.subscriber.on_complete(subscription.outstanding()),
            Some(broken) => self.subscriber.on_error(broken, subscription.outstanding()),
        }
        Turn::Done
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for Running<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        let habit = self.source.habit;
        let is_at_end = |source: &Source| source.items.size_hint().1 == Some(0);
        if self.parked && (habit == Habit::ForgetsItsEnd && is_at_end(&self.source)) {
            return Turn::Park(self, subscription);
        }
        if self.parked && habit == Habit::LosesOne {
            drop(self.source.items.next());
        }
        self.parked = true;
        while subscription.is_ready() {
            match self.source.items.next() {
                Some(item) => subscription.deliver(item, &mut self.subscriber),
                None if habit == Habit::NeverEnds => break,
                None => return self.end(&mut subscription),
            }
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        let looks = !matches!(habit, Habit::Lazy | Habit::LazyIfLong | Habit::ForgetsItsEnd);
        if habit == Habit::Drops {
            self.source.items.by_ref().for_each(drop);
        }
        if habit == Habit::NeverEnds {
            return Turn::Park(self, subscription);
        }
        if looks && (habit == Habit::EndsWithDemand || is_at_end(&self.source)) {
            return self.end(&mut subscription);
        }
        Turn::Park(self, subscription)
    }
}

/// All that the fixture of a source says of it.
struct Of(Habit, Capabilities);

impl Fixture for Of {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Source::new(env, length, self.0)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Source { failure: Some(Broken), ..Source::new(env, Length::Exactly(k), self.0) })
    }
    fn capabilities(&self) -> Capabilities {
        self.1.clone()
    }
}

fn of(habit: Habit) -> Report {
    verify_publisher(&Of(habit, Capabilities::new().not_endless()))
}

#[test]
fn who_ends_with_the_next_demand_is_told_the_word_for_it() {
    let lazy = |can: Capabilities| verify_publisher(&Of(Habit::Lazy, can));
    let both = lazy(Capabilities::new());
    assert_said(
        &both,
        "3-iv/1",
        "complete and fail with the next demand behind their last item, and never without",
    );
    assert_said(
        &both,
        "3-iv/1",
        "say so: lazy_completion().lazy_failure(). Without that word the rule is broken",
    );
    assert_said(&lazy(Capabilities::new().lazy_completion()), "3-iv/1", "say so: lazy_failure().");
    assert_said(
        &lazy(Capabilities::new().lazy_failure().lengths(1..=1)),
        "3-iv/1",
        "say so: lazy_completion().",
    );
    lazy(Capabilities::new().lazy_completion().lazy_failure()).assert_conforms();
}

#[test]
fn who_forgets_the_end_without_demand_has_no_word_that_is_missing() {
    assert_accused(&of(Habit::ForgetsItsEnd), "3-iv/1");
    assert_accused(&of(Habit::LazyIfLong), "3-iv/1");
}

#[test]
fn who_leaves_items_out_by_design_is_told_the_word_for_it() {
    let expected = "let capabilities() say so: lossy(). Otherwise it loses them";
    let without_each_fifth = |can: fn(Capabilities) -> Capabilities| {
        let items =
            publisher(|env, length| Synchronous::new(env.items(length).filter(|item| **item % 5 != 4)));
        verify_publisher(&items.capable(can))
    };
    let report = without_each_fifth(Capabilities::not_endless);
    assert_said(&report, "1.5/2", expected);
    assert_said(&report, "1.5/2", "in nearly every stream");
    without_each_fifth(|can| can.not_endless().lossy()).assert_conforms();
    assert_said(&of(Habit::Drops), "1.5/2", "left out wherever nobody waits for them");
    verify_publisher(&Of(Habit::Drops, Capabilities::new().not_endless().lossy())).assert_conforms();
    let latest = publisher(|env, length| Synchronous::new(env.items(length).last().into_iter()));
    let report = verify_publisher(&latest.capable(Capabilities::not_endless));
    assert_said(&report, "1.5/2", expected);
}

#[test]
fn who_loses_items_or_ends_early_has_no_word_that_is_missing() {
    assert_accused(&of(Habit::LosesOne), "1.2/2");
    assert_accused(&of(Habit::EndsWithDemand), "1.5/2");
}

/// Changes the lengths that it is asked for.
struct Lengthens(fn(u64) -> u64, fn(u64) -> u64);

impl Fixture for Lengthens {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        match length {
            Length::Exactly(n) => Synchronous::new(env.items(Length::Exactly((self.0)(n)))),
            Length::Endless => Synchronous::new(env.items(length)),
        }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Synchronous::failing(env.items(Length::Exactly((self.1)(k)))))
    }
}

#[test]
fn a_length_that_is_wrong_from_some_on_is_asked_about() {
    let same = |n| n;
    let report = verify_publisher(&Lengthens(|n| n - u64::from(n > 50), same));
    assert_said(&report, "1.5/2", "the streams that are to have more than 50 items have others: asked for ");
    let report = verify_publisher(&Lengthens(|n| n + u64::from(n > 50), same));
    assert_said(&report, "1.2/1", "Either create() makes other streams there, or the publisher");
    let report = verify_publisher(&Lengthens(|n| n.max(3), same));
    assert_said(&report, "1.2/1", "the streams that are to have fewer than 3 items have others");
}

#[test]
fn an_item_that_is_lost_in_long_streams_is_not_the_lengths_fault() {
    let loses = publisher(|env, length: Length| {
        let at = if length.get() > 50 { 50 } else { u64::MAX };
        Synchronous::new(env.items(length).filter(move |item| **item != at))
    });
    assert_accused(&verify_publisher(&loses), "1.5/2");
}

#[test]
fn a_failure_that_is_wrong_in_some_places_is_asked_about() {
    let same = |n| n;
    let report = verify_publisher(&Lengthens(same, |k| k.max(3)));
    assert_said(
        &report,
        "1.2/1",
        "those that are to fail after 0, 1, 2 items fail after 3, 3, 3. Does the fixture make others",
    );
}

/// It completes as it should, and where it is to fail it stays open.
struct NeverFails;

impl Fixture for NeverFails {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Source::new(env, length, Habit::Sound)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Source::new(env, Length::Exactly(k), Habit::NeverEnds))
    }
}

#[test]
fn a_failure_that_never_comes_is_asked_about() {
    assert_doubted(
        &verify_publisher(&NeverFails),
        "no stream of create_failing_at() came to an end, though all its items had come",
    );
}

#[test]
fn what_it_says_it_emits_is_doubted_where_nothing_is_so() {
    let emits = |n| {
        publisher(|env, length| Synchronous::new(env.items(length)))
            .capable(move |can| can.emits(move |at| n * at))
    };
    assert_said(
        &verify_publisher(&emits(2)),
        "1.2/2",
        "not one stream has what emits() of capabilities() says: 2 at position 1",
    );
    verify_publisher(&emits(1)).assert_conforms();
}

/// Clones that take their items out of one source.
#[derive(Clone)]
struct OneSource(Arc<Mutex<Box<dyn Iterator<Item = Item> + Send>>>);

impl Publisher for OneSource {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        Synchronous::new(std::iter::from_fn(move || self.0.lock().next())).subscribe(subscriber);
    }
}

fn one_source(sharing: Sharing) -> Report {
    let create = |env: &Env, length| OneSource(Arc::new(Mutex::new(Box::new(env.items(length)))));
    let can = |can: Capabilities| if sharing == Sharing::Multicast { can.lossy().hot() } else { can };
    verify_publisher(&publisher(create).capable(can).shared(sharing))
}

#[test]
fn who_share_a_stream_are_told_the_word_for_it() {
    let report = one_source(Sharing::MultiUnicast);
    assert_said(&report, "1.10/3", "let capabilities() say so: sharing(Sharing::Multicast)");
    // As of a channel whose receivers compete, each item comes to one of them.
    let competing = one_source(Sharing::Multicast);
    assert!(competing.conforms(), "{competing}");
    let why = "no item comes to two subscribers, and it is lossy";
    assert_eq!(competing.verdict("1.11/3"), Some(Verdict::NotApplicable(why)));
}

fn assert_doubted(report: &Report, expected: &str) {
    assert!(!report.conforms() && report.doubt().is_some_and(|doubt| doubt.contains(expected)), "{report}");
}

#[test]
fn items_that_are_others_each_time_are_said_not_to_be_compared() {
    let not_compared = "the items were not compared (check 1.2/2): nothing says what its items are, as capabilities().emits(..)";
    let count = AtomicU64::new(0);
    let on = publisher(move |_, length: Length| {
        let first = count.fetch_add(1_000, Ordering::Relaxed);
        Synchronous::new(first..first.saturating_add(length.get()))
    });
    let report = verify_publisher(&on);
    assert!(report.conforms() && report.to_string().contains(not_compared), "{report}");
    assert!(
        report.doubt().is_some_and(|doubt| doubt.contains("hand out one and the same twice")),
        "{report}"
    );
    let varying = verify_publisher(&on.capable(|can| can.varying()));
    assert_eq!((varying.conforms(), varying.doubt()), (true, None), "{varying}");
    let numbers = verify_publisher(&publisher(|env, length| Synchronous::new(env.items(length)))).to_string();
    assert!(!numbers.contains("not compared"), "{numbers}");
}

#[test]
fn an_env_that_is_kept_is_named() {
    let expected = "does the fixture keep the `env` of an earlier call, or an executor or a clock of it?";
    let first = OnceLock::new();
    let kept =
        publisher(|env: &Env, length| InTask::new(first.get_or_init(|| env.clone()), env.items(length)));
    assert_doubted(&verify_publisher(&kept), expected);
    let first = OnceLock::new();
    let contract = || Contract::identity().bound(4).errors(Errors::Delayed);
    let kept = |env: &Env, upstream| Buffered::new(first.get_or_init(|| env.clone()), upstream, 4);
    assert_doubted(&verify_processor(&Operator::new(contract(), kept)), expected);
}

#[test]
fn a_processor_of_which_nothing_comes_is_asked_about_its_executor() {
    let contract = || Contract::identity().bound(4).errors(Errors::Delayed);
    let elsewhere = |_: &Env, upstream| Buffered::new(&Env::new(), upstream, 4);
    let report = verify_processor(&Operator::new(contract(), elsewhere));
    assert_doubted(
        &report,
        "no item and no end came out in any scenario, not even on_subscribe: do the fixture's tasks",
    );
}
