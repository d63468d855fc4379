//! What a fixture builds its publisher with.

use crate::Length;
use crate::log::Log;
use crate::shown::Own;
use crate::strangers::Strangers;
use crate::upstream::Line;
use reactive_streams_core::shim::Mutex;
use reactive_streams_test::{Live, ManualExecutor, Threads, Tracked, VirtualClock};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};

/// An item that the kit made: a number whose lifetime is counted.
pub type Item = Tracked<u64>;

/// What the kit's source panics with when it is emptied without end.
pub(crate) struct SourceRunsAway;

/// Ends a source that is emptied without end.
pub(crate) fn run_away() -> ! {
    resume_unwind(Box::new(SourceRunsAway));
}

/// The world in which one publisher is judged: an executor and a clock that the kit drives, and a maker of
/// items that the kit counts. Each scenario has its own.
///
/// A publisher that needs threads or time takes them from here, so that the kit can tell when nothing more will
/// happen. While nothing is signalled, the kit follows the alarms for at most [`Env::IDLE_ALARMS`] of them and
/// [`Env::IDLE_SECONDS`] seconds: a fixture's periods are shorter than that, and timeouts that must not fire are
/// longer.
///
/// ```
/// use reactive_streams_tck::{Env, Length};
///
/// let env = Env::new();
/// let items: Vec<u64> = env.items(Length::Exactly(3)).map(|item| *item).collect();
/// assert_eq!((items, env.live().made(), env.live().count()), (vec![0, 1, 2], 3, 0));
/// ```
#[derive(Clone, Default)]
pub struct Env {
    pub(crate) executor: ManualExecutor,
    pub(crate) clock: VirtualClock,
    live: Live,
    signals: Threads,
    pub(crate) subscribes: Threads,
    own: Option<Own>,
    log: Arc<OnceLock<Log>>,
    /// The kit's publishers.
    lines: Arc<Mutex<Vec<Arc<Line>>>>,
    /// Whether its bytes were asked for.
    #[cfg(feature = "futures")]
    pub(crate) read: Arc<reactive_streams_core::shim::atomic::AtomicBool>,
}

impl Env {
    /// How many alarms in a row the kit follows while nothing is signalled.
    pub const IDLE_ALARMS: usize = 64;
    /// How far the kit moves the clock while nothing is signalled.
    pub const IDLE_SECONDS: u64 = 10;

    /// More items than this out of one [`items`](Self::items): the source is emptied without end, and would never
    /// let the kit go on. The run stops, and the report says so.
    pub const RUNAWAY: u64 = 50_000;

    /// A world of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, where items of the fixture's own type can be shown.
    pub(crate) fn showing(own: Option<Own>) -> Self {
        Self { own, ..Self::new() }
    }

    /// The log of what happens here.
    pub(crate) fn log(&self) -> &Log {
        self.log.get_or_init(|| Log::new(self.clock(), self.live.clone(), self.strangers(), self.own))
    }

    /// On which threads something happens here.
    pub(crate) fn strangers(&self) -> Strangers {
        let (items, tasks) = (self.live.threads().clone(), self.executor.threads().clone());
        Strangers {
            items,
            tasks,
            signals: self.signals.clone(),
            subscribes: self.subscribes.clone(),
            executor: self.executor(),
            clock: self.clock(),
        }
    }

    /// Has this one looked after until everything is let go.
    pub(crate) fn watch(&self, line: &Arc<Line>) {
        self.lines.lock().push(Arc::clone(line));
    }

    /// Looks at what should not be used any more, or never.
    pub(crate) fn look_back(&self) {
        let lines = self.lines.lock().clone();
        lines.iter().for_each(|line| line.look_back());
    }

    /// Looks after nobody any more.
    pub(crate) fn forget_lines(&self) {
        let lines = std::mem::take(&mut *self.lines.lock());
        for line in lines {
            line.close();
            line.bury();
        }
    }

    /// The executor: clone it into the publisher.
    #[must_use]
    pub fn executor(&self) -> ManualExecutor {
        self.executor.clone()
    }

    /// The clock: clone it into the publisher.
    #[must_use]
    pub fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// A counted item. With items of its own a fixture works too, but leaks of them are not seen.
    pub fn item(&self, number: u64) -> Item {
        self.live.item(number)
    }

    /// Counted items, as many as `length` says, numbered from zero, each made when it is asked for.
    pub fn items(&self, length: Length) -> impl Iterator<Item = Item> + Clone + Send + 'static + use<> {
        let live = self.live.clone();
        (0..length.get()).map(move |number| {
            if number >= Self::RUNAWAY {
                run_away();
            }
            live.item(number)
        })
    }

    /// The count of the items.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Env");
        debug.field("executor", &self.executor).field("clock", &self.clock).field("live", &self.live);
        debug.finish_non_exhaustive()
    }
}
