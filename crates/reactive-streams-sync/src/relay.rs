//! Hands a value back to the call that waits for it further down on the same thread's stack, past all that lies between,
//! under no lock and by no locked instruction.
//!
//! # Invariants
//!
//! * To each relay there is one *pass*, and no second. Only who has it begins to wait, and only who has it hands back. It
//!   goes with what is handed back, so that while something lies here nobody has it.
//! * `place` is zero, or the [address](here) of a thread that waits, or that address and [`CAME`]. A thread writes its own
//!   address when it begins to wait, adds the mark when it hands back to itself, and writes zero where it has found its own
//!   address when its call has returned. It may find another's there by then, of one that has had the pass since: that it
//!   leaves.
//! * So whoever reads its own address with the mark put the value there itself, and nobody has touched either since: it
//!   alone takes it. Whoever has the pass and reads its own address has a call below it that waits, and finds no value.
//! * `value` goes from thread to thread with the pass, which is sent or lent by other means: these order the accesses. So
//!   all of `place` is relaxed.
//!
//! **The race that looks bad and is not.** A call that waits on thread A while the pass has gone to B may return as B begins
//! to wait, too. A takes its own address out by an update that fails when it has gone already; it never takes B's.

use crate::cell::UnsafeCell;
use crate::here;
use reactive_streams_core::shim::atomic::AtomicUsize;
use reactive_streams_core::shim::atomic::Ordering::Relaxed;
use reactive_streams_core::shim::planted;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Something was handed back. The addresses are even.
const CAME: usize = 1;

struct Shared<T> {
    place: AtomicUsize,
    value: UnsafeCell<Option<(Pass<T>, T)>>,
}

// SAFETY: the value goes from thread to thread with the pass, and is touched by one at a time (third invariant).
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above; no reference to the value is ever shared.
unsafe impl<T: Send> Sync for Shared<T> {}

/// A plain store. Loom knows no order between a store and the update of another thread that has read what was there before
/// it, and may let the update come last, which cannot be: it stands right behind what it has read. So models get an update.
#[inline]
fn set(place: &AtomicUsize, now: usize) {
    #[cfg(loom)]
    let _before = place.swap(now, Relaxed);
    #[cfg(not(loom))]
    place.store(now, Relaxed);
}

/// Where it is waited for.
pub struct Relay<T>(Arc<Shared<T>>);

/// The right to wait at a relay, and to hand back.
pub struct Pass<T>(Arc<Shared<T>>);

/// A relay and its pass.
pub fn relay<T>() -> (Relay<T>, Pass<T>) {
    let shared = Arc::new(Shared { place: AtomicUsize::new(0), value: UnsafeCell::new(None) });
    (Relay(Arc::clone(&shared)), Pass(shared))
}

impl<T> Relay<T> {
    /// From now on, until what is returned [ends](Waiting::end) or is dropped, what is handed back on this thread comes here.
    /// `pass` is the one of this relay, which the call that is waited for then gets.
    #[inline]
    pub fn wait(&self, pass: &mut Pass<T>) -> Waiting<'_, T> {
        debug_assert!(Arc::ptr_eq(&self.0, &pass.0), "the pass is another relay's");
        let here = here();
        set(&self.0.place, here);
        Waiting { shared: &self.0, here, stays: PhantomData }
    }
}

impl<T> Pass<T> {
    /// Hands `value` back to the call that waits for it on this thread.
    ///
    /// # Errors
    ///
    /// Gives both back when none does.
    #[inline]
    pub fn hand(self, value: T) -> Result<(), (Self, T)> {
        let (place, here) = (self.0.place.load(Relaxed), here());
        if here == 0 || place != here && !planted("relay-hands-to-any-thread") {
            return Err((self, value));
        }
        // SAFETY: it lives as long as the pass, which goes into it, and which is taken out by who waits on this thread for
        // the relay, and so holds it, too.
        let shared = unsafe { &*Arc::as_ptr(&self.0) };
        shared.value.with_mut(|there| {
            // SAFETY: we had the pass, and the call that waits is on this thread: nobody else touches the place, and there
            // is no value in it.
            unsafe { there.write(Some((self, value))) }
        });
        set(&shared.place, place | CAME);
        Ok(())
    }
}

/// A call that waits. It stays on its thread.
#[must_use = "it waits until it is dropped"]
pub struct Waiting<'a, T> {
    shared: &'a Shared<T>,
    here: usize,
    stays: PhantomData<*const ()>,
}

impl<T> Waiting<'_, T> {
    /// Waits no more. None: it was not handed back on this thread.
    #[inline]
    pub fn end(self) -> Option<(Pass<T>, T)> {
        let back = self.close();
        std::mem::forget(self);
        back
    }

    #[inline]
    fn close(&self) -> Option<(Pass<T>, T)> {
        if self.here == 0 || self.shared.place.load(Relaxed) != self.here | CAME {
            leave(&self.shared.place, self.here);
            return None;
        }
        // SAFETY: this thread has put it there, and the pass with it.
        let back = self.shared.value.with_mut(|value| unsafe { (*value).take() });
        set(&self.shared.place, 0);
        back
    }
}

#[cold]
fn leave(place: &AtomicUsize, here: usize) {
    if planted("relay-takes-out-another") {
        place.swap(0, Relaxed);
    } else if !planted("relay-waits-for-ever") {
        let _another = place.compare_exchange(here, 0, Relaxed, Relaxed);
    }
}

/// The call has unwound: what was handed back goes.
impl<T> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

impl<T> fmt::Debug for Waiting<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting { .. }")
    }
}

impl<T> fmt::Debug for Relay<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay { .. }")
    }
}

impl<T> fmt::Debug for Pass<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass { .. }")
    }
}
