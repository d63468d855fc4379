//! Turns each item into another.
//!
//! ```text
//! in      a--b--c-|
//! out     A--B--C-|
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into `f(item)`.
    ///
    /// # Demand
    ///
    /// Passes through.
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
    /// let probe = probe(iter(1..9).map(|n| n * n));
    /// probe.request(3);
    /// assert_eq!(probe.items(), [1, 4, 9]);
    /// ```
    #[inline]
    pub fn map<F, U>(self, f: F) -> Flow<Map<P, F>>
    where
        F: FnMut(P::Item) -> U + Send + 'static,
        U: Send + 'static,
    {
        Flow::from(Map { source: self.publisher, f })
    }
}

/// See [`Flow::map`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Map<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for Map<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, U> Publisher for Map<P, F>
where
    P: Publisher,
    F: FnMut(P::Item) -> U + Send + 'static,
    U: Send + 'static,
{
    type Item = U;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = U, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Mapper { f: self.f, types: PhantomData }, subscriber));
    }
}

struct Mapper<F, T, E> {
    f: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, U, E> Logic for Mapper<F, T, E>
where
    F: FnMut(T) -> U + Send + 'static,
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
        Step::Emit((self.f)(item))
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_becomes_another() {
        let mut logic = Mapper { f: |n: u32| n + 1, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Emit(2)));
        assert!(matches!(logic.on_next(2), Step::Emit(3)));
    }
}
