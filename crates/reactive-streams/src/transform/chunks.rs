//! Collects items into vectors.
//!
//! ```text
//! in      a-b-c-d-e-|         chunks(2)
//! out     --[a,b]-[c,d]-[e]|
//! ```
//!
//! Driver: valve.

use crate::Flow;
use crate::driver::gate::Hook;
use crate::driver::valve::{self, Put, Store};
use crate::ledger::{Dropped, Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

impl<P: Publisher> Flow<P> {
    /// Collects each `n` items into a vector; the last one may be shorter, none is empty. The ledger counts a
    /// vector as emitted once, and its other items as merged.
    ///
    /// # Demand
    ///
    /// Each vector that is asked for becomes `n` items asked of upstream; nothing is asked for in advance.
    ///
    /// # Completion and errors
    ///
    /// Both come after the incomplete vector: it belongs to one that was asked for, so that it never waits.
    /// [`on_error`](Self::on_error) with [`ErrorPolicy::Immediate`] lets an error cut it off.
    ///
    /// # Cancellation
    ///
    /// The items of the incomplete vector are dropped and counted.
    ///
    /// # Panics
    ///
    /// When `n` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let chunks = iter(1..=5).chunks(2).collect::<Vec<_>>().block();
    /// assert_eq!(chunks, Ok(vec![vec![1, 2], vec![3, 4], vec![5]]));
    /// ```
    pub fn chunks(self, n: usize) -> Flow<Chunks<P>> {
        assert!(n > 0, "chunks: a chunk has at least one item");
        let (errors, ledger) = (ErrorPolicy::AfterDrain, Ledger::new(Some(n)));
        Flow::from(Chunks { source: self.publisher, n, errors, hook: None, ledger })
    }
}

impl<P: Publisher> Flow<Chunks<P>> {
    /// What an error of upstream does to the incomplete vector.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }

    /// Shows each item that is not delivered to `hook`: see [`Flow::on_dropped`].
    pub fn on_dropped<H>(mut self, hook: H) -> Self
    where
        H: Fn(Dropped<P::Item>) + Send + Sync + 'static,
    {
        self.publisher.hook = Some(Arc::new(hook));
        self
    }
}

/// See [`Flow::chunks`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Chunks<P: Publisher> {
    source: P,
    n: usize,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
}

impl<P: Publisher + fmt::Debug> fmt::Debug for Chunks<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Chunks");
        fields.field("source", &self.source).field("n", &self.n).finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for Chunks<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for Chunks<P> {
    type Item = Vec<P::Item>;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Vec<P::Item>, Error = P::Error> + Send + 'static,
    {
        let Self { source, n, errors, hook, ledger } = self;
        let collecting =
            Collecting { held: VecDeque::new(), n, errors, ended: false, taken: 0, failure: PhantomData };
        valve::subscribe(source, collecting, ledger, hook, subscriber);
    }
}

/// The incomplete vector. More is held only while another thread delivers.
struct Collecting<T, E> {
    held: VecDeque<T>,
    n: usize,
    errors: ErrorPolicy,
    /// What is held goes out, complete or not.
    ended: bool,
    taken: usize,
    failure: PhantomData<fn() -> E>,
}

impl<T: Send + 'static, E: Send + 'static> Store for Collecting<T, E> {
    type In = T;
    type Out = Vec<T>;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: T, _direct: Option<Demand>) -> Put<T, E> {
        self.held.push_back(item);
        Put::Kept
    }

    fn take(&mut self) -> Option<Vec<T>> {
        let incomplete = self.held.len() < self.n;
        if self.held.is_empty() || incomplete && !self.ended {
            return None;
        }
        self.taken = self.n.min(self.held.len());
        Some(self.held.drain(..self.taken).collect())
    }

    fn len(&self) -> usize {
        self.held.len()
    }

    fn taken(&self) -> usize {
        self.taken
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        let items = demand.map_or(0, Demand::get).saturating_mul(self.n as u64);
        if items == u64::MAX {
            return (asked != u64::MAX).then_some(Demand::UNBOUNDED);
        }
        Demand::new(items.saturating_sub(self.held.len() as u64).saturating_sub(asked))
    }

    fn end(&mut self) {
        self.ended = true;
    }

    fn error_cuts(&self) -> bool {
        self.errors == ErrorPolicy::Immediate
    }

    fn fail(&mut self, error: E) -> E {
        self.ended = true;
        error
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collecting(n: usize) -> Collecting<u32, ()> {
        let (held, errors, failure) = (VecDeque::new(), ErrorPolicy::AfterDrain, PhantomData);
        Collecting { held, n, errors, ended: false, taken: 0, failure }
    }

    #[test]
    fn demand_is_multiplied_and_saturates() {
        let mut store = collecting(3);
        assert_eq!(store.ask(0, None), None);
        assert_eq!(store.ask(0, Demand::new(2)), Demand::new(6));
        assert!(matches!(store.put(1, None), Put::Kept));
        assert_eq!(store.ask(5, Demand::new(2)), None);
        assert_eq!(store.ask(5, Demand::new(3)), Demand::new(3));
        assert_eq!(store.ask(5, Demand::new(u64::MAX / 2)), Some(Demand::UNBOUNDED));
        assert_eq!(store.ask(u64::MAX, Some(Demand::UNBOUNDED)), None);
    }

    #[test]
    fn the_last_one_may_be_shorter() {
        let mut store = collecting(2);
        (1..=3).for_each(|n| assert!(matches!(store.put(n, None), Put::Kept)));
        assert_eq!((store.take(), store.taken(), store.take()), (Some(vec![1, 2]), 2, None));
        store.end();
        assert_eq!((store.take(), store.taken(), store.take()), (Some(vec![3]), 1, None));
    }
}
