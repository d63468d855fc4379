//! Threads that the kit does not drive. It cannot tell when they have come to rest, so that what is said of a publisher that
//! has some may be said too early.

use reactive_streams_test::Threads;

/// On which threads something happened in one scenario. It is asked when all have been played, so that what comes late is
/// known as well.
#[derive(Clone, Debug)]
pub(crate) struct Strangers {
    pub(crate) items: Threads,
    pub(crate) tasks: Threads,
    pub(crate) signals: Threads,
}

impl Strangers {
    /// The calling thread is one of the kit's own.
    pub(crate) fn adopt(&self) {
        [&self.items, &self.tasks, &self.signals].into_iter().for_each(Threads::adopt);
    }
}
