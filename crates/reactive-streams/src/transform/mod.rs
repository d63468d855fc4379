//! One item in, one decision out.

mod filter;
mod map;

pub use filter::Filter;
pub use map::Map;
