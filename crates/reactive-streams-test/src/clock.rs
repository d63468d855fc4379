//! A clock that a test moves.

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Alarm, Clock};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

/// A clock that stands still until a test advances it. Clones show the same time.
///
/// [`advance`](Self::advance) stops at each alarm that falls due: `now()` is the alarm's time while it fires.
/// An alarm for a time that has passed fires at the next `advance`, be it by zero; one that is armed while
/// others fire, and falls due within the same advance, fires too. Alarms for the same time fire in the order in
/// which they were armed.
///
/// ```
/// use reactive_streams_core::Clock;
/// use reactive_streams_test::VirtualClock;
/// use std::task::Waker;
/// use std::time::Duration;
///
/// let clock = VirtualClock::new();
/// let _alarm = clock.wake_at(Duration::from_secs(2), Waker::noop().clone());
/// clock.advance(Duration::from_secs(1));
/// assert_eq!((clock.now(), clock.armed()), (Duration::from_secs(1), 1));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.armed(), 0);
/// ```
#[derive(Clone, Default)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: Duration,
    /// How many alarms were ever armed: the order among equal times.
    armed: u64,
    alarms: BTreeMap<(Duration, u64), Waker>,
}

impl VirtualClock {
    /// A clock that shows zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time forward by `by`, firing what falls due, in order, on this thread. Call it under no lock:
    /// whole pipelines run here.
    ///
    /// # Panics
    ///
    /// Passes on what a pipeline that it runs panics with; the time then stays at that alarm.
    pub fn advance(&self, by: Duration) {
        shim::assert_unlocked();
        let target = self.now() + by;
        while let Some(waker) = self.shared.due(target) {
            waker.wake();
        }
    }

    /// Forgets every alarm that is armed, and lets go of what their wakers kept alive. Call it under no lock.
    pub fn forget_alarms(&self) {
        shim::assert_unlocked();
        let alarms = std::mem::take(&mut self.shared.state.lock().alarms);
        drop(alarms);
    }

    /// The time of the earliest alarm that is armed.
    #[must_use]
    pub fn next_alarm(&self) -> Option<Duration> {
        self.shared.state.lock().alarms.keys().next().map(|&(at, _)| at)
    }

    /// How many alarms are armed.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.shared.state.lock().alarms.len()
    }
}

impl Shared {
    /// Steps to the next alarm up to `target` and takes it out, or else to `target`.
    fn due(&self, target: Duration) -> Option<Waker> {
        let mut state = self.state.lock();
        if let Some(first) = state.alarms.first_entry()
            && first.key().0 <= target
        {
            let ((at, _), waker) = first.remove_entry();
            state.now = state.now.max(at);
            return Some(waker);
        }
        state.now = state.now.max(target);
        None
    }

    fn disarm(&self, key: &(Duration, u64)) {
        // The last reference to a parked pipeline may go with the waker, so that it must go under no lock.
        let waker = self.state.lock().alarms.remove(key);
        drop(waker);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        self.shared.state.lock().now
    }

    fn wake_at(&self, at: Duration, waker: Waker) -> Alarm {
        let mut state = self.shared.state.lock();
        let key = (at.max(state.now), state.armed);
        state.armed += 1;
        state.alarms.insert(key, waker);
        drop(state);
        let shared: Weak<Shared> = Arc::downgrade(&self.shared);
        Alarm::new(move || {
            if let Some(shared) = shared.upgrade() {
                shared.disarm(&key);
            }
        })
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.now()).field("armed", &self.armed()).finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use std::task::Wake;

    type Log = Arc<Mutex<Vec<(&'static str, u64)>>>;

    /// Notes its name and the time; arms another of its kind while `again` is left.
    struct Note {
        name: &'static str,
        clock: VirtualClock,
        log: Log,
        again: u32,
    }

    impl Wake for Note {
        fn wake(self: Arc<Self>) {
            let now = self.clock.now();
            self.log.lock().push((self.name, now.as_secs()));
            if self.again > 0 {
                let next = Self { again: self.again - 1, ..self.parts() };
                std::mem::forget(self.clock.wake_at(now + secs(1), Waker::from(Arc::new(next))));
            }
        }
    }

    impl Note {
        fn parts(&self) -> Self {
            Self { name: self.name, clock: self.clock.clone(), log: Arc::clone(&self.log), again: self.again }
        }
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn arm(clock: &VirtualClock, log: &Log, name: &'static str, at: u64, again: u32) -> Alarm {
        let note = Note { name, clock: clock.clone(), log: Arc::clone(log), again };
        clock.wake_at(secs(at), Waker::from(Arc::new(note)))
    }

    #[test]
    fn alarms_fire_in_order_at_their_own_time() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        let _alarms = [
            arm(&clock, &log, "late", 3, 0),
            arm(&clock, &log, "first", 1, 0),
            arm(&clock, &log, "second", 1, 0),
        ];
        clock.advance(secs(5));
        assert_eq!(*log.lock(), [("first", 1), ("second", 1), ("late", 3)]);
        assert_eq!(clock.now(), secs(5));
    }

    #[test]
    fn what_is_armed_while_others_fire_fires_in_the_same_advance() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        let _alarm = arm(&clock, &log, "tick", 1, 5);
        clock.advance(secs(3));
        assert_eq!(*log.lock(), [("tick", 1), ("tick", 2), ("tick", 3)]);
        assert_eq!(clock.next_alarm(), Some(secs(4)));
    }

    #[test]
    fn forgotten_alarms_let_their_wakers_go() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        let _alarm = arm(&clock, &log, "never", 1, 0);
        clock.forget_alarms();
        assert_eq!((Arc::strong_count(&log), clock.armed()), (1, 0));
        clock.advance(secs(2));
        assert!(log.lock().is_empty());
    }

    #[test]
    fn a_time_that_has_passed_fires_at_the_next_advance() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        clock.advance(secs(9));
        let _alarm = arm(&clock, &log, "past", 2, 0);
        assert!(log.lock().is_empty());
        clock.advance(Duration::ZERO);
        assert_eq!(*log.lock(), [("past", 9)]);
    }

    #[test]
    fn a_dropped_alarm_is_disarmed_and_lets_its_waker_go() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        let alarm = arm(&clock, &log, "never", 1, 0);
        assert_eq!(Arc::strong_count(&log), 2);
        drop(alarm);
        assert_eq!((Arc::strong_count(&log), clock.armed()), (1, 0));
        clock.advance(secs(2));
        assert!(log.lock().is_empty());
    }
}
