//! One publisher after another.
//!
//! ```text
//! first   a--b-|
//! second        c--d-|
//! out     a--b--c--d-|
//! ```
//!
//! Driver: baton.

use crate::Flow;
use crate::driver::baton::{Ashore, Boarding, Carry};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};

impl<P: Publisher> Flow<P> {
    /// Passes on the items of `next` once upstream has completed.
    ///
    /// # Demand
    ///
    /// Passes through. What upstream left unused goes to `next`.
    ///
    /// # Completion and errors
    ///
    /// Completes with `next`, which is subscribed to when upstream has completed. An error of either ends it.
    ///
    /// # Cancellation
    ///
    /// Cancels the one that runs; `next` is not subscribed to after that.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// assert_eq!(iter([1, 2]).chain(iter([3])).collect::<Vec<_>>().block(), Ok(vec![1, 2, 3]));
    /// ```
    pub fn chain<Q>(self, next: Q) -> Flow<Chain<P, Q>>
    where
        Q: Publisher<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        Flow::from(Chain { first: self.publisher, next })
    }
}

/// See [`Flow::chain`].
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Chain<P, Q> {
    first: P,
    next: Q,
}

impl<P, Q> Publisher for Chain<P, Q>
where
    P: Publisher,
    Q: Publisher<Item = P::Item, Error = P::Error> + Send + 'static,
{
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        if let Some(ashore) = Ashore::new(subscriber) {
            let carry = ashore.depart();
            self.first.subscribe(First { carry, next: self.next });
        }
    }
}

/// Carries downstream through the first publisher.
struct First<D, Q> {
    carry: Carry<D>,
    next: Q,
}

impl<D, Q> Subscriber for First<D, Q>
where
    D: Subscriber + Send + 'static,
    Q: Publisher<Item = D::Item, Error = D::Error>,
{
    type Item = D::Item;
    type Error = D::Error;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.carry.board(subscription);
    }

    #[inline]
    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        self.carry.on_next(item, subscription);
    }

    fn on_error(self, error: D::Error, unused: Option<Demand>) {
        self.carry.downstream.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        let carry = self.carry.alight(unused).depart();
        self.next.subscribe(Boarding(carry));
    }
}
