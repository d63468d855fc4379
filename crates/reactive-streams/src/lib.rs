//! Reactive Streams for Rust: a consumer asks for `n` items, and its producer never sends more.
//!
//! A pipeline starts at a source (a function of this crate), goes through operators (the methods of [`Flow`]) and
//! ends in a [`Terminal`], which is awaited or blocks. Nothing runs before that. Each queue on the way has a bound, a
//! policy for when it is full, and a [`Ledger`] that accounts for each item.
//!
//! ```
//! use reactive_streams::{Overflow, iter};
//!
//! let squares = iter(1..=1000u64).map(|n| n * n).buffer(100).overflow(Overflow::DropOldest);
//! let ledger = squares.ledger();
//! let sum = squares.fold(0, |sum, n| sum + n).block();
//! assert_eq!(sum, Ok((1..=1000).map(|n| n * n).sum())); // the consumer kept up
//! assert_eq!((ledger.received(), ledger.total_dropped()), (1000, 0));
//! ```
//!
//! # Where things run
//!
//! A synchronous pipeline runs on the thread that asks. A boundary ([`Flow::publish_on`], [`Flow::subscribe_on`]) takes
//! an executor as a value, an operator of time takes a clock; there is no runtime, no default and no global.
//!
//! # The contract
//!
//! [`Publisher`], [`Subscriber`], [`Subscription`] and [`Demand`] are those of `reactive-streams-core`, with their rules.
//! Any publisher of another crate becomes a [`Flow`] by [`Flow::from`].
//!
//! # Panics
//!
//! A panic in a closure or a subscriber ends that stream: its upstreams are cancelled, its items dropped and counted,
//! and it unwinds to who asked. It never becomes an error. Who waits for the pipeline on another thread panics too.

#![forbid(unsafe_code)]

mod boundary;
mod boxed;
mod combine;
mod driver;
mod executor;
mod failure;
mod flow;
mod ledger;
mod multicast;
mod pressure;
mod sink;
mod source;
mod time;
mod transform;

pub use boundary::*;
pub use boxed::BoxPublisher;
pub use combine::*;
pub use executor::*;
pub use failure::*;
pub use flow::Flow;
pub use ledger::{Dropped, Ledger, Queue, Reason};
pub use multicast::*;
pub use pressure::*;
pub use reactive_streams_core::{
    Alarm, Canceller, Clock, Demand, Handle, Processor, Publisher, Resume, Spawn, Subscriber, Subscription,
    Task, Turn, WeakSubscription,
};
pub use sink::*;
pub use source::*;
pub use time::*;
pub use transform::*;

/// The examples of the readme, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
