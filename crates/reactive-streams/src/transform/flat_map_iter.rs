//! Turns each item into several, one after the other.
//!
//! ```text
//! in      a-----b--|
//! out     a1-a2-b1-|
//! ```
//!
//! Driver: spread.

use crate::Flow;
use crate::driver::spread::{self, Spread};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into a collection or an iterator and passes on what is in it, in order.
    ///
    /// # Demand
    ///
    /// Asks upstream for one item at a time, or for all once downstream has asked for all. Calls `next` once for each
    /// item that downstream asks for.
    ///
    /// # Completion and errors
    ///
    /// Both come after the last iterator has ended.
    ///
    /// # Cancellation
    ///
    /// Cancels upstream and drops the iterator.
    ///
    /// # Panics
    ///
    /// A panic of `f` or of the iterator cancels upstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let words = iter(["a b", "c"]).flat_map_iter(|line| line.split(' '));
    /// assert_eq!(words.collect::<Vec<_>>().block(), Ok(vec!["a", "b", "c"]));
    /// ```
    pub fn flat_map_iter<F, I>(self, f: F) -> Flow<FlatMapIter<P, F>>
    where
        F: FnMut(P::Item) -> I + Send + 'static,
        I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
    {
        Flow::from(FlatMapIter { source: self.publisher, f })
    }
}

/// See [`Flow::flat_map_iter`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FlatMapIter<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for FlatMapIter<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatMapIter").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, I> Publisher for FlatMapIter<P, F>
where
    P: Publisher,
    F: FnMut(P::Item) -> I + Send + 'static,
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
{
    type Item = I::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = P::Error> + Send + 'static,
    {
        let spread = Spreading { f: self.f, types: PhantomData::<fn(P::Item) -> P::Error> };
        if let Some(inlet) = spread::inlet(spread, subscriber) {
            self.source.subscribe(inlet);
        }
    }
}

struct Spreading<F, T, E> {
    f: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, I, E> Spread for Spreading<F, T, E>
where
    F: FnMut(T) -> I + Send + 'static,
    T: Send + 'static,
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
    E: Send + 'static,
{
    type In = T;
    type Items = I::IntoIter;
    type Error = E;

    #[inline]
    fn spread(&mut self, item: T) -> I::IntoIter {
        (self.f)(item).into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_becomes_an_iterator() {
        let mut spreading = Spreading { f: |n: u32| vec![n; 2], types: PhantomData::<fn(u32)> };
        assert_eq!(spreading.spread(3).collect::<Vec<_>>(), [3, 3]);
    }
}
