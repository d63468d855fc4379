//! Queues with a bound, a policy and a count of what was lost.

mod buffer;
mod conflate;
mod latest;
mod limit_rate;
mod on_backpressure_drop;
pub(crate) mod slot;

pub(crate) use buffer::{Bounded, Overflown, Policy};
pub use buffer::{Buffer, ErrorPolicy, Overflow, OverflowError};
pub use conflate::Conflate;
pub use latest::Latest;
pub use limit_rate::LimitRate;
pub use on_backpressure_drop::OnBackpressureDrop;
