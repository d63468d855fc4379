//! The entry points.

use crate::explore::{Bounds, Thoroughness, explore};
use crate::judge::{Recorded, judge, not_run};
use crate::log::What;
use crate::options::Options;
use crate::outcome::Verdict;
use crate::plan::Source;
use crate::report::Report;
use crate::rules::{Able, PUBLISHER, Suite};
use crate::trace::Trace;
use crate::{Capabilities, Env, Fixture, again, company, scenarios};
use std::fmt;
use std::sync::Arc;

/// Plays every scenario and judges each by every rule. What fails is made as small as it gets.
///
/// When the environment variable `REACTIVE_STREAMS_TCK_REPLAY` has a replay string, as each failure prints one, only that
/// scenario is played, and its whole timeline is written to the standard error.
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
/// assert_eq!(report.verdict("1.4/1"), Some(Verdict::NotApplicable("it cannot fail")));
/// println!("{report}");
/// ```
pub fn verify_publisher<F: Fixture>(fixture: &F) -> Report {
    let options = Options::new();
    if let Some(text) = again::asked() {
        return again::play(fixture, &text, &options);
    }
    let mut report = record_publisher(fixture).judge(&options);
    again::shrink_all(fixture, &mut report);
    report
}

/// Plays every scenario and keeps the logs, to be judged as often as one likes.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Env, Fixture, Length, Options, Verdict, gallery, record_publisher};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::Synchronous::new(env.items(length))
///     }
/// }
///
/// let recording = record_publisher(&MySource);
/// assert!(recording.judge(&Options::new().strict()).conforms());
/// let report = recording.judge(&Options::new().only("3.*"));
/// assert_eq!(report.verdict("1.1"), Some(Verdict::NotRun));
/// assert!(!report.conforms()); // it is no whole run
/// ```
pub fn record_publisher<F: Fixture>(fixture: &F) -> Recording {
    let mut recording = Recording {
        fixture: fixture.name(),
        capabilities: fixture.capabilities(),
        traces: Vec::new(),
        explored: Thoroughness::default(),
        fault: None,
    };
    if recording.capabilities.real_threads {
        return recording;
    }
    let shared = Arc::new(recording.capabilities.clone());
    let mut failures = 0;
    for plan in scenarios::all(&shared) {
        let explored = explore(fixture, &plan, Bounds::TIER, |played| {
            let trace = Trace::played(&plan, &shared, played);
            recording.fault = recording.fault.take().or_else(|| emptied(&trace));
            recording.traces.push(trace);
        });
        match explored {
            Ok(Some(explored)) => {
                failures += usize::from(matches!(plan.source, Source::FailingAt(_)));
                recording.explored.add(plan.order, explored);
            }
            Ok(None) => {}
            Err(fault) => recording.fault = Some(fault.0),
        }
        if recording.fault.is_some() {
            return recording;
        }
    }
    let mut shared_by = 0;
    for company in company::all(&shared) {
        match company.play(fixture) {
            Ok(Some(logs)) => {
                shared_by += 1;
                recording.traces.extend(company.traces(&shared, logs));
            }
            Ok(None) => break,
            Err(fault) => {
                recording.fault = Some(fault.0);
                return recording;
            }
        }
    }
    if shared_by == 0 {
        recording.capabilities = recording.capabilities.cannot_share();
    }
    if failures == 0 {
        recording.capabilities = recording.capabilities.cannot_fail();
    }
    recording
}

/// The logs of all scenarios that one publisher was put through.
#[must_use]
pub struct Recording {
    fixture: String,
    capabilities: Capabilities,
    traces: Vec<Trace>,
    explored: Thoroughness,
    /// What the fixture did wrong.
    fault: Option<String>,
}

impl Recording {
    /// Judges each log by every rule.
    pub fn judge(&self, options: &Options) -> Report {
        let suite = Suite::Publisher;
        let outcomes = if self.fault.is_some() {
            not_run(suite, |_| Verdict::NotRun)
        } else if self.capabilities.real_threads {
            let lacks = |need| self.capabilities.lacks(need).unwrap_or("it needs real threads");
            not_run(suite, |check| Verdict::NotApplicable(lacks(check.needs)))
        } else {
            judge(suite, PUBLISHER, &self.capabilities, &self.traces, options)
        };
        Report {
            suite,
            fixture: self.fixture.clone(),
            outcomes,
            scenarios: self.traces.len(),
            strict: options.strict,
            thoroughness: Some(self.explored),
            replayed: None,
            fault: self.fault.clone(),
        }
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenarios = self.traces.len();
        f.debug_struct("Recording").field("fixture", &self.fixture).field("scenarios", &scenarios).finish()
    }
}

impl Recorded for Trace {
    fn scenario(&self) -> &str {
        &self.plan.name
    }
    fn length(&self) -> usize {
        self.len()
    }
    fn timeline(&self, marked: usize) -> String {
        self.timeline(marked)
    }
    fn replay(&self) -> Option<String> {
        self.place.is_none().then(|| Self::replay(self).to_string())
    }
}

/// A source that is emptied without end, though nobody has cancelled. Whose fault that is, the kit cannot tell.
pub(crate) fn emptied(trace: &Trace) -> Option<String> {
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
