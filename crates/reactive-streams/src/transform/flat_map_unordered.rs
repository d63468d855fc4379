//! Turns each item into a publisher, and runs several of them at once.
//!
//! ```text
//! in      a-----b-------c-|         flat_map_unordered(2, |x| ...)
//! out     -a-a--b-a-b-b--c-c|
//! ```
//!
//! Driver: mux.

use crate::Flow;
use crate::driver::gate::Gate;
use crate::driver::mux::{Books, Join, Lanes, Line, Mux, State, calling, feed_begun, feed_with};
use crate::ledger::{Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

const PREFETCH: usize = 32;

impl<P: Publisher> Flow<P> {
    /// Runs the publishers `f(item)`, at most `n` at once, and passes their items on as they come.
    ///
    /// # Demand
    ///
    /// This one is asked for `n` items, and for one more whenever an inner publisher has ended and its items have
    /// gone out. Each inner is asked for 32 items ahead, or as many as [`prefetch`](Flow::prefetch) says. When
    /// downstream is slower than they are, they take turns.
    ///
    /// # Completion and errors
    ///
    /// It completes when this one and all inner publishers have, and their items have gone out. The first error
    /// of any of them cancels the others at once, and goes out after the items that have come before it, or
    /// instead of them: [`on_error`](Flow::on_error). Who goes without a terminal takes the stream with it.
    ///
    /// # Cancellation
    ///
    /// Cancels all and drops what waits, counted under [`Reason::Cancelled`](crate::Reason::Cancelled).
    ///
    /// # Panics
    ///
    /// When `n` is zero. A panic of `f` ends the stream and unwinds to who ran this publisher.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let parts = iter([10, 20]).flat_map_unordered(2, |n| iter(n..n + 3));
    /// let mut all = parts.collect::<Vec<_>>().block().unwrap();
    /// all.sort();
    /// assert_eq!(all, [10, 11, 12, 20, 21, 22]);
    /// ```
    pub fn flat_map_unordered<F, Q>(self, n: usize, f: F) -> Flow<FlatMapUnordered<P, F>>
    where
        F: FnMut(P::Item) -> Q + Send + 'static,
        Q: Publisher<Error = P::Error>,
    {
        assert!(n > 0, "at most zero inner publishers at once is none at all");
        let (source, errors, ledger) = (self.publisher, ErrorPolicy::default(), ledger(n, PREFETCH));
        Flow::from(FlatMapUnordered { source, f, most: n, prefetch: PREFETCH, errors, ledger })
    }
}

impl<P, F> Flow<FlatMapUnordered<P, F>> {
    /// Asks each inner publisher for `n` items ahead.
    ///
    /// # Panics
    ///
    /// When `n` is zero.
    pub fn prefetch(mut self, n: usize) -> Self {
        assert!(n > 0, "a prefetch is at least one: an inner that is asked for nothing brings nothing");
        self.publisher.ledger.bound(self.publisher.most.saturating_mul(n));
        self.publisher.prefetch = n;
        self
    }

    /// What the first error does to the items that wait.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }
}

fn ledger(most: usize, prefetch: usize) -> Ledger {
    Ledger::new(Some(most.saturating_mul(prefetch)))
}

/// See [`Flow::flat_map_unordered`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FlatMapUnordered<P, F> {
    source: P,
    f: F,
    most: usize,
    prefetch: usize,
    errors: ErrorPolicy,
    ledger: Ledger,
}

impl<P: fmt::Debug, F> fmt::Debug for FlatMapUnordered<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatMapUnordered")
            .field("source", &self.source)
            .field("most", &self.most)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

/// Its own queue holds items of the inner publishers.
impl<P, F> Queue for FlatMapUnordered<P, F> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, F, Q> Publisher for FlatMapUnordered<P, F>
where
    P: Publisher,
    F: FnMut(P::Item) -> Q + Send + 'static,
    Q: Publisher<Error = P::Error>,
{
    type Item = Q::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Q::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, f, most, prefetch, errors, ledger } = self;
        let mux = Mux::new(Inners::new(prefetch), Books::new([most]).one_by_one(OUTER), ledger, errors);
        if let Some(gate) = Gate::start(mux, subscriber, None) {
            let outer = |line| source.subscribe(Outer { line, f, types: PhantomData });
            calling(&gate, || feed_with(&gate, OUTER, outer));
        }
    }
}

/// The input whose items become inputs.
const OUTER: usize = 0;

/// The inner publishers: inputs from one on, whose numbers are used again.
struct Inners<T, E> {
    lanes: Lanes<T>,
    prefetch: usize,
    /// Numbers whose inner has ended, and whose items have gone out.
    free: Vec<usize>,
    types: PhantomData<fn() -> E>,
}

impl<T, E> Inners<T, E> {
    fn new(prefetch: usize) -> Self {
        Self { lanes: Lanes::new(), prefetch, free: Vec::new(), types: PhantomData }
    }

    /// The number of the inner that begins now. None: the outer sends more than it was asked for.
    fn open(&mut self, books: &mut Books) -> Option<usize> {
        if !books.receive(OUTER) {
            return None;
        }
        let input = self.free.pop().unwrap_or(books.len());
        books.open_again(input, self.prefetch);
        books.begin(input);
        Some(input)
    }

    /// Once an inner has ended and its items have gone out, another one may begin.
    fn retire(&mut self, input: usize, books: &mut Books) {
        if input != OUTER && books.is_done(input) && self.lanes.is_empty(input) {
            self.free.push(input);
            books.owe(OUTER, 1);
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Join for Inners<T, E> {
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
        self.retire(input, books);
        Some(item)
    }

    fn len(&self) -> usize {
        self.lanes.len()
    }

    fn is_ready(&self) -> bool {
        self.lanes.len() > 0
    }

    fn done(&mut self, input: usize, books: &mut Books) {
        self.retire(input, books);
    }

    fn is_over(&self, books: &Books) -> bool {
        books.open() == 0 && self.lanes.len() == 0
    }

    fn clear(&mut self) -> VecDeque<T> {
        self.lanes.clear()
    }
}

/// What the outer publisher sees.
struct Outer<F, In, T, E, D>
where
    T: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = T, Error = E> + Send + 'static,
{
    line: Line<Inners<T, E>, D>,
    f: F,
    types: PhantomData<fn(In)>,
}

impl<F, In, Q, D> Subscriber for Outer<F, In, Q::Item, Q::Error, D>
where
    F: FnMut(In) -> Q,
    Q: Publisher,
    D: Subscriber<Item = Q::Item, Error = Q::Error> + Send + 'static,
{
    type Item = In;
    type Error = Q::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.line.attach(subscription);
    }

    fn hears_of_immediate(&self) -> bool {
        true
    }

    fn on_next(&mut self, item: In, subscription: &mut Subscription) {
        let open = |state: &mut State<Inners<_, _>>| {
            if state.has_ended() { None } else { state.join.open(&mut state.books) }
        };
        if let Some(input) = self.line.note(open).flatten()
            && let Some(gate) = self.line.gate()
        {
            feed_begun(gate, input, (self.f)(item));
        }
        self.line.settle(subscription);
    }

    fn on_error(self, error: Q::Error, _unused: Option<Demand>) {
        self.line.fail(error);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.line.complete();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_again_once_its_inner_has_ended_and_nothing_of_it_is_held() {
        let mut books = Books::new([2]).one_by_one(OUTER);
        books.attached(OUTER);
        let asked = |books: &mut Books| books.wanted().map_or(0, |(_, more)| more.get());
        assert_eq!(asked(&mut books), 2);
        let mut inners = Inners::<char, ()>::new(4);
        assert_eq!((inners.open(&mut books), inners.open(&mut books)), (Some(1), Some(2)));
        inners.put(1, 'a');
        books.close(1);
        inners.done(1, &mut books);
        assert_eq!((&inners.free[..], asked(&mut books)), (&[][..], 0));
        assert_eq!(inners.take(&mut books), Some('a'));
        assert_eq!((&inners.free[..], asked(&mut books)), (&[1][..], 1));
        assert_eq!(inners.open(&mut books), Some(1));
    }
}
