//! Other people's streams, channels and readers, put through the conformance kit: each is a fixture in a few lines, and
//! [`subjects`] lists them all. What came out is in `docs/conformance`.

#![forbid(unsafe_code)]

pub mod blocking;
pub mod channels;
pub mod lossy;
pub mod readers;
pub mod streams;

use reactive_streams_core::{Clock, Spawn};
use reactive_streams_tck::{Env, Report, Verdict};
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

/// One publisher of somebody else's.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The crate, as cargo calls it; `std` is the standard library.
    pub krate: &'static str,
    pub name: &'static str,
    pub what: &'static str,
    pub verify: fn() -> Report,
    /// The rules that it breaks, without those that are broken only as a consequence.
    pub breaks: &'static [&'static str],
    /// Part of what the report says instead of verdicts.
    pub fault: Option<&'static str>,
}

impl Subject {
    const fn new(
        krate: &'static str,
        name: &'static str,
        what: &'static str,
        verify: fn() -> Report,
    ) -> Self {
        Self { krate, name, what, verify, breaks: &[], fault: None }
    }

    const fn breaks(mut self, rules: &'static [&'static str]) -> Self {
        self.breaks = rules;
        self
    }

    const fn without_verdict(mut self, fault: &'static str) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// All of them, by crate.
pub fn subjects() -> Vec<Subject> {
    let mut all = [streams::ALL, channels::ALL, blocking::ALL, lossy::ALL, readers::ALL].concat();
    all.sort_by_key(|subject| subject.krate);
    all
}

/// A subject, and what came out.
pub type Judged = (Subject, Report);

/// The table of all verdicts, as Markdown.
pub fn verdicts(judged: &[Judged]) -> String {
    let mut text = "# Verdicts\n\nWritten by a command; see [README.md](README.md).\n\n".to_owned();
    text += "| crate | version | what | verdict |\n|--|--|--|--|\n";
    for one in judged {
        let Subject { krate, name, what, .. } = one.0;
        let (version, verdict) = (version(krate), verdict(one));
        text += &format!("| [{krate}]({krate}.md) | {version} | {name}: {what} | {verdict} |\n");
    }
    text
}

/// What a report comes to, in a few words.
pub fn verdict((subject, report): &Judged) -> String {
    if report.fixture_fault().is_some() {
        return "**no verdict**".to_owned();
    }
    let broken = rules(report, Verdict::Fail);
    let known: Vec<&str> = subject.breaks.iter().filter(|rule| broken.contains(rule)).copied().collect();
    match &*known {
        [] if broken.is_empty() => "conforms".to_owned(),
        [] => format!("**breaks {}**", broken.join(", ")),
        known => format!("**breaks {}**", known.join(", ")),
    }
}

/// The rules with this verdict.
pub fn rules(report: &Report, verdict: Verdict) -> Vec<&'static str> {
    let with = report.outcomes().iter().filter(|outcome| outcome.verdict() == verdict);
    with.map(|outcome| outcome.rule().id()).collect()
}

/// The version of a crate that was judged; none for the standard library.
pub fn version(krate: &str) -> String {
    let of = format!("name = \"{krate}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    lock.split_once(&of)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(version, _)| version.to_owned())
        .unwrap_or_default()
}

/// Runs `task` on the kit's executor; `None` ends it early.
pub fn spawn(env: &Env, task: impl Future<Output = Option<()>> + Send + 'static) {
    env.executor().spawn(Box::pin(async move { _ = task.await }));
}

/// Waits a virtual millisecond.
pub async fn tick(clock: &impl Clock) {
    let due = clock.now() + Duration::from_millis(1);
    let mut alarm = None;
    poll_fn(|context| {
        if clock.now() >= due {
            return Poll::Ready(());
        }
        drop(alarm.replace(clock.wake_at(due, context.waker().clone())));
        Poll::Pending
    })
    .await;
}
