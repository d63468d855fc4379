//! Drops what was not asked for, and shows it to a hook.
//!
//! ```text
//! in      a-b-c-----d-|
//! demand  --2-------1--
//! out     --b-c-----d-|     the hook sees a
//! ```
//!
//! Driver: spill.

use crate::Flow;
use crate::driver::spill;
use crate::ledger::{Dropped, Ledger, Queue};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;

impl<P: Publisher> Flow<P> {
    /// Drops what downstream has not asked for, and shows each dropped item to `hook`, on upstream's thread and under no
    /// lock. It is counted as [`Overflow`](crate::Reason::Overflow).
    ///
    /// It does what a queue of capacity zero does ([`buffer(0)`](Self::buffer) with
    /// [`DropIncoming`](crate::Overflow::DropIncoming)), and has no queue.
    ///
    /// # Demand
    ///
    /// Asks for everything.
    ///
    /// # Completion and errors
    ///
    /// Both come at once: nothing waits.
    ///
    /// # Panics
    ///
    /// A panic of the hook ends the stream: it unwinds through upstream, and nothing is emitted after it.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    ///
    /// let (lost, seen) = std::sync::mpsc::channel();
    /// let probe = probe(iter(1..=3).on_backpressure_drop(move |dropped| lost.send(dropped.item).unwrap()));
    /// assert_eq!(seen.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// assert!(probe.is_complete());
    /// ```
    #[inline]
    pub fn on_backpressure_drop<F>(self, hook: F) -> Flow<OnBackpressureDrop<P, F>>
    where
        F: FnMut(Dropped<P::Item>) + Send + 'static,
    {
        Flow::from(OnBackpressureDrop { source: self.publisher, hook, ledger: Ledger::new(Some(0)) })
    }
}

/// See [`Flow::on_backpressure_drop`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct OnBackpressureDrop<P, F> {
    source: P,
    hook: F,
    ledger: Ledger,
}

impl<P: fmt::Debug, F> fmt::Debug for OnBackpressureDrop<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnBackpressureDrop").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F> Queue for OnBackpressureDrop<P, F> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P, F> Publisher for OnBackpressureDrop<P, F>
where
    P: Publisher,
    F: FnMut(Dropped<P::Item>) + Send + 'static,
{
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        spill::subscribe(self.source, self.ledger, self.hook, subscriber);
    }
}
