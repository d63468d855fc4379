//! Turns each item into several, one after the other.
//!
//! ```text
//! in      a-----b--|
//! out     a1-a2-b1-|
//! ```
//!
//! Driver: baton, with an iterator as each inner.

use crate::Flow;
use crate::driver::baton::{After, Baton, Course};
use crate::source::Iter;
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into a collection or an iterator and passes on what is in it, in order.
    ///
    /// # Demand
    ///
    /// Asks upstream for one item at a time, and calls `next` once for each item that downstream asks for.
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

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = P::Error> + Send + 'static,
    {
        let course = Spread { f: self.f, types: PhantomData::<fn(P::Item) -> (I::IntoIter, P::Error)> };
        if let Some(baton) = Baton::start(course, subscriber, None) {
            self.source.subscribe(baton.outer());
        }
    }
}

struct Spread<F, T, I, E> {
    f: F,
    types: PhantomData<fn(T) -> (I, E)>,
}

impl<F, T, C, E> Course for Spread<F, T, C::IntoIter, E>
where
    F: FnMut(T) -> C + Send + 'static,
    T: Send + 'static,
    C: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
    E: Send + 'static,
{
    type Mail = T;
    type Inner = Iter<C::IntoIter, E>;
    type Error = E;

    #[inline]
    fn next(&mut self, item: T) -> Self::Inner {
        Iter::new((self.f)(item))
    }

    #[inline]
    fn after(&mut self, end: Result<(), E>) -> After<Self> {
        end.map_or_else(After::Fail, |()| After::Outer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::pull::{Pull, Pulled};

    #[test]
    fn each_item_becomes_an_iterator() {
        let mut course =
            Spread { f: |n: u32| vec![n; 2], types: PhantomData::<fn(u32) -> (std::vec::IntoIter<u32>, ())> };
        assert!(matches!(course.next(3).pull(), Pulled::Item(3)));
    }
}
