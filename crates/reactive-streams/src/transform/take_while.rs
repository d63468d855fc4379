//! Items up to the first that a test rejects.
//!
//! ```text
//! in      a--b--c--d
//! out     a--b--|      c is rejected
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Passes items on until `keep` is false for one; that one is dropped.
    ///
    /// # Demand
    ///
    /// Passes through. The unit of the rejected item is left unused.
    ///
    /// # Completion and errors
    ///
    /// Completes at the first rejected item. Otherwise both pass through.
    ///
    /// # Cancellation
    ///
    /// Passes through; the first rejected item cancels upstream.
    ///
    /// # Panics
    ///
    /// A panic of `keep` cancels upstream, drops downstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Demand, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter([1, 2, 9, 1]).take_while(|n| *n < 5));
    /// probe.request(3);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2], true));
    /// assert_eq!(probe.unused(), Some(Demand::ONE));
    /// ```
    #[inline]
    pub fn take_while<F>(self, keep: F) -> Flow<TakeWhile<P, F>>
    where
        F: FnMut(&P::Item) -> bool + Send + 'static,
    {
        Flow::from(TakeWhile { source: self.publisher, keep })
    }
}

/// See [`Flow::take_while`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct TakeWhile<P, F> {
    source: P,
    keep: F,
}

impl<P: fmt::Debug, F> fmt::Debug for TakeWhile<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeWhile").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F> Publisher for TakeWhile<P, F>
where
    P: Publisher,
    F: FnMut(&P::Item) -> bool + Send + 'static,
{
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Guard { keep: self.keep, types: PhantomData }, subscriber));
    }
}

struct Guard<F, T, E> {
    keep: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, E> Logic for Guard<F, T, E>
where
    F: FnMut(&T) -> bool + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = T;
    type Error = E;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        if (self.keep)(&item) { Step::Emit(item) } else { Step::Stop }
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rejected_item_stops() {
        let mut logic = Guard { keep: |n: &u32| *n < 5, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(4), Step::Emit(4)));
        assert!(matches!(logic.on_next(5), Step::Stop));
    }
}
