//! The first items.
//!
//! ```text
//! in      a--b--c--d
//! out     a--b|         take(2)
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Passes on the first `n` items.
    ///
    /// # Demand
    ///
    /// Passes through as it is: upstream may be asked for more than `n`, and is cancelled at the `n`-th item.
    ///
    /// # Completion and errors
    ///
    /// Completes right after the `n`-th item; `take(0)` completes at once. Otherwise both pass through.
    ///
    /// # Cancellation
    ///
    /// Passes through; the `n`-th item cancels upstream.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Demand, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter(0..).take(2));
    /// probe.request(5);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![0, 1], true));
    /// assert_eq!(probe.unused(), Some(Demand::of(3)));
    /// ```
    #[inline]
    pub fn take(self, n: u64) -> Flow<Take<P>> {
        Flow::from(Take { source: self.publisher, n })
    }
}

/// See [`Flow::take`].
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Take<P> {
    source: P,
    n: u64,
}

impl<P: Publisher> Publisher for Take<P> {
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(First { left: self.n, types: PhantomData }, subscriber));
    }
}

struct First<T, E> {
    left: u64,
    types: PhantomData<fn(T) -> E>,
}

impl<T, E> Logic for First<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = T;
    type Error = E;

    #[inline]
    fn is_over(&self) -> bool {
        self.left == 0
    }

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        self.left -= 1;
        if self.left == 0 { Step::Last(item) } else { Step::Emit(item) }
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_item_is_the_last() {
        let mut logic = First { left: 2, types: PhantomData::<fn(u32) -> ()> };
        assert!(!logic.is_over());
        assert!(matches!(logic.on_next(1), Step::Emit(1)));
        assert!(matches!(logic.on_next(2), Step::Last(2)));
        assert!(logic.is_over());
    }
}
