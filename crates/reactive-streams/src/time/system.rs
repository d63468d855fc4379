//! The clock of the system.

use crate::driver::panics;
use reactive_streams_core::shim::{self, Mutex, thread};
use reactive_streams_core::{Alarm, Clock};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

/// A [`Clock`] over [`Instant`], whose origin is its creation. Clones are the same clock.
///
/// Alarms ring on one thread of its own, which starts with the first alarm and ends when the last clone and the
/// last alarm are gone. Pipelines run on it, one after another: what takes long belongs behind a boundary. A panic
/// of a pipeline ends that one, and leaves the clock and the others alone.
///
/// ```
/// use reactive_streams::{SystemClock, interval};
/// use std::time::Duration;
///
/// let ticks = interval(Duration::from_millis(1), SystemClock::new()).take(3);
/// assert_eq!(ticks.collect::<Vec<_>>().block(), Ok(vec![0, 1, 2]));
/// ```
#[derive(Clone)]
pub struct SystemClock {
    shared: Arc<Shared>,
}

/// Owned by the clones and the alarms; the thread only looks in while it is there.
struct Shared {
    origin: Instant,
    thread: OnceLock<thread::Thread>,
    alarms: Mutex<Alarms>,
}

#[derive(Default)]
struct Alarms {
    /// How many there ever were: the order among equal times.
    armed: u64,
    wakers: BTreeMap<(Duration, u64), Waker>,
}

impl SystemClock {
    /// A clock that starts at zero.
    #[must_use]
    pub fn new() -> Self {
        let (origin, thread, alarms) = (Instant::now(), OnceLock::new(), Mutex::default());
        Self { shared: Arc::new(Shared { origin, thread, alarms }) }
    }

    /// Starts the thread.
    fn start(&self) -> thread::JoinHandle<()> {
        let shared = Arc::downgrade(&self.shared);
        let named = thread::Builder::new().name("reactive-streams-clock".into());
        named
            .spawn(move || Shared::ring(&shared))
            .expect("a thread can be started for the alarms of the clock")
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.shared.origin.elapsed()
    }

    fn wake_at(&self, at: Duration, waker: Waker) -> Alarm {
        let thread = self.shared.thread.get_or_init(|| self.start().thread().clone());
        let mut alarms = self.shared.alarms.lock();
        let key = (at, alarms.armed);
        alarms.armed += 1;
        alarms.wakers.insert(key, waker);
        let is_first = alarms.wakers.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(alarms);
        if is_first {
            thread.unpark();
        }
        let shared = Arc::clone(&self.shared);
        Alarm::new(move || {
            // The last of a pipeline may go with the waker, so that it goes under no lock.
            let waker = shared.alarms.lock().wakers.remove(&key);
            drop(waker);
        })
    }
}

/// What the thread does next.
enum Next {
    Wake(Waker),
    Wait(Duration),
    /// Until an alarm is armed.
    Rest,
}

impl Shared {
    fn ring(shared: &Weak<Self>) {
        // The strong reference goes before anything is called or waited for.
        while let Some(next) = shared.upgrade().map(|shared| shared.next()) {
            match next {
                Next::Wake(waker) => {
                    shim::assert_unlocked();
                    // The pipeline has ended, and who waits for it was told; the panic hook has seen it.
                    let mut held = Some(waker);
                    let wake = || panics::contain(&mut held, |waker| waker.take().map(Waker::wake));
                    let _panic = catch_unwind(AssertUnwindSafe(wake));
                }
                Next::Wait(time) => thread::park_timeout(time),
                Next::Rest => thread::park(),
            }
        }
    }

    fn next(&self) -> Next {
        let now = self.origin.elapsed();
        let mut alarms = self.alarms.lock();
        let Some(first) = alarms.wakers.first_entry() else { return Next::Rest };
        match first.key().0.checked_sub(now) {
            Some(time) if !time.is_zero() => Next::Wait(time),
            _ => Next::Wake(first.remove()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let armed = self.shared.alarms.lock().wakers.len();
        f.debug_struct("SystemClock").field("now", &self.now()).field("armed", &armed).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::task::Wake;

    /// Says its name, or panics if it has none.
    struct Say(Option<(u32, mpsc::Sender<u32>)>);

    impl Wake for Say {
        fn wake(self: Arc<Self>) {
            let (name, to) = self.0.as_ref().expect("as planned");
            to.send(*name).expect("the test listens");
        }
    }

    fn say(name: u32, to: &mpsc::Sender<u32>) -> Waker {
        Waker::from(Arc::new(Say(Some((name, to.clone())))))
    }

    #[test]
    fn alarms_ring_in_order_and_a_panic_leaves_the_others_alone() {
        let (clock, (to, said)) = (SystemClock::new(), mpsc::channel());
        let _alarms = [
            clock.wake_at(Duration::from_millis(2), say(2, &to)),
            clock.wake_at(Duration::from_millis(1), Waker::from(Arc::new(Say(None)))),
            clock.wake_at(Duration::ZERO, say(1, &to)),
        ];
        assert_eq!((said.recv(), said.recv()), (Ok(1), Ok(2)));
        assert!(clock.now() >= Duration::from_millis(2));
    }

    #[test]
    fn a_dropped_alarm_does_not_ring_and_lets_its_waker_go() {
        let (clock, (to, said)) = (SystemClock::new(), mpsc::channel());
        let alarm = clock.wake_at(Duration::MAX, say(1, &to));
        drop((alarm, to));
        assert!(said.recv().is_err(), "the waker was dropped");
    }

    #[test]
    fn the_thread_ends_with_the_last_clock_and_alarm() {
        let clock = SystemClock::new();
        let joined = clock.start();
        assert!(clock.shared.thread.set(joined.thread().clone()).is_ok());
        let (to, said) = mpsc::channel();
        let alarm = clock.wake_at(Duration::ZERO, say(1, &to));
        drop(clock);
        assert_eq!(said.recv(), Ok(1));
        drop(alarm);
        assert!(joined.join().is_ok());
    }
}
