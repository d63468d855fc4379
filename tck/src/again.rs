//! What needs the fixture once more: making failures small after the verdict, and playing one scenario again.

use crate::judge::judge;
use crate::options::Options;
use crate::outcome::{Failure, Finding, Judgement, Shrunk};
use crate::plan::{Order, Plan, Source};
use crate::replay::{Replay, ReplayError, VARIABLE};
use crate::report::Report;
use crate::rules::{Check, PUBLISHER, Suite};
use crate::schedule::Schedule;
use crate::shrink::shrink;
use crate::trace::Trace;
use crate::{Capabilities, Fixture, Length, run};
use std::io::Write as _;
use std::sync::Arc;

/// So many entries may the log of a smaller scenario be longer.
const LONGER: usize = 20;

/// What the environment asks to play instead of everything.
pub(crate) fn asked() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|text| !text.is_empty())
}

/// Plays what the environment asks for. The timeline goes to the standard error, too, past what a test harness captures.
pub(crate) fn play_asked<F: Fixture>(fixture: &F, text: &str, options: &Options) -> Report {
    let mut report = play(fixture, text, options);
    report.fault = report.fault.map(|fault| format!("{VARIABLE}: {fault}"));
    if let Some(timeline) = &report.replayed {
        // `eprintln` is what a test harness captures.
        let _ = writeln!(std::io::stderr(), "\n{VARIABLE}={text}\n{}: {timeline}", report.fixture);
    }
    report
}

/// Plays one scenario again and judges it. Its whole timeline goes into the report.
pub(crate) fn play<F: Fixture>(fixture: &F, text: &str, options: &Options) -> Report {
    let capabilities = Arc::new(fixture.capabilities());
    let mut report = Report {
        suite: Suite::Publisher,
        fixture: fixture.name(),
        outcomes: Vec::new(),
        scenarios: 1,
        strict: options.strict,
        thoroughness: None,
        replayed: None,
        fault: None,
        doubt: None,
    };
    match trace(fixture, text, &capabilities) {
        Ok(trace) => {
            report.replayed = Some(format!("{}\n{}", trace.plan.name, trace.whole_timeline()));
            report.outcomes = judge(Suite::Publisher, PUBLISHER, &*capabilities, &[trace], options);
        }
        Err(fault) => report.fault = Some(fault),
    }
    report
}

/// What came of the scenario, or why it cannot be played.
fn trace<F: Fixture>(fixture: &F, text: &str, capabilities: &Arc<Capabilities>) -> Result<Trace, String> {
    let replay: Replay = text.parse().map_err(|error: ReplayError| error.to_string())?;
    let source = replay.plan.source;
    if !allows(capabilities, source) {
        return Err(format!(
            "the string asks for {source}, which the capabilities of {} exclude. Does the string come from \
             another fixture? Name the tests to run",
            fixture.name()
        ));
    }
    match played(fixture, &replay, capabilities) {
        Ok(Some(trace)) => Ok(trace),
        Ok(None) => {
            Err(format!("the string asks for {source}, and the fixture of {} has none", fixture.name()))
        }
        Err(fault) => Err(fault.0),
    }
}

fn allows(capabilities: &Capabilities, source: Source) -> bool {
    match source {
        Source::Length(Length::Endless) => capabilities.endless,
        Source::Length(Length::Exactly(n)) => capabilities.lengths.contains(&n),
        Source::FailingAt(k) => capabilities.failing.contains(&k),
    }
}

fn played<F: Fixture>(
    fixture: &F,
    replay: &Replay,
    capabilities: &Arc<Capabilities>,
) -> Result<Option<Trace>, run::FixtureFault> {
    let order = if replay.told.is_empty() { Order::First } else { Order::Every };
    let plan = Plan { order, name: replay.plan.to_string(), ..replay.plan.clone() };
    let plan = Arc::new(plan);
    let schedule = match order {
        Order::First => Schedule::plain(),
        _ => Schedule::told(replay.told.clone()),
    };
    let played = run::play_under(fixture, &plan, schedule)?;
    Ok(played.map(|played| Trace::played(&plan, capabilities, played)))
}

/// Makes each failure of the report as small as it gets.
pub(crate) fn shrink_all<F: Fixture>(fixture: &F, report: &mut Report) {
    if report.fault.is_some() {
        return; // nothing was judged, and the fixture may panic again
    }
    let capabilities = Arc::new(fixture.capabilities());
    let checks = report.outcomes.iter_mut().flat_map(|outcome| &mut outcome.checks);
    for failure in checks.filter_map(|checked| checked.failure.as_mut()) {
        shrink_one(fixture, failure, &capabilities);
    }
}

fn shrink_one<F: Fixture>(fixture: &F, failure: &mut Failure, capabilities: &Arc<Capabilities>) {
    let Some(Ok(replay)) = failure.replay.as_ref().map(|text| text.parse::<Replay>()) else { return };
    let fails = |replay: &Replay, most: usize| {
        let trace = played(fixture, replay, capabilities).ok().flatten()?;
        let finding = finding(failure.check, &trace).filter(|_| trace.len() <= most)?;
        Some((trace, finding))
    };
    // The fixture may not be the same each time: then the failure stands as it was.
    let Some(first) = fails(&replay, usize::MAX) else { return };
    // What takes much longer to play is not smaller, though there may be less to write down.
    let most = first.0.len() + LONGER;
    let fails = |replay: &Replay| fails(replay, most);
    let (replay, (trace, finding)) = shrink(replay, first, capabilities, fails);
    failure.expected = finding.expected;
    failure.got = finding.got;
    failure.replay = Some(replay.to_string());
    failure.shrunk = Some(Shrunk { scenario: trace.plan.name.clone(), timeline: trace.timeline(finding.at) });
}

/// What a check objects to first in this log.
fn finding(check: &Check, trace: &Trace) -> Option<Finding> {
    let judge = PUBLISHER.iter().find(|judge| judge.rule == check.rule())?;
    let mut judgement = Judgement::default();
    (judge.judge)(trace, &mut judgement);
    judgement.findings.into_iter().find(|finding| finding.check == check.number())
}
