//! Failures of a subscriber, of a processor and of one among several subscribers: each shrinks to the smallest scenario, and
//! one environment variable plays that again in the user's own `cargo test`.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_tck::gallery::{Broken, Synchronous};
use reactive_streams_tck::{
    Capabilities, Contract, Env, Failure, Fixture, Item, Length, Operator, Report, Sink,
    SubscriberCapabilities, Upstream, verify_processor, verify_publisher, verify_subscriber,
};
use std::convert::Infallible;
use std::process::{Command, Output};
use std::sync::Arc;

const VARIABLE: &str = "REACTIVE_STREAMS_TCK_REPLAY";

/// Asks for two items, and never again.
struct Tired(bool);

impl Subscriber for Tired {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.0, true) {
            return subscription.cancel();
        }
        subscription.request(Demand::of(2));
    }
    fn on_next(&mut self, _: Item, _: &mut Subscription) {}
    fn on_error(self, _: Broken, _: Option<Demand>) {}
    fn on_complete(self, _: Option<Demand>) {}
}

fn tired() -> Report {
    let sink = Sink::new(|_, _, upstream| upstream.subscribe(Tired(false)));
    verify_subscriber(&sink.with(SubscriberCapabilities::new().never_leaves().unobserved()))
}

/// Passes the third item on twice, if that was asked for.
struct Echo(Upstream, Env);

struct Stage<S>(S, Env);

impl Publisher for Echo {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        self.0.subscribe(Stage(subscriber, self.1));
    }
}

impl<S: Subscriber<Item = Item, Error = Broken>> Subscriber for Stage<S> {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        let again = (*item == 2).then(|| self.1.item(2));
        self.0.on_next(item, subscription);
        if let Some(again) = again.filter(|_| subscription.is_ready()) {
            subscription.deliver(again, &mut self.0);
        }
    }
    fn on_error(self, error: Broken, unused: Option<Demand>) {
        self.0.on_error(error, unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}

fn echo() -> Report {
    let echo = |env: &Env, upstream| Echo(upstream, env.clone());
    verify_processor(&Operator::new(Contract::identity(), echo))
}

/// All subscribers take their items out of one source.
struct Leftovers;

#[derive(Clone)]
struct Rest(Arc<Mutex<Vec<Item>>>);

impl Publisher for Rest {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let items = std::mem::take(&mut *self.0.lock());
        Synchronous::new(items.into_iter()).subscribe(subscriber);
    }
}

impl Fixture for Leftovers {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Rest(Arc::new(Mutex::new(env.items(length).collect()))))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=20).not_endless()
    }
}

fn leftovers() -> Report {
    verify_publisher(&Leftovers)
}

/// What a user has. Without the variable they do nothing, since they would fail.
mod user {
    #[test]
    fn tired() {
        if std::env::var_os(super::VARIABLE).is_some() {
            super::tired().assert("2.1");
        }
    }

    #[test]
    fn echo() {
        if std::env::var_os(super::VARIABLE).is_some() {
            super::echo().assert("4.1/1");
        }
    }

    #[test]
    fn leftovers() {
        if std::env::var_os(super::VARIABLE).is_some() {
            super::leftovers().assert("1.5/2");
        }
    }
}

fn failure<'a>(report: &'a Report, check: &str) -> &'a Failure {
    let found = report.records().find(|record| record.check.is_some_and(|known| known.id() == check));
    found.and_then(|record| record.failure).unwrap_or_else(|| panic!("{check} fails\n{report}"))
}

/// Runs tests of this binary with the variable set.
fn replay(tests: &str, text: &str) -> Output {
    let binary = std::env::current_exe().expect("this test");
    Command::new(binary).arg(tests).env(VARIABLE, text).output().expect("it starts")
}

/// It shrinks to this string and these words, and is played again, with these lines.
fn shrinks(judge: fn() -> Report, test: &str, check: &str, smallest: &str, words: &str, lines: &[&str]) {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let report = judge();
    let failure = failure(&report, check);
    assert_eq!((failure.replay(), failure.scenario()), (Some(smallest), words), "{failure}");
    let output = replay(test, smallest);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && out.contains(&format!("check     {check}")), "{out}");
    for line in lines {
        assert!(err.contains(line), "{line}\n{err}");
    }
}

#[test]
fn a_failure_of_a_subscriber_shrinks_and_is_played_again() {
    shrinks(
        tired,
        "user::tired",
        "2.1/1",
        "s1/s.f3",
        "the kit's publisher: as is asked for, 3 items in all",
        &["request(2)", "on_next #2: 1", "! nothing is asked for"],
    );
}

#[test]
fn a_failure_of_a_processor_shrinks_and_is_played_again() {
    shrinks(
        echo,
        "user::echo",
        "4.1/1",
        "x1/s.f3/-/s.r4l",
        "an endless stream; in on_subscribe: request(4); above: the kit's publisher: as is asked for, 3 items in all",
        &["the processor signals", "on_next #4: 2", "upstream signals"],
    );
}

#[test]
fn a_failure_among_several_subscribers_shrinks_and_is_played_again() {
    shrinks(
        leftovers,
        "user::leftovers",
        "1.5/2",
        "c1/n1/m.-/m.-/a.j0.j1",
        "a stream of 1 item; from outside: number 1 subscribes, number 2 subscribes; number 2 of 2 subscribers; it does \
         nothing by itself",
        &["number 1 of 2 subscribers", "number 2 of 2 subscribers", "on_complete (unused: none)"],
    );
}

#[test]
fn the_string_of_another_suite_is_not_played() {
    for (test, text, says) in [
        ("user::tired", "p1/n3/-", "that of a publisher, and"),
        ("user::echo", "s1/s.f3", "that of a subscriber, and"),
        ("user::leftovers", "x1/s.f3/-", "that of a processor, and"),
    ] {
        let out = replay(test, text);
        assert!(String::from_utf8_lossy(&out.stdout).contains(says), "{out:?}");
    }
}
