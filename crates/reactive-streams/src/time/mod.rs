//! Operators that take a clock, and the clock of the system.

mod door;
mod interval;
mod rate_limit;
mod sample;
// It waits for real time, which the models of loom and shuttle do not have.
#[cfg(not(any(loom, shuttle)))]
mod system;
mod throttle;
mod timeout;

pub use interval::{Interval, MissedTick, interval};
pub use rate_limit::RateLimit;
pub use sample::Sample;
#[cfg(not(any(loom, shuttle)))]
pub use system::SystemClock;
pub use throttle::Throttle;
pub use timeout::{Timeout, TimeoutError};
