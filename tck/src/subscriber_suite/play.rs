//! Plays one scenario against a subscriber.

use super::judges::Past;
use super::scenarios::{Act, Script};
use super::{Consumes, SubscriberCapabilities};
use crate::hooks::{Hook, Hooks};
use crate::log::{Call, What};
use crate::peer::Peer;
use crate::replay::Retold;
use crate::run::{FixtureFault, Played, Stage, blamed_for};
use crate::schedule::{Schedule, Told};
use crate::trace::{Moment, Trace};
use crate::upstream::Line;
use crate::watch::{self, Doing};
use crate::{Capabilities, Env};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// How often a subscriber that asks for nothing is told to.
const PLEAS: usize = 6_000;

/// What the fixture was seen to do besides the signals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// It tells when it is done.
    tells: bool,
    /// It has a hook to lose interest.
    leaves: bool,
}

/// The finished log of a subscriber.
pub(crate) struct Seen {
    pub(crate) trace: Trace,
    /// What was done to it; a processor has a course instead.
    script: Option<Arc<Script>>,
    pub(crate) capabilities: Arc<SubscriberCapabilities>,
    pub(crate) tells: bool,
    pub(crate) leaves: bool,
    /// What had happened besides the signals, before each entry.
    past: Vec<Past>,
}

impl Seen {
    pub(crate) fn new(
        script: &Arc<Script>,
        capabilities: &Arc<SubscriberCapabilities>,
        played: Played<Manners>,
    ) -> Self {
        let Manners { tells, leaves } = played.more;
        let told = played.schedule.retold();
        let trace =
            Trace::new(Arc::clone(&script.plan), Arc::new(Capabilities::new()), played.events).told(told);
        let (script, past) = (Some(Arc::clone(script)), Past::of(&trace));
        Self { trace, script, capabilities: Arc::clone(capabilities), tells, leaves, past }
    }

    /// The upper side of a processor, whose hooks are the calls of its downstream.
    pub(crate) fn of_processor(trace: Trace, capabilities: Arc<SubscriberCapabilities>) -> Self {
        let past = Past::of(&trace);
        Self { trace, script: None, capabilities, tells: false, leaves: false, past }
    }

    pub(crate) fn numbered(self, number: usize) -> Self {
        Self { trace: self.trace.numbered(number), ..self }
    }

    /// Each entry: its number, what was known before it, and it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &Moment, Past, &What)> {
        let entries = self.trace.entries().zip(&self.past);
        entries.map(|((at, before, event), past)| (at, before, *past, &event.what))
    }

    /// What was played.
    pub(super) fn script(&self) -> Option<&Arc<Script>> {
        self.script.as_ref()
    }

    /// The string that plays it again.
    pub(crate) fn replay(&self) -> Option<String> {
        let scenario = Script::clone(self.script.as_ref()?);
        Some(Retold { scenario, told: self.trace.told.clone() }.to_string())
    }
}

/// Plays `script` under `schedule`.
pub(crate) fn play<C: Consumes>(
    fixture: &C,
    script: &Arc<Script>,
    told: bool,
    schedule: Schedule,
) -> Result<Played<Manners>, FixtureFault> {
    let env = Env::new();
    let _playing = watch::at(&script.plan);
    let known = Arc::clone(script);
    watch::again(move || Retold { scenario: Script::clone(&known), told: Told::default() }.to_string());
    let stage = Stage::under(&env, &script.plan, schedule);
    let hooks = Hooks::new(&stage.log);
    let line = Line::new(&stage.log, &env, &hooks, false);
    env.watch(&line);
    line.push(&script.first);
    let run = Run { stage, hooks, line, told, has_left_hook: Cell::new(false) };
    run.start(fixture, script)?;
    for act in &script.then {
        run.act(act);
    }
    run.settle();
    run.tear_down();
    let manners = Manners { tells: run.hooks.tells(), leaves: run.has_left_hook.get() };
    Ok(run.stage.played(manners))
}

struct Run<'a> {
    stage: Stage<'a>,
    hooks: Hooks,
    line: Arc<Line>,
    told: bool,
    has_left_hook: Cell<bool>,
}

impl Run<'_> {
    fn start<C: Consumes>(&self, fixture: &C, script: &Script) -> Result<(), FixtureFault> {
        let (env, style) = (self.stage.env, script.style);
        let fault = RefCell::new(None);
        let call = self.stage.log.write(What::Subscribe);
        let returned = self.stage.guarded(Call::Subscribe, || {
            let _creating = watch::during(Doing::Create);
            let connect = || fixture.connect(env, &self.hooks, self.line.publisher(style));
            if let Err(payload) = catch_unwind(AssertUnwindSafe(connect)) {
                match payload.downcast::<FixtureFault>() {
                    Ok(found) => *fault.borrow_mut() = Some(*found),
                    // There is no subscriber yet whose fault it could be.
                    Err(payload) if !self.line.is_connected() => {
                        let rethrow = || resume_unwind(payload);
                        let found = blamed_for("subscriber", rethrow, "its closure, before it subscribed");
                        *fault.borrow_mut() = found.err();
                    }
                    Err(payload) => resume_unwind(payload),
                }
            }
        });
        if let Some(fault) = fault.into_inner() {
            return Err(fault);
        }
        if returned {
            self.stage.log.write(What::Return(call));
        }
        self.has_left_hook.set(self.hooks.has(Hook::Leave));
        Ok(())
    }

    fn act(&self, act: &Act) {
        if !matches!(act, Act::Settle | Act::Poll(_)) {
            self.stage.go_on_until_a_step();
        }
        match act {
            // There is nothing to ask of it once it has ended.
            Act::Call(_) | Act::CallOnThread(_) if self.line.is_over() => {}
            Act::Moves(moves) => self.on_thread(false, Call::Settle, |line, _| line.push(moves)),
            Act::MovesOnThread(moves) => self.on_thread(true, Call::Settle, |line, _| line.push(moves)),
            Act::Call(hook) => self.on_thread(false, called(*hook), |_, hooks| hooks.call(*hook)),
            Act::CallOnThread(hook) => self.on_thread(true, called(*hook), |_, hooks| hooks.call(*hook)),
            Act::Poll(polls) => {
                self.stage.poll(*polls);
            }
            Act::Settle => self.settle(),
        }
    }

    fn on_thread(&self, other: bool, call: Call, work: impl FnOnce(&Line, &Hooks) + Send) {
        self.stage.guarded(call, || {
            if !other {
                return work(&self.line, &self.hooks);
            }
            let (log, line, hooks) = (&self.stage.log, &self.line, &self.hooks);
            let helper = move || {
                log.adopt_thread();
                work(line, hooks);
            };
            // loom has none of these; the kit is in no model.
            let joined = std::thread::scope(|scope| scope.spawn(helper).join());
            if let Err(payload) = joined {
                resume_unwind(payload);
            }
        });
    }

    /// Lets everything come to rest, and asks the subscriber to ask, as long as that helps.
    fn settle(&self) {
        self.stage.settle();
        self.line.look_back();
        for _ in 0..PLEAS {
            if !self.line.is_starved() || !self.told || !self.hooks.has(Hook::More) {
                break;
            }
            let before = self.stage.log.signals();
            self.act(&Act::Call(Hook::More));
            self.stage.settle();
            self.line.look_back();
            if self.stage.log.signals() == before {
                break;
            }
        }
        // As long as tasks run, they may still ask.
        if self.line.is_starved() && self.stage.env.executor().runnable() == 0 {
            self.stage.log.write(What::Peer(Peer::Starved));
        }
    }

    fn tear_down(&self) {
        self.stage.log.write(What::Peer(Peer::Over));
        self.line.look_away();
        self.stage.guarded(Call::TearDown, || self.hooks.clear());
        self.stage.settle();
        self.stage.guarded(Call::TearDown, || self.line.close());
        self.stage.let_all_go();
    }
}

fn called(hook: Hook) -> Call {
    match hook {
        Hook::More => Call::Request,
        Hook::Leave => Call::Cancel,
    }
}
