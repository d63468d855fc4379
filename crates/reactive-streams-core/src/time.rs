//! Clocks as values.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// Tells the time and wakes at a given time. Operators that need time take one as a value, so that a test can
/// hand them a clock of its own.
pub trait Clock: Send + Sync {
    /// The time since the clock's own origin. It never goes back.
    fn now(&self) -> Duration;

    /// Calls `waker` once the time is `at` or later, on a thread of the clock's choice, under no lock: whole
    /// pipelines run there. A time that has passed wakes soon. Dropping the [`Alarm`] disarms it.
    fn wake_at(&self, at: Duration, waker: Waker) -> Alarm;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        C::now(self)
    }

    fn wake_at(&self, at: Duration, waker: Waker) -> Alarm {
        C::wake_at(self, at, waker)
    }
}

/// An armed wake-up. Dropping it disarms it; a wake-up that is already under way may still come.
#[must_use = "dropping the alarm disarms it"]
pub struct Alarm {
    _disarms: Box<dyn Send + Sync>,
}

impl Alarm {
    /// An alarm that `disarm` takes back.
    pub fn new(disarm: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { _disarms: Box::new(Disarms(Some(disarm))) }
    }
}

/// Calls it when it is dropped.
struct Disarms<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for Disarms<F> {
    fn drop(&mut self) {
        if let Some(disarm) = self.0.take() {
            disarm();
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alarm { .. }")
    }
}
