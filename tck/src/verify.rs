//! The entry points.

use crate::again::{self, Again};
use crate::company::{self, Company, Place, was_served};
use crate::content::{Content, part};
use crate::explore::{Bounds, Survey, explore};
use crate::hints::{self, Hint};
use crate::isolation::diary;
use crate::judge::{Recorded, judge, not_run};
use crate::log::What;
use crate::options::Options;
use crate::outcome::{Finding, Outcome, Verdict};
use crate::plan::{Plan, Source};
use crate::replay::{Replay, Retold};
use crate::report::Report;
use crate::rules::{Able, Check, PUBLISHER, Suite};
use crate::run::{FixtureFault, described};
use crate::shrink::{of_company, of_plan};
use crate::strangers::Strangers;
use crate::trace::Trace;
use crate::{Capabilities, Env, Fixture, Length, doubts, run, scenarios, watch};
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
    let _watch = watch::watch(Suite::Publisher);
    match again::asked() {
        Some(text) => again::play_asked(&Publishing::informed(fixture), &text, &Options::new()),
        None => verify_publisher_with(fixture, &Options::new()),
    }
}

/// The same under these options, and whatever the environment says.
pub fn verify_publisher_with<F: Fixture>(fixture: &F, options: &Options) -> Report {
    let _watch = watch::watch(Suite::Publisher);
    diary::left_out(Suite::Publisher, |check| options.excludes(check));
    let recording = record_publisher(fixture);
    let mut report = recording.judge(options);
    if !report.conforms() && report.fixture_fault().is_none() {
        again::shrink_all(&Publishing::new(fixture).knowing(recording), &mut report);
    }
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
    again::play(&Publishing::informed(fixture), text, options)
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
    let _watch = watch::watch(Suite::Publisher);
    let mut recording = Recording {
        fixture: String::new(),
        capabilities: Capabilities::new(),
        traces: Vec::new(),
        survey: Survey::default(),
        content: None,
        of_several: None,
        fault: None,
        doubt: None,
        hints: Vec::new(),
        strangers: Vec::new(),
    };
    if let Err(FixtureFault(fault)) = recording.record(fixture) {
        recording.fault = Some(fault);
    }
    recording
}

/// Why items are not compared.
pub(crate) const UNKNOWN: &str = "nothing says what its items are, as capabilities().emits(..) would";

/// The logs of all scenarios that one publisher was put through.
#[must_use]
pub struct Recording {
    fixture: String,
    capabilities: Capabilities,
    traces: Vec<Trace>,
    survey: Survey,
    /// What the items are to be.
    content: Option<Arc<Content>>,
    /// The same where there are several subscribers.
    of_several: Option<Arc<Content>>,
    /// What the fixture did wrong.
    fault: Option<String>,
    /// What it may have done wrong.
    doubt: Option<String>,
    /// The same, where only certain checks fail of it.
    hints: Vec<Hint>,
    strangers: Vec<Strangers>,
}

impl Recording {
    fn record<F: Fixture>(&mut self, fixture: &F) -> Result<(), FixtureFault> {
        self.fixture = described("publisher", || fixture.name(), "name")?;
        diary::named(&self.fixture);
        self.capabilities = described("publisher", || fixture.capabilities(), "capabilities")?;
        diary::left_out(Suite::Publisher, |check| self.capabilities.excludes(check));
        if self.capabilities.real_threads {
            return Ok(());
        }
        let shared = Arc::new(self.capabilities.clone());
        for plan in scenarios::all(&shared) {
            self.play(fixture, &plan, &shared)?;
        }
        if self.traces.is_empty() {
            return Err(FixtureFault(doubts::no_stream()));
        }
        if !self.traces.iter().any(Trace::is_failing) {
            self.capabilities = self.capabilities.clone().cannot_fail();
        }
        self.content = Content::of(&self.traces, &self.capabilities).map(Arc::new);
        for plan in scenarios::lengths::all(&shared).into_iter().chain(scenarios::waits::all(&shared)) {
            self.play(fixture, &plan, &shared)?;
        }
        match &self.content {
            None => self.capabilities = self.capabilities.clone().unknown(UNKNOWN),
            Some(content) => {
                self.traces.iter_mut().for_each(|trace| trace.content = Some(Arc::clone(content)));
            }
        }
        if let Some(fault) = doubts::fault(&self.traces, &shared) {
            return Err(FixtureFault(fault));
        }
        self.doubt = self.doubt_of(fixture, &shared)?;
        self.hints = hints::of_publisher(&self.traces);
        let alone = self.traces.len();
        self.of_several = part::of_several(self.content.clone(), &self.traces, &shared);
        for company in company::all(&shared).into_iter().map(Arc::new) {
            let (traces, strangers, number) = (&mut self.traces, &mut self.strangers, self.survey.next());
            let of_several = &self.of_several;
            let play = |schedule| company.play(fixture, shared.own, schedule);
            let explored = explore(company.order, Bounds::TIER, play, |played| {
                strangers.push(played.strangers.clone());
                let seen = company.traces(&shared, &played);
                let known = |trace: Trace| trace.numbered(number).with(of_several.clone());
                traces.extend(seen.into_iter().map(known));
            })?;
            let Some(explored) = explored else { break };
            self.survey.add(company.order, explored);
        }
        self.hints.extend(hints::of_several(&self.traces[alone..]));
        if self.traces[alone..].iter().any(is_served_alone) {
            self.capabilities.reopens = true;
            let known = Arc::new(Capabilities { reopens: true, ..Capabilities::clone(&shared) });
            self.traces[alone..].iter_mut().for_each(|trace| trace.capabilities = Arc::clone(&known));
        }
        let values = |trace: &Trace| trace.values().next().is_some();
        self.capabilities.unshown = !self.traces[alone..].iter().any(values);
        self.capabilities.competing = shared.lossy && !self.traces[alone..].iter().any(has_one_in_common);
        const ELSE: &str = ", or say real_threads() in capabilities() and use stress_publisher()";
        self.doubt = doubts::strangers(&self.strangers, ELSE).or_else(|| self.doubt.take());
        if self.traces.len() == alone {
            self.capabilities = self.capabilities.clone().cannot_share();
        }
        Ok(())
    }

    /// Plays one scenario under all its schedules.
    fn play<F: Fixture>(
        &mut self,
        fixture: &F,
        plan: &Arc<Plan>,
        shared: &Arc<Capabilities>,
    ) -> Result<(), FixtureFault> {
        let (traces, strangers) = (&mut self.traces, &mut self.strangers);
        let (mut fault, number) = (None, self.survey.next());
        let play = |schedule| run::play_under(fixture, plan, shared.own, schedule);
        let explored = explore(plan.order, Bounds::TIER, play, |played| {
            strangers.push(played.strangers.clone());
            let trace = Trace::played(plan, shared, played).numbered(number);
            fault = fault.take().or_else(|| emptied(&trace));
            traces.push(trace);
        })?;
        if let Some(explored) = explored {
            self.survey.add(plan.order, explored);
        }
        fault.map_or(Ok(()), |fault| Err(FixtureFault(fault)))
    }

    /// Plays one scenario once more, and asks what speaks against the fixture.
    fn doubt_of<F: Fixture>(
        &self,
        fixture: &F,
        shared: &Arc<Capabilities>,
    ) -> Result<Option<String>, FixtureFault> {
        let came = self.traces.iter().find(|trace| trace.last().delivered > 0);
        let asked = || self.traces.iter().find(|trace| trace.last().requested > 0);
        let Some(first) = came.or_else(asked).filter(|_| !shared.varying) else {
            return Ok(doubts::doubt(&self.traces, shared, None));
        };
        let again = run::play(fixture, &first.plan, shared.own)?;
        let again = again.map(|events| Trace::new(Arc::clone(&first.plan), Arc::clone(shared), events));
        Ok(doubts::doubt(&self.traces, shared, again.as_ref().map(|again| (first, again))))
    }

    /// Judges each log by every rule.
    pub fn judge(&self, options: &Options) -> Report {
        let suite = Suite::Publisher;
        let mut outcomes = if self.capabilities.real_threads {
            let lacks = |need| self.capabilities.lacks(need).unwrap_or("it needs real threads");
            not_run(suite, |check| Verdict::NotApplicable(lacks(check.needs)))
        } else if self.fault.is_none() {
            judge(suite, PUBLISHER, &self.capabilities, &self.traces, &self.survey, options)
        } else {
            Vec::new()
        };
        // The judges ask what it emits.
        let fault = self.fault.clone().or_else(|| self.capabilities.fault());
        if fault.is_some() {
            outcomes = not_run(suite, |_| Verdict::NotRun);
        }
        let report = Report {
            outcomes,
            scenarios: self.traces.len(),
            thoroughness: self.survey.whole(),
            fault: fault.or_else(|| options.mistake(&self.capabilities)),
            ..Report::of(suite, self.fixture.clone(), options)
        };
        report.doubted(&self.doubt).hinted(&self.hints)
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
    fn number(&self) -> usize {
        self.number
    }
    fn length(&self) -> usize {
        self.len()
    }
    fn timeline(&self, marked: usize) -> String {
        self.timeline(marked)
    }
    fn whole_timeline(&self) -> String {
        self.whole_timeline()
    }
    fn replay(&self) -> Option<String> {
        Some(Self::replay(self))
    }
}

/// Whether it got an item that one of those before it in the scenario got, too.
fn has_one_in_common(trace: &Trace) -> bool {
    let Some(place) = &trace.place else { return false };
    let others = || place.received[..place.number].iter().flatten().flatten();
    place.received[place.number].iter().flatten().any(|item| others().any(|other| other == item))
}

/// Whether it is one who came alone to a unicast publisher, and was served: then all such are.
fn is_served_alone(trace: &Trace) -> bool {
    trace.place.as_ref().is_some_and(Place::comes_alone) && was_served(trace) == Some(true)
}

/// A publisher's fixture, to be played again.
struct Publishing<'a, F> {
    fixture: &'a F,
    capabilities: Arc<Capabilities>,
    content: Option<Arc<Content>>,
    of_several: Option<Arc<Content>>,
}

impl<'a, F: Fixture> Publishing<'a, F> {
    fn new(fixture: &'a F) -> Self {
        Self { fixture, capabilities: Arc::new(fixture.capabilities()), content: None, of_several: None }
    }

    /// The same, once everything has been played: one scenario alone does not show what the items are to be.
    fn informed(fixture: &'a F) -> Self {
        Self::new(fixture).knowing(record_publisher(fixture))
    }

    fn knowing(self, recording: Recording) -> Self {
        let Recording { content, of_several, capabilities: Capabilities { reopens, .. }, .. } = recording;
        let capabilities = Capabilities { reopens, ..Capabilities::clone(&self.capabilities) };
        Self { content, of_several, capabilities: Arc::new(capabilities), ..self }
    }

    fn allows(&self, source: Source) -> Result<(), String> {
        let allowed = match source {
            Source::Length(Length::Endless) => self.capabilities.endless,
            Source::Length(Length::Exactly(n)) => self.capabilities.lengths.contains(&n),
            Source::FailingAt(k) => self.capabilities.failing.contains(&k),
        };
        let name = self.fixture.name();
        let why = format!("the string asks for {source}, which the capabilities of {name} exclude");
        allowed
            .then_some(())
            .ok_or(why + ". Does the string come from another fixture? Name the tests to run")
    }

    fn lacks(&self, source: Source) -> String {
        format!("the string asks for {source}, and the fixture of {} has none", self.fixture.name())
    }
}

/// With one subscriber, or with several.
enum Scenario {
    Alone(Replay),
    Among(Retold<Company>),
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(replay) => replay.fmt(f),
            Self::Among(replay) => replay.fmt(f),
        }
    }
}

impl<F: Fixture> Again for Publishing<'_, F> {
    type Scenario = Scenario;
    type Seen = Trace;
    const SUITE: Suite = Suite::Publisher;

    fn name(&self) -> String {
        self.fixture.name()
    }

    fn read(&self, text: &str) -> Result<Scenario, String> {
        let scenario = text.parse().map(Scenario::Alone).or_else(|_| text.parse().map(Scenario::Among));
        let scenario = scenario.map_err(|error| error.to_string())?;
        let (Scenario::Alone(Replay { plan: Plan { source, .. }, .. })
        | Scenario::Among(Retold { scenario: Company { source, .. }, .. })) = &scenario;
        self.allows(*source)?;
        Ok(scenario)
    }

    fn play(&self, scenario: &Scenario) -> Result<Vec<Trace>, String> {
        let own = self.capabilities.own;
        match scenario {
            Scenario::Alone(Replay { plan, told }) => {
                let (order, schedule) = again::schedule(told);
                let plan = Arc::new(again::renamed(plan, order));
                let played = run::play_under(self.fixture, &plan, own, schedule).map_err(|fault| fault.0)?;
                let played = played.ok_or_else(|| self.lacks(plan.source))?;
                Ok(vec![Trace::played(&plan, &self.capabilities, played).with(self.content.clone())])
            }
            Scenario::Among(Retold { scenario: company, told }) => {
                let (company, (_, schedule)) = (Arc::new(company.renamed()), again::schedule(told));
                let played = company.play(self.fixture, own, schedule).map_err(|fault| fault.0)?;
                let played = played.ok_or_else(|| self.lacks(company.source))?;
                let traces = company.traces(&self.capabilities, &played);
                Ok(traces.into_iter().map(|trace| trace.with(self.of_several.clone())).collect())
            }
        }
    }

    fn fault(&self) -> Option<String> {
        self.capabilities.fault()
    }

    fn smaller(&self, scenario: &Scenario) -> Vec<Scenario> {
        match scenario {
            Scenario::Alone(replay) => {
                of_plan(replay, &self.capabilities).into_iter().map(Scenario::Alone).collect()
            }
            Scenario::Among(replay) => {
                of_company(replay, &self.capabilities).into_iter().map(Scenario::Among).collect()
            }
        }
    }

    fn finding(&self, check: &Check, seen: &Trace) -> Option<Finding> {
        again::finding(PUBLISHER, check, seen)
    }

    fn judge(&self, seen: Vec<Trace>, options: &Options) -> Vec<Outcome> {
        let mut able = Capabilities::clone(&self.capabilities);
        able.unknown = Some(UNKNOWN).filter(|_| self.content.is_none());
        judge(Suite::Publisher, PUBLISHER, &able, &seen, &Survey::default(), options)
    }
}

/// A source that is emptied without end, though somebody is there who waits. Whose fault that is, the kit cannot tell.
pub(crate) fn emptied(trace: &Trace) -> Option<String> {
    let emptied = |what: &What| matches!(what, What::SourceRunsAway { gone: false });
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
