//! Turns each item into another, or drops it.
//!
//! ```text
//! in      a--b--c-|
//! out     A-----C-|
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into what `f` returns, and drops the items for which that is `None`.
    ///
    /// # Demand
    ///
    /// Passes through, and asks for one more for each item it drops.
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
    /// A panic of `f` cancels upstream, drops downstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter(["1", "two", "3"]).filter_map(|word| word.parse::<u32>().ok()));
    /// probe.request(2);
    /// assert_eq!(probe.items(), [1, 3]);
    /// ```
    #[inline]
    pub fn filter_map<F, U>(self, f: F) -> Flow<FilterMap<P, F>>
    where
        F: FnMut(P::Item) -> Option<U> + Send + 'static,
        U: Send + 'static,
    {
        Flow::from(FilterMap { source: self.publisher, f })
    }
}

/// See [`Flow::filter_map`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FilterMap<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for FilterMap<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterMap").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, U> Publisher for FilterMap<P, F>
where
    P: Publisher,
    F: FnMut(P::Item) -> Option<U> + Send + 'static,
    U: Send + 'static,
{
    type Item = U;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = U, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Sieve { f: self.f, types: PhantomData }, subscriber));
    }
}

struct Sieve<F, T, E> {
    f: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, U, E> Logic for Sieve<F, T, E>
where
    F: FnMut(T) -> Option<U> + Send + 'static,
    T: 'static,
    U: Send + 'static,
    E: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = U;
    type Error = E;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<U> {
        (self.f)(item).map_or(Step::Skip, Step::Emit)
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_skipped() {
        let mut logic = Sieve { f: |n: u32| n.checked_sub(2), types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Skip));
        assert!(matches!(logic.on_next(5), Step::Emit(3)));
    }
}
