//! What lets one item through each millisecond, for those who bring no timer of their own.
#![allow(clippy::disallowed_methods, reason = "a timer of the benchmark's own, which has to sleep")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The period of W15.
pub const PERIOD: Duration = Duration::from_millis(1);

/// Opened each [`PERIOD`] by a thread of its own, while somebody has it.
pub fn gate() -> Arc<AtomicBool> {
    let gate = Arc::new(AtomicBool::new(true));
    let weak = Arc::downgrade(&gate);
    thread::spawn(move || {
        while let Some(gate) = weak.upgrade() {
            gate.store(true, Relaxed);
            drop(gate);
            thread::sleep(PERIOD);
        }
    });
    gate
}

/// W15 has no sum to compare, since time decides what passes: at least `least`, at most one each period that has passed and
/// one at either end. All contenders return zero.
///
/// # Panics
///
/// When what passed is out of these bounds.
pub fn passed(passed: u64, least: u64, started: Instant) -> u64 {
    let most = started.elapsed().as_micros() as u64 / PERIOD.as_micros() as u64 + 2;
    assert!((least..=most).contains(&passed), "{passed} items passed, where {least} to {most} may");
    0
}
