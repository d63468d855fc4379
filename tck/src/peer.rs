//! What the log of a subscriber or a processor has besides the signals.

use crate::hooks::{End, Hook};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    // The kit's publisher, or what was done with its subscriptions.
    /// `subscribe` of the kit's publisher is called, which signals before it returns.
    Connects,
    SubscribesAgain,
    NewcomerAsked,
    NewcomerCancelled,
    Vanishes,
    Panics,
    /// Handle or canceller were called so often while the terminal was signalled.
    UsedInTerminal(u64),
    UsedAfterTerminal(u64),
    /// All is let go of, and a handle of the stream that has ended still exists.
    HandleKept,
    /// The scenario is over, and all is let go.
    Over,
    /// At rest: items are there, and nobody asks.
    Starved,
    // The fixture's hooks.
    Calls(Hook),
    Done(End),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connects => f.write_str("subscribe of the kit's publisher"),
            Self::SubscribesAgain => f.write_str("on_subscribe (a second one)"),
            Self::NewcomerAsked => f.write_str("request of the second"),
            Self::NewcomerCancelled => f.write_str("cancel of the second"),
            Self::Vanishes => f.write_str("(drops the subscriber)"),
            Self::Panics => f.write_str("(panics)"),
            Self::UsedInTerminal(n) => write!(f, "! {n} calls in the terminal"),
            Self::UsedAfterTerminal(n) => write!(f, "! {n} calls after the terminal"),
            Self::HandleKept => f.write_str("! the handle is still there"),
            Self::Over => f.write_str("."),
            Self::Starved => f.write_str("! nothing is asked for"),
            Self::Calls(Hook::More) => f.write_str("hook: demand more"),
            Self::Calls(Hook::Leave) => f.write_str("hook: lose interest"),
            Self::Done(End::Completed) => f.write_str("done: completed"),
            Self::Done(End::Failed) => f.write_str("done: failed"),
        }
    }
}
