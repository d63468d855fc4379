//! Queues with a bound, a policy and a count of what was lost.

mod buffer;

pub use buffer::{Buffer, ErrorPolicy, Overflow, OverflowError};
