//! The protocol, written once for each shape of operator. Nothing outside this folder has a drain loop.
//!
//! | driver | for | an operator supplies |
//! |--|--|--|
//! | [`pull`] | a source that can be asked for its next item | `pull` |
//! | [`task`] | a source that must be polled, in a task of its own | a feed |
//! | [`step`] | one item in, one decision out, no queue | `on_next` |
//! | [`gather`] | several items become one | how many |
//! | [`spread`] | each item becomes several at once | an iterator for each item |
//! | [`spill`] | no queue: what is not asked for is lost | a hook |
//! | [`baton`] | one upstream after another | what comes next |
//! | [`mux`] | several upstreams, one downstream | a join |
//! | [`valve`] | may hold items back, or must wait for demand after its upstream ended | a store |
//! | [`timed`] | a valve and a clock | a store that says what time it waits for |
//! | [`pool`] | several workers between upstream and downstream | a closure |
//! | [`hop`] | a thread or executor boundary | nothing |
//! | [`away`] | a source in a task of its own | nothing |
//! | [`fan`] | one upstream, many downstreams | a store for each of them |
//! | [`wait`] | a consumer that waits for its pipeline | news and a result |
//!
//! What holds items back shares one drain loop, the [`gate`]. Items that are lost leave by [`losses`]. A panic that ends a task travels on by [`panics`].

pub(crate) mod away;
pub(crate) mod baton;
pub(crate) mod fan;
pub(crate) mod gate;
pub(crate) mod gather;
pub(crate) mod hop;
pub(crate) mod losses;
pub(crate) mod mux;
pub(crate) mod panics;
pub(crate) mod pool;
pub(crate) mod pull;
pub(crate) mod spill;
pub(crate) mod spread;
pub(crate) mod step;
pub(crate) mod task;
pub(crate) mod timed;
pub(crate) mod valve;
pub(crate) mod wait;
