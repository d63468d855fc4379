//! Executors as values: for programs without a runtime, and for those that have one.

#[cfg(feature = "futures")]
mod futures;
mod threads;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "futures")]
pub use self::futures::Futures;
pub use self::threads::Threads;
#[cfg(feature = "tokio")]
pub use self::tokio::Tokio;
