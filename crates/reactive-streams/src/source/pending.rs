//! Nothing, for ever.
//!
//! ```text
//! demand  2--------
//! out     ---------
//! ```
//!
//! It parks in the link, and that is all; so it needs no driver.

use crate::Flow;
use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

/// No items and no end: for tests, and beside something that ends.
///
/// # Demand
///
/// It is kept and never served.
///
/// # Completion and errors
///
/// Neither ever comes.
///
/// # Cancellation
///
/// The subscriber is dropped at once, on the thread that cancels. It is dropped from the start when it took no
/// handle: then nobody could ever reach it again.
///
/// # Examples
///
/// ```
/// use reactive_streams::pending;
/// use reactive_streams_test::probe;
///
/// let probe = probe(pending::<u32>());
/// probe.request(1);
/// assert!(probe.is_active() && probe.items().is_empty());
/// probe.cancel();
/// assert!(probe.is_dropped() && !probe.is_complete());
/// ```
#[inline]
pub fn pending<T: Send + 'static>() -> Flow<Pending<T>> {
    Flow::from(Pending { item: PhantomData })
}

/// See [`pending`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Pending<T> {
    item: PhantomData<fn() -> T>,
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        Self { item: PhantomData }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl<T: Send + 'static> Publisher for Pending<T> {
    type Item = T;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = T, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.park(Box::new(Waiting { subscriber }));
    }
}

struct Waiting<S> {
    #[allow(dead_code, reason = "it is held until the cancel drops it")]
    subscriber: S,
}

impl<S: Send + 'static> Resume for Waiting<S> {
    fn resume(self: Box<Self>, subscription: Subscription) -> Turn {
        Turn::Park(self, subscription)
    }
}
