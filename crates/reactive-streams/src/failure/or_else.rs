//! Goes on with another publisher when upstream fails.
//!
//! ```text
//! in      a--b--x
//! f(x)           c--d-|
//! out     a--b---c--d-|
//! ```
//!
//! Driver: baton.

use crate::Flow;
use crate::driver::baton::{Ashore, Boarding, Carry};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Goes on with the publisher `f(error)` when upstream fails.
    ///
    /// # Demand
    ///
    /// Passes through. What upstream left unused goes to the other (rule 4.2: upstream counts as cancelled).
    ///
    /// # Completion and errors
    ///
    /// Completes with upstream or with the other; the error type is that of the other.
    ///
    /// # Cancellation
    ///
    /// Cancels the one that runs; `f` is not called after that.
    ///
    /// # Panics
    ///
    /// A panic of `f` ends the stream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{fail, iter};
    ///
    /// let flow = fail::<_, u32>(7).or_else(|error| iter([error + 1]));
    /// assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![8]));
    /// ```
    pub fn or_else<F, Q>(self, f: F) -> Flow<OrElse<P, F>>
    where
        F: FnOnce(P::Error) -> Q + Send + 'static,
        Q: Publisher<Item = P::Item>,
    {
        Flow::from(OrElse { source: self.publisher, f })
    }
}

/// See [`Flow::or_else`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct OrElse<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for OrElse<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrElse").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, Q> Publisher for OrElse<P, F>
where
    P: Publisher,
    F: FnOnce(P::Error) -> Q + Send + 'static,
    Q: Publisher<Item = P::Item>,
{
    type Item = P::Item;
    type Error = Q::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = Q::Error> + Send + 'static,
    {
        if let Some(ashore) = Ashore::new(subscriber) {
            let carry = ashore.depart();
            self.source.subscribe(Guarded { carry, f: self.f, error: PhantomData });
        }
    }
}

/// Carries downstream through the publisher that may fail.
struct Guarded<D, F, E> {
    carry: Carry<D>,
    f: F,
    error: PhantomData<fn(E)>,
}

impl<D, F, E, Q> Subscriber for Guarded<D, F, E>
where
    D: Subscriber + Send + 'static,
    F: FnOnce(E) -> Q,
    Q: Publisher<Item = D::Item, Error = D::Error>,
{
    type Item = D::Item;
    type Error = E;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.carry.board(subscription);
    }

    #[inline]
    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        self.carry.on_next(item, subscription);
    }

    fn on_error(self, error: E, unused: Option<Demand>) {
        let carry = self.carry.alight(unused).depart();
        (self.f)(error).subscribe(Boarding(carry));
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.carry.downstream.on_complete(unused);
    }
}
