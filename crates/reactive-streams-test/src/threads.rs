//! On which threads something happens.

use reactive_streams_core::shim::thread::{self, ThreadId};
use reactive_streams_core::shim::{Mutex, thread_local};
use std::fmt;
use std::sync::Arc;

thread_local! {
    static HERE: ThreadId = thread::current().id();
}

/// Remembers on which threads something happened, besides the one that made this. Clones remember the same ones.
///
/// [`Live`](crate::Live) and [`ManualExecutor`](crate::ManualExecutor) have one each: a test that drives everything by hand
/// expects nothing from other threads.
///
/// ```
/// use reactive_streams_test::Live;
///
/// let live = Live::new();
/// let item = live.item(7);
/// assert_eq!(live.threads().others(), []);
/// let other = std::thread::spawn(move || drop(item));
/// let id = other.thread().id();
/// other.join().unwrap();
/// assert_eq!(live.threads().others(), [id]);
/// ```
#[derive(Clone)]
pub struct Threads {
    shared: Arc<Shared>,
}

struct Shared {
    home: ThreadId,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    others: Vec<ThreadId>,
    adopted: Vec<ThreadId>,
}

impl Threads {
    /// Nothing has happened yet; what happens on the calling thread is not remembered.
    #[must_use]
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared { home: here(), known: Mutex::default() }) }
    }

    /// Something happens on the calling thread.
    pub fn note(&self) {
        let here = here();
        if here != self.shared.home {
            self.shared.known.lock().add(here);
        }
    }

    /// The calling thread is one from which something is expected: it is no other one.
    ///
    /// ```
    /// use reactive_streams_test::Threads;
    ///
    /// let threads = Threads::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         threads.adopt();
    ///         threads.note();
    ///     });
    /// });
    /// assert_eq!(threads.others(), []);
    /// ```
    pub fn adopt(&self) {
        let (here, mut known) = (here(), self.shared.known.lock());
        if !known.adopted.contains(&here) {
            known.adopted.push(here);
        }
    }

    /// The threads on which something happened, in the order in which they came, without the one that made this and those
    /// that were [adopted](Self::adopt) before.
    #[must_use]
    pub fn others(&self) -> Vec<ThreadId> {
        self.shared.known.lock().others.clone()
    }
}

impl Known {
    fn add(&mut self, thread: ThreadId) {
        if !self.adopted.contains(&thread) && !self.others.contains(&thread) {
            self.others.push(thread);
        }
    }
}

/// The calling thread, which is looked up once.
fn here() -> ThreadId {
    HERE.try_with(|here| *here).unwrap_or_else(|_| thread::current().id())
}

impl Default for Threads {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("others", &self.others()).finish()
    }
}
