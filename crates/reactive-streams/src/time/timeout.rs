//! Fails when an item that was asked for does not come.
//!
//! ```text
//! in      -a--b-------c      timeout(5)
//! out     -a--b----X         X = Elapsed
//! ```
//!
//! Driver: timed.

use crate::Flow;
use crate::driver::timed::{self, Paced, Wait};
use crate::driver::valve::{Put, Store};
use crate::ledger::{Ledger, Queue};
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// An item did not come in time, or the stream failed: see [`Flow::timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutError<E> {
    /// There was demand, and no item for this long.
    Elapsed {
        /// The time that was allowed.
        duration: Duration,
    },
    /// Upstream failed.
    Upstream(E),
}

impl<E: fmt::Display> fmt::Display for TimeoutError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed { duration } => write!(f, "no item came for {duration:?} while one was asked for"),
            Self::Upstream(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for TimeoutError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Elapsed { .. } => None,
            // It is printed as this one.
            Self::Upstream(error) => error.source(),
        }
    }
}

impl<P: Publisher> Flow<P> {
    /// Fails when there is demand and no item comes for `duration`. The time that downstream takes for an item, and
    /// the time without demand, do not count.
    ///
    /// The clock is not read for each item: it is looked at eight times in a `duration` while there is demand, so
    /// that the failure may come an eighth late, and never early.
    ///
    /// # Demand
    ///
    /// Passes through.
    ///
    /// # Completion and errors
    ///
    /// Both pass through, an error as [`TimeoutError::Upstream`]. When the time has elapsed, upstream is cancelled
    /// and the stream fails with [`TimeoutError::Elapsed`].
    ///
    /// # Cancellation
    ///
    /// Disarms the alarm and cancels upstream. An item that is on its way is dropped and counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Flow, TimeoutError};
    /// use reactive_streams_test::{VirtualClock, probe, scripted};
    /// use std::time::Duration;
    ///
    /// let (clock, duration) = (VirtualClock::new(), Duration::from_secs(8));
    /// let (script, publisher) = scripted::<u32, ()>();
    /// let probe = probe(Flow::from(publisher).timeout(duration, clock.clone()));
    /// probe.request(1);
    /// clock.advance(duration);
    /// assert_eq!(probe.error(), Some(TimeoutError::Elapsed { duration }));
    /// assert!(script.is_cancelled());
    /// ```
    pub fn timeout<C: Clock + 'static>(self, duration: Duration, clock: C) -> Flow<Timeout<P>> {
        let (source, clock, ledger) = (self.publisher, Arc::new(clock), Ledger::new(None));
        Flow::from(Timeout { source, duration, clock, ledger })
    }
}

/// See [`Flow::timeout`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Timeout<P> {
    source: P,
    duration: Duration,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
}

impl<P: fmt::Debug> fmt::Debug for Timeout<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Timeout");
        fields.field("source", &self.source).field("duration", &self.duration).finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for Timeout<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for Timeout<P> {
    type Item = P::Item;
    type Error = TimeoutError<P::Error>;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = TimeoutError<P::Error>> + Send + 'static,
    {
        let Self { source, duration, clock, ledger } = self;
        timed::subscribe(source, Watched::new(duration), clock, ledger, None, subscriber);
    }
}

/// Lets everything pass, and looks now and then whether anything has.
struct Watched<T, E> {
    /// Holds an item only while another is being delivered: each was asked for.
    passing: VecDeque<T>,
    duration: Duration,
    /// Nothing has come since then, but for what `progress` says.
    since: Duration,
    /// The next look.
    due: Option<Duration>,
    /// Something has come since the last look, or was being delivered, or there was no demand.
    progress: bool,
    delivering: bool,
    wanted: bool,
    failure: PhantomData<fn() -> E>,
}

impl<T, E> Watched<T, E> {
    fn new(duration: Duration) -> Self {
        let (passing, since, due, failure) = (VecDeque::new(), Duration::ZERO, None, PhantomData);
        Self { passing, duration, since, due, progress: false, delivering: false, wanted: false, failure }
    }
}

impl<T: Send + 'static, E: Send + 'static> Store for Watched<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = TimeoutError<E>;

    fn put(&mut self, item: T, _direct: Option<Demand>) -> Put<T, TimeoutError<E>> {
        self.passing.push_back(item);
        Put::Kept
    }

    fn take(&mut self) -> Option<T> {
        let item = self.passing.pop_front();
        self.delivering |= item.is_some();
        item
    }

    fn len(&self) -> usize {
        self.passing.len()
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        if demand == Some(Demand::UNBOUNDED) {
            return (asked != u64::MAX).then_some(Demand::UNBOUNDED);
        }
        let unmet = demand.map_or(0, Demand::get).saturating_sub(self.passing.len() as u64);
        Demand::new(unmet.saturating_sub(asked))
    }

    fn fail(&mut self, error: E) -> TimeoutError<E> {
        TimeoutError::Upstream(error)
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.passing)
    }
}

impl<T: Send + 'static, E: Send + 'static> Paced for Watched<T, E> {
    fn wait(&mut self, demand: Option<Demand>) -> Wait {
        let delivered = std::mem::take(&mut self.delivering);
        let was_wanted = std::mem::replace(&mut self.wanted, demand.is_some());
        self.progress |= delivered || !was_wanted;
        match self.due {
            // An alarm that is armed may ring; without demand it is the last one.
            _ if !self.wanted => Wait::Event,
            None => Wait::Time,
            Some(due) => Wait::Until(due),
        }
    }

    fn tick(&mut self, now: Duration) -> Result<(), TimeoutError<E>> {
        if self.due.is_some_and(|due| now < due) {
            return Ok(());
        }
        if std::mem::take(&mut self.progress) || self.delivering || self.due.is_none() {
            self.since = now;
        }
        let deadline = self.since.saturating_add(self.duration);
        if self.wanted && self.due.is_some() && deadline <= now {
            return Err(TimeoutError::Elapsed { duration: self.duration });
        }
        // It moves on, however short the duration.
        let step = (self.duration / 8).max(Duration::from_nanos(1));
        self.due = self.wanted.then(|| deadline.min(now.saturating_add(step)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn watched() -> Watched<u32, ()> {
        Watched::new(8 * S)
    }

    fn looks(store: &mut Watched<u32, ()>, until: u32) {
        while let Some(due) = store.due
            && due <= until * S
        {
            assert_eq!(store.tick(due), Ok(()), "at {due:?}");
        }
    }

    #[test]
    fn it_fails_when_nothing_has_come_for_the_duration() {
        let mut store = watched();
        assert_eq!(store.wait(None), Wait::Event);
        assert_eq!(store.wait(Some(Demand::ONE)), Wait::Time);
        assert_eq!(store.tick(10 * S), Ok(()));
        assert_eq!(store.wait(Some(Demand::ONE)), Wait::Until(11 * S));
        looks(&mut store, 17);
        assert!(store.tick(18 * S).is_err());
    }

    #[test]
    fn an_item_is_noticed_at_the_next_look() {
        let mut store = watched();
        let demand = Some(Demand::UNBOUNDED);
        store.wait(demand);
        assert_eq!(store.tick(S), Ok(()));
        looks(&mut store, 4);
        assert!(matches!(store.put(1, demand), Put::Kept));
        assert_eq!(store.take(), Some(1));
        store.wait(demand);
        looks(&mut store, 12);
        assert!(store.tick(13 * S).is_err());
    }

    #[test]
    fn time_without_demand_and_the_time_of_a_delivery_do_not_count() {
        let mut store = watched();
        store.wait(Some(Demand::ONE));
        assert_eq!(store.tick(S), Ok(()));
        store.wait(None);
        assert_eq!(store.tick(2 * S), Ok(()));
        assert_eq!((store.due, store.wait(Some(Demand::ONE))), (None, Wait::Time));
        assert_eq!(store.tick(50 * S), Ok(()));
        assert!(matches!(store.put(1, None), Put::Kept));
        assert_eq!(store.take(), Some(1));
        looks(&mut store, 90);
        store.wait(Some(Demand::ONE));
        looks(&mut store, 98);
        assert!(store.tick(99 * S).is_err());
    }

    #[test]
    fn no_time_at_all_fails_at_the_first_look_after_the_demand() {
        let mut store = Watched::<u32, ()>::new(Duration::ZERO);
        store.wait(Some(Demand::ONE));
        assert_eq!(store.tick(S), Ok(()));
        assert_eq!(store.wait(Some(Demand::ONE)), Wait::Until(S));
        assert!(store.tick(S).is_err());
    }
}
