//! Hands items over to a task on another executor.
//!
//! ```text
//! here    a-b-c-d-|
//! there   --a-b-c-d-|
//! ```
//!
//! Driver: hop.

use crate::Flow;
use crate::driver::hop::{Hop, open};
use crate::ledger::{Ledger, Queue};
use reactive_streams_core::{Publisher, Spawn, Subscriber, Subscription};
use std::fmt;
use std::num::NonZeroUsize;

impl<P: Publisher> Flow<P> {
    /// Delivers everything from here on in a task on `spawner`, through a queue of `prefetch` items. What comes
    /// before stays where it runs; a source that waits for nothing runs where it is asked, which is then the task:
    /// [`subscribe_on`](Self::subscribe_on) gives it a task of its own.
    ///
    /// # Demand
    ///
    /// Asks for `prefetch` at first and replenishes in batches of up to half of it, never for more than it has room
    /// for, whatever downstream asks.
    ///
    /// # Completion and errors
    ///
    /// Both come after the items in the queue, and without demand when there are none. If the executor drops the
    /// task, or upstream panics on its thread, downstream is dropped without a terminal.
    ///
    /// # Cancellation
    ///
    /// The task cancels upstream; the items in the queue are dropped and counted.
    ///
    /// # Panics
    ///
    /// When `prefetch` is zero. A panic of downstream ends the task: upstream is cancelled, everything is released, and the
    /// panic resumes in the consumer that waits for the pipeline, or goes to the executor if none does.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::{ManualExecutor, probe};
    ///
    /// let executor = ManualExecutor::new();
    /// let probe = probe(iter(1..=3).publish_on(executor.clone(), 2));
    /// probe.request(5);
    /// assert_eq!(probe.items(), []);
    /// executor.run();
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2, 3], true));
    /// ```
    pub fn publish_on<X: Spawn>(self, spawner: X, prefetch: usize) -> Flow<PublishOn<P, X>> {
        let prefetch = NonZeroUsize::new(prefetch).expect("publish_on: a prefetch of at least one item");
        let ledger = Ledger::of_boundary(prefetch.get());
        Flow::from(PublishOn { source: self.publisher, spawner, prefetch, ledger })
    }
}

/// See [`Flow::publish_on`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct PublishOn<P, X> {
    source: P,
    spawner: X,
    prefetch: NonZeroUsize,
    ledger: Ledger,
}

impl<P: fmt::Debug, X> fmt::Debug for PublishOn<P, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishOn")
            .field("source", &self.source)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

impl<P, X> Queue for PublishOn<P, X> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher, X: Spawn> Publisher for PublishOn<P, X> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if subscription.is_cancelled() {
            return;
        }
        let (inlet, port) = open(self.prefetch, self.ledger);
        self.spawner.spawn(Box::pin(Hop::new(subscriber, subscription, port)));
        self.source.subscribe(inlet);
    }
}
