//! The record of one scenario: every signal, in both directions, in one order.

use crate::isolation::diary;
use crate::peer::Peer;
use crate::shown::{Own, Shown, print, show};
use crate::stack::Depths;
use crate::strangers::Strangers;
use crate::watch::{self, Position};
use reactive_streams_core::shim::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use reactive_streams_core::shim::{Mutex, thread};
use reactive_streams_core::{Clock, Demand};
use reactive_streams_test::{Live, VirtualClock};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

/// One entry of the log. Its number is its place there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    /// Virtual time.
    pub(crate) at: Duration,
    /// Threads are numbered as they appear; zero drives the scenario.
    pub(crate) thread: usize,
    /// Which of several subscribers it concerns, counted from one; zero: all of them.
    pub(crate) who: usize,
    /// The kit's items that were alive, and those that were ever made.
    pub(crate) live: usize,
    pub(crate) made: usize,
    pub(crate) what: What,
}

/// By what a request or a cancel was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Via {
    /// The subscription lent to the callback.
    Lent,
    Handle,
    Canceller,
    /// The handle, on another thread, which is then waited for.
    HandleOnThread,
    /// The canceller, on another thread, which is then waited for.
    CancellerOnThread,
    /// Dropping the handle.
    HandleDropped,
}

/// Which call of the kit a panic came out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Subscribe,
    Request,
    Cancel,
    /// The executor or the clock.
    Settle,
    /// A signal of the kit's.
    Signal,
    /// Letting go of everything at the end.
    TearDown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    // The kit calls.
    Subscribe,
    Request {
        n: u64,
        via: Via,
    },
    Cancel {
        via: Via,
    },
    GiveUp,
    // The publisher signals.
    OnSubscribe,
    OnNext {
        index: u64,
        value: Option<Shown>,
    },
    OnComplete {
        unused: Option<Demand>,
    },
    OnError {
        error: Option<Shown>,
        unused: Option<Demand>,
    },
    /// Items that were signalled and requests that were made inside them, which are not written down one by one. `stack`
    /// is by how much the stack of the deepest of them, in KiB, was deeper than that of the first one, if it grew.
    Elided {
        items: u64,
        requested: u64,
        stack: Option<usize>,
        /// The [print](Shown::print) of each, if they are of a type that can be shown.
        prints: Arc<[u64]>,
    },
    /// The stack grows from item to item; the subscriber gave up at this one, so many KiB below the first.
    StackGrows {
        index: u64,
        stack: usize,
    },
    /// The call or signal with this number returned.
    Return(usize),
    /// The subscriber was dropped.
    Dropped,
    /// The last signal came while a lock of ours was held.
    Locked,
    /// The handle was handed out.
    Handle,
    /// The subscriber panics, because the scenario says so.
    SubscriberPanics,
    /// The subscriber panics because the items do not stop coming.
    Runaway,
    /// The kit's source was emptied without end, until the kit stopped it. `gone`: when that began the subscriber had been
    /// dropped.
    SourceRunsAway {
        gone: bool,
    },
    /// A panic of the subscriber came out of this call.
    Unwound(Call),
    /// The publisher panicked.
    Panicked {
        from: Call,
        message: String,
    },
    /// No task can run any more. `busy`: the kit gave up waiting for that.
    Drained {
        busy: bool,
    },
    /// Nor will time bring anything. `ticking`: alarms go on, and nothing is signalled.
    Settled {
        ticking: bool,
        busy: bool,
    },
    /// The kit let go of handle, canceller, tasks and alarms.
    TornDown,
    /// What only subscribers and processors have in their logs.
    Peer(Peer),
    /// Between the kit's publisher and the processor that is judged.
    Above(Box<What>),
    /// Something on the other side of a processor.
    Elsewhere,
}

/// Most of the streams in which items are not written down have so many.
const MANY: usize = 1_200;

/// What is not written down one by one: see [`What::Elided`].
struct Elided {
    items: u64,
    requested: u64,
    depths: Depths,
    prints: Vec<u64>,
}

impl Default for Elided {
    fn default() -> Self {
        Self { items: 0, requested: 0, depths: Depths::with_capacity(MANY), prints: Vec::with_capacity(MANY) }
    }
}

/// Writes the log. Clones write the same one.
#[derive(Clone)]
pub(crate) struct Log {
    clock: VirtualClock,
    live: Live,
    strangers: Strangers,
    who: usize,
    own: Option<Own>,
    written: Arc<Written>,
    /// Each entry is a sign of life.
    position: Option<Arc<Position>>,
}

#[derive(Default)]
struct Written {
    entries: Mutex<Entries>,
    /// What the publisher has signalled, and what was signalled to a processor: the number by which the kit sees that something
    /// happens.
    signals: AtomicUsize,
    cancelled: AtomicBool,
    dropped: AtomicBool,
}

#[derive(Default)]
struct Entries {
    events: Vec<Event>,
    threads: Vec<thread::ThreadId>,
    /// Items and requests that are still to be written down in one.
    elided: Option<Elided>,
    /// The subscriber's items are the kit's.
    ours: bool,
}

impl Log {
    pub(crate) fn new(clock: VirtualClock, live: Live, strangers: Strangers, own: Option<Own>) -> Self {
        Self { clock, live, strangers, who: 0, own, written: Arc::default(), position: watch::position() }
    }

    /// What a value looks like, if that can be seen.
    pub(crate) fn show(&self, value: &dyn Any) -> Option<Shown> {
        show(value, self.own)
    }

    /// Its [print](Shown::print).
    pub(crate) fn print(&self, value: &dyn Any) -> Option<u64> {
        print(value, self.own)
    }

    /// The calling thread is one of the kit's own.
    pub(crate) fn adopt_thread(&self) {
        self.strangers.adopt();
    }

    /// The same log, for what concerns this one of several subscribers.
    pub(crate) fn of(&self, who: usize) -> Self {
        Self { who, ..self.clone() }
    }

    /// Writes one entry and returns its number.
    pub(crate) fn write(&self, what: What) -> usize {
        let (at, live, made) = (self.clock.now(), self.live.count(), self.live.made());
        let id = thread::current().id();
        self.strangers.signals.note();
        self.lives();
        let mut entries = self.written.entries.lock();
        let thread = entries.threads.iter().position(|known| *known == id).unwrap_or_else(|| {
            entries.threads.push(id);
            entries.threads.len() - 1
        });
        let signal = if let What::Above(what) = &what { what } else { &what };
        if signal.is_signal() || matches!(what, What::Dropped) {
            self.written.signals.fetch_add(1, SeqCst);
        }
        if let Some(Elided { items, requested, depths, prints }) = entries.elided.take() {
            let what = What::Elided { items, requested, stack: depths.growth(), prints: prints.into() };
            entries.events.push(Event { at, thread, who: self.who, live, made, what });
        }
        match what {
            What::Cancel { .. } => self.written.cancelled.store(true, SeqCst),
            What::Dropped => self.written.dropped.store(true, SeqCst),
            _ => {}
        }
        let number = entries.events.len();
        diary::happened(number, &what);
        entries.events.push(Event { at, thread, who: self.who, live, made, what });
        number
    }

    /// Counts one item, and what was requested inside it, instead of writing them down; its print is kept. `depth` is how
    /// deep the stack is; what is returned is, in KiB, that it must not get deeper.
    pub(crate) fn elide(&self, requested: u64, depth: usize, print: Option<u64>) -> Option<usize> {
        self.lives();
        let mut entries = self.written.entries.lock();
        self.written.signals.fetch_add(1, SeqCst);
        let elided = entries.elided.get_or_insert_default();
        elided.items += 1;
        elided.requested = elided.requested.saturating_add(requested);
        elided.depths.add(depth);
        elided.prints.extend(print);
        elided.depths.overflows(depth)
    }

    fn lives(&self) {
        if let Some(position) = &self.position {
            position.advance();
        }
    }

    /// The items that are signalled are of the kit's own type.
    pub(crate) fn items_are_ours(&self) {
        self.written.entries.lock().ours = true;
    }

    pub(crate) fn has_our_items(&self) -> bool {
        self.written.entries.lock().ours
    }

    /// Whether the subscriber has been dropped.
    pub(crate) fn is_dropped(&self) -> bool {
        self.written.dropped.load(SeqCst)
    }

    /// Whether a cancel was written down.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.written.cancelled.load(SeqCst)
    }

    pub(crate) fn signals(&self) -> usize {
        self.written.signals.load(SeqCst)
    }

    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.written.entries.lock().events)
    }
}

impl What {
    /// Whether the publisher signals here.
    pub(crate) fn is_signal(&self) -> bool {
        matches!(self, Self::OnSubscribe | Self::OnNext { .. }) || self.is_terminal()
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::OnComplete { .. } | Self::OnError { .. })
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "(no message)".to_owned())
}
