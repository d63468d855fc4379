//! Reactive Streams for Rust: pipelines with bounded queues, named overflow policies and counted losses.

#![forbid(unsafe_code)]

mod boxed;
mod combine;
mod driver;
mod failure;
mod flow;
mod ledger;
mod pressure;
mod sink;
mod source;
mod time;
mod transform;

pub use boxed::BoxPublisher;
pub use combine::*;
pub use failure::*;
pub use flow::Flow;
pub use ledger::{Dropped, Ledger, Queue, Reason};
pub use pressure::*;
pub use reactive_streams_core::*;
pub use sink::*;
pub use source::*;
pub use time::*;
pub use transform::*;

/// The examples of the readme, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
