//! Plays one scenario and returns its log.

use crate::env::SourceRunsAway;
use crate::fair::Waiting;
use crate::log::{Call, Event, Log, What, message};
use crate::plan::{Drive, Plan, Source, Step};
use crate::schedule::{Move, Schedule};
use crate::shown::Own;
use crate::strangers::Strangers;
use crate::subscriber::{Control, KitPanic, Recorder};
use crate::watch::{self, Doing};
use crate::{Env, Fixture, Length};
use reactive_streams_core::{Clock, Publisher};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// More polls than this without a signal: the tasks do not come to rest.
const BUSY: usize = 2_000;
/// The same where thousands of items come, all of which the publisher may drop by design.
const BUSY_DEEP: usize = 25_000;
/// The same once some task did not come to rest: others beside it, which it is not about, still have their turns.
const BUSY_STILL: usize = 64;

/// What went wrong before the publisher was asked anything: not its fault.
#[derive(Clone, Debug)]
pub(crate) struct FixtureFault(pub(crate) String);

/// What came of one scenario under one schedule, and what a suite has to say besides.
pub(crate) struct Played<M = ()> {
    pub(crate) events: Vec<Event>,
    pub(crate) schedule: Schedule,
    /// The items were of the kit's own type.
    pub(crate) ours: bool,
    /// A task or an alarm of the publisher ran.
    pub(crate) works: bool,
    pub(crate) strangers: Strangers,
    pub(crate) more: M,
}

/// Plays `plan` once; `None` when the fixture has no such publisher.
pub(crate) fn play<F: Fixture>(
    fixture: &F,
    plan: &Arc<Plan>,
    own: Option<Own>,
) -> Result<Option<Vec<Event>>, FixtureFault> {
    Ok(play_under(fixture, plan, own, plan.schedule())?.map(|played| played.events))
}

/// The same, under `schedule`; what shows its items is `own`.
pub(crate) fn play_under<F: Fixture>(
    fixture: &F,
    plan: &Arc<Plan>,
    own: Option<Own>,
    schedule: Schedule,
) -> Result<Option<Played>, FixtureFault> {
    let env = Env::showing(own);
    let _playing = watch::at(plan);
    match plan.source {
        Source::Length(length) => {
            let publisher = created(|| fixture.create(&env, length), plan)?;
            Ok(Some(Stage::under(&env, plan, schedule).play(publisher)))
        }
        Source::FailingAt(k) => {
            let publisher = created(|| fixture.create_failing_at(&env, k), plan)?;
            Ok(publisher.map(|publisher| Stage::under(&env, plan, schedule).play(publisher)))
        }
    }
}

pub(crate) fn created<P>(create: impl FnOnce() -> P, plan: &Plan) -> Result<P, FixtureFault> {
    let asked = match plan.source {
        Source::Length(Length::Exactly(n)) => format!("create with a length of {n}"),
        Source::Length(Length::Endless) => "create with an endless length".to_owned(),
        Source::FailingAt(k) => format!("create_failing_at({k})"),
    };
    blamed(create, &asked)
}

/// Runs the fixture's own code, whose panics are not the fault of what it makes.
pub(crate) fn blamed<P>(create: impl FnOnce() -> P, asked: &str) -> Result<P, FixtureFault> {
    blamed_for("publisher", create, asked)
}

/// The same, where it makes something else.
pub(crate) fn blamed_for<P>(whom: &str, create: impl FnOnce() -> P, asked: &str) -> Result<P, FixtureFault> {
    caught(whom, create, |message| {
        format!("{asked}: {message}. If it cannot make such a {whom}, say so in capabilities()")
    })
}

/// The same; `panicked` says in what, and whatever there is to say of it.
pub(crate) fn caught<P>(
    whom: &str,
    call: impl FnOnce() -> P,
    panicked: impl FnOnce(String) -> String,
) -> Result<P, FixtureFault> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| match payload.downcast::<FixtureFault>() {
        Ok(known) => *known,
        Err(payload) => {
            let where_and_what = panicked(message(&*payload));
            FixtureFault(format!("the fixture is at fault, not the {whom}: it panicked in {where_and_what}"))
        }
    })
}

/// Asks the fixture for what it says of itself.
pub(crate) fn described<P>(whom: &str, call: impl FnOnce() -> P, asked: &str) -> Result<P, FixtureFault> {
    let _describing = watch::during(Doing::Describe);
    blamed_for(whom, call, asked)
}

pub(crate) struct Stage<'a> {
    pub(crate) env: &'a Env,
    plan: &'a Arc<Plan>,
    pub(crate) log: Log,
    control: Arc<Control>,
    schedule: RefCell<Schedule>,
    waiting: RefCell<Waiting>,
    /// No end of items, or of polls.
    ran_away: Cell<bool>,
    works: Cell<bool>,
}

impl<'a> Stage<'a> {
    pub(crate) fn under(env: &'a Env, plan: &'a Arc<Plan>, schedule: Schedule) -> Self {
        let log = env.log().clone();
        let (control, ran_away) = (Control::new(log.clone()), Cell::new(false));
        Self {
            env,
            plan,
            log,
            control,
            schedule: RefCell::new(schedule),
            waiting: RefCell::default(),
            ran_away,
            works: Cell::new(false),
        }
    }

    fn play<P: Publisher>(self, publisher: P) -> Played {
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
                Drive::Do(step) => {
                    self.go_on_until_a_step();
                    self.perform(*step);
                }
                Drive::Poll(polls) => self.poll(*polls),
                Drive::Settle => self.settle(),
            }
        }
        self.tear_down();
        self.played(())
    }

    /// The finished log.
    pub(crate) fn played<M>(self, more: M) -> Played<M> {
        let (events, ours) = (self.log.take(), self.log.has_our_items());
        let strangers = self.env.strangers();
        Played {
            events,
            schedule: self.schedule.into_inner(),
            ours,
            works: self.works.get(),
            strangers,
            more,
        }
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
            self.guarded(Call::TearDown, || self.env.executor.drop_tasks());
            self.guarded(Call::TearDown, || self.env.clock.forget_alarms());
        }
        self.env.forget_lines();
        self.log.write(What::TornDown);
    }

    /// Lets everything come to rest: first the tasks, then what time brings.
    pub(crate) fn settle(&self) {
        let patience = match self.ran_away.get() {
            true => BUSY_STILL,
            // Whoever works through what it was handed may take a poll for each.
            false if self.plan.deep => BUSY_DEEP.max(self.log.signals()),
            false => BUSY,
        };
        let mut busy = self.poll_until_rest(patience);
        self.log.write(What::Drained { busy });
        let (clock, mut signals, mut idle) = (&self.env.clock, self.log.signals(), 0);
        // Or an alarm for each.
        let most = Env::IDLE_ALARMS + signals;
        let horizon = Duration::from_secs(Env::IDLE_SECONDS);
        let mut until = clock.now() + horizon;
        while !busy && idle < most {
            if !self.advance(until) {
                break;
            }
            idle += 1;
            busy |= self.poll_until_rest(patience);
            let signalled = self.log.signals();
            if signalled != signals {
                (signals, until, idle) = (signalled, clock.now() + horizon, 0);
            }
        }
        self.ran_away.set(busy || self.ran_away.get());
        self.env.look_back();
        self.log.write(What::Settled { ticking: idle == most, busy });
    }

    /// Polls tasks and moves the clock as long as the schedule puts them before the next step from outside.
    pub(crate) fn go_on_until_a_step(&self) {
        if self.schedule.borrow().is_plain() {
            return;
        }
        for _ in 0..BUSY {
            let next = self.choose(true, true);
            if next.is_none_or(|next| next == Move::Step) {
                return;
            }
            self.make(next);
        }
    }

    /// Polls at most this many tasks.
    pub(crate) fn poll(&self, polls: usize) {
        self.poll_up_to(polls, false);
    }

    /// Polls as long as a task can run; true when it gave up, after this many polls without a signal.
    fn poll_until_rest(&self, patience: usize) -> bool {
        let executor = &self.env.executor;
        while executor.runnable() > 0 {
            let signals = self.log.signals();
            if !self.poll_up_to(patience, true) {
                break;
            }
            if self.log.signals() == signals || patience < BUSY {
                return true;
            }
        }
        false
    }

    /// Polls at most this many tasks; true when that was not enough. If `time` may pass meanwhile, the schedule says
    /// when.
    fn poll_up_to(&self, polls: usize, time: bool) -> bool {
        let executor = &self.env.executor;
        let plain = self.schedule.borrow().is_plain();
        let mut alarms = 0;
        for _ in 0..polls {
            if plain {
                let mut ran = true;
                self.guarded(Call::Settle, || ran = executor.run_one());
                if !ran {
                    return false;
                }
                self.works.set(true);
            } else {
                let next = self.choose(false, time && alarms < Env::IDLE_ALARMS);
                if next.is_none() {
                    return false;
                }
                alarms += usize::from(next == Some(Move::Alarm));
                self.make(next);
            }
        }
        executor.runnable() > 0
    }

    /// What the schedule puts next; `None` when no task can run and no step is due.
    fn choose(&self, step: bool, time: bool) -> Option<Move> {
        let (executor, clock) = (&self.env.executor, &self.env.clock);
        let queued = executor.queued();
        if queued.is_empty() && !step {
            return None;
        }
        let mut moves = Vec::with_capacity(queued.len() + 2);
        moves.extend(step.then_some(Move::Step));
        moves.extend(queued.iter().map(|id| Move::Task(*id)));
        let horizon = clock.now() + Duration::from_secs(Env::IDLE_SECONDS);
        moves.extend(clock.next_alarm().filter(|next| time && *next <= horizon).map(|_| Move::Alarm));
        let mut schedule = self.schedule.borrow_mut();
        if schedule.is_spurious() {
            moves.extend(executor.idle().into_iter().map(Move::Spurious));
        }
        let mut waiting = self.waiting.borrow_mut();
        let next = waiting.overdue().unwrap_or_else(|| schedule.choose(&moves));
        waiting.made(&moves, next);
        Some(next)
    }

    fn make(&self, next: Option<Move>) {
        match next {
            Some(Move::Task(id) | Move::Spurious(id)) => {
                self.works.set(true);
                self.guarded(Call::Settle, || {
                    self.env.executor.run_task(id);
                });
            }
            Some(Move::Alarm) => {
                self.advance(Duration::MAX);
            }
            Some(Move::Step) | None => {}
        }
    }

    /// Moves the clock on to the next alarm up to `until`, if there is one.
    fn advance(&self, until: Duration) -> bool {
        let mut fires = true; // what panics has fired, too
        self.guarded(Call::Settle, || fires = self.env.clock.advance_to_next(until).is_some());
        self.works.set(fires || self.works.get());
        fires
    }

    /// Calls, and writes down what panic comes out; false when one does.
    pub(crate) fn guarded(&self, from: Call, call: impl FnOnce()) -> bool {
        watch::step(Doing::Call(from));
        let gone = self.log.is_dropped();
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(()) => true,
            Err(payload) if payload.is::<KitPanic>() => {
                self.log.write(What::Unwound(from));
                false
            }
            Err(payload) if payload.is::<SourceRunsAway>() => {
                self.log.write(What::SourceRunsAway { gone });
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
