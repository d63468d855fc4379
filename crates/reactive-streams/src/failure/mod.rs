//! What becomes of failures.

mod map_err;

pub use map_err::MapErr;
