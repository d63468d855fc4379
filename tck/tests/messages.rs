//! What a stranger reads: the message of a failure, of an inconclusive rule, of a fixture's own mistake.

use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_tck::adapt::publisher;
use reactive_streams_tck::gallery::{InTask, Synchronous};
use reactive_streams_tck::{
    Capabilities, Coverage, Env, Fixture, Item, Length, Options, Suite, Verdict, record_publisher, rules,
    verify_publisher,
};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Pushes its two items without looking at the demand.
struct Pushes(Vec<Item>);

impl Publisher for Pushes {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        for item in self.0 {
            subscriber.on_next(item, &mut subscription);
        }
        subscriber.on_complete(subscription.outstanding());
    }
}

impl Fixture for Pushes {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Self(env.items(length).collect())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(2..=2).not_endless()
    }
}

fn panic_of(test: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(test)).expect_err("it must fail");
    *payload.downcast::<String>().expect("a message")
}

#[test]
fn a_failure_says_rule_request_answer_advice_and_timeline() {
    let message = panic_of(|| verify_publisher(&Pushes(Vec::new())).assert("1.1"));
    let expected = "
rule 1.1: no more items than were asked for so far
  check     1.1/1: no item comes before the first request
  scenario  a stream of 2 items; nobody asks
  expected  at most 0 items so far
  got       item 1
  look at   is `is_ready()` asked before each `deliver`, and is `deliver` the only way to `on_next`?
  replay    REACTIVE_STREAMS_TCK_REPLAY=p1/n2/-
  timeline
        #  time     thread  the subscriber calls    the publisher signals
        0  0ns      0       subscribe
        1  0ns      0                               on_subscribe
   ->   3  0ns      0                               on_next #1: 0
        5  0ns      0                               on_next #2: 1
        7  0ns      0                               on_complete (unused: none)
        9  0ns      0                               (subscriber dropped)
       11  0ns      0       . tasks at rest
       12  0ns      0       = at rest
       13  0ns      0       . tasks at rest
       14  0ns      0       = at rest
       15  0ns      0       = all let go
  and in ";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn the_whole_report_is_a_table_with_the_failures_below_it() {
    let report = verify_publisher(&Pushes(Vec::new()));
    assert!(!report.conforms());
    let text = panic_of(|| report.assert_conforms());
    let line = text.lines().find(|line| line.starts_with("1.1 ")).expect("a line for each rule");
    assert!(line.contains("FAIL") && line.ends_with("no more items than were asked for so far"), "{line}");
    assert!(text.contains("\nrule 1.1: "), "{text}");
    assert!(text.contains("not applicable") && text.contains("[it binds the subscriber]"), "{text}");
    assert!(text.contains("proved by types"), "{text}");
}

#[test]
fn of_several_failures_one_is_to_be_read_first() {
    let report = verify_publisher(&Pushes(Vec::new()));
    let failing: Vec<_> = report.records().filter(|it| !it.sound).filter_map(|it| it.failure).collect();
    let failures = failing.len();
    let start = format!(
        "\n{failures} checks fail, perhaps of one cause. Start with 1.1/1: its scenario is the shortest\n"
    );
    assert!(failures > 1 && report.to_string().contains(&start), "{report}");
    let another = failing.last().expect("there are several").check().id();
    let message = panic_of(|| report.assert(another));
    assert!(
        message.contains("\n  first     see 1.1/1, which fails, too, perhaps of the same cause: its"),
        "{message}"
    );
    let alone = verify_publisher(&Known);
    assert!(!alone.to_string().contains("Start with"), "{alone}");
}

/// Panics when it is dropped after a cancel inside `on_next`.
struct Fragile<S>(Option<S>, bool);

impl<S> Drop for Fragile<S> {
    fn drop(&mut self) {
        assert!(!self.1 || std::thread::panicking(), "nobody was to drop it");
    }
}

impl<S: Subscriber> Subscriber for Fragile<S> {
    type Item = S::Item;
    type Error = S::Error;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.iter_mut().for_each(|inner| inner.on_subscribe(subscription));
    }
    fn on_next(&mut self, item: S::Item, subscription: &mut Subscription) {
        if let Some(inner) = &mut self.0 {
            inner.on_next(item, subscription);
            self.1 = subscription.is_cancelled();
        }
    }
    fn on_error(mut self, error: S::Error, unused: Option<Demand>) {
        let _ = self.0.take().map(|inner| inner.on_error(error, unused));
    }
    fn on_complete(mut self, unused: Option<Demand>) {
        let _ = self.0.take().map(|inner| inner.on_complete(unused));
    }
}

struct Fragiles<P>(P);

impl<P: Publisher> Publisher for Fragiles<P> {
    type Item = P::Item;
    type Error = P::Error;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.0.subscribe(Fragile(Some(subscriber), false));
    }
}

#[test]
fn a_panic_after_a_cancel_is_told_as_one() {
    let fragile = publisher(|env, length| Fragiles(InTask::new(env, env.items(length))));
    let report = verify_publisher(&fragile);
    for check in ["1.4/4", "3.17/4"] {
        let message = panic_of(|| report.assert(check));
        assert!(message.contains("  expected  rest after the cancel\n"), "{message}");
        assert!(
            message.contains("  got       a panic after the cancel: nobody was to drop it\n"),
            "{message}"
        );
    }
}

/// A fixture that claims to make items and makes none: nothing that the rules speak of occurs.
struct Claims;

impl Fixture for Claims {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        let _ = length;
        Synchronous::new(std::iter::empty::<u8>())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(3..=3).not_endless()
    }
}

#[test]
fn what_never_occurred_is_inconclusive_and_no_pass() {
    let report = verify_publisher(&Claims);
    assert_eq!(report.verdict("1.1"), Some(Verdict::Inconclusive));
    let message = panic_of(|| report.assert("1.1"));
    assert!(
        message.contains("inconclusive: in ") && message.contains("the case never occurred"),
        "{message}"
    );
    assert_eq!(report.verdict("1.5"), Some(Verdict::Fail));
}

/// Cannot do what its capabilities say.
struct Boasts;

impl Fixture for Boasts {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        assert!(length != Length::Endless, "no endless stream here");
        Synchronous::new(env.items(length))
    }
}

#[test]
fn a_fixture_that_panics_is_told_so_and_its_publisher_is_not_accused() {
    let report = verify_publisher(&Boasts);
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.contains("create with an endless length: no endless stream here"), "{fault}");
    assert_eq!((report.outcomes().len(), report.conforms()), (43 + 9, false));
    assert!(report.outcomes().iter().all(|outcome| outcome.verdict() != Verdict::Pass));
    let message = panic_of(|| report.assert("1.1"));
    assert!(message.contains("the fixture is at fault, not the publisher"), "{message}");
}

/// Takes everything out of its source before it begins.
struct Hoards;

impl Fixture for Hoards {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let mut items = env.items(length);
        Synchronous::new(std::iter::from_fn(move || items.by_ref().last()))
    }
}

#[test]
fn a_source_that_is_emptied_without_end_stops_the_run_instead_of_hanging() {
    let report = verify_publisher(&Hoards);
    let fault = report.fixture_fault().expect("a fault");
    assert!(fault.contains("more than 50000 items were taken from the source"), "{fault}");
    assert!(fault.contains("scenario  nobody asks; an endless stream"), "{fault}");
    assert!(fault.contains("not_endless()"), "{fault}");
}

#[test]
fn the_table_of_rules_is_in_order_and_each_says_what_to_check() {
    let ids: Vec<&str> = rules().map(|rule| rule.id()).collect();
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!(ids, unique);
    for rule in rules() {
        let text = [rule.asks(), rule.why(), rule.how(), rule.breaks()];
        assert!(text.iter().all(|text| !text.is_empty()), "{}", rule.id());
    }
}

#[test]
fn what_a_suite_is_to_check_has_checks_and_what_the_types_prove_has_programs() {
    let programs = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/reactive-streams-core/tests/ui");
    for rule in rules() {
        for suite in Suite::ALL {
            match rule.coverage(*suite) {
                Coverage::Checks => {
                    assert!(rule.checks(*suite).next().is_some(), "{} in the {suite} suite", rule.id());
                }
                Coverage::Types(proofs) => {
                    for proof in proofs {
                        let program = std::path::Path::new(programs).join(format!("{proof}.rs"));
                        assert!(program.exists(), "{} is said to be proved by {proof}", rule.id());
                    }
                }
                Coverage::NotApplicable(why) => assert!(!why.is_empty(), "{}", rule.id()),
                _ => {}
            }
        }
    }
}

#[test]
fn two_runs_give_the_same_report() {
    let report = || verify_publisher(&Pushes(Vec::new())).to_string();
    assert_eq!(report(), report());
}

#[test]
fn a_run_in_which_checks_were_left_out_says_which_and_fails() {
    let recording = record_publisher(&Claims);
    let report = recording.judge(&Options::new().only("3.*").only("1.9/2"));
    assert!(!report.conforms());
    let missing: Vec<&str> = report.missing().map(|check| check.id()).collect();
    assert!(
        missing.contains(&"1.1/1") && !missing.contains(&"1.9/2") && !missing.contains(&"3.13/1"),
        "{missing:?}"
    );
    let message = panic_of(|| report.assert("1.1/1"));
    assert!(message.contains("  not run: it was filtered out"), "{message}");
    let all: Vec<&str> = Suite::Publisher.checks().map(|check| check.id()).collect();
    let message = panic_of(|| report.assert_manifest(&all));
    assert!(message.contains("not judged were [\"1.1/1\""), "{message}");
    let message = panic_of(|| recording.judge(&Options::new()).assert_manifest(&all[1..]));
    assert!(message.contains("no test for [\"1.1/1\"]"), "{message}");
}

#[test]
fn every_rule_is_in_every_report_and_each_record_says_what_it_is() {
    let report = verify_publisher(&Pushes(Vec::new()));
    let ids: Vec<&str> = report.outcomes().iter().map(|outcome| outcome.rule().id()).collect();
    assert_eq!(ids, rules().map(|rule| rule.id()).collect::<Vec<_>>());
    let checks = report.records().filter_map(|record| record.check).count();
    assert_eq!(checks, Suite::Publisher.checks().count());
    let record = report.records().find(|record| record.check.is_some_and(|check| check.id() == "1.1/1"));
    let record = record.expect("a record for each check");
    assert_eq!((record.verdict.name(), record.strength.to_string().as_str()), ("fail", "MUST"));
    assert!(record.fixture.ends_with("Pushes") && record.specification == "1.0.4" && !record.sound);
    assert_eq!(record.failure.expect("it failed").got(), "item 1");
}

/// Known not to be what it should be.
struct Known;

impl Fixture for Known {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Pushes(env.items(length).collect())
    }
    fn capabilities(&self) -> Capabilities {
        let can = Capabilities::new().lengths(2..=2).not_endless();
        ["1.1", "1.2", "1.8", "3-i", "3-iii"].iter().fold(can, |can, id| can.exclude(id, "it is a firehose"))
    }
}

#[test]
fn what_the_fixture_excludes_is_said_with_its_reason() {
    let report = verify_publisher(&Known);
    assert_eq!(report.verdict("1.1"), Some(Verdict::Excluded));
    report.assert("1.1/1");
    assert!(report.to_string().contains("excluded") && report.to_string().contains("[it is a firehose]"));
}
