//! The processor suite: the kit's publisher above, the kit's subscriber below, and one log.

pub(crate) mod chain;
mod contract;
mod depth;
mod fixture;
mod judges;
mod scenarios;
mod table;

use crate::again::{self, Again};
use crate::explore::{Bounds, Survey, explore};
use crate::fixture::UNSHOWN;
use crate::hints::{Hint, lazy};
use crate::hooks::Hooks;
use crate::isolation::diary;
use crate::judge::{Recorded, judge_checks, not_run, outcomes};
use crate::log::{Event, What};
use crate::options::Options;
use crate::outcome::{Finding, Outcome, Verdict};
use crate::replay::{ReplayError, Through};
use crate::report::Report;
use crate::rules::{Able, Check, Need, PUBLISHER, Suite};
use crate::run::{FixtureFault, Played};
use crate::schedule::{Schedule, Told};
use crate::shrink::of_passage;
use crate::stack::LEAST;
use crate::strangers::Strangers;
use crate::subscriber_suite::Seen;
use crate::trace::Trace;
use crate::upstream::Line;
use crate::verify::emptied;
use crate::{Capabilities, Env, Fixture, Length, SubscriberCapabilities, doubts, run, watch};
pub use fixture::{Contract, Errors, Operator, ProcessorFixture, Wired};
use reactive_streams_core::Publisher;
pub(crate) use scenarios::Course;
use scenarios::Passage;
use std::fmt;
use std::panic::resume_unwind;
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
///
/// As for [publishers](crate::verify_publisher), what fails is made small, and the environment variable
/// `REACTIVE_STREAMS_TCK_REPLAY` plays one scenario again.
pub fn verify_processor<F: ProcessorFixture>(fixture: &F) -> Report {
    match again::asked() {
        Some(text) => again::play_asked(&Processing::new(fixture), &text, &Options::new()),
        None => verify_processor_with(fixture, &Options::new()),
    }
}

/// The same under these options, and whatever the environment says.
pub fn verify_processor_with<F: ProcessorFixture>(fixture: &F, options: &Options) -> Report {
    let _watch = watch::watch(Suite::Processor);
    diary::left_out(Suite::Processor, |check| options.excludes(check));
    let mut report = record_processor(fixture).judge(options);
    if !report.conforms() && report.fixture_fault().is_none() {
        again::shrink_all(&Processing::new(fixture), &mut report);
    }
    chain::attempt(fixture, &mut report);
    report
}

/// Plays the one scenario of a replay string, which a [`Failure`](crate::Failure) has, and judges it, as
/// [`replay_publisher`](crate::replay_publisher) does.
///
/// ```
/// use reactive_streams_tck::gallery::Buffered;
/// use reactive_streams_tck::{Contract, Errors, Operator, Options, replay_processor};
///
/// let contract = Contract::identity().bound(4).errors(Errors::Delayed);
/// let buffer = Operator::new(contract, |env, upstream| Buffered::new(env, upstream, 4));
/// let report = replay_processor(&buffer, "x1/t.f3.c/h/s.r2l/d.r5h", &Options::new());
/// assert!(report.conforms() && report.replayed().unwrap().contains("on_next #3"));
/// ```
pub fn replay_processor<F: ProcessorFixture>(fixture: &F, text: &str, options: &Options) -> Report {
    again::play(&Processing::new(fixture), text, options)
}

/// Puts a processor through every scenario and keeps the logs, to be judged as often as one likes.
pub fn record_processor<F: ProcessorFixture>(fixture: &F) -> ProcessorRecording {
    let _watch = watch::watch(Suite::Processor);
    let told = || {
        let contract = fixture.contract();
        let _ = contract.below(); // which asks its model
        (fixture.name(), contract)
    };
    let told = run::described("processor", told, "name or contract");
    let (name, contract, fault) = match told {
        Ok((name, contract)) => {
            diary::named(&name);
            diary::left_out(Suite::Processor, |check| contract.excludes(check));
            let fault = contract.fault.lock().clone();
            (name, contract, fault)
        }
        Err(fault) => (String::new(), Contract::identity(), Some(fault.0)),
    };
    let processing = Processing::of(fixture, contract);
    let mut recording = ProcessorRecording {
        fixture: name,
        contract: Arc::clone(&processing.contract),
        clean: Vec::new(),
        all: Vec::new(),
        survey: Survey::default(),
        fault,
        doubt: None,
        hints: Vec::new(),
        strangers: Vec::new(),
    };
    if recording.fault.is_some() {
        return recording;
    }
    for passage in scenarios::all(&processing.contract) {
        let (clean, all, number) = (&mut recording.clean, &mut recording.all, recording.survey.next());
        let strangers = &mut recording.strangers;
        let (mut fault, order) = (None, passage.plan.order);
        let explored = explore(
            order,
            Bounds::NARROW,
            |schedule| processing.passed(&passage, schedule),
            |played| {
                strangers.push(played.strangers.clone());
                let both = processing.seen(&passage, played, number);
                fault = fault.take().or_else(|| emptied(&both.down));
                if both.course.clean {
                    clean.push(Arc::clone(&both.down));
                }
                all.push(both);
            },
        );
        match (explored, fault) {
            (Ok(explored), None) => recording.survey.add(order, explored.unwrap_or_default()),
            (Err(FixtureFault(fault)), _) | (Ok(_), Some(fault)) => {
                recording.fault = Some(fault);
                break;
            }
        }
    }
    let elsewhere = doubts::subscribed_elsewhere(&recording.strangers, "processor");
    recording.fault = recording.fault.or(elsewhere);
    if recording.fault.is_none() {
        recording.doubt = recording.doubt_of(&processing);
        let clean: Vec<&Trace> = recording.clean.iter().map(|trace| &**trace).collect();
        let lazy = lazy(&clean, "contract(), in capable(..),");
        recording.hints = lazy.into_iter().chain(contract::goes_farther_ahead(&recording.all)).collect();
    }
    recording
}

/// A processor's fixture, whose scenarios can be played one by one.
struct Processing<'a, F> {
    fixture: &'a F,
    contract: Arc<Contract>,
    below: Arc<Capabilities>,
}

impl<'a, F: ProcessorFixture> Processing<'a, F> {
    fn new(fixture: &'a F) -> Self {
        Self::of(fixture, fixture.contract())
    }

    fn of(fixture: &'a F, contract: Contract) -> Self {
        let contract = Arc::new(contract);
        Self { fixture, below: Arc::new(contract.below()), contract }
    }

    fn passed(&self, passage: &Passage, schedule: Schedule) -> Result<Option<Played>, FixtureFault> {
        run::play_under(
            &Inside { fixture: self.fixture, passage },
            &passage.plan,
            self.contract.capabilities.own,
            schedule,
        )
    }

    fn seen(&self, Passage { plan, course }: &Passage, played: Played, number: usize) -> Sandwich {
        let trace = |events| Trace::new(Arc::clone(plan), Arc::clone(&self.below), events).numbered(number);
        let up = trace(above(&played.events));
        let mut down = trace(played.events).told(played.schedule.retold()).behind(course);
        down.ours = played.ours;
        let up = Seen::of_processor(up, Arc::new(SubscriberCapabilities::new().unobserved()));
        let (contract, course) = (Arc::clone(&self.contract), Arc::clone(course));
        Sandwich { down: Arc::new(down), up, contract, course }
    }
}

impl<F: ProcessorFixture> Again for Processing<'_, F> {
    type Scenario = Through;
    type Seen = Sandwich;
    const SUITE: Suite = Suite::Processor;

    fn name(&self) -> String {
        self.fixture.name()
    }

    fn read(&self, text: &str) -> Result<Through, String> {
        text.parse().map_err(|error: ReplayError| error.to_string())
    }

    fn play(&self, through: &Through) -> Result<Vec<Sandwich>, String> {
        let (order, schedule) = again::schedule(&through.told);
        let passage = Passage::again(&self.contract, &self.below, through, order);
        let played = self.passed(&passage, schedule).map_err(|fault| fault.0)?;
        Ok(played.map(|played| self.seen(&passage, played, 0)).into_iter().collect())
    }

    fn fault(&self) -> Option<String> {
        self.contract.fault.lock().clone()
    }

    fn smaller(&self, through: &Through) -> Vec<Through> {
        of_passage(through)
    }

    fn finding(&self, check: &Check, both: &Sandwich) -> Option<Finding> {
        let below = || again::finding(PUBLISHER, check, &*both.down).filter(|_| both.course.clean);
        again::finding(PROCESSOR, check, both).or_else(below)
    }

    fn judge(&self, all: Vec<Sandwich>, options: &Options) -> Vec<Outcome> {
        let clean = all.iter().filter(|both| both.course.clean).map(|both| Arc::clone(&both.down)).collect();
        let (fixture, contract) = (self.fixture.name(), Arc::clone(&self.contract));
        ProcessorRecording {
            fixture,
            contract,
            clean,
            all,
            survey: Survey::default(),
            fault: None,
            doubt: None,
            hints: Vec::new(),
            strangers: Vec::new(),
        }
        .judge(options)
        .outcomes
    }
}

/// A processor in one scenario, behind the kit's publisher: a publisher like any other.
struct Inside<'a, F> {
    fixture: &'a F,
    passage: &'a Passage,
}

impl<F: ProcessorFixture> Inside<'_, F> {
    fn publisher(&self, env: &Env) -> impl Publisher {
        let (log, Passage { plan, course }) = (env.log(), self.passage.clone());
        watch::again({
            let course = Arc::clone(&course);
            move || course.through(&plan, Told::default()).to_string()
        });
        let line = Line::new(log, env, &Hooks::new(log), true);
        line.push(&course.moves);
        env.watch(&line);
        let create = || self.fixture.create(env, line.publisher(course.style));
        run::blamed_for("processor", create, "create").unwrap_or_else(|fault| resume_unwind(Box::new(fault)))
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
    survey: Survey,
    /// What the fixture did wrong.
    fault: Option<String>,
    /// What it may have done wrong.
    doubt: Option<String>,
    /// The same, where only certain checks fail of it.
    hints: Vec<Hint>,
    strangers: Vec<Strangers>,
}

impl ProcessorRecording {
    /// What speaks against the fixture: one more play of a scenario that was played before, and all that was.
    fn doubt_of<F: ProcessorFixture>(&self, processing: &Processing<'_, F>) -> Option<String> {
        let asked = |what: &What| matches!(what, What::Above(what) if matches!(**what, What::OnSubscribe));
        let happens = |is: &dyn Fn(&What) -> bool| self.all.iter().any(|both| both.down.has(is));
        let has_output = !self.contract.outputs(40, crate::End::Completed).is_empty();
        if has_output && !happens(&asked) {
            return Some(doubts::unconnected("create() puts its processor"));
        }
        let comes = |what: &What| matches!(what, What::OnNext { .. }) || what.is_terminal();
        let strangers = doubts::strangers(&self.strangers, "");
        let differently = || self.went_differently(processing);
        let nothing = (has_output && !happens(&comes)).then(|| {
            let subscribed = happens(&|what| matches!(what, What::OnSubscribe));
            let more = if subscribed { "" } else { ", not even on_subscribe" };
            doubts::elsewhere(&format!("no item and no end came out in any scenario{more}"))
        });
        strangers.or(nothing).or_else(differently).or_else(|| contract::unlike_the_model(&self.all))
    }

    fn went_differently<F: ProcessorFixture>(&self, processing: &Processing<'_, F>) -> Option<String> {
        let first = self.all.iter().find(|both| both.down.has(|what| matches!(what, What::OnNext { .. })))?;
        let passage = Passage { plan: Arc::clone(&first.down.plan), course: Arc::clone(&first.course) };
        let again = processing.passed(&passage, again::schedule(&first.down.told).1).ok()??;
        doubts::different(&first.down.words(), &doubts::words(&again.events), "create()")
    }

    /// Judges each log by every rule.
    pub fn judge(&self, options: &Options) -> Report {
        let (suite, scenarios) = (Suite::Processor, self.all.len());
        let judged = self.fault.is_none().then(|| {
            let below = self.below();
            let mut checks = judge_checks(PUBLISHER, &below, &self.clean, &self.survey, options);
            let able = self.able();
            checks.extend(judge_checks(PROCESSOR, &able, &self.all, &self.survey, options));
            outcomes(suite, checks, scenarios)
        });
        // The judges ask the model, too.
        let fault = self.fault.clone().or_else(|| self.contract.fault.lock().clone());
        let outcomes =
            judged.filter(|_| fault.is_none()).unwrap_or_else(|| not_run(suite, |_| Verdict::NotRun));
        let report = Report {
            outcomes,
            scenarios,
            thoroughness: self.survey.whole(),
            fault: fault.or_else(|| options.mistake(&*self.contract)),
            ..Report::of(suite, self.fixture.clone(), options)
        };
        report.doubted(&self.doubt).hinted(&self.hints)
    }

    /// What can be asked of it: where no item could be shown, none can be compared.
    fn able(&self) -> Contract {
        let mut able = Contract::clone(&self.contract);
        let mut items = self.all.iter().filter(|both| both.down.last().delivered > 0).peekable();
        able.capabilities.unshown =
            items.peek().is_some() && items.all(|both| both.down.prints().next().is_none());
        able
    }

    /// What the stream that comes out can do.
    fn below(&self) -> Capabilities {
        let mut capabilities = self.contract.below().cannot_share();
        let comes = |trace: &Arc<Trace>| trace.plan.deep && trace.last().delivered >= LEAST;
        capabilities.shallow = self.contract.lossy && !self.clean.iter().any(comes);
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
    fn number(&self) -> usize {
        self.down.number
    }
    fn length(&self) -> usize {
        self.down.len()
    }
    fn timeline(&self, marked: usize) -> String {
        self.down.timeline(marked)
    }
    fn whole_timeline(&self) -> String {
        self.down.whole_timeline()
    }
    fn replay(&self) -> Option<String> {
        Some(self.down.replay())
    }
}

impl Able for Contract {
    fn lacks(&self, need: Need) -> Option<&'static str> {
        let lacks = |missing: bool, why| missing.then_some(why);
        match need {
            Need::Bound => lacks(self.bound.is_none(), "it may ask for as much as it likes"),
            Need::Child => {
                Some("it is tried in a process of its own only, and with items that are one to one")
            }
            Need::Uneven => lacks(self.is_even(), "its items are one to one"),
            Need::Failure => lacks(self.errors == Errors::Recovered, "it recovers from failures"),
            Need::Known => self.lacks(Need::Item).or_else(|| lacks(self.capabilities.unshown, UNSHOWN)),
            _ => self.capabilities.lacks(need),
        }
    }

    fn excluded(&self) -> &[(&'static str, &'static str)] {
        self.capabilities.excluded()
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
            $crate::each_publisher_check! { Processor $crate::verify_processor(&$fixture);
                spec_2_1_2 "2.1/2" spec_2_2_1 "2.2/1" spec_2_5_1 "2.5/1" spec_2_5_2 "2.5/2"
                spec_2_5_3 "2.5/3" spec_2_5_4 "2.5/4" spec_2_5_5 "2.5/5" spec_2_6_3 "2.6/3"
                spec_2_6_4 "2.6/4" spec_2_8_1 "2.8/1" spec_2_9_1 "2.9/1" spec_2_10_1 "2.10/1"
                spec_2_13_3 "2.13/3" spec_3_3_2 "3.3/2" spec_4_1_1 "4.1/1" spec_4_1_2 "4.1/2" spec_4_1_3 "4.1/3"
                spec_4_2_1 "4.2/1" spec_4_2_2 "4.2/2" spec_4_2_3 "4.2/3" own_3_v_3 "3-v/3"
                own_3_v_4 "3-v/4" own_3_v_5 "3-v/5" own_3_vi_3 "3-vi/3"
                own_3_viii_1 "3-viii/1"
            }
        }
    };
}
