//! One side that sleeps until there is something, and many that bring something and wake it.
//!
//! # Who may do what
//!
//! What is waited for lies elsewhere: in a ring, a flag, a list. The cell only knows whether the sleeper is
//! `asleep`, and its waker. A thread that sleeps is a task whose waker unparks it (see [`block_on`](crate::block_on)).
//!
//! * The *sleeper* looks; finds nothing; leaves its waker; sets `asleep`; looks **again**; sleeps.
//! * Who *wakes* makes the thing visible; then looks at `asleep`; whoever turns that to false takes the waker
//!   out and calls it, under no lock.
//!
//! Both write one word and then read the other's: the sleeper `asleep`, then the thing; the waker the thing, then
//! `asleep`. A fence of the sequentially consistent kind stands between the two steps on either side, so at least
//! one of them sees the other's write: the sleeper stays up, or it is woken. Nothing less does, for any side that
//! only stores and loads. On the waking side, that fence and one load of a line that changes only when the sleeper
//! lies down is all the cost while it is awake.
//!
//! **The race that looks bad and is not:** a waker is taken out after `asleep` was turned off. In between the
//! sleeper may have been polled for another reason and have left a new one; then that one is called, and the next
//! who wakes finds none. That is no loss: the sleeper was called *after* it lay down, so it will look again, and
//! the lock on the waker orders that look after whatever the second one brought.
//!
//! The lock is held for a move in or out, never while a waker is called, cloned or dropped.

use reactive_streams_core::shim::atomic::Ordering::{AcqRel, Relaxed, SeqCst};
use reactive_streams_core::shim::atomic::{AtomicBool, fence};
use reactive_streams_core::shim::{Mutex, assert_unlocked, planted};
use std::fmt;
use std::task::{Context, Poll, Waker};

/// One sleeper's bed. Everybody else may wake it.
#[derive(Default)]
pub struct WakeCell {
    asleep: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl WakeCell {
    /// A cell whose sleeper is awake.
    #[must_use]
    pub fn new() -> Self {
        Self { asleep: AtomicBool::new(false), waker: Mutex::new(None) }
    }

    /// The sleeper's side: ready with what `look` finds, or asleep until the next [`wake`](Self::wake). `look` may
    /// be called twice, under no lock.
    ///
    /// There is one sleeper. When two share a cell, one of them can miss its wake-up.
    pub fn poll<R>(&self, context: &mut Context<'_>, mut look: impl FnMut() -> Option<R>) -> Poll<R> {
        if let Some(found) = look() {
            return Poll::Ready(found);
        }
        assert_unlocked();
        let fresh = context.waker().clone();
        let stale = self.waker.lock().replace(fresh);
        drop(stale);
        self.asleep.store(true, Relaxed);
        if !planted("sleep-without-fence") {
            fence(SeqCst);
        }
        if planted("sleep-without-second-look") {
            return Poll::Pending;
        }
        match look() {
            Some(found) => {
                self.asleep.store(false, Relaxed);
                Poll::Ready(found)
            }
            None => Poll::Pending,
        }
    }

    /// Wakes the sleeper, if it sleeps, for something that was made visible before this call. It is called under
    /// no lock: a waker may run a whole pipeline.
    #[inline]
    pub fn wake(&self) {
        if !planted("wake-without-fence") {
            fence(SeqCst);
        }
        if self.asleep.load(Relaxed) {
            self.wake_asleep();
        }
    }

    #[cold]
    fn wake_asleep(&self) {
        assert_unlocked();
        if self.asleep.swap(false, AcqRel) {
            let waker = self.waker.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl fmt::Debug for WakeCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakeCell").field("asleep", &self.asleep.load(Relaxed)).finish()
    }
}
