//! The concurrency cells of reactive-streams: internal, without a promise of stability.
//!
//! The only crate of the project with unsafe code. One cell a file; each file opens with its invariants: who may
//! touch what, and when. The races are modelled with loom in `tests/`, beside planted bugs that the models find.
//!
//! | cell | for |
//! |--|--|
//! | [`ring`](ring()) | a bounded queue from one thread to another, of exact capacity |
//! | [`Desk`] | what one thread works on, under no lock, while it makes calls that come back to it |
//! | [`relay`](relay()) | what is handed back to a call that waits for it on the same thread, under no lock |
//! | [`WakeCell`] | one side that sleeps, many that wake it |
//! | [`block_on`] | a thread that waits for a future |

#![allow(unsafe_code, reason = "the one crate that has it; the others forbid it")]

mod cell;
mod desk;
mod park;
mod relay;
mod ring;
mod wake;

pub use desk::{Desk, here};
pub use park::block_on;
pub use relay::{Pass, Relay, Waiting, relay};
pub use ring::{Between, Consumer, Producer, Rest, ring};
pub use wake::WakeCell;
