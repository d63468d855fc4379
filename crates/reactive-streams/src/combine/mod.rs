//! Several publishers into one.

mod chain;

pub use chain::Chain;
