//! Plays one scenario and returns its log.

use crate::env::SourceRunsAway;
use crate::log::{Call, Event, Log, What, message};
use crate::plan::{Drive, Plan, Source, Step};
use crate::subscriber::{Control, KitPanic, Recorder};
use crate::{Env, Fixture, Length};
use reactive_streams_core::{Clock, Publisher};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// More polls than this between two looks: the tasks do not come to rest.
const BUSY: usize = 2_000;

/// What went wrong before the publisher was asked anything: not its fault.
#[derive(Clone, Debug)]
pub(crate) struct FixtureFault(pub(crate) String);

/// Plays `plan`; `None` when the fixture has no such publisher.
pub(crate) fn play<F: Fixture>(fixture: &F, plan: &Arc<Plan>) -> Result<Option<Vec<Event>>, FixtureFault> {
    let env = plan.lot.map_or_else(Env::new, Env::shuffled);
    match plan.source {
        Source::Length(length) => {
            let publisher = created(|| fixture.create(&env, length), plan)?;
            Ok(Some(Stage::new(&env, plan).play(publisher)))
        }
        Source::FailingAt(k) => {
            let publisher = created(|| fixture.create_failing_at(&env, k), plan)?;
            Ok(publisher.map(|publisher| Stage::new(&env, plan).play(publisher)))
        }
    }
}

fn created<P>(create: impl FnOnce() -> P, plan: &Plan) -> Result<P, FixtureFault> {
    let asked = match plan.source {
        Source::Length(Length::Exactly(n)) => format!("create with a length of {n}"),
        Source::Length(Length::Endless) => "create with an endless length".to_owned(),
        Source::FailingAt(k) => format!("create_failing_at({k})"),
    };
    blamed(create, &asked)
}

/// Runs the fixture's own code, whose panics are not the fault of what it makes.
pub(crate) fn blamed<P>(create: impl FnOnce() -> P, asked: &str) -> Result<P, FixtureFault> {
    catch_unwind(AssertUnwindSafe(create)).map_err(|payload| {
        let message = message(&*payload);
        FixtureFault(format!(
            "the fixture is at fault, not the publisher: it panicked in {asked}: {message}. If it cannot make such a publisher, say so in capabilities()"
        ))
    })
}

pub(crate) struct Stage<'a> {
    pub(crate) env: &'a Env,
    plan: &'a Arc<Plan>,
    pub(crate) log: Log,
    control: Arc<Control>,
    ran_away: Cell<bool>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(env: &'a Env, plan: &'a Arc<Plan>) -> Self {
        let log = env.log().clone();
        Self { env, plan, control: Control::new(log.clone()), log, ran_away: Cell::new(false) }
    }

    fn play<P: Publisher>(&self, publisher: P) -> Vec<Event> {
        let call = self.log.write(What::Subscribe);
        let subscriber = Recorder::new(&self.control, self.plan);
        if self.guarded(Call::Subscribe, || publisher.subscribe(subscriber)) {
            self.log.write(What::Return(call));
        }
        if !matches!(self.plan.drive.first(), Some(Drive::Poll(_))) {
            self.settle();
        }
        for drive in &self.plan.drive {
            if self.ran_away.get() {
                break; // each further step would take as long
            }
            match drive {
                Drive::Do(step) => self.perform(*step),
                Drive::Poll(polls) => {
                    self.poll(*polls);
                }
                Drive::Settle => self.settle(),
            }
        }
        self.tear_down();
        self.log.take()
    }

    fn perform(&self, step: Step) {
        let call = if matches!(step, Step::Cancel(_)) { Call::Cancel } else { Call::Request };
        self.guarded(call, || self.control.perform(step, None));
    }

    fn tear_down(&self) {
        self.perform(Step::Cancel(crate::log::Via::HandleDropped));
        self.settle();
        self.guarded(Call::TearDown, || self.control.let_go());
        self.let_all_go();
    }

    /// Drops the tasks and the alarms.
    pub(crate) fn let_all_go(&self) {
        for _ in 0..2 {
            // What a task or an alarm kept alive may wake others as it goes.
            self.guarded(Call::TearDown, || self.env.executor().drop_tasks());
            self.guarded(Call::TearDown, || self.env.clock().forget_alarms());
        }
        self.log.write(What::TornDown);
    }

    /// Lets everything come to rest: first the tasks, then what time brings.
    pub(crate) fn settle(&self) {
        let mut busy = self.poll(BUSY);
        self.log.write(What::Drained { busy });
        let (clock, mut signals, mut idle) = (self.env.clock(), self.log.signals(), 0);
        let mut since = clock.now();
        let horizon = Duration::from_secs(Env::IDLE_SECONDS);
        while let Some(next) = clock.next_alarm() {
            if idle == Env::IDLE_ALARMS || next > since + horizon {
                break;
            }
            idle += 1;
            self.guarded(Call::Settle, || clock.advance(next.saturating_sub(clock.now())));
            busy |= self.poll(BUSY);
            let now = self.log.signals();
            if now != signals {
                (signals, since, idle) = (now, clock.now(), 0);
            }
        }
        self.log.write(What::Settled { ticking: idle == Env::IDLE_ALARMS, busy });
    }

    /// Polls at most this many tasks; true when that was not enough.
    pub(crate) fn poll(&self, polls: usize) -> bool {
        let executor = self.env.executor();
        for _ in 0..polls {
            let mut ran = true;
            self.guarded(Call::Settle, || ran = executor.run_one());
            if !ran {
                return false;
            }
        }
        executor.runnable() > 0
    }

    /// Calls, and writes down what panic comes out; false when one does.
    pub(crate) fn guarded(&self, from: Call, call: impl FnOnce()) -> bool {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(()) => true,
            Err(payload) if payload.is::<KitPanic>() => {
                self.log.write(What::Unwound(from));
                false
            }
            Err(payload) if payload.is::<SourceRunsAway>() => {
                self.log.write(What::SourceRunsAway);
                self.ran_away.set(true);
                false
            }
            Err(payload) => {
                self.log.write(What::Panicked { from, message: message(&*payload) });
                false
            }
        }
    }
}
