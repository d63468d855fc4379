//! Items of several publishers, as they come.
//!
//! ```text
//! left    a---b-----c-|
//! right   --1----2-----3-|
//! out     a-1-b--2--c--3-|
//! ```
//!
//! Driver: mux.

use crate::Flow;
use crate::driver::gate::Gate;
use crate::driver::mux::{Books, Join, Lanes, Mux, calling, feed};
use crate::ledger::{Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

const PREFETCH: usize = 32;

impl<P: Publisher> Flow<P> {
    /// Items of this and of `other`, as they come, both with the same types of item and error.
    ///
    /// # Demand
    ///
    /// Each input is asked for 32 items ahead, or as many as [`prefetch`](Flow::prefetch) says, and again when a
    /// quarter of them has gone out; on one thread, where items go right through, for each. When downstream is slower than
    /// both, they take turns. Inputs of a chain of merges do not get equal shares, those of one [`merge_all`] do.
    ///
    /// # Completion and errors
    ///
    /// It completes when both have and all items have gone out. The first error cancels the other input at once,
    /// and goes out after the items that have come before it, or instead of them:
    /// [`on_error`](Flow::on_error). An input that goes without a terminal takes the stream with it.
    ///
    /// # Cancellation
    ///
    /// Cancels both and drops what waits, counted under [`Reason::Cancelled`](crate::Reason::Cancelled).
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let mut all = iter([1, 3]).merge(iter([2, 4])).collect::<Vec<_>>().block().unwrap();
    /// all.sort(); // each input keeps its order, between them there is none
    /// assert_eq!(all, [1, 2, 3, 4]);
    /// ```
    pub fn merge<Q>(self, other: Q) -> Flow<Merge<(P, Q)>>
    where
        Q: Publisher<Item = P::Item, Error = P::Error>,
    {
        Flow::from(Merge::new((self.publisher, other), 2))
    }
}

/// Items of all `publishers`, as they come: [`Flow::merge`] for a list of one type. No publishers complete at once.
///
/// ```
/// use reactive_streams::{iter, merge_all};
///
/// let merged = merge_all((0..3).map(|n| iter([n; 2])));
/// assert_eq!(merged.map(|n| n * 10).collect::<Vec<_>>().block(), Ok(vec![0, 0, 10, 10, 20, 20]));
/// ```
pub fn merge_all<I>(publishers: I) -> Flow<Merge<Vec<I::Item>>>
where
    I: IntoIterator<Item: Publisher>,
{
    let sources: Vec<_> = publishers.into_iter().collect();
    let count = sources.len();
    Flow::from(Merge::new(sources, count))
}

impl<S> Flow<Merge<S>> {
    /// Asks each input for `n` items ahead.
    ///
    /// # Panics
    ///
    /// When `n` is zero: an input that is asked for nothing brings nothing.
    pub fn prefetch(mut self, n: usize) -> Self {
        assert!(n > 0, "a prefetch is at least one: an input that is asked for nothing brings nothing");
        self.publisher.ledger.bound(self.publisher.count.saturating_mul(n));
        self.publisher.prefetch = n;
        self
    }

    /// What the first error does to the items that wait.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }
}

/// See [`Flow::merge`] and [`merge_all`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Merge<S> {
    sources: S,
    count: usize,
    prefetch: usize,
    errors: ErrorPolicy,
    ledger: Ledger,
}

fn ledger(count: usize, prefetch: usize) -> Ledger {
    Ledger::new(Some(count.saturating_mul(prefetch)))
}

impl<S> Merge<S> {
    fn new(sources: S, count: usize) -> Self {
        let (prefetch, errors) = (PREFETCH, ErrorPolicy::default());
        Self { sources, count, prefetch, errors, ledger: ledger(count, prefetch) }
    }

    fn parts<T, E>(self) -> (S, Mux<Any<T, E>>)
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let Self { sources, count, prefetch, errors, ledger } = self;
        let join = Any { lanes: Lanes::new(), types: PhantomData };
        (sources, Mux::new(join, Books::new((0..count).map(|_| prefetch)), ledger, errors))
    }
}

impl<S> fmt::Debug for Merge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge")
            .field("inputs", &self.count)
            .field("prefetch", &self.prefetch)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl<S> Queue for Merge<S> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, Q> Publisher for Merge<(P, Q)>
where
    P: Publisher,
    Q: Publisher<Item = P::Item, Error = P::Error>,
{
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let ((left, right), mux) = self.parts();
        if let Some(gate) = Gate::start(mux, subscriber, None) {
            calling(&gate, || {
                feed(&gate, 0, left, |item| item);
                feed(&gate, 1, right, |item| item);
            });
        }
    }
}

impl<P: Publisher> Publisher for Merge<Vec<P>> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let (sources, mux) = self.parts();
        if let Some(gate) = Gate::start(mux, subscriber, None) {
            calling(&gate, || {
                for (input, source) in sources.into_iter().enumerate() {
                    feed(&gate, input, source, |item| item);
                }
            });
        }
    }
}

/// Whoever has something, in turns.
struct Any<T, E> {
    lanes: Lanes<T>,
    types: PhantomData<fn() -> E>,
}

impl<T: Send + 'static, E: Send + 'static> Join for Any<T, E> {
    type In = T;
    type Out = T;
    type Error = E;

    fn put(&mut self, input: usize, item: T) {
        self.lanes.put(input, item);
    }

    #[inline]
    fn pass(&mut self, _input: usize, item: T) -> Result<(T, bool), T> {
        if self.lanes.len() == 0 { Ok((item, false)) } else { Err(item) }
    }

    #[inline]
    fn through(&mut self, _input: usize, item: T) -> Result<(T, bool), T> {
        debug_assert!(self.lanes.len() == 0, "nothing is held in a run");
        Ok((item, false))
    }

    fn take(&mut self, books: &mut Books) -> Option<T> {
        let (input, item) = self.lanes.take()?;
        books.took(input);
        Some(item)
    }

    fn len(&self) -> usize {
        self.lanes.len()
    }

    fn is_ready(&self) -> bool {
        self.lanes.len() > 0
    }

    fn is_over(&self, books: &Books) -> bool {
        books.open() == 0 && self.lanes.len() == 0
    }

    fn clear(&mut self) -> VecDeque<T> {
        self.lanes.clear()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_when_all_are_done_and_nothing_is_held() {
        let mut any = Any { lanes: Lanes::new(), types: PhantomData::<fn() -> ()> };
        let mut books = Books::new([2]);
        any.put(0, 'a');
        assert!(any.is_ready() && !any.is_over(&books));
        assert_eq!((any.take(&mut books), any.take(&mut books)), (Some('a'), None));
        assert!(!any.is_ready() && !any.is_over(&books));
        assert!(any.is_over(&Books::new([])));
    }
}
