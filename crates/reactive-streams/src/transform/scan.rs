//! Turns each item into another, with a state, until the closure has enough.
//!
//! ```text
//! in      1--2--3--4--5
//! out     1--3--6--|        the sums, up to 6
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into what `f` makes of a state and the item, as [`Iterator::scan`] does; `None` ends it.
    ///
    /// # Demand
    ///
    /// Passes through. The unit of the item for which `f` returns `None` is left unused.
    ///
    /// # Completion and errors
    ///
    /// Completes when `f` returns `None`. Otherwise both pass through.
    ///
    /// # Cancellation
    ///
    /// Passes through; `None` cancels upstream.
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
    /// let probe = probe(iter(1..).scan(0, |sum, n| {
    ///     *sum += n;
    ///     (*sum <= 6).then_some(*sum)
    /// }));
    /// probe.request(9);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 3, 6], true));
    /// ```
    #[inline]
    pub fn scan<A, F, U>(self, initial: A, f: F) -> Flow<Scan<P, A, F>>
    where
        A: Send + 'static,
        F: FnMut(&mut A, P::Item) -> Option<U> + Send + 'static,
        U: Send + 'static,
    {
        Flow::from(Scan { source: self.publisher, state: initial, f })
    }
}

/// See [`Flow::scan`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Scan<P, A, F> {
    source: P,
    state: A,
    f: F,
}

impl<P: fmt::Debug, A: fmt::Debug, F> fmt::Debug for Scan<P, A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("source", &self.source)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<P, A, F, U> Publisher for Scan<P, A, F>
where
    P: Publisher,
    A: Send + 'static,
    F: FnMut(&mut A, P::Item) -> Option<U> + Send + 'static,
    U: Send + 'static,
{
    type Item = U;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = U, Error = P::Error> + Send + 'static,
    {
        self.source
            .subscribe(Stage::new(Scanner { state: self.state, f: self.f, types: PhantomData }, subscriber));
    }
}

struct Scanner<A, F, T, E> {
    state: A,
    f: F,
    types: PhantomData<fn(T) -> E>,
}

impl<A, F, T, U, E> Logic for Scanner<A, F, T, E>
where
    A: Send + 'static,
    F: FnMut(&mut A, T) -> Option<U> + Send + 'static,
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
        (self.f)(&mut self.state, item).map_or(Step::Stop, Step::Emit)
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_stays_and_none_stops() {
        let f = |sum: &mut u32, n: u32| {
            *sum += n;
            (*sum < 5).then_some(*sum)
        };
        let mut logic = Scanner { state: 0, f, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Emit(1)));
        assert!(matches!(logic.on_next(2), Step::Emit(3)));
        assert!(matches!(logic.on_next(2), Step::Stop));
    }
}
