//! Collects items into vectors.
//!
//! ```text
//! in      a-b-c-d-e-|         chunks(2)
//! out     --[a,b]-[c,d]-[e]|
//! ```
//!
//! Driver: gather.

use crate::Flow;
use crate::driver::gather::Gather;
use crate::driver::losses::Hook;
use crate::ledger::{Dropped, Ledger, Queue};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::sync::Arc;

impl<P: Publisher> Flow<P> {
    /// Collects each `n` items into a vector; the last one may be shorter, none is empty. The ledger counts a
    /// vector as emitted once, and its other items as merged.
    ///
    /// # Demand
    ///
    /// Each vector that is asked for becomes `n` items asked of upstream, one with the vector and the others when that one
    /// has come; nothing is asked for in advance.
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
        let cuts = errors == ErrorPolicy::Immediate;
        source.subscribe(Gather::new(n, cuts, ledger, hook, subscriber));
    }
}
