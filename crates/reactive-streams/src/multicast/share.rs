//! One upstream for many subscribers.
//!
//! ```text
//! in      -a-b-c-d---e-|      share(2, Wait)
//! first   -a-b-c-d---e-|
//! second  -----c-d---e-|
//! ```
//!
//! Driver: fan.

use crate::Flow;
use crate::driver::fan::{Fan, Queued};
use crate::ledger::{Ledger, Queue};
use crate::pressure::{Bounded, ErrorPolicy, Overflow, OverflowError, Policy};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::sync::Arc;

impl<P> Flow<P>
where
    P: Publisher<Item: Clone, Error: Clone>,
{
    /// Subscribes to this one once, and gives each item to all who subscribe to the clones of what it returns. Each has
    /// a queue of `capacity` items, a [`Ledger`] of its own, and `overflow` says what happens when it is full, that is,
    /// to a subscriber that is slower than others. With [`Overflow::Wait`] all wait for the slowest; otherwise it loses
    /// items, and nobody waits. To cut it off instead, see [`share_or_fail`](Self::share_or_fail).
    ///
    /// The first subscriber starts it, or as many as [`start_at`](Self::start_at) says. Who comes later gets what comes
    /// from then on; who comes after the end gets the end.
    ///
    /// # Demand
    ///
    /// Each subscriber gets what it has asked for, and no more. Upstream is asked for what the fastest waits for; with
    /// [`Overflow::Wait`], for no more than fits into the fullest queue, nor for more than `capacity` at once.
    ///
    /// # Completion and errors
    ///
    /// Both go to each subscriber, after the items in its queue; see [`on_error`](Self::on_error).
    ///
    /// # Cancellation
    ///
    /// Who cancels goes, and what is in its queue is dropped and counted. With the last one, upstream is cancelled, and
    /// who comes later is dropped without a terminal.
    ///
    /// # Panics
    ///
    /// When it should wait with a `capacity` of zero. A panic of a subscriber ends the stream for all of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Overflow, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let shared = iter(1..=4).share(2, Overflow::Wait);
    /// let (fast, slow) = (probe(shared.clone()), probe(shared));
    /// fast.request(9);
    /// slow.request(1);
    /// assert_eq!((fast.items(), slow.items()), (vec![1, 2, 3], vec![1])); // two wait for the slow one
    /// slow.request(9);
    /// assert_eq!((fast.items(), slow.items()), (vec![4], vec![2, 3, 4]));
    /// assert!(fast.is_complete() && slow.is_complete());
    /// ```
    pub fn share(self, capacity: usize, overflow: Overflow) -> Flow<Share<P, P::Error>> {
        let waits = overflow == Overflow::Wait;
        assert!(capacity > 0 || !waits, "share: a queue without room cannot wait");
        let most = if waits { capacity as u64 } else { u64::MAX };
        Flow::from(Share::new(
            self.publisher,
            capacity,
            most,
            Policy::Named(overflow),
            std::convert::identity,
        ))
    }

    /// The same, but a subscriber at whose full queue an item arrives is cut off: once it has got what is in the queue,
    /// it fails with [`OverflowError::Full`]. The others go on.
    ///
    /// ```
    /// use reactive_streams::{Flow, OverflowError};
    /// use reactive_streams_test::{probe, scripted};
    ///
    /// let (script, publisher) = scripted::<u32, ()>();
    /// let shared = Flow::from(publisher).share_or_fail(1);
    /// let (fast, slow) = (probe(shared.clone()), probe(shared));
    /// fast.request(9);
    /// (1..=3).for_each(|n| script.next(n).unwrap());
    /// slow.request(1);
    /// assert_eq!((fast.items(), slow.items()), (vec![1, 2, 3], vec![1]));
    /// assert_eq!(slow.error(), Some(OverflowError::Full { capacity: 1 }));
    /// ```
    pub fn share_or_fail(self, capacity: usize) -> Flow<Share<P, OverflowError<P::Error>>> {
        let (policy, lift) = (Policy::full(), OverflowError::Upstream);
        Flow::from(Share::new(self.publisher, capacity, u64::MAX, policy, lift))
    }
}

impl<P: Publisher, E> Flow<Share<P, E>> {
    /// Starts when `n` have subscribed, all clones counted together. One is enough unless this says otherwise, before
    /// anybody has.
    pub fn start_at(self, n: usize) -> Self {
        self.publisher.start.lock().missing = n;
        self
    }

    /// What an error of upstream does to the items in the queue of this subscriber.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }
}

/// See [`Flow::share`]. Each clone is another subscriber's, with a ledger of its own.
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Share<P: Publisher, E> {
    fan: Arc<Fan<P::Item, P::Error>>,
    start: Arc<Mutex<Start<P>>>,
    capacity: usize,
    policy: Policy<E>,
    lift: fn(P::Error) -> E,
    errors: ErrorPolicy,
    ledger: Ledger,
}

struct Start<P> {
    /// Until it is subscribed to.
    source: Option<P>,
    /// How many must subscribe before that.
    missing: usize,
}

impl<P> Start<P> {
    /// One more has subscribed.
    fn count(&mut self) -> Option<P> {
        self.missing = self.missing.saturating_sub(1);
        if self.missing == 0 { self.source.take() } else { None }
    }
}

impl<P, E> Share<P, E>
where
    P: Publisher<Item: Clone, Error: Clone>,
{
    fn new(source: P, capacity: usize, most: u64, policy: Policy<E>, lift: fn(P::Error) -> E) -> Self {
        let start = Start { source: Some(source), missing: 1 };
        let (fan, start) = (Fan::new(most), Arc::new(Mutex::new(start)));
        let (errors, ledger) = (ErrorPolicy::AfterDrain, Ledger::new(Some(capacity)));
        Self { fan, start, capacity, policy, lift, errors, ledger }
    }
}

impl<P: Publisher, E> Clone for Share<P, E> {
    fn clone(&self) -> Self {
        Self {
            fan: Arc::clone(&self.fan),
            start: Arc::clone(&self.start),
            capacity: self.capacity,
            policy: self.policy,
            lift: self.lift,
            errors: self.errors,
            ledger: Ledger::new(Some(self.capacity)),
        }
    }
}

impl<P: Publisher, E> fmt::Debug for Share<P, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("capacity", &self.capacity)
            .field("policy", &self.policy)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

/// The queue of this subscriber.
impl<P: Publisher, E> Queue for Share<P, E> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, E> Publisher for Share<P, E>
where
    P: Publisher<Item: Clone, Error: Clone>,
    E: Send + 'static,
{
    type Item = P::Item;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = E> + Send + 'static,
    {
        let Self { fan, start, capacity, policy, lift, errors, ledger } = self;
        let room = policy.waits().then_some(capacity as u64);
        let store = Bounded::new(capacity, policy, errors, lift);
        let Some(lane) = Queued::new(store, room, ledger, subscriber) else { return };
        fan.join(lane);
        let source = start.lock().count();
        if let Some(source) = source {
            fan.connect(source);
        }
    }
}
