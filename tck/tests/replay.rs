//! A user's own failure, played again in the user's own `cargo test` through one environment variable.

use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::{
    Capabilities, Env, Fixture, Item, Length, Verdict, conformance, verify_publisher,
};
use std::convert::Infallible;
use std::process::{Command, Output};

const VARIABLE: &str = "REACTIVE_STREAMS_TCK_REPLAY";

/// Delivers one item too many once it has delivered two.
struct OneMore(Vec<Item>);

struct State<S> {
    items: Vec<Item>,
    subscriber: S,
    delivered: usize,
}

impl Publisher for OneMore {
    type Item = Item;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(State { items: self.0, subscriber, delivered: 0 }));
    }
}

impl<S: Subscriber<Item = Item, Error = Infallible> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while !self.items.is_empty() {
            if subscription.is_ready() {
                self.delivered += 1;
                let item = self.items.remove(0);
                subscription.deliver(item, &mut self.subscriber);
            } else if self.delivered == 2 && !subscription.is_cancelled() {
                self.delivered += 1;
                let item = self.items.remove(0);
                self.subscriber.on_next(item, &mut subscription);
            } else {
                break;
            }
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.items.is_empty() {
            self.subscriber.on_complete(subscription.outstanding());
            return Turn::Done;
        }
        Turn::Park(self, subscription)
    }
}

impl Fixture for OneMore {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Self(env.items(length).collect())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=40).not_endless()
    }
}

/// The smallest scenario in which a third item comes without demand: three items, and two are asked for.
const SMALLEST: &str = "p1/n3/-/s.r2l";

#[test]
fn a_failure_shrinks_to_the_smallest_scenario() {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let report = verify_publisher(&OneMore(Vec::new()));
    let failure = report.outcomes().iter().find_map(|outcome| outcome.failure()).expect("it is broken");
    assert_eq!((failure.check().id(), failure.replay()), ("1.1/2", Some(SMALLEST)));
    assert_eq!(failure.scenario(), "a stream of 3 items; in on_subscribe: request(2)");
    assert!(failure.more() > 10, "{}", failure.more());
}

/// What a user has: `REACTIVE_STREAMS_TCK_REPLAY=.. cargo test one_more`. Without the variable it does nothing, since it
/// would fail.
mod one_more {
    use super::*;

    #[test]
    fn rule_1_1() {
        if std::env::var_os(VARIABLE).is_some() {
            verify_publisher(&OneMore(Vec::new())).assert("1.1");
        }
    }
}

struct Sound;

impl Fixture for Sound {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        reactive_streams_tck::gallery::InTask::new(env, env.items(length))
    }
}

conformance!(sound, Sound);

/// Runs tests of this binary with the variable set.
fn replay(tests: &str, text: &str) -> Output {
    let binary = std::env::current_exe().expect("this test");
    let mut command = Command::new(binary);
    command.arg(tests).env(VARIABLE, text).output().expect("it starts")
}

#[test]
fn one_variable_plays_one_scenario_and_prints_all_of_it() {
    let output = replay("one_more", SMALLEST);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "it fails again\n{out}");
    assert!(out.contains("check     1.1/2") && out.contains("got       item 3"), "{out}");
    assert!(err.contains(&format!("{VARIABLE}={SMALLEST}\n")), "{err}");
    for line in ["on_subscribe", "request(2)", "on_next #3: 2", "on_complete (unused: none)", "= all let go"]
    {
        assert!(err.contains(line), "{line}\n{err}");
    }
}

#[test]
fn in_a_replay_what_does_not_occur_is_no_failure() {
    let output = replay("sound::", "p1/e/h/d.p0.r3h._.ch._/k.1");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}");
    assert_eq!(err.matches("on_next #3").count(), 1, "played once, for all tests\n{err}");
}

#[test]
fn a_string_that_is_wrong_is_named() {
    for (text, part) in [
        ("p7/n3/-", "begins with \"p7\""),
        ("p1/n3/-/s.r2", "the part \"s.r2\" of the replay string is not understood"),
        ("p1/n3", "the replay string is cut off"),
        ("p1/e/-", "asks for an endless stream, which the capabilities of"),
    ] {
        let output = replay("one_more", text);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && out.contains(part), "{text}\n{out}");
    }
}

#[test]
fn without_the_variable_everything_is_played() {
    if std::env::var_os(VARIABLE).is_none() {
        let report = verify_publisher(&Sound);
        assert_eq!((report.replayed(), report.verdict("1.1")), (None, Some(Verdict::Pass)));
        let strength = report.strength().expect("it was explored");
        assert!(strength.contains("under every schedule, "), "{strength}");
    }
}
