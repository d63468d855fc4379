//! A thread that waits for a future, asleep in between.
//!
//! The thread's waker sets `woken` and unparks. The thread polls only after it has turned `woken` off, so a wake-up
//! during the poll keeps it from sleeping, and after that unparking is remembered by the thread itself.
//!
//! Before it sleeps it looks at `woken` for a moment, then gives its time slice away a few times: a wake-up of a
//! sleeping thread costs microseconds, and in a busy stream the next item is nearer than that. The moment is short: where
//! there are more threads than cores, whoever is waited for runs only once the time slice is given away.

use reactive_streams_core::shim::atomic::AtomicBool;
use reactive_streams_core::shim::atomic::Ordering::{AcqRel, Acquire, Release};
use reactive_streams_core::shim::{planted, thread};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// How often it looks before it gives up its time slice, and how often it does that before it sleeps.
const SPINS: u32 = if cfg!(any(loom, shuttle)) { 0 } else { 16 };
const YIELDS: u32 = if cfg!(any(loom, shuttle)) { 0 } else { 8 };

struct Sleeper {
    woken: AtomicBool,
    thread: thread::Thread,
}

impl Sleeper {
    /// Waits until `woken` is on, and turns it off.
    fn wait(&self) {
        for round in 0..SPINS + YIELDS {
            if self.woken.load(Acquire) {
                break;
            }
            if round < SPINS { std::hint::spin_loop() } else { thread::yield_now() }
        }
        while !self.woken.swap(false, AcqRel) {
            thread::park();
        }
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if planted("unpark-before-the-flag") {
            self.thread.unpark();
            self.woken.store(true, Release);
        } else if !self.woken.swap(true, AcqRel) {
            self.thread.unpark();
        }
    }
}

/// Runs `future` to its end on this thread, which sleeps while there is nothing to do.
///
/// # Panics
///
/// When the future does.
///
/// ```
/// assert_eq!(reactive_streams_sync::block_on(async { 6 * 7 }), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let sleeper = Arc::new(Sleeper { woken: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        sleeper.wait();
    }
}
