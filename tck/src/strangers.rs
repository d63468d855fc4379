//! Threads that the kit does not drive. It cannot tell when they have come to rest, so that what is said of a publisher that
//! has some may be said too early.

use reactive_streams_test::{ManualExecutor, Threads, VirtualClock};

/// On which threads something happened in one scenario. It is asked when all have been played, so that what comes late is
/// known as well.
#[derive(Clone, Debug)]
pub(crate) struct Strangers {
    pub(crate) items: Threads,
    pub(crate) tasks: Threads,
    pub(crate) signals: Threads,
    /// Where something was subscribed to the kit's publisher.
    pub(crate) subscribes: Threads,
    pub(crate) executor: ManualExecutor,
    pub(crate) clock: VirtualClock,
}

impl Strangers {
    /// Something was spawned or armed when all was over and let go.
    pub(crate) fn is_used_again(&self) -> bool {
        self.executor.pending() > 0 || self.clock.next_alarm().is_some()
    }

    /// The calling thread is one of the kit's own.
    pub(crate) fn adopt(&self) {
        [&self.items, &self.tasks, &self.signals, &self.subscribes].into_iter().for_each(Threads::adopt);
    }
}
