//! The Reactive Streams contract for Rust: a subscriber asks for `n` items, a publisher never sends more.
//!
//! Four things make the contract: [`Publisher`], [`Subscriber`], [`Subscription`] (lent to the two callbacks that
//! may ask) and [`Demand`]. Who writes a publisher or a subscriber of their own needs this crate alone; it has no
//! dependencies and no unsafe code. The obligations stand at the traits, under their numbers in the Reactive
//! Streams specification 1.0.4, with nine of this contract's own (3-i to 3-ix). *Proved by the types* is said of a
//! rule only where `tests/ui` holds a program that breaks it and does not compile.
//!
//! | you want to | you need |
//! |--|--|
//! | produce items synchronously | `Publisher`, `Subscription::{is_ready, deliver, park}`, [`Resume`] |
//! | produce items in a task | `Subscription::{poll_demand, poll_cancelled}` |
//! | consume | `Subscriber`, `Subscription::{request, cancel}` |
//! | ask from elsewhere | [`Handle`]; only cancel from elsewhere: [`Canceller`] |
//! | go on in a task of one's own | [`Home`], `Subscription::resume_at` |
//! | time, threads | [`Clock`] and [`Spawn`], both values |

#![forbid(unsafe_code)]

mod demand;
mod handle;
mod home;
mod link;
mod publisher;
#[doc(hidden)]
pub mod shim;
mod spawn;
mod subscriber;
mod subscription;
mod time;

pub use demand::Demand;
pub use handle::{Canceller, Handle, Tie};
pub use home::{AtHome, Home, Resumption};
pub use publisher::Publisher;
pub use spawn::{Spawn, Task};
pub use subscriber::{Processor, Subscriber};
pub use subscription::{Resume, Subscription, Turn, WeakSubscription};
pub use time::{Alarm, Clock};
