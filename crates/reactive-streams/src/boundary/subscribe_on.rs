//! Runs a source in a task on another executor.
//!
//! ```text
//! here    subscribe   request(2)
//! there     subscribe   a-b----
//! ```
//!
//! Driver: away.

use crate::Flow;
use crate::driver::away::Away;
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use std::fmt;

impl<P: Publisher> Flow<P> {
    /// Subscribes to everything up to here in a task on `spawner`, and resumes it there: a source that waits for demand
    /// or for a wake-up goes on in that task, and its items are delivered there. A source with threads of its own
    /// goes on delivering on those; to leave them, see [`publish_on`](Self::publish_on).
    ///
    /// # Demand
    ///
    /// Passes through. A request wakes the task, and the source goes on there.
    ///
    /// # Completion and errors
    ///
    /// Pass through. If the executor drops the task, or the source panics in it, downstream is dropped without a
    /// terminal.
    ///
    /// # Cancellation
    ///
    /// Seen before the next item. What is parked is dropped at once, what a request has woken when the task comes to it, and
    /// the task ends. Before the task has run, the source is not subscribed to at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::{ManualExecutor, probe};
    ///
    /// let executor = ManualExecutor::new();
    /// let probe = probe(iter(1..=3).subscribe_on(executor.clone()));
    /// probe.request(2);
    /// assert_eq!(probe.items(), []);
    /// executor.run();
    /// assert_eq!(probe.items(), [1, 2]);
    /// ```
    pub fn subscribe_on<X: Spawn>(self, spawner: X) -> Flow<SubscribeOn<P, X>>
    where
        P: Send + 'static,
    {
        Flow::from(SubscribeOn { source: self.publisher, spawner })
    }
}

/// See [`Flow::subscribe_on`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct SubscribeOn<P, X> {
    source: P,
    spawner: X,
}

impl<P: fmt::Debug, X> fmt::Debug for SubscribeOn<P, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscribeOn").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P: Publisher + Send + 'static, X: Spawn> Publisher for SubscribeOn<P, X> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if !subscription.is_cancelled() {
            self.spawner.spawn(Box::pin(Away::new(self.source, subscriber, subscription)));
        }
    }
}
