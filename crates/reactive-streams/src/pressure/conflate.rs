//! Folds the items that wait into one.
//!
//! ```text
//! in      a-b-c-----d-|
//! demand  --------2----
//! out     --------x-d|      x = a + b + c
//! ```
//!
//! Driver: valve.

use crate::Flow;
use crate::driver::gate::{Gate, Hook};
use crate::driver::valve::{self, Valve};
use crate::ledger::{Dropped, Ledger, Queue};
use crate::pressure::ErrorPolicy;
use crate::pressure::slot::{Second, Slot};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::sync::Arc;

impl<P: Publisher> Flow<P> {
    /// Folds each item that arrives while another waits into that one: `merge(waiting, arriving)`. Nothing is
    /// dropped, and no more than one item waits; an item that was asked for passes as it is.
    ///
    /// `merge` runs on upstream's thread, under no lock. What it builds is not bounded here: a `merge` that
    /// collects into a list holds as much as a queue without a bound. To keep the newest only, see
    /// [`latest`](Self::latest).
    ///
    /// # Demand
    ///
    /// Asks for everything.
    ///
    /// # Completion and errors
    ///
    /// Both come after the waiting item, and without demand when there is none. [`on_error`](Self::on_error)
    /// with [`ErrorPolicy::Immediate`] lets an error cut it off.
    ///
    /// # Cancellation
    ///
    /// The waiting item is dropped and counted; a `merge` in progress runs to its end.
    ///
    /// # Panics
    ///
    /// A panic of `merge` ends the stream: the two items went with it and are counted as
    /// [`Cancelled`](crate::Reason::Cancelled), upstream and downstream are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    ///
    /// let flow = iter(1..=4).conflate(|sum, n| sum + n);
    /// let ledger = flow.ledger();
    /// let probe = probe(flow);
    /// probe.request(1);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![10], true));
    /// assert_eq!((ledger.received(), ledger.emitted(), ledger.merged()), (4, 1, 3));
    /// ```
    pub fn conflate<F>(self, merge: F) -> Flow<Conflate<P, F>>
    where
        F: FnMut(P::Item, P::Item) -> P::Item + Send + 'static,
    {
        let (errors, ledger) = (ErrorPolicy::AfterDrain, Ledger::new(Some(1)));
        Flow::from(Conflate { source: self.publisher, merge, errors, hook: None, ledger })
    }
}

impl<P, F> Flow<Conflate<P, F>>
where
    P: Publisher,
    F: FnMut(P::Item, P::Item) -> P::Item + Send + 'static,
{
    /// What an error of upstream does to the waiting item.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }

    /// Shows an item that was cut off, by an error or a cancel, to `hook`: see [`Flow::on_dropped`].
    pub fn on_dropped<H>(mut self, hook: H) -> Self
    where
        H: Fn(Dropped<P::Item>) + Send + Sync + 'static,
    {
        self.publisher.hook = Some(Arc::new(hook));
        self
    }
}

/// See [`Flow::conflate`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Conflate<P: Publisher, F> {
    source: P,
    merge: F,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
}

impl<P: Publisher + fmt::Debug, F> fmt::Debug for Conflate<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Conflate");
        fields.field("source", &self.source).field("errors", &self.errors).finish_non_exhaustive()
    }
}

impl<P: Publisher, F> Queue for Conflate<P, F> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, F> Publisher for Conflate<P, F>
where
    P: Publisher,
    F: FnMut(P::Item, P::Item) -> P::Item + Send + 'static,
{
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let slot = Slot::new(Second::Folds, self.errors);
        if let Some(gate) = Gate::start(Valve::new(slot, self.ledger), subscriber, self.hook) {
            valve::feed(self.source, gate, self.merge);
        }
    }
}
