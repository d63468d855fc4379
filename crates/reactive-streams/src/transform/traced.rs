//! Shows what passes here to `tracing`: demand, drops and ends.
//!
//! ```text
//! in      a-b-c-|
//! demand  2---1--
//! span    [request 2 .. request 1 .. completed]
//! ```

use crate::Flow;
use crate::ledger::{Ledger, Queue};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use tracing::{Span, debug, trace, warn, warn_span};

const TARGET: &str = "reactive_streams";

impl<P: Publisher> Flow<P> {
    /// Opens a span `rs.subscription`, with `stage = name`, for each subscription. Downstream's callbacks run in it, so
    /// that what they log belongs to it. In it are the events, all with the target `reactive_streams`:
    ///
    /// | level | message | fields |
    /// |--|--|--|
    /// | trace | `request` | `n`, which is `u64::MAX` when unbounded |
    /// | warn | `dropped`, see [`with_drops`](Flow::with_drops) | `total`, `suppressed`, `ledger` |
    /// | debug | `completed`, `failed`, `cancelled` | `items`, `unused` |
    ///
    /// # Demand
    ///
    /// Passes through. Demand from elsewhere shows at the next item, or at the end.
    ///
    /// # Completion and errors
    ///
    /// Both pass through. A subscriber that is dropped without a terminal shows as cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// assert_eq!(iter(0..3).traced("numbers").count().block(), Ok(3));
    /// ```
    pub fn traced(self, name: &'static str) -> Flow<Traced<P>> {
        Flow::from(Traced { source: self.publisher, name, ledger: None })
    }
}

impl<P: Publisher + Queue> Flow<Traced<P>> {
    /// Warns of what the queue right before this drops: at the first, second, fourth, eighth item and so on, with the
    /// number of items that were passed over since the last warning, and at the end. It looks when an item passes.
    ///
    /// ```
    /// use reactive_streams::{Overflow, iter};
    ///
    /// let flow = iter(0..9).buffer(2).overflow(Overflow::DropOldest).traced("readings").with_drops();
    /// assert_eq!(flow.count().block(), Ok(9));
    /// ```
    pub fn with_drops(mut self) -> Self {
        self.publisher.ledger = Some(self.publisher.source.ledger());
        self
    }
}

/// See [`Flow::traced`].
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Traced<P> {
    source: P,
    name: &'static str,
    ledger: Option<Ledger>,
}

impl<P: Queue> Queue for Traced<P> {
    fn ledger(&self) -> Ledger {
        self.source.ledger()
    }
}

impl<P: Publisher> Publisher for Traced<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let span = warn_span!(target: TARGET, "rs.subscription", stage = self.name);
        let drops = self.ledger.map(|ledger| Drops { ledger, seen: 0 });
        self.source.subscribe(Watch { downstream: Some(subscriber), span, known: 0, items: 0, drops });
    }
}

/// The subscriber between, which passes on the subscription that it is lent.
struct Watch<D> {
    /// Gone once it has had its terminal.
    downstream: Option<D>,
    span: Span,
    /// What was outstanding at the last look.
    known: u64,
    items: u64,
    drops: Option<Drops>,
}

/// What a queue has dropped.
struct Drops {
    ledger: Ledger,
    /// How many had been dropped at the last warning.
    seen: u64,
}

impl Drops {
    /// How many there are, and how many were passed over, if a warning is due.
    fn due(&mut self, is_end: bool) -> Option<(u64, u64)> {
        let total = self.ledger.total_dropped();
        let step = self.seen.checked_ilog2() < total.checked_ilog2();
        if total == self.seen || !(step || is_end) {
            return None;
        }
        let suppressed = total - self.seen - 1;
        self.seen = total;
        Some((total, suppressed))
    }
}

impl<D> Watch<D> {
    /// Shows the demand that has come since the last look, given what is outstanding now and was delivered since.
    fn requests(&mut self, now: Option<Demand>, delivered: u64) {
        let now = now.map_or(0, Demand::get);
        let n = if now == u64::MAX { now } else { (now + delivered).saturating_sub(self.known) };
        if n > 0 && self.known != u64::MAX {
            trace!(target: TARGET, parent: &self.span, n, "request");
        }
        self.known = now;
    }

    fn dropped(&mut self, is_end: bool) {
        let Self { span, drops: Some(drops), .. } = self else { return };
        if let Some((total, suppressed)) = drops.due(is_end) {
            warn!(target: TARGET, parent: &*span, total, suppressed, ledger = ?drops.ledger, "dropped");
        }
    }

    fn end(&mut self, unused: Option<Demand>, how: &'static str) -> Option<D> {
        let downstream = self.downstream.take()?;
        self.requests(unused, 0);
        self.dropped(true);
        let (items, unused) = (self.items, unused.map_or(0, Demand::get));
        debug!(target: TARGET, parent: &self.span, items, unused, "{how}");
        Some(downstream)
    }
}

impl<D: Subscriber> Subscriber for Watch<D> {
    type Item = D::Item;
    type Error = D::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let Some(downstream) = &mut self.downstream else { return };
        self.span.in_scope(|| downstream.on_subscribe(subscription));
        self.requests(subscription.outstanding(), 0);
    }

    fn hears_of_immediate(&self) -> bool {
        self.downstream.as_ref().is_some_and(D::hears_of_immediate)
    }

    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        let Some(downstream) = &mut self.downstream else { return };
        self.items += 1;
        self.span.in_scope(|| downstream.on_next(item, subscription));
        self.requests(subscription.outstanding(), 1);
        self.dropped(false);
    }

    fn on_error(mut self, error: D::Error, unused: Option<Demand>) {
        if let Some(downstream) = self.end(unused, "failed") {
            self.span.in_scope(|| downstream.on_error(error, unused));
        }
    }

    fn on_complete(mut self, unused: Option<Demand>) {
        if let Some(downstream) = self.end(unused, "completed") {
            self.span.in_scope(|| downstream.on_complete(unused));
        }
    }
}

impl<D> Drop for Watch<D> {
    fn drop(&mut self) {
        if let Some(downstream) = self.end(None, "cancelled") {
            self.span.in_scope(|| drop(downstream));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Reason;

    #[test]
    fn warnings_are_due_at_powers_of_two_and_at_the_end() {
        let ledger = Ledger::new(None);
        let mut drops = Drops { ledger: ledger.clone(), seen: 0 };
        let mut due = |n: usize, is_end| {
            ledger.drop_items(Reason::Overflow, n);
            drops.due(is_end)
        };
        assert_eq!((due(0, false), due(0, true)), (None, None));
        assert_eq!((due(1, false), due(1, false)), (Some((1, 0)), Some((2, 0))));
        assert_eq!((due(1, false), due(1, false)), (None, Some((4, 1))));
        assert_eq!(due(7, false), Some((11, 6)));
        assert_eq!((due(4, false), due(1, false), due(0, true)), (None, Some((16, 4)), None));
        assert_eq!(due(3, true), Some((19, 2)));
    }
}
