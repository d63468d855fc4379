//! What becomes of failures.

mod map_err;
mod or_else;
mod retry;

pub use map_err::MapErr;
pub use or_else::OrElse;
pub use retry::Retry;
