//! A clock that counts how often it is read.

use reactive_streams::{Alarm, Clock};
use reactive_streams_test::VirtualClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

pub(crate) struct Counting(VirtualClock, Reads);

#[derive(Clone, Default)]
pub(crate) struct Reads(Arc<AtomicUsize>);

impl Reads {
    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Counting {
    pub(crate) fn new(clock: VirtualClock) -> (Self, Reads) {
        let reads = Reads::default();
        (Self(clock, reads.clone()), reads)
    }
}

impl Clock for Counting {
    fn now(&self) -> Duration {
        self.1.0.fetch_add(1, SeqCst);
        self.0.now()
    }
    fn wake_at(&self, at: Duration, waker: Waker) -> Alarm {
        self.0.wake_at(at, waker)
    }
}
