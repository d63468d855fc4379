//! What comes of a send.

use std::error::Error;
use std::fmt;

/// What became of an item that was sent, and which items its policy gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the policy may have given an item back"]
#[non_exhaustive]
pub enum Sent<T> {
    /// It is in the queue, or on its way.
    Accepted,
    /// It is in the queue, in place of this one.
    Evicted(T),
    /// It is in the queue, in place of these, oldest first.
    Cleared(Vec<T>),
    /// It was turned away by the policy: here it is.
    Refused(T),
}

/// See [`Sender::try_send`](crate::Sender::try_send).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// The queue is full, and its policy is to wait.
    Full(T),
    /// Nobody takes items any more: the stream has ended or was cancelled.
    Closed(T),
}

/// Nobody takes items any more: the stream has ended or was cancelled. Here is the item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// See [`Sender::send_timeout`](crate::Sender::send_timeout).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// There was no room in time.
    Timeout(T),
    /// Nobody takes items any more: the stream has ended or was cancelled.
    Closed(T),
}

/// Nobody takes items any more: the stream has ended or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed;

const FULL: &str = "the queue of the channel is full";
const LATE: &str = "the queue of the channel had no room in time";
const CLOSED: &str = "the stream of the channel has ended";

impl<T> TrySendError<T> {
    /// The item that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) => item,
        }
    }
}

impl<T> SendError<T> {
    /// The item that was not sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> SendTimeoutError<T> {
    /// The item that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(item) | Self::Closed(item) => item,
        }
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => FULL,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => LATE,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

// The item need not be `Debug`, so that any send can be unwrapped.

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> Error for TrySendError<T> {}
impl<T> Error for SendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for Closed {}
