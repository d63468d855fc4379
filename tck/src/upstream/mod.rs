//! The kit as a publisher: it does what a scenario tells it, well-behaved or not, and writes down what is asked of it.

mod erased;
mod running;

use crate::gallery::Broken;
use crate::hooks::{Hook, Hooks};
use crate::log::{Call, Log, What};
use crate::peer::Peer;
use crate::watch::{self, Doing};
use crate::{Env, Item};
pub(crate) use erased::{Boxed, Waiting};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use running::Running;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::Waker;

/// One thing that the kit does as a publisher. Unless its name says otherwise, nothing of it happens after a cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Items, as the demand allows, until there were so many in all. What follows waits for that.
    Feed(u64),
    /// Items, as long as there is demand, and at most so many.
    Burst(u64),
    /// Items, as the demand allows, until it has asked so many times: at most [`AT_ONCE`] in all, and none if it has asked
    /// for no number. What follows waits for that.
    Rounds(u64),
    /// So many items that nobody asked for.
    Unasked(u64),
    Complete,
    Fail,
    /// A second `on_subscribe`, with a subscription of its own.
    Again,
    /// Drops the subscriber without a word.
    Vanish,
    /// Panics while it owns the subscriber.
    Panic,
    /// Calls a hook between two signals, as another thread would.
    Hook(Hook),
    /// After a cancel only: items, not more than were asked for before it.
    Late(u64),
    /// After a cancel only: a terminal.
    LateComplete,
    LateFail,
}

/// So many of the items that it was asked for at once it sends, and waits to be asked again.
pub(crate) const AT_ONCE: u64 = 100_000;

/// Where the kit's publisher signals from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Straight from `subscribe`, from a request, or from whoever goes on with the scenario.
    Straight,
    /// From a task, one signal a poll.
    Task,
}

/// The kit's end of an [`Upstream`].
pub(crate) struct Line {
    log: Log,
    env: Env,
    hooks: Hooks,
    /// The publisher is one end of a processor, so that its signals are the log's other side.
    above: bool,
    state: Mutex<LineState>,
}

#[derive(Default)]
struct LineState {
    moves: VecDeque<Move>,
    waker: Option<Waker>,
    /// It would deliver, and has no demand.
    starved: bool,
    /// Something was subscribed.
    connected: bool,
    /// It has no subscriber any more.
    over: bool,
    /// The scenario is over: what destructors call is nobody's answer to anything.
    unwatched: bool,
    /// Everything is let go of.
    closing: bool,
    /// What the second `on_subscribe` was lent.
    newcomer: Option<Watched>,
    /// What the terminal left behind.
    ended: Option<Watched>,
}

/// A subscription that should not be used any more, or never.
struct Watched {
    subscription: Subscription,
    calls: u64,
    /// What is outstanding; of the newcomer, how often it was asked.
    asked: u64,
    cancelled: bool,
}

impl Watched {
    fn new(subscription: Subscription, asked: u64) -> Self {
        let calls = subscription.calls().unwrap_or(0);
        Self { subscription, calls, asked, cancelled: false }
    }

    /// How often it was used since the last look; requests count even where calls are not counted.
    fn used(&mut self) -> u64 {
        let calls = self.subscription.calls();
        let asked = self.subscription.outstanding().map_or(0, |demand| demand.get());
        let grown = u64::from(asked > self.asked);
        self.asked = asked;
        let used = calls.map_or(grown, |calls| calls - self.calls);
        self.calls = calls.unwrap_or(0);
        used
    }
}

impl Line {
    pub(crate) fn new(log: &Log, env: &Env, hooks: &Hooks, above: bool) -> Arc<Self> {
        let state = Mutex::new(LineState::default());
        Arc::new(Self { log: log.clone(), env: env.clone(), hooks: hooks.clone(), above, state })
    }

    /// The publisher.
    pub(crate) fn publisher(self: &Arc<Self>, style: Style) -> Upstream {
        Upstream(To::Line(Arc::clone(self), style))
    }

    fn write(&self, what: What) -> usize {
        self.log.write(if self.above { What::Above(Box::new(what)) } else { what })
    }

    /// More to do, once what there is has been done.
    pub(crate) fn push(&self, moves: &[Move]) {
        let mut state = self.state.lock();
        state.moves.extend(moves.iter().copied());
        let waker = state.waker.clone();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether it would deliver and has no demand.
    pub(crate) fn is_starved(&self) -> bool {
        self.state.lock().starved
    }

    /// Whether something was subscribed.
    pub(crate) fn is_connected(&self) -> bool {
        self.state.lock().connected
    }

    /// Whether it has no subscriber any more.
    pub(crate) fn is_over(&self) -> bool {
        self.state.lock().over
    }

    /// Looks at what should not be used: the newcomer's subscription and that of a stream which has ended.
    pub(crate) fn look_back(&self) {
        let (newcomer, ended) = {
            let mut state = self.state.lock();
            if state.unwatched {
                return;
            }
            (state.newcomer.take(), state.ended.take())
        };
        if let Some(mut newcomer) = newcomer {
            self.look_at_newcomer(&mut newcomer);
            self.state.lock().newcomer = Some(newcomer);
        }
        if let Some(mut ended) = ended {
            let used = ended.used();
            if used > 0 {
                self.write(What::Peer(Peer::UsedAfterTerminal(used)));
            }
            self.state.lock().ended = Some(ended);
        }
    }

    fn look_at_newcomer(&self, newcomer: &mut Watched) {
        let cancelled = newcomer.subscription.is_cancelled();
        // What is outstanding does not tell once it is cancelled.
        let asked = newcomer.subscription.requests().unwrap_or(0);
        if asked > newcomer.asked {
            self.write(What::Peer(Peer::NewcomerAsked));
            newcomer.asked = asked;
        }
        if cancelled && !newcomer.cancelled {
            newcomer.cancelled = true;
            self.write(What::Peer(Peer::NewcomerCancelled));
        }
    }

    /// Looks back no more.
    pub(crate) fn look_away(&self) {
        self.state.lock().unwatched = true;
    }

    /// Lets go of everything, so that only what is judged can keep anything alive.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closing = true;
        let left = (state.waker.take(), state.newcomer.take());
        drop(state);
        drop(left);
    }

    /// Looks a last time at the subscription of a stream that has ended: nobody can have its handle any more.
    pub(crate) fn bury(&self) {
        let ended = self.state.lock().ended.take();
        let Some(Watched { mut subscription, .. }) = ended else { return };
        // One that was given up is no handle any more.
        if subscription.has_handle() && !subscription.is_cancelled() && !subscription.fork().is_abandoned() {
            self.write(What::Peer(Peer::HandleKept));
        }
    }
}

/// The kit's publisher of its own [items](Item), which completes, fails with [`Broken`], or breaks off: hand it to what
/// you want judged.
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Upstream(To);

enum To {
    Line(Arc<Line>, Style),
    Waiting(Waiting),
}

impl Upstream {
    /// One whose subscriber waits there.
    pub(crate) fn waiting(waiting: &Waiting) -> Self {
        Self(To::Waiting(waiting.clone()))
    }
}

impl Publisher for Upstream {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let _subscribing = watch::during(Doing::Call(Call::Subscribe));
        let (line, style) = match self.0 {
            To::Line(line, style) => (line, style),
            To::Waiting(waiting) => return waiting.put(Boxed::new(subscriber)),
        };
        let executor = line.env.executor();
        line.env.subscribes.note();
        line.state.lock().connected = true;
        let running = Running::new(Arc::clone(&line), subscriber);
        match style {
            Style::Straight => {
                let call = line.write(What::Peer(Peer::Connects));
                running.start();
                line.write(What::Return(call));
            }
            Style::Task => executor.spawn(Box::pin(running.in_task())),
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upstream { .. }")
    }
}
