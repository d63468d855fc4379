//! Drives an operator and its model side by side, and compares them after each step.

use super::seen::{End, Event, Model, Seen, Tail};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use reactive_streams::{Dropped, Flow, Ledger, Publisher, Reason};
use reactive_streams_core::shim::Mutex;
use reactive_streams_test::{
    Live, ManualExecutor, Probe, Script, Scripted, Tracked, VirtualClock, probe, scripted,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

/// The numbers of the items that it was made of.
pub(super) type Item = Tracked<Vec<u32>>;

/// What an operator emits, as numbers of items.
pub(super) trait Ids {
    fn ids(&self) -> Vec<u32>;
}

impl Ids for Item {
    fn ids(&self) -> Vec<u32> {
        self.to_vec()
    }
}

impl Ids for (Item, Item) {
    fn ids(&self) -> Vec<u32> {
        [self.0.ids(), self.1.ids()].concat()
    }
}

impl Ids for Vec<Item> {
    fn ids(&self) -> Vec<u32> {
        self.iter().flat_map(Ids::ids).collect()
    }
}

type Lost = Arc<Mutex<Vec<(Vec<u32>, Reason)>>>;
type Sources = Vec<Flow<Scripted<Item, u32>>>;

/// What a pipeline is built with.
pub(super) struct Rig {
    clock: VirtualClock,
    executor: ManualExecutor,
    lost: Lost,
    tail: Tail,
    hooked: bool,
}

/// The panic that is planned. It does not print.
struct Planned;

impl Rig {
    pub(super) fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// Runs until nothing is runnable after each step.
    pub(super) fn executor(&self) -> ManualExecutor {
        self.executor.clone()
    }

    /// The hook that sees what is lost; an operator that has none does not call this.
    pub(super) fn hook(&mut self) -> impl Fn(Dropped<Item>) + Send + Sync + 'static {
        self.hooked = true;
        let (lost, tail) = (Arc::clone(&self.lost), self.tail);
        move |dropped| {
            let mut lost = lost.lock();
            lost.push((dropped.item.to_vec(), dropped.reason));
            let seen = lost.len();
            drop(lost);
            if matches!(tail, Tail::Fuse(n) if n == seen) {
                resume_unwind(Box::new(Planned));
            }
        }
    }

    /// Puts the tail under the operator, and subscribes.
    pub(super) fn run<P>(&self, flow: Flow<P>, ledger: Ledger) -> Running
    where
        P: Publisher<Item: Ids, Error: Into<End>>,
    {
        let (tail, mut count) = (self.tail, 0);
        let flow = flow.map_err(Into::into).map(move |out| {
            count += 1;
            if matches!(tail, Tail::Panic(n) if n == count) {
                resume_unwind(Box::new(Planned));
            }
            out.ids()
        });
        let probe = match tail {
            Tail::Odd => probe(flow.filter(|ids| ids[0] % 2 == 1)),
            Tail::Take(n) => probe(flow.take(n as u64)),
            Tail::Plain | Tail::Panic(_) | Tail::Fuse(_) => probe(flow),
        };
        Running { probe, ledger, out: Vec::new(), end: None }
    }
}

pub(super) struct Running {
    probe: Probe<Vec<u32>, End>,
    ledger: Ledger,
    out: Vec<Vec<u32>>,
    end: Option<End>,
}

type Build = Box<dyn Fn(&mut Rig, Sources) -> Running>;
type Modelled = Box<dyn Fn(Seen) -> Box<dyn Model>>;

/// An operator of some arguments.
pub(super) struct Case {
    name: String,
    inputs: usize,
    build: Build,
    model: Modelled,
}

impl Case {
    /// One with several inputs.
    pub(super) fn new<M: Model + 'static>(
        name: impl Into<String>,
        inputs: usize,
        build: impl Fn(&mut Rig, Sources) -> Running + 'static,
        model: impl Fn(Seen) -> M + 'static,
    ) -> Self {
        let model = move |seen| Box::new(model(seen)) as Box<dyn Model>;
        Self { name: name.into(), inputs, build: Box::new(build), model: Box::new(model) }
    }

    pub(super) fn single<M: Model + 'static>(
        name: impl Into<String>,
        build: impl Fn(&mut Rig, Flow<Scripted<Item, u32>>) -> Running + 'static,
        model: impl Fn(Seen) -> M + 'static,
    ) -> Self {
        let build =
            move |rig: &mut Rig, mut sources: Sources| build(rig, sources.pop().expect("there is one input"));
        Self::new(name, 1, build, model)
    }

    /// Tries random sequences; the shortest one that fails is shown.
    pub(super) fn check(&self) {
        // There are many cases, so that a quarter of the usual number is enough for each.
        let cases = ProptestConfig::default().cases.div_ceil(4);
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        let script = (tails(), events(self.inputs));
        let mut runner = TestRunner::new(config);
        if let Err(failure) = runner.run(&script, |(tail, events)| self.run(tail, events)) {
            panic!("{}: {failure}", self.name);
        }
    }

    fn run(&self, tail: Tail, events: Vec<Event>) -> Result<(), TestCaseError> {
        let live = Live::new();
        let mut trial = Trial::new(self, tail);
        for (step, event) in (1..).zip(events) {
            trial.step(event, step, &live)?;
            trial.compare(&live).map_err(|error| TestCaseError::fail(format!("step {step}: {error}")))?;
        }
        // The books are open as long as anybody looks; nothing else outlives the probe.
        planned(|| drop(trial.running.probe));
        prop_assert_eq!(live.count(), 0, "items outlive the probe");
        prop_assert!(trial.running.ledger.is_balanced() && trial.running.ledger.depth() == 0);
        Ok(())
    }
}

fn tails() -> impl Strategy<Value = Tail> {
    prop_oneof![
        4 => Just(Tail::Plain),
        2 => Just(Tail::Odd),
        1 => (1..5usize).prop_map(Tail::Take),
        1 => (1..5usize).prop_map(Tail::Panic),
        2 => (1..5usize).prop_map(Tail::Fuse),
    ]
}

/// A long time of running, an end, and what comes after.
fn events(inputs: usize) -> impl Strategy<Value = Vec<Event>> {
    let running = prop_oneof![
        6 => (1..4u64).prop_map(Event::Request),
        12 => (0..inputs, Just(0)).prop_map(|(input, id)| Event::Next(input, id)),
        3 => (1..25u64).prop_map(Event::Advance),
        1 => prop_oneof![Just(u64::MAX), Just(9)].prop_map(Event::Request),
    ];
    let end = prop_oneof![
        4 => (0..inputs).prop_map(Event::Complete),
        4 => (0..inputs, 0..9u32).prop_map(|(input, code)| Event::Fail(input, code)),
        2 => Just(Event::Cancel),
        1 => (0..inputs).prop_map(Event::Abandon),
    ];
    let some_end = vec(end, 0..=inputs);
    let all = (vec(running.clone(), 0..30), some_end.clone(), vec(running, 0..8), some_end);
    all.prop_map(|(before, end, after, again)| [before, end, after, again].concat())
}

/// One operator, its model, and the hands that move both.
struct Trial {
    rig: Rig,
    scripts: Vec<Option<Script<Item, u32>>>,
    accepted: Vec<u64>,
    /// The input has had its terminal, or is gone.
    finished: Vec<bool>,
    running: Running,
    model: Box<dyn Model>,
}

impl Trial {
    fn new(case: &Case, tail: Tail) -> Self {
        let (clock, executor, lost) = (VirtualClock::new(), ManualExecutor::new(), Lost::default());
        let mut rig = Rig { clock, executor, lost, tail, hooked: false };
        let (scripts, sources): (Vec<_>, Sources) = (0..case.inputs)
            .map(|_| scripted())
            .map(|(script, source)| (Some(script), source.into()))
            .unzip();
        let running = (case.build)(&mut rig, sources);
        rig.executor.run();
        let model = (case.model)(Seen::new(tail, rig.hooked));
        let (accepted, finished) = (vec![0; case.inputs], vec![false; case.inputs]);
        Self { rig, scripts, accepted, finished, running, model }
    }

    fn step(&mut self, event: Event, step: u32, live: &Live) -> Result<(), TestCaseError> {
        let probe = &self.running.probe;
        let event = match event {
            Event::Next(input, _) => {
                let Some(script) = &self.scripts[input] else { return Ok(()) };
                let item = live.item(vec![step]);
                // An item that was accepted may be the one that makes something panic.
                if planned(|| script.next(item).is_err()) == Some(true) {
                    return Ok(());
                }
                prop_assert!(self.model.is_open(input), "an item was accepted after the end");
                self.accepted[input] += 1;
                Event::Next(input, step)
            }
            Event::Complete(input) | Event::Fail(input, _) | Event::Abandon(input) => {
                let was_finished = std::mem::replace(&mut self.finished[input], true);
                match (event, &mut self.scripts[input]) {
                    (Event::Complete(_), Some(script)) => drop(planned(|| script.complete())),
                    (Event::Fail(_, code), Some(script)) => drop(planned(|| script.fail(code))),
                    (_, script) => drop(planned(|| *script = None)),
                }
                if was_finished {
                    return Ok(());
                }
                event
            }
            Event::Request(n) => {
                planned(|| probe.request(n));
                event
            }
            Event::Cancel => {
                planned(|| probe.cancel());
                event
            }
            Event::Advance(millis) => {
                planned(|| self.rig.clock.advance(Duration::from_millis(millis)));
                event
            }
        };
        planned(|| self.rig.executor.run());
        self.model.tell(event);
        Ok(())
    }

    fn compare(&mut self, live: &Live) -> Result<(), TestCaseError> {
        let (seen, running) = (self.model.seen(), &mut self.running);
        running.out.extend(running.probe.items());
        prop_assert_eq!(&running.out, &seen.out, "what went out");
        let end = running.probe.error().or(running.probe.is_complete().then_some(End::Complete));
        running.end = running.end.or(end);
        prop_assert_eq!(running.end, seen.end, "the end");
        prop_assert_eq!(running.probe.is_dropped(), seen.is_over(), "whether it is over");
        if seen.end.is_some() {
            let unused = running.probe.unused().map_or(0, |demand| demand.get());
            prop_assert_eq!(unused, seen.demand, "the unused demand");
        }
        prop_assert_eq!(&*self.rig.lost.lock(), &seen.lost, "what the hook saw");
        prop_assert_eq!(live.count(), self.model.held(), "what is alive");

        let ledger = &running.ledger;
        let dropped = Reason::ALL.map(|reason| (reason, ledger.dropped(reason)));
        let dropped: BTreeMap<_, _> = dropped.into_iter().filter(|(_, count)| *count > 0).collect();
        prop_assert_eq!(&dropped, &seen.dropped, "what was dropped");
        let counted = (ledger.received(), ledger.emitted(), ledger.merged(), ledger.depth());
        let expected = (seen.received, seen.emitted, seen.merged, self.model.held() as u64);
        prop_assert_eq!(counted, expected, "received, emitted, merged, held");
        prop_assert!(ledger.is_balanced(), "the books are not balanced: {:?}", ledger);
        let bound = ledger.capacity().unwrap_or(u64::MAX);
        prop_assert!(ledger.high_water() <= bound, "held more than its bound: {:?}", ledger);

        for (input, script) in self.scripts.iter().enumerate() {
            let Some(script) = script else { continue };
            if self.model.is_open(input) {
                let requested = script.requested();
                let unbounded = requested == u64::MAX;
                let outstanding = if unbounded { requested } else { requested - self.accepted[input] };
                let good = self.model.may_have_outstanding(input, outstanding);
                prop_assert!(good, "input {} has {} outstanding", input, outstanding);
            } else {
                prop_assert!(script.is_cancelled() || self.finished[input], "upstream goes on");
            }
        }
        prop_assert!(!seen.is_over() || self.rig.clock.armed() == 0, "an alarm outlives the stream");
        Ok(())
    }
}

/// Calls into the pipeline. None: something panicked as planned.
fn planned<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<Planned>() => None,
        Err(panic) => resume_unwind(panic),
    }
}
