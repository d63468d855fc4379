//! The second tier: real threads that race for one subscription. What it says is sampled, not proved.

mod items;
mod judges;
mod play;

use crate::content::Content;
use crate::explore::{Survey, Thoroughness};
use crate::judge::{Recorded, judge_checks, not_run, outcomes};
use crate::options::Options;
use crate::outcome::{Checked, Verdict};
use crate::report::Report;
use crate::rules::Suite;
use crate::trace::Trace;
use crate::verify::UNKNOWN;
use crate::{Capabilities, Fixture};
use items::Numbers;
use judges::STRESS;
use std::sync::Arc;

/// How long and from where the stress tier goes.
///
/// ```
/// let stress = reactive_streams_tck::Stress::new().runs(20).seed(7);
/// # let _ = stress;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Stress {
    runs: usize,
    seed: u64,
    patience: u64,
}

impl Stress {
    /// A hundred runs from seed 1, with a patience of four million turns.
    pub const fn new() -> Self {
        Self { runs: 100, seed: 1, patience: 4_000_000 }
    }

    /// So many streams are raced for.
    pub const fn runs(mut self, runs: usize) -> Self {
        self.runs = runs;
        self
    }

    /// What the threads do is drawn from this; when they do it, nobody can tell.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How often a thread that waits for the end of a stream lets all others go first, before it gives the stream up. Each
    /// turn takes a microsecond on an idle machine and longer on a busy one.
    pub const fn patience(mut self, turns: u64) -> Self {
        self.patience = turns;
        self
    }
}

impl Default for Stress {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets real threads race for the subscriptions of a publisher: request against request, request against cancel, cancel
/// against emission. This is the only tier for publishers with [threads of their
/// own](crate::Capabilities::real_threads), and a second one for all others, whose tasks then run on two threads.
///
/// Only what the log shows without doubt is judged: no item too many, no overlap, nothing behind a terminal, no panic,
/// the demand that was not used, and what the items are: those that the fixture [`emits`](crate::Capabilities::emits), or
/// else, if they are the kit's own and most runs count from zero, none twice, and in order unless most runs have none.
/// That a stream has ended is known by the subscriber's own drop, and no clock has a say.
/// A stream that does not end while the waiting thread lets all others go first again and again is given up as `hung`,
/// which accuses nobody: there is then no verdict. Of a publisher whose tasks and timers are the kit's, it is known when
/// nothing can happen any more; what it has not delivered then is missing.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Env, Fixture, Length, Stress, gallery, stress_publisher};
///
/// struct MySource;
///
/// impl Fixture for MySource {
///     fn create(&self, env: &Env, length: Length) -> impl Publisher {
///         gallery::Synchronous::new(env.items(length))
///     }
/// }
///
/// let report = stress_publisher(&MySource, Stress::new().runs(20));
/// report.assert_conforms();
/// assert_eq!(report.strength().unwrap(), "sampled: 20 runs with real threads, seed 1");
/// ```
pub fn stress_publisher<F: Fixture>(fixture: &F, stress: Stress) -> Report {
    let suite = Suite::Publisher;
    let mut capabilities = Arc::new(fixture.capabilities());
    let (mut races, mut fault, mut run) = (Vec::new(), None, 0);
    while run < stress.runs as u64 {
        let course = play::Course::draw(stress.seed.wrapping_add(run), &capabilities);
        match play::race(fixture, &course, stress.patience) {
            Ok(Some(raced)) => {
                let trace = Trace::new(Arc::clone(&course.plan), Arc::clone(&capabilities), raced.events);
                let mut trace = trace.numbered(races.len());
                trace.ours = raced.ours;
                if let Some(hung) = raced.hung {
                    // What was seen until then is judged.
                    let at = trace.len();
                    fault = Some(format!(
                        "hung: {hung}. The kit gave up after the waiting thread had let all others go first {} times; this \
                         is no verdict on the publisher. If it needs longer: Stress::patience()\n  scenario  {}\n  \
                         timeline\n{}",
                        stress.patience,
                        trace.plan.name,
                        trace.timeline(at)
                    ));
                    races.push(trace);
                    break;
                }
                races.push(trace);
            }
            // It has none that fails: that is known from now on, and another kind of race is run.
            Ok(None) if !capabilities.failing.is_empty() => {
                capabilities = Arc::new(Capabilities::clone(&capabilities).cannot_fail());
                continue;
            }
            Ok(None) => {}
            Err(found) => {
                fault = Some(found.0);
                break;
            }
        }
        run += 1;
    }
    let races = known(races, &mut capabilities);
    report(fixture.name(), suite, &capabilities, races, fault, stress)
}

/// One run, finished.
pub(crate) struct Race {
    trace: Trace,
    /// What its items are to be, if nobody has said so.
    numbers: Option<Arc<Numbers>>,
}

/// The runs, each with what is known of its items.
fn known(traces: Vec<Trace>, capabilities: &mut Arc<Capabilities>) -> Vec<Race> {
    let declared = Content::declared(capabilities).map(Arc::new);
    let undeclared = || Numbers::of(&traces, capabilities).map(Arc::new);
    let numbers = if declared.is_some() { None } else { undeclared() };
    if declared.is_none() && numbers.is_none() {
        *capabilities = Arc::new(Capabilities::clone(capabilities).unknown(UNKNOWN));
    }
    let known = |trace: Trace| Race { trace: trace.with(declared.clone()), numbers: numbers.clone() };
    traces.into_iter().map(known).collect()
}

impl Recorded for Race {
    fn scenario(&self) -> &str {
        &self.trace.plan.name
    }
    fn number(&self) -> usize {
        self.trace.number
    }
    fn length(&self) -> usize {
        self.trace.len()
    }
    fn timeline(&self, marked: usize) -> String {
        self.trace.timeline(marked)
    }
    fn whole_timeline(&self) -> String {
        self.trace.whole_timeline()
    }
    /// Nothing does: what raced once may not do so again.
    fn replay(&self) -> Option<String> {
        None
    }
}

fn report(
    fixture: String,
    suite: Suite,
    capabilities: &Capabilities,
    races: Vec<Race>,
    fault: Option<String>,
    stress: Stress,
) -> Report {
    let options = Options::new();
    let mut checks = judge_checks(STRESS, capabilities, &races, &Survey::of_runs(stress.seed), &options);
    let failed = checks.iter().any(|checked| checked.verdict == Verdict::Fail);
    for check in suite.checks() {
        if !checks.iter().any(|checked| checked.check.id == check.id) {
            let verdict = Verdict::NotApplicable("the stress tier does not judge it");
            checks.push(Checked::unjudged(check, verdict));
        }
    }
    let sampled = Some((races.len(), stress.seed));
    let outcomes = match capabilities.fault() {
        Some(_) => not_run(suite, |_| Verdict::NotRun),
        None => outcomes(suite, checks, races.len()),
    };
    Report {
        outcomes,
        scenarios: races.len(),
        thoroughness: Some(Thoroughness { sampled, ..Thoroughness::default() }),
        // What is broken is broken, whatever hangs later.
        fault: capabilities.fault().or(fault.filter(|_| !failed)).or_else(|| options.mistake(capabilities)),
        ..Report::of(suite, fixture, &options)
    }
}
