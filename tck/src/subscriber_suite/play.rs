//! Plays one scenario against a subscriber.

use super::scenarios::{Act, Script};
use super::{Consumes, SubscriberCapabilities};
use crate::hooks::{Hook, Hooks};
use crate::log::{Call, What};
use crate::peer::Peer;
use crate::run::{FixtureFault, Stage};
use crate::trace::Trace;
use crate::upstream::Line;
use crate::{Capabilities, Env};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// How often a subscriber that asks for nothing is told to.
const PLEAS: usize = 2_000;

/// The finished log of a subscriber.
pub(crate) struct Seen {
    pub(crate) trace: Trace,
    pub(crate) capabilities: Arc<SubscriberCapabilities>,
    /// The fixture tells when it is done.
    pub(crate) tells: bool,
    /// It has a hook to lose interest.
    pub(crate) leaves: bool,
}

impl Seen {
    /// The upper side of a processor, whose hooks are the calls of its downstream.
    pub(crate) fn of_processor(trace: Trace, capabilities: Arc<SubscriberCapabilities>) -> Self {
        Self { trace, capabilities, tells: false, leaves: false }
    }
}

/// Plays `script`.
pub(crate) fn play<C: Consumes>(
    fixture: &C,
    script: &Script,
    capabilities: &Arc<SubscriberCapabilities>,
) -> Result<Seen, FixtureFault> {
    let env = Env::new();
    let stage = Stage::new(&env, &script.plan);
    let hooks = Hooks::new(&stage.log);
    let line = Line::new(&stage.log, &env, &hooks, false);
    line.push(&script.first);
    let run = Run { stage, hooks, line, told: capabilities.told, has_left_hook: Cell::new(false) };
    run.start(fixture, script)?;
    for act in &script.then {
        run.act(act);
    }
    run.settle();
    run.tear_down();
    Ok(Seen {
        trace: Trace::new(Arc::clone(&script.plan), Arc::new(Capabilities::new()), run.stage.log.take()),
        capabilities: Arc::clone(capabilities),
        tells: run.hooks.tells(),
        leaves: run.has_left_hook.get(),
    })
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
            let connect = || fixture.connect(env, &self.hooks, self.line.publisher(style));
            if let Err(payload) = catch_unwind(AssertUnwindSafe(connect)) {
                match payload.downcast::<FixtureFault>() {
                    Ok(found) => *fault.borrow_mut() = Some(*found),
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
            let (line, hooks) = (&self.line, &self.hooks);
            // loom has none of these; the kit is in no model.
            let joined = std::thread::scope(|scope| scope.spawn(move || work(line, hooks)).join());
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
        // What destructors call from here on is nobody's answer to anything.
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
