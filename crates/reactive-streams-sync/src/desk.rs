//! A place for what one thread works on, under no lock, while it makes calls that come back to it.
//!
//! # Invariants
//!
//! * `owner` is zero while nobody sits at the desk, and else the address of a thread-local variable of the one that does.
//!   A thread writes its own address, or zero where it has found its own, and nothing else. So whoever reads its own
//!   address there wrote it itself, and nobody else writes until it has written zero.
//! * Only who reads its own address in `owner` touches `value`. Who gets up has taken it before.
//! * Who sits down synchronizes with who got up before (acquire, release). What it brings was its own.
//! * `called` is a hint for who sits here, or is about to: no call is lost, and one may be of an earlier sitting.
//!
//! The address tells threads apart as long as both live. A thread that ends while it sits here is the one case in which
//! another may find the address of a dead one: it has the value then, which is its own by happens-before, since memory of
//! a thread that ended is handed out anew.

use crate::cell::UnsafeCell;
use reactive_streams_core::shim::atomic::Ordering::{Acquire, Relaxed, Release};
use reactive_streams_core::shim::atomic::{AtomicBool, AtomicUsize};
use reactive_streams_core::shim::planted;
use std::fmt;

#[cfg(any(loom, shuttle))]
reactive_streams_core::shim::thread_local! {
    static HERE: u64 = 0;
}

// Theirs takes no const block, which saves a look whether it was initialised.
#[cfg(not(any(loom, shuttle)))]
std::thread_local! {
    static HERE: u64 = const { 0 };
}

/// What tells this thread from others that live: an even number. Zero is none of them, but for one that is about to end.
#[inline]
pub fn here() -> usize {
    HERE.try_with(|here| std::ptr::from_ref(here).addr()).unwrap_or(0)
}

/// Where a thread lays down what it works on, finds it again in calls further up on its stack, and which others can
/// only ask to come to an end.
pub struct Desk<T> {
    owner: AtomicUsize,
    called: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value goes from thread to thread by `sit` and `leave`, and is touched by one at a time (second invariant).
unsafe impl<T: Send> Send for Desk<T> {}
// SAFETY: as above; no reference to the value is ever shared.
unsafe impl<T: Send> Sync for Desk<T> {}

impl<T> Desk<T> {
    /// Nobody sits here.
    pub fn new() -> Self {
        Self { owner: AtomicUsize::new(0), called: AtomicBool::new(false), value: UnsafeCell::new(None) }
    }

    /// This thread sits down, with `value`.
    ///
    /// # Errors
    ///
    /// Gives it back when somebody sits here already, or when this thread is about to end.
    pub fn sit(&self, value: T) -> Result<(), T> {
        let here = here();
        if here == 0 || self.owner.compare_exchange(0, here, Acquire, Relaxed).is_err() {
            return Err(value);
        }
        self.put(value)
    }

    /// Whether this thread sits here.
    #[inline]
    pub fn is_mine(&self) -> bool {
        let owner = self.owner.load(Relaxed);
        owner != 0 && (owner == here() || planted("desk-serves-anybody"))
    }

    /// What lies here, if this thread sits here and has not taken it already.
    #[inline]
    pub fn take(&self) -> Option<T> {
        if !self.is_mine() {
            return None;
        }
        // SAFETY: this thread owns the desk, so that no other touches the value, and no access outlasts this call.
        self.value.with_mut(|value| unsafe { (*value).take() })
    }

    /// Lays it down again.
    ///
    /// # Errors
    ///
    /// Gives it back when this thread does not sit here.
    #[inline]
    pub fn put(&self, laid: T) -> Result<(), T> {
        if !self.is_mine() {
            return Err(laid);
        }
        let before = self.value.with_mut(|value| {
            // SAFETY: as in `take`.
            unsafe { (*value).replace(laid) }
        });
        drop(before);
        Ok(())
    }

    /// This thread gets up, if it sits here, with what it has [taken](Self::take).
    pub fn leave(&self) {
        if self.is_mine() {
            self.called.store(false, Relaxed);
            self.owner.store(0, Release);
        }
    }

    /// Asks who sits here to get up, soon.
    pub fn call(&self) {
        self.called.store(true, Relaxed);
    }

    /// Whether somebody has called, since this thread sat down or shortly before.
    #[inline]
    pub fn is_called(&self) -> bool {
        self.called.load(Relaxed)
    }
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Desk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("is_mine", &self.is_mine()).finish_non_exhaustive()
    }
}
