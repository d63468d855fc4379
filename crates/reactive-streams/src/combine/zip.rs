//! Pairs of the items of two publishers.
//!
//! ```text
//! left    a-b-----c-d--
//! right   ---1-2-3---|
//! out     ---a-b--c--|
//!            1 2  3
//! ```
//!
//! Driver: mux.

use crate::Flow;
use crate::driver::gate::Gate;
use crate::driver::mux::{Books, Join, Mux, calling, feed};
use crate::ledger::{Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

const PREFETCH: usize = 32;

impl<P: Publisher> Flow<P> {
    /// Pairs of this one's items and `other`'s: the first with the first, and so on. Both have one type of error.
    ///
    /// # Demand
    ///
    /// Each input is asked for 32 items ahead, or as many as [`prefetch`](Flow::prefetch) says, and again when a quarter
    /// of them has gone out; on one thread, where items go right through, for each.
    ///
    /// # Completion and errors
    ///
    /// It completes as soon as one input has, and its items have gone out; the other is cancelled, and what it
    /// brought too much is counted under [`Reason::Cancelled`](crate::Reason::Cancelled). The first error
    /// cancels the other input at once, and goes out after the pairs that are complete, or instead of them:
    /// [`on_error`](Flow::on_error). An input that goes without a terminal takes the stream with it.
    ///
    /// # Cancellation
    ///
    /// Cancels both and drops what waits. Of the two items of a pair, the ledger counts one as merged.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let pairs = iter(["a", "b", "c"]).zip(iter(1..));
    /// assert_eq!(pairs.collect::<Vec<_>>().block(), Ok(vec![("a", 1), ("b", 2), ("c", 3)]));
    /// ```
    pub fn zip<Q>(self, other: Q) -> Flow<Zip<P, Q>>
    where
        Q: Publisher<Error = P::Error>,
    {
        let (left, errors, ledger) =
            (self.publisher, ErrorPolicy::default(), Ledger::new(Some(2 * PREFETCH)));
        Flow::from(Zip { left, right: other, prefetch: PREFETCH, errors, ledger })
    }
}

impl<P, Q> Flow<Zip<P, Q>> {
    /// Asks each input for `n` items ahead: one, where an item is dear and should not be taken in vain.
    ///
    /// # Panics
    ///
    /// When `n` is zero: an input that is asked for nothing brings nothing.
    pub fn prefetch(mut self, n: usize) -> Self {
        assert!(n > 0, "a prefetch is at least one: an input that is asked for nothing brings nothing");
        self.publisher.ledger.bound(n.saturating_mul(2));
        self.publisher.prefetch = n;
        self
    }

    /// What the first error does to the pairs that wait.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }
}

/// See [`Flow::zip`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Zip<P, Q> {
    left: P,
    right: Q,
    prefetch: usize,
    errors: ErrorPolicy,
    ledger: Ledger,
}

impl<P: fmt::Debug, Q: fmt::Debug> fmt::Debug for Zip<P, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zip")
            .field("left", &self.left)
            .field("right", &self.right)
            .field("prefetch", &self.prefetch)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl<P, Q> Queue for Zip<P, Q> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, Q> Publisher for Zip<P, Q>
where
    P: Publisher,
    Q: Publisher<Error = P::Error>,
{
    type Item = (P::Item, Q::Item);
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Self::Item, Error = P::Error> + Send + 'static,
    {
        let Self { left, right, prefetch, errors, ledger } = self;
        let pairs = Pairs { left: VecDeque::new(), right: VecDeque::new(), types: PhantomData };
        let mux = Mux::new(pairs, Books::new([prefetch; 2]), ledger, errors);
        if let Some(gate) = Gate::start(mux, subscriber, None) {
            calling(&gate, || {
                feed(&gate, LEFT, left, Side::Left);
                feed(&gate, RIGHT, right, Side::Right);
            });
        }
    }
}

const LEFT: usize = 0;
const RIGHT: usize = 1;

enum Side<A, B> {
    Left(A),
    Right(B),
}

/// What waits for its other half.
struct Pairs<A, B, E> {
    left: VecDeque<A>,
    right: VecDeque<B>,
    types: PhantomData<fn() -> E>,
}

impl<A, B, E> Join for Pairs<A, B, E>
where
    A: Send + 'static,
    B: Send + 'static,
    E: Send + 'static,
{
    type In = Side<A, B>;
    type Out = (A, B);
    type Error = E;

    const OF_ALL: bool = true;

    #[inline]
    fn put(&mut self, _input: usize, item: Side<A, B>) {
        match item {
            Side::Left(item) => self.left.push_back(item),
            Side::Right(item) => self.right.push_back(item),
        }
    }

    #[inline]
    fn pass(&mut self, _input: usize, item: Side<A, B>) -> Result<((A, B), bool), Side<A, B>> {
        match item {
            Side::Left(left) if self.left.is_empty() => match self.right.pop_front() {
                Some(right) => Ok(((left, right), self.right.is_empty())),
                None => Err(Side::Left(left)),
            },
            Side::Right(right) if self.right.is_empty() => match self.left.pop_front() {
                Some(left) => Ok(((left, right), self.left.is_empty())),
                None => Err(Side::Right(right)),
            },
            item => Err(item),
        }
    }

    fn passed(&mut self, input: usize, items: usize, books: &mut Books) {
        books.owe(if input == LEFT { RIGHT } else { LEFT }, items);
    }

    fn take(&mut self, books: &mut Books) -> Option<(A, B)> {
        if !self.is_ready() {
            return None;
        }
        let pair = (self.left.pop_front()?, self.right.pop_front()?);
        books.took(LEFT);
        books.took(RIGHT);
        Some(pair)
    }

    fn len(&self) -> usize {
        self.left.len() + self.right.len()
    }

    fn is_ready(&self) -> bool {
        !self.left.is_empty() && !self.right.is_empty()
    }

    fn is_over(&self, books: &Books) -> bool {
        books.is_done(LEFT) && self.left.is_empty() || books.is_done(RIGHT) && self.right.is_empty()
    }

    fn clear(&mut self) -> VecDeque<Side<A, B>> {
        let left = std::mem::take(&mut self.left).into_iter().map(Side::Left);
        left.chain(std::mem::take(&mut self.right).into_iter().map(Side::Right)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_go_out() {
        let mut books = Books::new([1, 1]);
        let mut pairs =
            Pairs { left: VecDeque::new(), right: VecDeque::new(), types: PhantomData::<fn() -> ()> };
        pairs.put(LEFT, Side::Left('a'));
        assert_eq!((pairs.take(&mut books), pairs.len(), pairs.is_ready()), (None, 1, false));
        pairs.put(RIGHT, Side::Right(1));
        pairs.put(RIGHT, Side::Right(2));
        assert!(pairs.is_ready() && !pairs.is_over(&books));
        assert_eq!((pairs.take(&mut books), pairs.len()), (Some(('a', 1)), 1));
        assert!(matches!(pairs.clear().pop_front(), Some(Side::Right(2))));
    }
}
