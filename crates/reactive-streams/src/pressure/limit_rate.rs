//! Asks for a limited number of items at a time.
//!
//! ```text
//! demand  9-----------------      limit_rate(4, 1)
//! asks    4-----3-----2-----
//! in      -a-b-c-d-e-f-g-h-i
//! out     -a-b-c-d-e-f-g-h-i
//! ```
//!
//! Driver: valve.

use crate::Flow;
use crate::driver::valve::{self, Put, Store};
use crate::ledger::{Ledger, Queue};
use reactive_streams_core::{Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Passes items on, and never has more than `high` of them outstanding upstream, whatever downstream asks
    /// for. Once no more than `low` are outstanding, it asks again, up to `high`.
    ///
    /// It asks for nothing that downstream has not asked for, so that nothing waits here: to have items ready
    /// before they are asked for, see [`buffer`](Self::buffer).
    ///
    /// # Demand
    ///
    /// Passes through, cut into portions: the first of at most `high`, the others of at least `high - low`
    /// while there is that much demand.
    ///
    /// # Completion and errors
    ///
    /// Both pass through.
    ///
    /// # Cancellation
    ///
    /// Cancels upstream. An item that is on its way is dropped and counted.
    ///
    /// # Panics
    ///
    /// When `low` is not below `high`: it could not wait for an item. So `high` is at least one.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams_test::{probe, scripted};
    /// use reactive_streams::Flow;
    ///
    /// let (script, publisher) = scripted::<u32, ()>();
    /// let probe = probe(Flow::from(publisher).limit_rate(4, 1));
    /// probe.request(9);
    /// assert_eq!(script.requested(), 4);
    /// (0..3).for_each(|n| script.next(n).unwrap());
    /// assert_eq!((probe.items(), script.requested()), (vec![0, 1, 2], 7));
    /// ```
    pub fn limit_rate(self, high: u64, low: u64) -> Flow<LimitRate<P>> {
        assert!(low < high, "limit_rate: low ({low}) is not below high ({high})");
        let ledger = Ledger::new(usize::try_from(high).ok());
        Flow::from(LimitRate { source: self.publisher, high, low, ledger })
    }
}

/// See [`Flow::limit_rate`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct LimitRate<P> {
    source: P,
    high: u64,
    low: u64,
    ledger: Ledger,
}

impl<P: fmt::Debug> fmt::Debug for LimitRate<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("LimitRate");
        fields.field("source", &self.source).field("high", &self.high).field("low", &self.low);
        fields.finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for LimitRate<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for LimitRate<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, high, low, ledger } = self;
        let portions = Portions { passing: VecDeque::new(), high, low, failure: PhantomData };
        valve::subscribe(source, portions, ledger, None, subscriber);
    }
}

/// Holds an item only while another is being delivered: each was asked for.
struct Portions<T, E> {
    passing: VecDeque<T>,
    high: u64,
    low: u64,
    failure: PhantomData<fn() -> E>,
}

impl<T: Send + 'static, E: Send + 'static> Store for Portions<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: T, _direct: Option<Demand>) -> Put<T, E> {
        self.passing.push_back(item);
        Put::Kept
    }

    fn take(&mut self) -> Option<T> {
        self.passing.pop_front()
    }

    fn len(&self) -> usize {
        self.passing.len()
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        let unmet = demand.map_or(0, Demand::get).saturating_sub(self.passing.len() as u64);
        let room = self.high.saturating_sub(self.passing.len() as u64);
        // What was asked for is on its way: above the low mark there is nothing to do.
        if asked <= self.low { Demand::new(unmet.min(room).saturating_sub(asked)) } else { None }
    }

    fn fail(&mut self, error: E) -> E {
        error
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.passing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_at_the_low_mark_and_up_to_the_high_one() {
        let mut portions =
            Portions::<u32, ()> { passing: VecDeque::new(), high: 8, low: 2, failure: PhantomData };
        let unbounded = Some(Demand::UNBOUNDED);
        for (asked, demand, more) in [
            (0, None, 0),
            (0, Demand::new(3), 3),
            (0, unbounded, 8),
            (3, unbounded, 0),
            (2, unbounded, 6),
            (2, Demand::new(2), 0),
            (1, Demand::new(5), 4),
        ] {
            assert_eq!(portions.ask(asked, demand), Demand::new(more), "{asked} of {demand:?}");
        }
    }

    #[test]
    fn what_is_passing_counts() {
        let mut portions =
            Portions::<u32, ()> { passing: VecDeque::from([1, 2, 3]), high: 4, low: 1, failure: PhantomData };
        assert_eq!(portions.ask(0, Some(Demand::UNBOUNDED)), Demand::new(1));
        assert_eq!(portions.ask(0, Demand::new(3)), None);
    }
}
