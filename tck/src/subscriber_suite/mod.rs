//! The subscriber suite: the kit is the publisher.

pub(crate) mod ends;
mod fixture;
mod hints;
pub(crate) mod judges;
mod play;
pub(crate) mod scenarios;
mod table;

use crate::again::{self, Again};
use crate::explore::{Bounds, Survey, explore};
use crate::hints::Hint;
use crate::isolation::diary;
use crate::judge::{Recorded, judge, not_run};
use crate::log::What;
use crate::options::Options;
use crate::outcome::{Finding, Outcome, Verdict};
use crate::replay::{ReplayError, Retold};
use crate::report::Report;
use crate::rules::{Able, Check, Need, Suite};
use crate::run::described;
use crate::shrink::of_script;
use crate::strangers::Strangers;
use crate::{doubts, watch};
pub use fixture::{Consumes, Fed, Sink, SubscriberCapabilities, SubscriberFixture};
pub(crate) use play::Seen;
use play::play;
pub(crate) use scenarios::{Act, Script};
use std::fmt;
use std::sync::Arc;
pub(crate) use table::SUBSCRIBER;

/// Puts a subscriber through every scenario and judges each by every rule.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::gallery::Consuming;
/// use reactive_streams_tck::{Sink, Verdict, verify_subscriber};
///
/// let report = verify_subscriber(&Sink::new(|_env, hooks, upstream| {
///     let (subscriber, remote) = Consuming::new(8, hooks.done()); // yours instead
///     hooks.on_leave(move || remote.leave());
///     upstream.subscribe(subscriber);
/// }));
/// assert_eq!(report.verdict("2.1"), Some(Verdict::Pass));
/// assert_eq!(report.verdict("2.6/2"), Some(Verdict::NotApplicable("it takes all there is")));
/// assert!(report.conforms());
/// ```
///
/// As for [publishers](crate::verify_publisher), what fails is made small, and the environment variable
/// `REACTIVE_STREAMS_TCK_REPLAY` plays one scenario again.
pub fn verify_subscriber<C: Consumes>(fixture: &C) -> Report {
    match again::asked() {
        Some(text) => again::play_asked(&Consuming::new(fixture), &text, &Options::new()),
        None => verify_subscriber_with(fixture, &Options::new()),
    }
}

/// The same under these options, and whatever the environment says.
pub fn verify_subscriber_with<C: Consumes>(fixture: &C, options: &Options) -> Report {
    let _watch = watch::watch(Suite::Subscriber);
    diary::left_out(Suite::Subscriber, |check| options.excludes(check));
    let mut report = record_subscriber(fixture).judge(options);
    if !report.conforms() && report.fixture_fault().is_none() {
        again::shrink_all(&Consuming::new(fixture), &mut report);
    }
    report
}

/// Plays the one scenario of a replay string, which a [`Failure`](crate::Failure) has, and judges it, as
/// [`replay_publisher`](crate::replay_publisher) does.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::gallery::Consuming;
/// use reactive_streams_tck::{Options, Sink, replay_subscriber};
///
/// let sink = Sink::new(|_env, hooks, upstream| upstream.subscribe(Consuming::new(8, hooks.done()).0));
/// let report = replay_subscriber(&sink, "s1/t.f3.c", &Options::new());
/// assert!(report.conforms() && report.replayed().unwrap().contains("on_next #3"));
/// ```
pub fn replay_subscriber<C: Consumes>(fixture: &C, text: &str, options: &Options) -> Report {
    again::play(&Consuming::new(fixture), text, options)
}

/// Puts a subscriber through every scenario and keeps the logs, to be judged as often as one likes.
pub fn record_subscriber<C: Consumes>(fixture: &C) -> SubscriberRecording {
    let _watch = watch::watch(Suite::Subscriber);
    let told = described("subscriber", || (fixture.called(), fixture.wants()), "name or capabilities");
    let (name, capabilities, fault) = match told {
        Ok((name, capabilities)) => {
            diary::named(&name);
            diary::left_out(Suite::Subscriber, |check| capabilities.excludes(check));
            (name, capabilities, None)
        }
        Err(fault) => (String::new(), SubscriberCapabilities::new(), Some(fault.0)),
    };
    let capabilities = Arc::new(capabilities);
    let mut recording = SubscriberRecording {
        fixture: name,
        capabilities: Arc::clone(&capabilities),
        seen: Vec::new(),
        survey: Survey::default(),
        fault,
        doubt: None,
        hints: Vec::new(),
        strangers: Vec::new(),
    };
    if recording.fault.is_some() {
        return recording;
    }
    for script in scenarios::all(&capabilities).into_iter().map(Arc::new) {
        let (seen, strangers) = (&mut recording.seen, &mut recording.strangers);
        let number = recording.survey.next();
        let play = |schedule| play(fixture, &script, capabilities.told, schedule).map(Some);
        let explored = explore(script.plan.order, Bounds::NARROW, play, |played| {
            strangers.push(played.strangers.clone());
            seen.push(Seen::new(&script, &capabilities, played).numbered(number));
        });
        match explored {
            Ok(explored) => recording.survey.add(script.plan.order, explored.unwrap_or_default()),
            Err(fault) => {
                recording.fault = Some(fault.0);
                break;
            }
        }
    }
    let connected =
        recording.seen.iter().any(|seen| seen.trace.has(|what| matches!(what, What::OnSubscribe)));
    let elsewhere = doubts::subscribed_elsewhere(&recording.strangers, "subscriber");
    recording.fault = recording.fault.or(elsewhere);
    if recording.fault.is_none() && !connected && capabilities.enough != Some(0) {
        recording.fault = Some(format!(
            "the fixture is at fault, not the subscriber: {}",
            doubts::unconnected("the closure of the Sink subscribes something")
        ));
    } else if recording.fault.is_none() {
        recording.doubt = recording.doubt_of(fixture);
        recording.hints = hints::all(&recording.seen);
        let (frugal, early) = (recording.is_frugal(), judges::cancels_early(&recording.seen));
        let known = Arc::make_mut(&mut recording.capabilities);
        (known.frugal, known.early, known.stalls) = (frugal, early, judges::stalls(&recording.seen));
        let known = Arc::clone(&recording.capabilities);
        recording.seen.iter_mut().for_each(|seen| seen.capabilities = Arc::clone(&known));
    }
    recording
}

/// The logs of all scenarios that one subscriber was put through.
#[must_use]
pub struct SubscriberRecording {
    fixture: String,
    capabilities: Arc<SubscriberCapabilities>,
    seen: Vec<Seen>,
    survey: Survey,
    /// What the fixture did wrong.
    fault: Option<String>,
    /// What it may have done wrong.
    doubt: Option<String>,
    /// The same, where only certain checks fail of it.
    hints: Vec<Hint>,
    strangers: Vec<Strangers>,
}

impl SubscriberRecording {
    /// What speaks against the fixture: one more play of a scenario that was played before.
    fn doubt_of<C: Consumes>(&self, fixture: &C) -> Option<String> {
        let strangers = doubts::strangers(&self.strangers, "");
        strangers.or_else(|| self.went_differently(fixture))
    }

    fn went_differently<C: Consumes>(&self, fixture: &C) -> Option<String> {
        let first =
            self.seen.iter().find(|seen| seen.trace.has(|what| matches!(what, What::OnNext { .. })))?;
        let (_, schedule) = again::schedule(&first.trace.told);
        let again = play(fixture, first.script()?, self.capabilities.told, schedule).ok()?;
        doubts::different(&first.trace.words(), &doubts::words(&again.events), "create()")
    }

    /// Whether it has cancelled, and each time with nothing on order.
    fn is_frugal(&self) -> bool {
        let cancels = self.seen.iter().flat_map(Seen::entries).filter_map(|(_, before, _, what)| {
            (matches!(what, What::Cancel { .. }) && before.is_open()).then_some(before.outstanding)
        });
        cancels.max() == Some(0)
    }

    /// Judges each log by every rule.
    pub fn judge(&self, options: &Options) -> Report {
        let suite = Suite::Subscriber;
        let outcomes = match &self.fault {
            Some(_) => not_run(suite, |_| Verdict::NotRun),
            None => judge(suite, SUBSCRIBER, &*self.capabilities, &self.seen, &self.survey, options),
        };
        let report = Report {
            outcomes,
            scenarios: self.seen.len(),
            thoroughness: self.survey.whole(),
            fault: self.fault.clone().or_else(|| options.mistake(&*self.capabilities)),
            ..Report::of(suite, self.fixture.clone(), options)
        };
        report.doubted(&self.doubt).hinted(&self.hints)
    }
}

impl fmt::Debug for SubscriberRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scenarios = self.seen.len();
        let mut debug = f.debug_struct("SubscriberRecording");
        debug.field("fixture", &self.fixture).field("scenarios", &scenarios).finish()
    }
}

impl Recorded for Seen {
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
    fn replay(&self) -> Option<String> {
        Self::replay(self)
    }
}

/// A subscriber's fixture, to be played again.
struct Consuming<'a, C> {
    fixture: &'a C,
    capabilities: Arc<SubscriberCapabilities>,
}

impl<'a, C: Consumes> Consuming<'a, C> {
    fn new(fixture: &'a C) -> Self {
        Self { fixture, capabilities: Arc::new(fixture.wants()) }
    }
}

impl<C: Consumes> Again for Consuming<'_, C> {
    type Scenario = Retold<Script>;
    type Seen = Seen;
    const SUITE: Suite = Suite::Subscriber;

    fn name(&self) -> String {
        self.fixture.called()
    }

    fn read(&self, text: &str) -> Result<Retold<Script>, String> {
        let read: Retold<Script> = text.parse().map_err(|error: ReplayError| error.to_string())?;
        match self.capabilities.fails || !read.scenario.fails() {
            true => Ok(read),
            false => {
                Err(format!("the string has a failure, which the capabilities of {} exclude", self.name()))
            }
        }
    }

    fn play(&self, Retold { scenario, told }: &Retold<Script>) -> Result<Vec<Seen>, String> {
        let (order, schedule) = again::schedule(told);
        let script = Arc::new(scenario.clone().in_order(scenario.to_string(), order));
        let played =
            play(self.fixture, &script, self.capabilities.told, schedule).map_err(|fault| fault.0)?;
        Ok(vec![Seen::new(&script, &self.capabilities, played)])
    }

    fn smaller(&self, scenario: &Retold<Script>) -> Vec<Retold<Script>> {
        of_script(scenario)
    }

    fn finding(&self, check: &Check, seen: &Seen) -> Option<Finding> {
        again::finding(SUBSCRIBER, check, seen)
    }

    fn judge(&self, seen: Vec<Seen>, options: &Options) -> Vec<Outcome> {
        judge(Suite::Subscriber, SUBSCRIBER, &*self.capabilities, &seen, &Survey::default(), options)
    }
}

impl Able for SubscriberCapabilities {
    fn lacks(&self, need: Need) -> Option<&'static str> {
        let lacks = |missing: bool, why| missing.then_some(why);
        match need {
            Need::Failure => lacks(!self.fails, "it cannot be told of a failure"),
            Need::Appetite => lacks(self.enough == Some(0), "it wants nothing"),
            Need::Leaving => lacks(!self.leaves, "nothing makes it lose interest"),
            Need::Enough => lacks(self.enough.is_none(), "it takes all there is"),
            Need::Cancel if self.enough == Some(0) => Some("it wants nothing"),
            Need::Cancel if self.frugal => {
                Some("it cancels only when nothing is on order, so that nothing can come")
            }
            Need::Cancel => lacks(!self.leaves && self.enough.is_none(), "it never cancels"),
            Need::Observed => lacks(!self.observed, "nobody sees that it is done"),
            Need::ObservedFailure => lacks(!self.observed || !self.fails, "nobody sees that it has failed"),
            _ => None,
        }
    }

    fn excluded(&self) -> &[(&'static str, &'static str)] {
        &self.excluded
    }
}

/// Expands to `mod $name` with one `#[test]` for each check of the subscriber suite, so that each shows up by itself in
/// the test run, and one for the manifest. The scenarios are played once for all of them.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::gallery::Consuming;
/// use reactive_streams_tck::{Sink, subscriber_conformance};
///
/// subscriber_conformance!(my_subscriber, Sink::new(|_env, hooks, upstream| {
///     let (subscriber, remote) = Consuming::new(8, hooks.done()); // yours instead
///     hooks.on_leave(move || remote.leave());
///     upstream.subscribe(subscriber);
/// })); // my_subscriber::spec_2_1_1, my_subscriber::spec_2_2_1, ..
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! subscriber_conformance {
    ($name:ident, $fixture:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the fixture may be given by its full path")]
            use super::*;
            $crate::each_check! { Subscriber $crate::verify_subscriber(&$fixture);
                spec_2_1_1 "2.1/1" spec_2_2_1 "2.2/1" spec_2_3_1 "2.3/1" spec_2_4_1 "2.4/1" spec_2_4_2 "2.4/2"
                spec_2_4_3 "2.4/3"
                spec_2_5_1 "2.5/1" spec_2_5_2 "2.5/2" spec_2_5_3 "2.5/3" spec_2_5_4 "2.5/4" spec_2_5_5 "2.5/5"
                spec_2_6_1 "2.6/1" spec_2_6_2 "2.6/2" spec_2_8_1 "2.8/1" spec_2_9_1 "2.9/1" spec_2_9_2 "2.9/2"
                spec_2_9_3 "2.9/3" spec_2_9_4 "2.9/4" spec_2_10_1 "2.10/1" spec_2_10_2 "2.10/2"
                spec_2_10_3 "2.10/3" spec_2_10_4 "2.10/4" spec_2_13_3 "2.13/3" spec_2_13_4 "2.13/4"
                spec_3_10_2 "3.10/2" spec_3_11_2 "3.11/2" own_3_v_3 "3-v/3" own_3_v_4 "3-v/4"
                own_3_vi_3 "3-vi/3" own_3_vi_4 "3-vi/4"
            }
        }
    };
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::log::Via;
    use crate::plan::Step::{Cancel, Request};
    use crate::plan::{Plan, Source, When};
    use crate::subscriber::{Control, Recorder};
    use crate::{Env, Length};
    use reactive_streams_core::Publisher;

    /// The kit's own subscriber, which asks as this plan says.
    fn recorder(ask: fn(Plan) -> Plan) -> impl Consumes {
        Sink::new(move |_: &Env, hooks: &crate::Hooks, upstream| {
            // It keeps a log of its own, beside that of the one that judges it.
            let world = Env::new();
            let control = Control::new(world.log().clone());
            let mut plan = ask(Plan::new("itself", Source::Length(Length::Endless)).handle());
            (plan.rejects, plan.deep) = (true, true);
            upstream.subscribe(Recorder::new(&control, &Arc::new(plan)));
            hooks.on_leave(move || control.perform(Cancel(Via::Handle), None));
        })
        .with(SubscriberCapabilities::new().unobserved())
    }

    #[test]
    fn the_kits_own_subscriber_passes() {
        for ask in [
            |plan: Plan| plan.first(Request(u64::MAX, Via::Lent)),
            |plan: Plan| plan.first(Request(1, Via::Lent)).at(When::Every(1), Request(1, Via::Lent)),
            |plan: Plan| plan.first(Request(1, Via::Handle)).at(When::Every(1), Request(1, Via::Handle)),
        ] {
            verify_subscriber(&recorder(ask)).assert_conforms();
        }
    }
}
