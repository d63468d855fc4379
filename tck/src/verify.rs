//! The entry points.

use crate::explore::{Bounds, Thoroughness, explore};
use crate::judge::{Recorded, judge, not_run};
use crate::log::What;
use crate::options::Options;
use crate::outcome::Verdict;
use crate::report::Report;
use crate::rules::{Able, PUBLISHER, Suite};
use crate::run::{FixtureFault, blamed};
use crate::trace::Trace;
use crate::{Capabilities, Env, Fixture, again, company, doubts, run, scenarios, watch};
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
    let _watch = watch::watch();
    match again::asked() {
        Some(text) => again::play_asked(fixture, &text, &Options::new()),
        None => verify_publisher_with(fixture, &Options::new()),
    }
}

/// The same under these options, and whatever the environment says.
pub fn verify_publisher_with<F: Fixture>(fixture: &F, options: &Options) -> Report {
    let _watch = watch::watch();
    let mut report = record_publisher(fixture).judge(options);
    again::shrink_all(fixture, &mut report);
    report
}

/// Plays the one scenario of a replay string, which a [`Failure`](crate::Failure) has, and judges it. The report has the
/// whole [timeline](Report::replayed); that most cases do not occur in it is no failure.
///
/// A string that cannot be played is a [fault](Report::fixture_fault).
///
/// ```
/// use reactive_streams_tck::{Options, adapt::iterator, replay_publisher};
///
/// let numbers = iterator(|env, length| env.items(length));
/// let report = replay_publisher(&numbers, "p1/n3/-/s.r2l", &Options::new());
/// assert!(report.conforms() && report.replayed().unwrap().contains("request(2)"));
/// ```
pub fn replay_publisher<F: Fixture>(fixture: &F, text: &str, options: &Options) -> Report {
    again::play(fixture, text, options)
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
    let _watch = watch::watch();
    let mut recording = Recording {
        fixture: String::new(),
        capabilities: Capabilities::new(),
        traces: Vec::new(),
        explored: Thoroughness::default(),
        fault: None,
        doubt: None,
    };
    if let Err(FixtureFault(fault)) = recording.record(fixture) {
        recording.fault = Some(fault);
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
    /// What it may have done wrong.
    doubt: Option<String>,
}

impl Recording {
    fn record<F: Fixture>(&mut self, fixture: &F) -> Result<(), FixtureFault> {
        self.fixture = blamed(|| fixture.name(), "name")?;
        self.capabilities = blamed(|| fixture.capabilities(), "capabilities")?;
        if self.capabilities.real_threads {
            return Ok(());
        }
        let shared = Arc::new(self.capabilities.clone());
        for plan in scenarios::all(&shared) {
            let (traces, mut fault) = (&mut self.traces, None);
            let explored = explore(fixture, &plan, Bounds::TIER, |played| {
                let trace = Trace::played(&plan, &shared, played);
                fault = fault.take().or_else(|| emptied(&trace));
                traces.push(trace);
            })?;
            if let Some(explored) = explored {
                self.explored.add(plan.order, explored);
            }
            if let Some(fault) = fault {
                return Err(FixtureFault(fault));
            }
        }
        if !self.traces.iter().any(Trace::is_failing) {
            self.capabilities = self.capabilities.clone().cannot_fail();
        }
        if let Some(fault) = doubts::fault(&self.traces, &shared) {
            return Err(FixtureFault(fault));
        }
        self.doubt = self.doubt_of(fixture, &shared)?;
        let alone = self.traces.len();
        for company in company::all(&shared) {
            let Some(logs) = company.play(fixture)? else { break };
            self.traces.extend(company.traces(&shared, logs));
        }
        if self.traces.len() == alone {
            self.capabilities = self.capabilities.clone().cannot_share();
        }
        Ok(())
    }

    /// Plays one scenario once more, and asks what speaks against the fixture.
    fn doubt_of<F: Fixture>(
        &self,
        fixture: &F,
        shared: &Arc<Capabilities>,
    ) -> Result<Option<String>, FixtureFault> {
        let told = |trace: &&Trace| trace.entries().any(|(_, before, _)| before.requested > 0);
        let Some(first) = self.traces.iter().find(told) else {
            return Ok(doubts::doubt(&self.traces, shared, None));
        };
        let again = run::play(fixture, &first.plan)?;
        let again = again.map(|events| Trace::new(Arc::clone(&first.plan), Arc::clone(shared), events));
        Ok(doubts::doubt(&self.traces, shared, again.as_ref().map(|again| (first, again))))
    }

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
        let mut report = Report {
            suite,
            fixture: self.fixture.clone(),
            outcomes,
            scenarios: self.traces.len(),
            strict: options.strict,
            thoroughness: Some(self.explored),
            replayed: None,
            fault: self.fault.clone(),
            doubt: None,
        };
        if !report.conforms() {
            report.doubt.clone_from(&self.doubt);
        }
        report
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
