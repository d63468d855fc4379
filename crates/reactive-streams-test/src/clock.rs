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
    alarms: Alarms,
}

/// When, and which of those for that time.
type Key = (Duration, u64);

/// The alarms in their order. The first is kept apart: mostly there is no other.
#[derive(Default)]
struct Alarms {
    /// Before all of the `others`; there are none without it.
    first: Option<(Key, Waker)>,
    others: BTreeMap<Key, Waker>,
}

impl Alarms {
    fn insert(&mut self, key: Key, waker: Waker) {
        let later = match &mut self.first {
            Some(first) if first.0 < key => (key, waker),
            first => match first.replace((key, waker)) {
                Some(before) => before,
                None => return,
            },
        };
        self.others.insert(later.0, later.1);
    }

    fn remove(&mut self, key: &Key) -> Option<Waker> {
        if self.first.as_ref().is_some_and(|first| first.0 == *key) {
            self.pop()
        } else {
            self.others.remove(key)
        }
    }

    /// Takes the first one out.
    fn pop(&mut self) -> Option<Waker> {
        let next = if self.others.is_empty() { None } else { self.others.pop_first() };
        std::mem::replace(&mut self.first, next).map(|(_, waker)| waker)
    }

    /// The time of the first one.
    fn next(&self) -> Option<Duration> {
        self.first.as_ref().map(|((at, _), _)| *at)
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }
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
        while let Some((_, waker)) = self.shared.take(target) {
            waker.wake();
        }
        let mut state = self.shared.state.lock();
        state.now = state.now.max(target);
    }

    /// Moves the time forward to the earliest alarm, if that is for no later time than `until`, and fires what falls due then, as
    /// [`advance`](Self::advance) does; what the clock then shows, or `None`, and it stands still. An alarm for a time that
    /// has passed fires now. Call it under no lock.
    ///
    /// ```
    /// use reactive_streams_core::Clock;
    /// use reactive_streams_test::VirtualClock;
    /// use std::task::Waker;
    /// use std::time::Duration;
    ///
    /// let (clock, at) = (VirtualClock::new(), Duration::from_secs(2));
    /// let _alarm = clock.wake_at(at, Waker::noop().clone());
    /// assert_eq!(clock.advance_to_next(Duration::from_secs(1)), None);
    /// assert_eq!(clock.advance_to_next(Duration::MAX), Some(at));
    /// assert_eq!((clock.now(), clock.armed()), (at, 0));
    /// ```
    ///
    /// # Panics
    ///
    /// Passes on what a pipeline that it runs panics with.
    pub fn advance_to_next(&self, until: Duration) -> Option<Duration> {
        shim::assert_unlocked();
        let (at, first) = self.shared.take(until)?;
        first.wake();
        while let Some((_, waker)) = self.shared.take(at) {
            waker.wake();
        }
        Some(at)
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
        self.shared.state.lock().alarms.next()
    }

    /// How many alarms are armed.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.shared.state.lock().alarms.len()
    }
}

impl Shared {
    /// Steps to the next alarm up to `target` and takes it out.
    fn take(&self, target: Duration) -> Option<(Duration, Waker)> {
        let mut state = self.state.lock();
        let at = state.alarms.next().filter(|at| *at <= target)?;
        state.now = state.now.max(at);
        let waker = state.alarms.pop()?;
        Some((state.now, waker))
    }

    fn disarm(&self, key: &Key) {
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
    fn alarms_are_kept_in_order_whatever_comes_and_goes() {
        let (mut alarms, mut naive) = (Alarms::default(), std::collections::BTreeSet::new());
        let mut dice = 7_u64;
        for number in 0..2_000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = (secs((dice >> 33) % 20), number);
            match (dice >> 40) % 8 {
                0..4 => {
                    alarms.insert(key, Waker::noop().clone());
                    naive.insert(key);
                }
                4 | 5 => assert_eq!(alarms.pop().is_some(), naive.pop_first().is_some()),
                _ => {
                    let known = naive.iter().nth((dice >> 50) as usize % 8).copied().unwrap_or(key);
                    assert_eq!(alarms.remove(&known).is_some(), naive.remove(&known));
                }
            }
            assert_eq!((alarms.next(), alarms.len()), (naive.first().map(|key| key.0), naive.len()));
        }
    }

    #[test]
    fn all_that_falls_due_at_the_time_of_the_next_alarm_fires_with_it() {
        let (clock, log) = (VirtualClock::new(), Log::default());
        let _alarms = [arm(&clock, &log, "first", 1, 0), arm(&clock, &log, "tick", 1, 5)];
        assert_eq!(clock.advance_to_next(secs(1)), Some(secs(1)));
        assert_eq!(*log.lock(), [("first", 1), ("tick", 1)]);
        assert_eq!((clock.advance_to_next(secs(1)), clock.now()), (None, secs(1)));
        clock.advance(secs(4));
        let _late = arm(&clock, &log, "late", 3, 0); // for a time that has passed
        let next = [(); 3].map(|()| clock.advance_to_next(secs(9)));
        assert_eq!((next, clock.now()), ([Some(secs(5)), Some(secs(6)), None], secs(6)));
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
