//! All but the first items.
//!
//! ```text
//! in      a--b--c--d-|
//! out     ------c--d-|  skip(2)
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Drops the first `n` items and passes on the rest.
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
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter(0..4).skip(2));
    /// probe.request(1);
    /// assert_eq!(probe.items(), [2]);
    /// ```
    #[inline]
    pub fn skip(self, n: u64) -> Flow<Skip<P>> {
        Flow::from(Skip { source: self.publisher, n })
    }
}

/// See [`Flow::skip`].
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Skip<P> {
    source: P,
    n: u64,
}

impl<P: Publisher> Publisher for Skip<P> {
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Rest { left: self.n, types: PhantomData }, subscriber));
    }
}

struct Rest<T, E> {
    /// How many are still dropped.
    left: u64,
    types: PhantomData<fn(T) -> E>,
}

impl<T, E> Logic for Rest<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = T;
    type Error = E;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        if self.left == 0 {
            return Step::Emit(item);
        }
        self.left -= 1;
        Step::Skip
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_n_are_skipped() {
        let mut logic = Rest { left: 1, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Skip));
        assert!(matches!(logic.on_next(2), Step::Emit(2)));
        assert!(matches!(logic.on_next(3), Step::Emit(3)));
    }
}
