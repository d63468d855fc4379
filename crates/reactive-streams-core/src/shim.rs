//! The one place that chooses std, loom or shuttle, and the check that no lock of ours is held while foreign
//! code runs.
//!
//! Not part of the contract: it is public so that the cells and the drivers use the same types as the link, and
//! it has no promise of stability. Build with `--cfg loom` or `--cfg shuttle` for the models.

#[cfg(loom)]
pub use loom::{sync::atomic, thread, thread_local};
#[cfg(all(shuttle, not(loom)))]
pub use shuttle::{sync::atomic, thread, thread_local};
#[cfg(not(any(loom, shuttle)))]
pub use std::{sync::atomic, thread, thread_local};

#[cfg(loom)]
use loom::sync as locks;
#[cfg(all(shuttle, not(loom)))]
use shuttle::sync as locks;
#[cfg(not(any(loom, shuttle)))]
use std::sync as locks;

/// A mutual exclusion lock that ignores poisoning and, in debug builds, counts itself in
/// [`assert_unlocked`].
///
/// A panic never happens under one of these locks through foreign code, because foreign code never runs under
/// one, so a poisoned lock still holds a consistent value.
#[derive(Default)]
#[allow(clippy::disallowed_types, reason = "this is the wrapper that the lint points to")]
pub struct Mutex<T>(locks::Mutex<T>);

#[allow(clippy::disallowed_types, reason = "this is the wrapper that the lint points to")]
impl<T> Mutex<T> {
    /// A new, unlocked mutex.
    pub fn new(value: T) -> Self {
        Self(locks::Mutex::new(value))
    }

    /// Locks it, waiting for whoever holds it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        MutexGuard { guard, _depth: Depth::enter() }
    }
}

impl<T> std::fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mutex { .. }")
    }
}

/// What [`Mutex::lock`] returns; dropping it unlocks.
pub struct MutexGuard<'a, T> {
    guard: locks::MutexGuard<'a, T>,
    _depth: Depth,
}

impl<T> std::ops::Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> std::ops::DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T> std::fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MutexGuard { .. }")
    }
}

/// Counts one held lock of this thread, in debug builds of the real thing.
struct Depth;

#[cfg(all(debug_assertions, not(any(loom, shuttle))))]
thread_local! {
    static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Depth {
    fn enter() -> Self {
        #[cfg(all(debug_assertions, not(any(loom, shuttle))))]
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        #[cfg(all(debug_assertions, not(any(loom, shuttle))))]
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// In debug builds, panics when this thread holds a [`Mutex`] of this module: it stands before each call into a
/// subscriber, a closure, a waker or a destructor that is not ours.
///
/// # Panics
///
/// In debug builds, when a lock is held. That is a bug in the driver that called it.
#[inline]
pub fn assert_unlocked() {
    #[cfg(all(debug_assertions, not(any(loom, shuttle))))]
    if !std::thread::panicking() {
        let depth = DEPTH.try_with(std::cell::Cell::get).unwrap_or(0);
        assert!(depth == 0, "a lock of reactive-streams is held while foreign code is about to run");
    }
}

/// A count that is kept in debug builds of the real thing, and in others with the feature `tally`, for who judges rather
/// than takes part: the protocol never reads it.
#[derive(Debug, Default)]
pub struct Tally {
    #[cfg(all(any(debug_assertions, feature = "tally"), not(any(loom, shuttle))))]
    count: atomic::AtomicU64,
}

impl Tally {
    /// One more.
    #[inline(always)]
    pub fn add(&self) {
        #[cfg(all(any(debug_assertions, feature = "tally"), not(any(loom, shuttle))))]
        self.count.fetch_add(1, atomic::Ordering::Relaxed);
    }

    /// How many; `None` where it is not kept.
    pub fn get(&self) -> Option<u64> {
        #[cfg(all(any(debug_assertions, feature = "tally"), not(any(loom, shuttle))))]
        return Some(self.count.load(atomic::Ordering::Relaxed));
        #[cfg(not(all(any(debug_assertions, feature = "tally"), not(any(loom, shuttle)))))]
        None
    }
}

/// Whether the planted bug of this name is switched on, which only a loom build can do, by the environment
/// variable `PLANTED_BUG`. It lets one build of the models show that each of them can fail.
#[cfg(loom)]
pub fn planted(bug: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("PLANTED_BUG").ok()).as_deref() == Some(bug)
}

/// Never: planted bugs exist in loom builds only.
#[cfg(not(loom))]
#[inline(always)]
pub const fn planted(_bug: &str) -> bool {
    false
}

/// Whether this is the fuzzing mode (`--cfg reactive_streams_fuzz`), in which drivers shuffle their drain order,
/// force batches of one and now and then leave a drain early to come back to it.
#[inline(always)]
pub const fn fuzzing() -> bool {
    cfg!(reactive_streams_fuzz)
}

/// A coin that falls the same way in each run: true about once in `one_in` calls of this thread, and never
/// outside the fuzzing mode.
#[inline(always)]
pub fn fuzz_coin(one_in: u32) -> bool {
    #[cfg(reactive_streams_fuzz)]
    {
        thread_local! {
            static STATE: std::cell::Cell<u64> = const { std::cell::Cell::new(0x9E37_79B9_7F4A_7C15) };
        }
        let value = STATE.with(|state| {
            let mut x = state.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            state.set(x);
            x
        });
        one_in != 0 && (value >> 33) % u64::from(one_in) == 0
    }
    #[cfg(not(reactive_streams_fuzz))]
    {
        let _ = one_in;
        false
    }
}
