//! Operators with many subscribers.

mod share;

pub use share::Share;
