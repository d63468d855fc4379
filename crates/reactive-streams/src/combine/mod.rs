//! Several publishers into one.

mod chain;
mod merge;
mod take_until;
mod zip;

pub use chain::Chain;
pub use merge::{Merge, merge_all};
pub use take_until::TakeUntil;
pub use zip::Zip;
