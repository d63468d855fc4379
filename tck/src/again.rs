//! What needs the fixture once more: making failures small after the verdict, and playing one scenario again.

use crate::judge::Recorded;
use crate::options::Options;
use crate::outcome::{Failure, Finding, Judgement, Outcome, Shrunk};
use crate::plan::{Order, Plan};
use crate::replay::{self, VARIABLE};
use crate::report::Report;
use crate::rules::{Check, Judge, Suite};
use crate::schedule::{Schedule, Told};
use crate::shrink::shrink;
use std::fmt::Display;
use std::io::Write as _;

/// So many entries may the log of a smaller scenario be longer.
const LONGER: usize = 20;

/// A fixture whose scenarios can be played one by one.
pub(crate) trait Again {
    /// What a replay string says.
    type Scenario: Display;
    type Seen: Recorded;
    const SUITE: Suite;

    /// What reports call it.
    fn name(&self) -> String;
    /// What the string says; an error when this fixture has no such scenario.
    fn read(&self, text: &str) -> Result<Self::Scenario, String>;
    /// The logs of it, one for each who was judged; an error when it cannot be played.
    fn play(&self, scenario: &Self::Scenario) -> Result<Vec<Self::Seen>, String>;
    /// Everything that is one step smaller.
    fn smaller(&self, scenario: &Self::Scenario) -> Vec<Self::Scenario>;
    /// What a check objects to first in this log.
    fn finding(&self, check: &Check, seen: &Self::Seen) -> Option<Finding>;
    fn judge(&self, seen: Vec<Self::Seen>, options: &Options) -> Vec<Outcome>;
    /// What the judges found wrong with the fixture, if they ask it.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// What the environment asks to play instead of everything.
pub(crate) fn asked() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|text| !text.is_empty())
}

/// Plays what the environment asks for. The timeline goes to the standard error, too, past what a test harness captures.
pub(crate) fn play_asked<A: Again>(suite: &A, text: &str, options: &Options) -> Report {
    let mut report = play(suite, text, options);
    report.fault = report.fault.map(|fault| format!("{VARIABLE}: {fault}"));
    if let Some(timeline) = &report.replayed {
        // `eprintln` is what a test harness captures.
        let _ = writeln!(std::io::stderr(), "\n{VARIABLE}={text}\n{}: {timeline}", report.fixture);
    }
    report
}

/// Plays one scenario again and judges it. Its whole timeline goes into the report.
pub(crate) fn play<A: Again>(suite: &A, text: &str, options: &Options) -> Report {
    let mut report = Report::of(A::SUITE, suite.name(), options);
    report.scenarios = 1;
    match read(suite, text).and_then(|scenario| suite.play(&scenario)) {
        Ok(seen) => {
            let timeline = |seen: &A::Seen| format!("{}\n{}", seen.scenario(), seen.whole_timeline());
            report.replayed = Some(seen.iter().map(timeline).collect::<Vec<_>>().join("\n"));
            report.outcomes = suite.judge(seen, options);
            report.fault = suite.fault();
        }
        Err(fault) => report.fault = Some(fault),
    }
    report
}

fn read<A: Again>(suite: &A, text: &str) -> Result<A::Scenario, String> {
    replay::check_replay(text).map_err(|error| error.to_string())?;
    let whose = replay::suite(text);
    if whose != A::SUITE {
        return Err(format!(
            "the string is that of a {whose}, and {} is a {}. Does it come from another fixture? Name the tests to run",
            suite.name(),
            A::SUITE
        ));
    }
    suite.read(text)
}

/// The schedule that a replay string tells, and what says so in a plan.
pub(crate) fn schedule(told: &Told) -> (Order, Schedule) {
    match told.is_empty() {
        true => (Order::First, Schedule::plain()),
        false => (Order::Every, Schedule::told(told.clone())),
    }
}

/// What is played again has its own words for a name.
pub(crate) fn renamed(plan: &Plan, order: Order) -> Plan {
    Plan { order, name: plan.to_string(), ..plan.clone() }
}

/// Makes each failure of the report as small as it gets.
pub(crate) fn shrink_all<A: Again>(suite: &A, report: &mut Report) {
    if report.fault.is_some() {
        return; // nothing was judged, and the fixture may panic again
    }
    let checks = report.outcomes.iter_mut().flat_map(|outcome| &mut outcome.checks);
    for failure in checks.filter_map(|checked| checked.failure.as_mut()) {
        shrink_one(suite, failure);
    }
}

fn shrink_one<A: Again>(suite: &A, failure: &mut Failure) {
    let Some(Ok(scenario)) = failure.replay.as_ref().map(|text| suite.read(text)) else { return };
    let fails = |scenario: &A::Scenario, most: usize| {
        let seen = suite.play(scenario).ok()?;
        let mut found = seen.into_iter().filter(|seen| seen.length() <= most);
        found.find_map(|seen| suite.finding(failure.check, &seen).map(|finding| (seen, finding)))
    };
    // The fixture may not be the same each time: then the failure stands as it was.
    let Some(first) = fails(&scenario, usize::MAX) else { return };
    // What takes much longer to play is not smaller, though there may be less to write down.
    let most = first.0.length() + LONGER;
    let smaller = |scenario: &A::Scenario| suite.smaller(scenario);
    let (scenario, (seen, finding)) = shrink(scenario, first, smaller, |scenario| fails(scenario, most));
    let shrunk = Shrunk { scenario: seen.scenario().to_owned(), timeline: seen.timeline(finding.at) };
    failure.expected = finding.expected;
    failure.got = finding.got;
    failure.replay = Some(scenario.to_string());
    failure.shrunk = Some(shrunk);
}

/// What a check of this table objects to first.
pub(crate) fn finding<T>(table: &[Judge<T>], check: &Check, seen: &T) -> Option<Finding> {
    let judge = table.iter().find(|judge| judge.checks.iter().any(|own| own.id == check.id))?;
    let mut judgement = Judgement::default();
    (judge.judge)(seen, &mut judgement);
    judgement.findings.into_iter().find(|finding| finding.check == check.number())
}
