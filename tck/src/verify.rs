//! The entry points.

use crate::log::What;
use crate::plan::Source;
use crate::report::{Failure, Outcome, Report, Verdict};
use crate::rules::{RULES, Rule};
use crate::trace::Trace;
use crate::{Capabilities, Env, Fixture, run, scenarios};
use std::sync::Arc;

/// Plays every scenario and judges each by every rule.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Env, Fixture, Length, Verdict, gallery, verify_publisher};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::Synchronous::new(env.items(length))
///     }
/// }
///
/// let report = verify_publisher(&MySource);
/// assert_eq!(report.verdict("1.1"), Some(Verdict::Pass));
/// assert_eq!(report.verdict("1.4"), Some(Verdict::NotApplicable("it cannot fail")));
/// println!("{report}");
/// ```
pub fn verify_publisher<F: Fixture>(fixture: &F) -> Report {
    let mut capabilities = fixture.capabilities();
    if capabilities.real_threads {
        return not_judged(&capabilities);
    }
    let (mut traces, mut failures) = (Vec::new(), 0);
    let plans = scenarios::all(&capabilities);
    let shared = Arc::new(capabilities.clone());
    for plan in plans {
        match run::play(fixture, &plan) {
            Ok(Some(events)) => {
                failures += usize::from(matches!(plan.source, Source::FailingAt(_)));
                let trace = Trace::new(plan, Arc::clone(&shared), events);
                if let Some(fault) = emptied(&trace) {
                    return Report { outcomes: Vec::new(), scenarios: traces.len(), fault: Some(fault) };
                }
                traces.push(trace);
            }
            Ok(None) => {}
            Err(fault) => {
                return Report { outcomes: Vec::new(), scenarios: traces.len(), fault: Some(fault.0) };
            }
        }
    }
    if failures == 0 {
        capabilities = capabilities.cannot_fail();
    }
    let outcomes = RULES.iter().map(|rule| judge(rule, &capabilities, &traces)).collect();
    Report { outcomes, scenarios: traces.len(), fault: None }
}

/// A source that is emptied without end, though nobody has cancelled. Whose fault that is, the kit cannot tell.
fn emptied(trace: &Trace) -> Option<String> {
    let emptied = |what: &What| matches!(what, What::SourceRunsAway);
    let (at, _, _) = trace.entries().find(|(_, before, event)| emptied(&event.what) && before.is_open())?;
    Some(format!(
        "more than {} items were taken from the source, with no end in sight. Either the publisher goes on taking \
         what it does not deliver, or it drops items by design and its source never waits: then say not_endless() in \
         capabilities()\n  scenario  {}\n  timeline\n{}",
        Env::RUNAWAY,
        trace.plan.name,
        trace.timeline(at)
    ))
}

fn judge(rule: &'static Rule, capabilities: &Capabilities, traces: &[Trace]) -> Outcome {
    let (mut witnesses, mut failure) = (0, None::<Failure>);
    let mut failed = 0_usize;
    for trace in traces {
        let judgement = (rule.judge)(trace);
        witnesses += judgement.witnesses;
        let Some(first) = judgement.findings.into_iter().next() else { continue };
        failed += 1;
        // The shortest log tells the most.
        if failure.as_ref().is_none_or(|shortest| trace.len() < shortest.length) {
            failure = Some(Failure::of(rule, trace, first));
        }
    }
    if let Some(failure) = &mut failure {
        failure.more = failed - 1;
    }
    let verdict = match (&failure, (rule.needs)(capabilities)) {
        (Some(_), _) => Verdict::Fail,
        (None, Some(why)) => Verdict::NotApplicable(why),
        (None, None) if witnesses == 0 => Verdict::Inconclusive,
        (None, None) => Verdict::Pass,
    };
    Outcome { rule, verdict, witnesses, scenarios: traces.len(), failure }
}

fn not_judged(capabilities: &Capabilities) -> Report {
    let outcome = |rule: &'static Rule| Outcome {
        rule,
        verdict: Verdict::NotApplicable((rule.needs)(capabilities).unwrap_or("it needs real threads")),
        witnesses: 0,
        scenarios: 0,
        failure: None,
    };
    Report { outcomes: RULES.iter().map(outcome).collect(), scenarios: 0, fault: None }
}

/// Expands to `mod $name` with one `#[test]` for each rule, so that each shows up by itself in the test run. The
/// scenarios are played once for all of them.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Env, Fixture, Length, conformance, gallery};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::InTask::new(env, env.items(length))
///     }
/// }
///
/// conformance!(my_source, MySource); // my_source::spec_1_1, my_source::spec_1_2, ..
/// # fn main() { reactive_streams_tck::verify_publisher(&MySource).assert_conforms(); }
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $fixture:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the fixture may be given by its full path")]
            use super::*;
            $crate::each_rule! { $fixture;
                spec_1_1 "1.1", spec_1_2 "1.2", spec_1_4 "1.4", spec_1_5 "1.5", spec_1_6 "1.6", spec_1_8 "1.8",
                spec_1_9 "1.9", spec_3_2 "3.2", spec_3_6 "3.6", spec_3_8 "3.8", spec_3_12 "3.12",
                spec_3_13 "3.13", spec_3_15 "3.15", spec_3_16 "3.16", spec_3_17 "3.17", own_3_i "3-i",
                own_3_iii "3-iii", own_3_iv "3-iv", own_3_v "3-v", own_3_vi "3-vi", own_3_vii "3-vii"
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_rule {
    ($fixture:expr; $($test:ident $rule:literal),*) => {
        fn report() -> &'static $crate::Report {
            static REPORT: ::std::sync::OnceLock<$crate::Report> = ::std::sync::OnceLock::new();
            REPORT.get_or_init(|| $crate::verify_publisher(&$fixture))
        }

        $(
            #[test]
            fn $test() {
                report().assert_rule($rule);
            }
        )*

        /// The manifest: no rule of the table is without its test.
        #[test]
        fn every_rule_has_its_test() {
            let ids: Vec<&str> = $crate::RULES.iter().map(|rule| rule.id()).collect();
            assert_eq!(ids, [$($rule),*]);
        }
    };
}
