//! The processor suite: the kit's publisher above, the kit's subscriber below, and one log.

mod contract;
mod fixture;
mod judges;
mod scenarios;
mod table;

use crate::hooks::Hooks;
use crate::judge::{Recorded, judge_checks, not_run, outcomes};
use crate::log::{Event, What};
use crate::options::Options;
use crate::outcome::Verdict;
use crate::report::Report;
use crate::rules::{Able, Check, Need, PUBLISHER, Suite};
use crate::subscriber_suite::Seen;
use crate::trace::Trace;
use crate::upstream::Line;
use crate::verify::emptied;
use crate::{Capabilities, Env, Fixture, Length, SubscriberCapabilities, run};
pub use fixture::{Contract, Errors, Operator, ProcessorFixture, Wired};
use reactive_streams_core::Publisher;
use scenarios::{Course, Passage};
use std::fmt;
use std::sync::Arc;
pub(crate) use table::PROCESSOR;

/// Puts a processor through every scenario and judges both of its sides by every rule.
///
/// ```
/// use reactive_streams_tck::gallery::Buffered;
/// use reactive_streams_tck::{Contract, Errors, Operator, Verdict, verify_processor};
///
/// let honest = Contract::identity().bound(4).errors(Errors::Delayed);
/// verify_processor(&Operator::new(honest, |env, upstream| Buffered::new(env, upstream, 4))).assert_conforms();
///
/// let boast = Contract::identity().bound(2).errors(Errors::Delayed);
/// let report = verify_processor(&Operator::new(boast, |env, upstream| Buffered::new(env, upstream, 4)));
/// assert_eq!(report.verdict("4.1/3"), Some(Verdict::Fail));
/// ```
pub fn verify_processor<F: ProcessorFixture>(fixture: &F) -> Report {
    record_processor(fixture).judge(&Options::new())
}

/// Puts a processor through every scenario and keeps the logs, to be judged as often as one likes.
pub fn record_processor<F: ProcessorFixture>(fixture: &F) -> ProcessorRecording {
    let contract = Arc::new(fixture.contract());
    let mut recording = ProcessorRecording {
        fixture: fixture.name(),
        contract: Arc::clone(&contract),
        clean: Vec::new(),
        all: Vec::new(),
        fault: None,
    };
    let capabilities = Arc::new(contract.below());
    for Passage { plan, course } in scenarios::all(&contract) {
        match run::play(&Inside { fixture, course: &course }, &plan) {
            Ok(events) => {
                let events = events.unwrap_or_default();
                let up = Trace::new(Arc::clone(&plan), Arc::clone(&capabilities), above(&events));
                let down = Arc::new(Trace::new(plan, Arc::clone(&capabilities), events));
                recording.fault = recording.fault.take().or_else(|| emptied(&down));
                if course.clean {
                    recording.clean.push(Arc::clone(&down));
                }
                let up = Seen::of_processor(up, Arc::new(SubscriberCapabilities::new().unobserved()));
                recording.all.push(Sandwich { down, up, contract: Arc::clone(&contract), course });
            }
            Err(fault) => recording.fault = Some(fault.0),
        }
        if recording.fault.is_some() {
            break;
        }
    }
    recording
}

/// A processor in one scenario, behind the kit's publisher: a publisher like any other.
struct Inside<'a, F> {
    fixture: &'a F,
    course: &'a Course,
}

impl<F: ProcessorFixture> Inside<'_, F> {
    fn publisher(&self, env: &Env) -> impl Publisher {
        let log = env.log();
        let line = Line::new(log, env, &Hooks::new(log), true);
        line.push(&self.course.moves);
        env.watch(&line);
        self.fixture.create(env, line.publisher(self.course.style))
    }
}

impl<F: ProcessorFixture> Fixture for Inside<'_, F> {
    fn create(&self, env: &Env, _length: Length) -> impl Publisher {
        self.publisher(env)
    }

    fn create_failing_at(&self, env: &Env, _k: u64) -> Option<impl Publisher> {
        Some(self.publisher(env))
    }
}

/// The log as it is seen from above the processor, entry by entry.
fn above(events: &[Event]) -> Vec<Event> {
    let seen = |event: &Event| match &event.what {
        What::Above(what) => (**what).clone(),
        what @ (What::Drained { .. } | What::Settled { .. } | What::TornDown) => what.clone(),
        _ => What::Elsewhere,
    };
    events.iter().map(|event| Event { what: seen(event), ..event.clone() }).collect()
}

/// What happened on both sides of a processor.
pub(crate) struct Sandwich {
    down: Arc<Trace>,
    up: Seen,
    contract: Arc<Contract>,
    course: Arc<Course>,
}

impl Sandwich {
    /// Whether the stream below ends, or has ended, at about this entry.
    fn ends_near(&self, at: usize) -> bool {
        let ends = |number: usize, what: &What| {
            what.is_terminal() || number < at && matches!(what, What::Cancel { .. } | What::Dropped)
        };
        self.down.entries().take(at + 8).any(|(number, _, event)| ends(number, &event.what))
    }
}

/// The logs of all scenarios that one processor was put through.
#[must_use]
pub struct ProcessorRecording {
    fixture: String,
    contract: Arc<Contract>,
    /// Those in which what comes out is a publisher's stream.
    clean: Vec<Arc<Trace>>,
    all: Vec<Sandwich>,
    /// What the fixture did wrong.
    fault: Option<String>,
}

impl ProcessorRecording {
    /// Judges each log by every rule.
    pub fn judge(&self, options: &Options) -> Report {
        let (suite, scenarios) = (Suite::Processor, self.all.len());
        let outcomes = match &self.fault {
            Some(_) => not_run(suite, |_| Verdict::NotRun),
            None => {
                let below = self.below();
                let mut checks = judge_checks(PUBLISHER, &below, &self.clean, options);
                checks.extend(judge_checks(PROCESSOR, &*self.contract, &self.all, options));
                outcomes(suite, checks, scenarios)
            }
        };
        let (fixture, fault) = (self.fixture.clone(), self.fault.clone());
        Report {
            suite,
            fixture,
            outcomes,
            scenarios,
            strict: options.strict,
            thoroughness: None,
            replayed: None,
            fault,
            doubt: None,
        }
    }

    /// What the stream that comes out can do.
    fn below(&self) -> Capabilities {
        let capabilities = self.contract.below().cannot_share();
        let fails = self.clean.iter().any(|trace| trace.is_failing());
        if fails { capabilities } else { capabilities.cannot_fail() }
    }
}

impl fmt::Debug for ProcessorRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenarios = self.all.len();
        let mut debug = f.debug_struct("ProcessorRecording");
        debug.field("fixture", &self.fixture).field("scenarios", &scenarios).finish()
    }
}

impl Recorded for Sandwich {
    fn scenario(&self) -> &str {
        &self.down.plan.name
    }
    fn length(&self) -> usize {
        self.down.len()
    }
    fn timeline(&self, marked: usize) -> String {
        self.down.timeline(marked)
    }
}

impl Able for Contract {
    fn lacks(&self, need: Need) -> Option<&'static str> {
        let lacks = |missing: bool, why| missing.then_some(why);
        match need {
            Need::Bound => lacks(self.bound.is_none(), "it may ask for as much as it likes"),
            Need::Uneven => lacks(self.is_even(), "its items are one to one"),
            Need::Failure => lacks(self.errors == Errors::Recovered, "it recovers from failures"),
            _ => self.capabilities.lacks(need),
        }
    }

    fn excludes(&self, check: &Check) -> Option<&str> {
        self.capabilities.excludes(check)
    }
}

/// Expands to `mod $name` with one `#[test]` for each check of the processor suite, so that each shows up by itself in
/// the test run, and one for the manifest. The scenarios are played once for all of them.
///
/// ```
/// use reactive_streams_tck::gallery::Buffered;
/// use reactive_streams_tck::{Contract, Errors, Operator, processor_conformance};
///
/// processor_conformance!(
///     my_buffer,
///     Operator::new(Contract::identity().bound(4).errors(Errors::Delayed), |env, upstream| {
///         Buffered::new(env, upstream, 4) // yours instead
///     })
/// ); // my_buffer::spec_1_1_1, .., my_buffer::spec_4_1_1, ..
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! processor_conformance {
    ($name:ident, $fixture:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the fixture may be given by its full path")]
            use super::*;
            $crate::each_publisher_check! { $crate::verify_processor(&$fixture);
                spec_2_1_2 "2.1/2" spec_2_2_1 "2.2/1" spec_2_5_1 "2.5/1" spec_2_5_2 "2.5/2"
                spec_2_5_3 "2.5/3" spec_2_5_4 "2.5/4" spec_2_5_5 "2.5/5" spec_2_6_3 "2.6/3"
                spec_2_6_4 "2.6/4" spec_2_8_1 "2.8/1" spec_2_9_1 "2.9/1" spec_2_10_1 "2.10/1"
                spec_2_13_3 "2.13/3" spec_4_1_1 "4.1/1" spec_4_1_2 "4.1/2" spec_4_1_3 "4.1/3"
                spec_4_2_1 "4.2/1" spec_4_2_2 "4.2/2" spec_4_2_3 "4.2/3" own_3_v_3 "3-v/3"
                own_3_v_4 "3-v/4" own_3_v_5 "3-v/5" own_3_vi_3 "3-vi/3"
                own_3_viii_1 "3-viii/1"
            }
        }
    };
}
