//! What the death of a child says of what it judged.

use super::diary::{Entry, Place, Read};
use crate::judge::{not_run, outcomes};
use crate::log::Call;
use crate::outcome::{Checked, Failure, Verdict};
use crate::processor_suite::chain::CHECK;
use crate::report::Report;
use crate::rules::{Check, Suite};
use crate::watch::{called, created};
use crate::{Length, plan::Source};
use std::process::ExitStatus;

/// So many of the last lines are shown.
const SHOWN: usize = 24;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Overflow,
    /// By a signal, or a number that stands for one.
    Killed(i32),
    /// By a signal that nothing in it sends to itself.
    FromOutside(i32),
    /// It ended by itself.
    Exited(i32),
}

/// A child that ended without a report.
pub(super) struct Death {
    suite: Suite,
    how: How,
    /// What it said last.
    words: String,
    left_out: Vec<(String, String)>,
    scenarios: usize,
    scenario: String,
    replay: String,
    fails: bool,
    place: Option<Place>,
    timeline: String,
    preliminary: Option<Report>,
}

impl Death {
    pub(super) fn new(suite: Suite, status: ExitStatus, said: &str, read: Read) -> Self {
        let (mut scenario, mut replay, mut fails) = (String::new(), String::new(), false);
        let (mut lines, mut open, mut doing) = (Vec::new(), Vec::new(), None);
        for entry in read.last {
            match entry {
                Entry::Scenario { name, replay: string, fails: fail } => {
                    (scenario, replay, fails) = (name, string, fail);
                    if suite != Suite::Publisher {
                        replay.clear();
                    }
                }
                Entry::Again(string) => replay = string,
                Entry::Begun | Entry::Named(_) | Entry::LeftOut(..) => {}
                Entry::Doing(place) => doing = Some(place),
                Entry::Happened { text, opens, closes } => {
                    if let Some(number) = closes {
                        open.retain(|(opened, _)| *opened != number);
                    } else {
                        lines.push(format!("        {text}"));
                    }
                    open.extend(opens);
                }
            }
        }
        let innermost = open.last().map(|(_, place)| *place).filter(|_| suite != Suite::Subscriber);
        let skipped = lines.len().saturating_sub(SHOWN);
        let mut timeline =
            if skipped > 0 { format!("      ... {skipped} entries before\n") } else { String::new() };
        timeline += &lines[skipped..].join("\n");
        timeline += "\n   ->   (the process dies)\n";
        Self {
            suite,
            how: how(status, said),
            words: last_words(said),
            left_out: read.left_out,
            scenarios: read.scenarios,
            scenario,
            replay,
            fails,
            place: innermost.or(doing),
            timeline,
            preliminary: read.preliminary,
        }
    }

    /// What a chain died of fails that check, and nothing else.
    fn of_a_chain(self, mut report: Report) -> Report {
        let died = self.died();
        let make = self.failure(died);
        report.amend(CHECK, |checked| Checked {
            witnesses: 1,
            failure: Some(make(checked.check)),
            ..Checked::unjudged(checked.check, Verdict::Fail)
        });
        report
    }

    pub(super) fn report(mut self) -> Report {
        let suite = self.suite;
        if let Some(preliminary) = self.preliminary.take().filter(|_| self.how == How::Overflow) {
            return self.of_a_chain(preliminary);
        }
        if let How::FromOutside(signal) = self.how {
            let fault = format!(
                "hung or too large: the process in which the {suite} was judged was ended from outside, by signal {signal}; \
                 this is no verdict on the {suite}\n  scenario  {}",
                self.scenario
            );
            return Report::without_verdict(suite, Verdict::KitError, fault);
        }
        let (died, source) =
            (self.died(), if self.fails { Source::FailingAt(0) } else { Source::Length(Length::Endless) });
        if self.scenarios == 0 || self.place == Some(Place::Create) {
            let function = if self.scenarios == 0 { "capabilities or name" } else { created(suite, source) };
            let fault = format!(
                "the fixture is at fault, not the {suite}: {died} in {function}\n  scenario  {}",
                self.scenario
            );
            return Report::without_verdict(suite, Verdict::NotRun, fault);
        }
        let guilty = self.check();
        let note = format!("{died} before this was judged; see {guilty}");
        let scenarios = self.scenarios;
        let left_out = std::mem::take(&mut self.left_out);
        let left_out = left_out.into_iter().find_map(|(check, reason)| (check == guilty).then_some(reason));
        let mut failure = Some(self.failure(died));
        let mut checks = Vec::new();
        for checked in not_run(suite, |_| Verdict::NotRun).into_iter().flat_map(|outcome| outcome.checks) {
            let failed = checked.check.id() == guilty;
            if let Some(reason) = left_out.clone().filter(|_| failed) {
                checks.push(Checked { note: Some(reason), verdict: Verdict::Excluded, ..checked });
                continue;
            }
            let failure = if failed { failure.take() } else { None };
            let failure = failure.map(|make| make(checked.check));
            let verdict = if failed { Verdict::Fail } else { Verdict::NotRun };
            let note = (!failed).then(|| note.clone());
            checks.push(Checked { verdict, failure, note, witnesses: usize::from(failed), ..checked });
        }
        let mut report = Report::without_verdict(suite, Verdict::NotRun, note);
        (report.fault, report.scenarios) = (None, scenarios);
        report.outcomes = outcomes(suite, checks, scenarios);
        report
    }

    fn died(&self) -> String {
        match self.how {
            How::Overflow => "the process died of a stack overflow".to_owned(),
            How::Killed(signal) => format!("the process died, by signal {signal}{}", named(signal)),
            How::FromOutside(signal) => format!("the process was ended by signal {signal}{}", named(signal)),
            How::Exited(code) => format!("the process ended itself, with status {code}"),
        }
    }

    /// The check that says that what was called returns normally, or at no great depth.
    fn check(&self) -> &'static str {
        let call = match self.place {
            Some(Place::Call(call)) => Some(call),
            _ => None,
        };
        match (self.suite, call) {
            (Suite::Subscriber, Some(Call::Signal | Call::Subscribe)) => "2.13/3",
            (Suite::Subscriber, _) => "2.13/4",
            _ if self.place == Some(Place::Panic) => "3-vii/4",
            (_, Some(Call::Cancel | Call::TearDown)) => "3.15/1",
            _ if self.how == How::Overflow => "3.3/1",
            (Suite::Processor, Some(Call::Signal)) => "2.13/3",
            (_, Some(Call::Subscribe)) => "1.9/4",
            (_, Some(Call::Request)) => "3.16/1",
            _ => "1.4/4",
        }
    }

    fn failure(self, died: String) -> impl FnOnce(&'static Check) -> Failure {
        let inside = match self.place {
            Some(Place::Call(call)) => called(self.suite, call),
            Some(Place::Panic) => "what a panic of the subscriber unwinds",
            Some(Place::Kit) => "a signal to the kit's subscriber",
            Some(Place::Create) | None => "it",
        };
        let overflow = self.how == How::Overflow;
        let expected = if overflow {
            format!("{inside} to return, on a stack of {} KiB", crate::watch::STACK >> 10)
        } else {
            format!("{inside} to return normally")
        };
        let got = if self.words.is_empty() { died } else { format!("{died}: {}", self.words) };
        let look = if overflow {
            "what calls itself, once for each item or each element of a list: a `Drop`, a `resume`, a request inside a request?"
        } else {
            "what aborts: a panic while another one unwinds, a panic in a `Drop` or in what must not unwind, `abort`, `exit`?"
        };
        let replay = (!self.replay.is_empty()).then_some(self.replay);
        let (scenario, timeline) = (self.scenario, self.timeline);
        move |check| Failure {
            check,
            scenario,
            expected,
            got,
            look,
            doubt: None,
            timeline,
            more: 0,
            replay,
            shrunk: None,
        }
    }
}

fn named(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        _ => "",
    }
}

fn how(status: ExitStatus, said: &str) -> How {
    /// What Windows says of a stack that is used up.
    const STACK_OVERFLOW: i32 = 0xC000_00FD_u32 as i32;
    if said.contains("has overflowed its stack") || status.code() == Some(STACK_OVERFLOW) {
        return How::Overflow;
    }
    match (signal(status), status.code()) {
        // SIGINT, SIGKILL, SIGTERM, SIGHUP.
        (Some(signal @ (1 | 2 | 9 | 15)), _) => How::FromOutside(signal),
        (Some(signal), _) => How::Killed(signal),
        (None, code) => How::Exited(code.unwrap_or(-1)),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Elsewhere an abort is a status like any other.
#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// What it said last, on one line: the panics, most likely.
fn last_words(said: &str) -> String {
    let idle = |line: &&str| {
        let line = line.trim();
        !line.is_empty()
            && !line.starts_with("running ")
            && !line.starts_with("test ")
            && !line.starts_with("note: ")
    };
    let lines: Vec<&str> = said.lines().filter(idle).collect();
    lines[lines.len().saturating_sub(4)..].join(" / ")
}
