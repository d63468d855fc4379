//! From recordings to verdicts, the same way for every suite.

use crate::explore::{Survey, Thoroughness};
use crate::log::message;
use crate::options::Options;
use crate::outcome::{Checked, Failure, Finding, Judgement, Outcome, Verdict};
use crate::rules::{Able, Check, Coverage, Judge, Rule, Strength, Suite, rules};
use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one scenario has left behind.
pub(crate) trait Recorded {
    /// What was done.
    fn scenario(&self) -> &str;
    /// The number of the scenario, of which there may be several logs, all in a row.
    fn number(&self) -> usize;
    /// How long the log is: the shortest failure is shown.
    fn length(&self) -> usize;
    /// What happened, for people; `marked` is the entry in question.
    fn timeline(&self, marked: usize) -> String;
    /// All that happened.
    fn whole_timeline(&self) -> String;
    /// What plays it again.
    fn replay(&self) -> Option<String>;
}

/// The first failure of a check in the shortest recording, and in how many it failed.
struct Shortest {
    trace: usize,
    length: usize,
    finding: Finding,
    failed: usize,
}

/// Judges every recording by every rule: one outcome a rule, whether the suite has a check for it or not.
pub(crate) fn judge<T: Recorded>(
    suite: Suite,
    table: &'static [Judge<T>],
    able: &dyn Able,
    traces: &[T],
    survey: &Survey,
    options: &Options,
) -> Vec<Outcome> {
    outcomes(suite, judge_checks(table, able, traces, survey, options), traces.len())
}

/// Judges every recording by every check of a table, which may be one of several that make a suite.
pub(crate) fn judge_checks<T: Recorded, B: Borrow<T>>(
    table: &'static [Judge<T>],
    able: &dyn Able,
    traces: &[B],
    survey: &Survey,
    options: &Options,
) -> Vec<Checked> {
    let wanted = |check: &Check| options.selects(check) && excluded(check, able, options).is_none();
    let judged = all(table, |judge| judge.checks.iter().any(wanted), traces, survey);
    let judges = table.iter().zip(judged);
    judges.flat_map(|(judge, judged)| checked(judge, judged, able, traces, options)).collect()
}

/// One outcome a rule, in the order of the rules.
pub(crate) fn outcomes(suite: Suite, mut checks: Vec<Checked>, scenarios: usize) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for rule in rules() {
        let (ours, others) = checks.into_iter().partition(|checked| checked.check.rule() == rule.id);
        checks = others;
        outcomes.push(outcome(rule, suite, ours, scenarios));
    }
    outcomes
}

/// The outcome of a run that did not take place.
pub(crate) fn not_run(suite: Suite, verdict: impl Fn(&'static Check) -> Verdict) -> Vec<Outcome> {
    let checked = |check| Checked::unjudged(check, verdict(check));
    rules().map(|rule| outcome(rule, suite, rule.checks(suite).map(checked).collect(), 0)).collect()
}

fn checked<T: Recorded, B: Borrow<T>>(
    judge: &'static Judge<T>,
    mut judged: Judged,
    able: &dyn Able,
    traces: &[B],
    options: &Options,
) -> Vec<Checked> {
    let mut checks = Vec::with_capacity(judge.checks.len());
    for check in judge.checks {
        let number = usize::from(check.number());
        let witnesses = judged.judgement.witnesses[number];
        let shortest = judged.shortest[number].take();
        let (verdict, note) = if !options.selects(check) {
            (Verdict::NotRun, None)
        } else if let Some(reason) = excluded(check, able, options) {
            (Verdict::Excluded, Some(reason))
        } else if let Some(fault) = &judged.fault {
            (Verdict::KitError, Some(fault.clone()))
        } else {
            (verdict(check, able, witnesses, shortest.is_some()), None)
        };
        let failure = match shortest {
            Some(shortest) if verdict == Verdict::Fail => {
                let trace = traces[shortest.trace].borrow();
                Some(Failure {
                    check,
                    scenario: trace.scenario().to_owned(),
                    expected: shortest.finding.expected,
                    got: shortest.finding.got,
                    look: judge.look,
                    doubt: None,
                    timeline: trace.timeline(shortest.finding.at),
                    more: shortest.failed - 1,
                    replay: trace.replay(),
                    shrunk: None,
                })
            }
            _ => None,
        };
        if matches!(verdict, Verdict::NotRun | Verdict::Excluded) {
            checks.push(Checked { note, ..Checked::unjudged(check, verdict) });
            continue;
        }
        let explored = judged.explored[number];
        let explored = (explored != Thoroughness::default()).then_some(explored);
        checks.push(Checked { check, verdict, witnesses, explored, note, failure });
    }
    checks
}

fn excluded(check: &Check, able: &dyn Able, options: &Options) -> Option<String> {
    options.excludes(check).or_else(|| able.excludes(check)).map(ToOwned::to_owned)
}

fn verdict(check: &Check, able: &dyn Able, witnesses: usize, failed: bool) -> Verdict {
    match able.lacks(check.needs) {
        _ if failed && check.strength != Strength::May => Verdict::Fail,
        Some(why) if witnesses == 0 => Verdict::NotApplicable(why),
        _ if witnesses > 0 => Verdict::Pass,
        _ if check.strength == Strength::May => Verdict::NotApplicable("it makes no use of it"),
        _ => Verdict::Inconclusive,
    }
}

/// What one judge has made of the logs so far.
struct Judged {
    judgement: Judgement,
    /// The witnesses before this log.
    before: [usize; Judgement::CHECKS],
    /// The last scenario that was counted in the strength.
    counted: [usize; Judgement::CHECKS],
    /// How thoroughly the scenarios were explored in which the case occurred.
    explored: [Thoroughness; Judgement::CHECKS],
    shortest: [Option<Shortest>; Judgement::CHECKS],
    /// The judge itself panicked.
    fault: Option<String>,
}

/// Each log by each judge that is wanted: log by log, since a log is larger than a judge.
fn all<T: Recorded, B: Borrow<T>>(
    table: &'static [Judge<T>],
    wanted: impl Fn(&Judge<T>) -> bool,
    traces: &[B],
    survey: &Survey,
) -> Vec<Judged> {
    let mut judged: Vec<Judged> = table.iter().map(|_| Judged::new()).collect();
    let wanted: Vec<bool> = table.iter().map(wanted).collect();
    for (number, trace) in traces.iter().map(Borrow::borrow).enumerate() {
        for ((judge, judged), _) in table.iter().zip(&mut judged).zip(&wanted).filter(|(_, wanted)| **wanted)
        {
            if judged.fault.is_none() {
                judged.look(judge, number, trace, survey);
            }
        }
    }
    judged
}

impl Judged {
    fn new() -> Self {
        Self {
            judgement: Judgement::default(),
            before: [0; Judgement::CHECKS],
            counted: [usize::MAX; Judgement::CHECKS],
            explored: Default::default(),
            shortest: Default::default(),
            fault: None,
        }
    }

    fn look<T: Recorded>(&mut self, judge: &Judge<T>, number: usize, trace: &T, survey: &Survey) {
        let judging = AssertUnwindSafe(|| (judge.judge)(trace, &mut self.judgement));
        if let Err(payload) = catch_unwind(judging) {
            let (message, scenario) = (message(&*payload), trace.scenario());
            self.fault = Some(format!(
                "the kit is at fault: its judge of rule {} panicked in \"{scenario}\": {message}",
                judge.rule
            ));
        }
        let witnesses = self.judgement.witnesses;
        if witnesses != self.before {
            let scenario = trace.number();
            for check in (0..Judgement::CHECKS).filter(|check| witnesses[*check] > self.before[*check]) {
                if std::mem::replace(&mut self.counted[check], scenario) != scenario {
                    survey.count(scenario, &mut self.explored[check]);
                }
            }
            self.before = witnesses;
        }
        let findings = std::mem::take(&mut self.judgement.findings);
        if !findings.is_empty() {
            self.note(number, trace.length(), findings.into_iter());
        }
    }

    /// Keeps the first finding of each check if this log is the shortest so far.
    fn note(&mut self, trace: usize, length: usize, findings: impl Iterator<Item = Finding>) {
        let mut seen = [false; Judgement::CHECKS];
        for finding in findings {
            let check = usize::from(finding.check);
            if std::mem::replace(&mut seen[check], true) {
                continue;
            }
            let slot = &mut self.shortest[check];
            let failed = slot.as_ref().map_or(0, |shortest| shortest.failed) + 1;
            match slot {
                Some(shortest) if shortest.length <= length => shortest.failed = failed,
                _ => *slot = Some(Shortest { trace, length, finding, failed }),
            }
        }
    }
}

/// What the checks of a rule come to.
fn outcome(rule: &'static Rule, suite: Suite, checks: Vec<Checked>, scenarios: usize) -> Outcome {
    let witnesses = checks.iter().map(|checked| checked.witnesses).sum();
    let has = |is: fn(&Verdict) -> bool| checks.iter().map(|checked| checked.verdict).find(is);
    let worst = has(|verdict| *verdict == Verdict::KitError)
        .or_else(|| has(|verdict| *verdict == Verdict::Fail))
        .or_else(|| has(|verdict| *verdict == Verdict::NotRun))
        .or_else(|| has(|verdict| *verdict == Verdict::Inconclusive));
    let verdict = match (rule.coverage(suite), worst) {
        (_, Some(worst)) => worst,
        (Coverage::Types(programs), None) => Verdict::ProvedByTypes(programs),
        (Coverage::NotApplicable(why), None) => Verdict::NotApplicable(why),
        (Coverage::Checks, None) => has(|verdict| *verdict == Verdict::Pass)
            .or_else(|| has(|verdict| matches!(verdict, Verdict::NotApplicable(_))))
            .or_else(|| has(|_| true))
            .unwrap_or(Verdict::NotApplicable("the kit has no check of it yet")),
    };
    Outcome { rule, verdict, witnesses, scenarios, checks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Capabilities;
    use crate::report::Report;
    use crate::rules::Need;

    /// A log that says how often the case of a check occurred.
    struct Told(usize);

    impl Recorded for Told {
        fn scenario(&self) -> &str {
            "as told"
        }
        fn number(&self) -> usize {
            self.0
        }
        fn length(&self) -> usize {
            self.0
        }
        fn timeline(&self, _marked: usize) -> String {
            String::new()
        }
        fn whole_timeline(&self) -> String {
            String::new()
        }
        fn replay(&self) -> Option<String> {
            None
        }
    }

    const TABLE: &[Judge<Told>] = &[
        Judge {
            rule: "1.1",
            look: "",
            checks: &[
                Check::must("1.1/1", Need::Nothing, "it occurs"),
                Check::must("1.1/2", Need::Nothing, "it never does"),
            ],
            judge: |told, judgement| (0..told.0).for_each(|_| judgement.witness(1)),
        },
        Judge {
            rule: "1.2",
            look: "",
            checks: &[Check::must("1.2/1", Need::Nothing, "nobody can tell")],
            judge: |_, _| std::panic::resume_unwind(Box::new("a bug of the kit")),
        },
        Judge {
            rule: "2.2",
            look: "look there",
            checks: &[Check::should("2.2/1", Need::Nothing, "it is advice")],
            judge: |told, judgement| judgement.object(1, 0, "three", told.0.to_string()),
        },
    ];

    fn report(told: &[Told], options: &Options) -> Report {
        let outcomes =
            judge(Suite::Publisher, TABLE, &Capabilities::new(), told, &Survey::default(), options);
        Report { outcomes, scenarios: told.len(), ..Report::of(Suite::Publisher, "told".to_owned(), options) }
    }

    #[test]
    fn a_check_whose_case_never_occurred_is_inconclusive_though_its_neighbour_passes() {
        let report = report(&[Told(2), Told(1)], &Options::new());
        assert_eq!(report.verdict("1.1/1"), Some(Verdict::Pass));
        assert_eq!(report.verdict("1.1/2"), Some(Verdict::Inconclusive));
        assert_eq!(report.verdict("1.1"), Some(Verdict::Inconclusive));
        let outcome =
            report.outcomes().iter().find(|outcome| outcome.rule().id() == "1.1").expect("it is there");
        assert_eq!((outcome.witnesses(), outcome.checks()[1].witnesses()), (3, 0));
    }

    #[test]
    fn a_judge_that_panics_is_a_fault_of_the_kit_and_fails_the_run() {
        let report = report(&[Told(1)], &Options::new());
        assert_eq!(report.verdict("1.2"), Some(Verdict::KitError));
        assert!(!report.conforms());
        let record = report.records().find(|record| record.verdict == Verdict::KitError).expect("a record");
        let note = record.note.expect("a note");
        let expected = "the kit is at fault: its judge of rule 1.2 panicked in \"as told\": a bug of the kit";
        assert_eq!((note, record.sound), (expected, false));
    }

    #[test]
    fn advice_fails_strict_runs_only_and_shows_the_shortest_log() {
        let told = [Told(7), Told(4), Told(9)];
        for (options, sound) in [(Options::new(), true), (Options::new().strict(), false)] {
            let report = report(&told, &options);
            let record = report.records().find(|record| record.rule.id() == "2.2").expect("a record");
            assert_eq!((record.verdict, record.sound), (Verdict::Fail, sound));
            let failure = record.failure.expect("a failure");
            assert_eq!((failure.got(), failure.more(), failure.look()), ("4", 2, "look there"));
        }
    }

    #[test]
    fn what_is_excluded_or_filtered_out_is_not_judged() {
        let options = Options::new().exclude("1.2", "it is known").only("1.*");
        let report = report(&[Told(1)], &options);
        assert_eq!(report.verdict("1.2"), Some(Verdict::Excluded));
        assert_eq!(report.verdict("2.2"), Some(Verdict::NotRun));
        assert!(report.to_string().contains("[it is known]"));
    }
}
