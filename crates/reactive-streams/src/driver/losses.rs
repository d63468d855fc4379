//! Items that are not delivered: the way out, past the hook of the operator.

use crate::ledger::{Dropped, Reason};
use reactive_streams_core::shim;
use reactive_streams_core::shim::atomic::{AtomicBool, Ordering::Relaxed};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Items that will not be delivered, and are counted already.
#[must_use]
pub(crate) enum Lost<T> {
    Nothing,
    One(Reason, T),
    Many(Reason, VecDeque<T>),
}

/// Sees each dropped item, called from whichever thread dropped it.
pub(crate) type Hook<T> = Arc<dyn Fn(Dropped<T>) + Send + Sync>;

/// The hook, if there is one: most have none, and pay for a word.
pub(crate) struct Losses<T>(Option<Box<Shown<T>>>);

struct Shown<T> {
    hook: Hook<T>,
    /// A hook that has panicked is not called again.
    failed: AtomicBool,
}

impl<T> Losses<T> {
    pub(crate) fn new(hook: Option<Hook<T>>) -> Self {
        Self(hook.map(|hook| Box::new(Shown { hook, failed: AtomicBool::new(false) })))
    }

    /// What of this is still to be [lost](Self::lose): an item without a destructor, of which no hook hears, is gone once it
    /// is counted.
    #[inline(always)]
    pub(crate) fn of(&self, lost: Lost<T>) -> Lost<T> {
        match lost {
            Lost::One(..) if self.0.is_none() && !std::mem::needs_drop::<T>() => Lost::Nothing,
            lost => lost,
        }
    }

    /// Shows items that were counted to the hook, and drops them: under no lock.
    #[inline]
    pub(crate) fn lose(&self, lost: Lost<T>) {
        match &self.0 {
            Some(shown) => contained(|| shown.show(lost)),
            None => contained(|| drop(lost)),
        }
    }
}

impl<T> Shown<T> {
    fn show(&self, lost: Lost<T>) {
        let see = |reason, item| {
            if self.failed.load(Relaxed) {
                return drop(item);
            }
            // Stays set if the hook unwinds.
            let failing = Failing(&self.failed);
            (self.hook)(Dropped { item, reason });
            std::mem::forget(failing);
        };
        match lost {
            Lost::Nothing => {}
            Lost::One(reason, item) => see(reason, item),
            Lost::Many(reason, items) => items.into_iter().for_each(|item| see(reason, item)),
        }
    }
}

/// Remembers that the hook has unwound.
struct Failing<'a>(&'a AtomicBool);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Calls out. A second panic while a first one unwinds would abort: it is contained, and the first one goes on.
#[inline]
pub(crate) fn contained(call: impl FnOnce()) {
    shim::assert_unlocked();
    if std::thread::panicking() {
        let _contained = catch_unwind(AssertUnwindSafe(call));
    } else {
        call();
    }
}
