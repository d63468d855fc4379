//! Keeps the newest of the items that wait.
//!
//! ```text
//! in      a-b-c-----d-|
//! demand  --------2----
//! out     --------c-d|
//! ```
//!
//! Driver: valve.

use crate::Flow;
use crate::driver::gate::Hook;
use crate::driver::valve;
use crate::ledger::{Dropped, Ledger, Queue};
use crate::pressure::ErrorPolicy;
use crate::pressure::slot::{Second, Slot};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::sync::Arc;

impl<P: Publisher> Flow<P> {
    /// Keeps the newest item while downstream asks for none. An item that waits when another arrives is dropped
    /// and counted as [`Superseded`](crate::Reason::Superseded).
    ///
    /// It does what `buffer(1)` with [`DropOldest`](crate::Overflow::DropOldest) does, and says why: an item that
    /// has lost its worth is not an overflow. To keep something of each, see [`conflate`](Self::conflate).
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
    /// The waiting item is dropped and counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Reason, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let flow = iter(1..=4).latest();
    /// let ledger = flow.ledger();
    /// let probe = probe(flow);
    /// probe.request(1);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![4], true));
    /// assert_eq!(ledger.dropped(Reason::Superseded), 3);
    /// ```
    pub fn latest(self) -> Flow<Latest<P>> {
        let (errors, ledger) = (ErrorPolicy::AfterDrain, Ledger::new(Some(1)));
        Flow::from(Latest { source: self.publisher, errors, hook: None, ledger })
    }
}

impl<P: Publisher> Flow<Latest<P>> {
    /// What an error of upstream does to the waiting item.
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

/// See [`Flow::latest`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Latest<P: Publisher> {
    source: P,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
}

impl<P: Publisher + fmt::Debug> fmt::Debug for Latest<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Latest");
        fields.field("source", &self.source).field("errors", &self.errors).finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for Latest<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for Latest<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let slot = Slot::new(Second::Supersedes, self.errors);
        valve::subscribe(self.source, slot, self.ledger, self.hook, subscriber);
    }
}
