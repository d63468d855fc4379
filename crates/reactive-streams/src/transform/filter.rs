//! Keeps the items that a test accepts.
//!
//! ```text
//! in      a--b--c-|
//! out     a-----c-|
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Keeps the items for which `keep` is true.
    ///
    /// # Demand
    ///
    /// Passes through, and asks for one more for each item it rejects.
    ///
    /// # Completion and errors
    ///
    /// Pass through.
    ///
    /// # Cancellation
    ///
    /// Passes through.
    ///
    /// # Panics
    ///
    /// A panic of `keep` cancels upstream, drops downstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter(0..9).filter(|n| n % 2 == 0));
    /// probe.request(3);
    /// assert_eq!(probe.items(), [0, 2, 4]);
    /// ```
    #[inline]
    pub fn filter<F>(self, keep: F) -> Flow<Filter<P, F>>
    where
        F: FnMut(&P::Item) -> bool + Send + 'static,
    {
        Flow::from(Filter { source: self.publisher, keep })
    }
}

/// See [`Flow::filter`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Filter<P, F> {
    source: P,
    keep: F,
}

impl<P: fmt::Debug, F> fmt::Debug for Filter<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F> Publisher for Filter<P, F>
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
        self.source.subscribe(Stage::new(Test { keep: self.keep, types: PhantomData }, subscriber));
    }
}

struct Test<F, T, E> {
    keep: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, E> Logic for Test<F, T, E>
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
        if (self.keep)(&item) { Step::Emit(item) } else { Step::Skip }
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_test_rejects_is_skipped() {
        let mut logic = Test { keep: |n: &u32| *n > 1, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Skip));
        assert!(matches!(logic.on_next(2), Step::Emit(2)));
    }
}
