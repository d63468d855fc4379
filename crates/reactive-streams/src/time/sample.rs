//! The newest item at each tick of a clock.
//!
//! ```text
//! in      -a-b-----c--d--e-|
//! clock   ----1----2----3--
//! out     ----b----c----d-e|
//! ```
//!
//! Driver: timed.

use crate::Flow;
use crate::driver::gate::Hook;
use crate::driver::timed::{self, Paced, Wait, grid};
use crate::driver::valve::{Put, Store};
use crate::ledger::{Dropped, Ledger, Queue};
use crate::pressure::ErrorPolicy;
use crate::pressure::slot::{Second, Slot};
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

impl<P: Publisher> Flow<P> {
    /// Passes on the newest item at each whole number of `period`s after the subscription, if there is a new one.
    /// The items before it are dropped and counted as [`Superseded`](crate::Reason::Superseded).
    ///
    /// An alarm is armed only while an item waits; the clock is read for the first item after a tick.
    ///
    /// # Demand
    ///
    /// Asks for everything. At a tick without demand the item stays, a newer one supersedes it, and whichever it is
    /// goes out when it is asked for.
    ///
    /// # Completion and errors
    ///
    /// Both come after the waiting item, which then waits for demand but for no tick; without one they come at once.
    /// [`on_error`](Self::on_error) with [`ErrorPolicy::Immediate`] lets an error cut it off.
    ///
    /// # Cancellation
    ///
    /// Disarms the alarm; the waiting item is dropped and counted.
    ///
    /// # Panics
    ///
    /// When `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Flow, Reason};
    /// use reactive_streams_test::{VirtualClock, probe, scripted};
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (VirtualClock::new(), Duration::from_secs(1));
    /// let (script, publisher) = scripted::<u32, ()>();
    /// let probe = probe(Flow::from(publisher).sample(second, clock.clone()));
    /// probe.request(2);
    /// (1..=3).for_each(|n| script.next(n).unwrap());
    /// clock.advance(second);
    /// assert_eq!(probe.items(), [3]);
    /// ```
    pub fn sample<C: Clock + 'static>(self, period: Duration, clock: C) -> Flow<Sample<P>> {
        assert!(!period.is_zero(), "sample: the period is zero");
        let (source, clock, ledger) = (self.publisher, Arc::new(clock), Ledger::new(Some(1)));
        Flow::from(Sample { source, period, clock, errors: ErrorPolicy::AfterDrain, hook: None, ledger })
    }
}

impl<P: Publisher> Flow<Sample<P>> {
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

/// See [`Flow::sample`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Sample<P: Publisher> {
    source: P,
    period: Duration,
    clock: Arc<dyn Clock>,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
}

impl<P: Publisher + fmt::Debug> fmt::Debug for Sample<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Sample");
        fields.field("source", &self.source).field("period", &self.period).finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for Sample<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for Sample<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, period, clock, errors, hook, ledger } = self;
        let sampled = Sampled::new(Slot::new(Second::Supersedes, errors), clock.now(), period);
        timed::subscribe(source, sampled, clock, ledger, hook, subscriber);
    }
}

/// A slot that a tick opens.
struct Sampled<T, E> {
    slot: Slot<T, E>,
    start: Duration,
    period: Duration,
    /// The next tick, while an item waits for it.
    due: Option<Duration>,
    /// The tick has come: the item waits for demand only.
    open: bool,
    ended: bool,
}

impl<T, E> Sampled<T, E> {
    fn new(slot: Slot<T, E>, start: Duration, period: Duration) -> Self {
        Self { slot, start, period, due: None, open: false, ended: false }
    }
}

impl<T: Send + 'static, E: Send + 'static> Store for Sampled<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: T, direct: Option<Demand>) -> Put<T, E> {
        self.slot.put(item, direct)
    }

    fn take(&mut self) -> Option<T> {
        if self.is_shut() {
            return None;
        }
        self.open = false;
        self.slot.take()
    }

    fn len(&self) -> usize {
        self.slot.len()
    }

    fn is_shut(&self) -> bool {
        !self.open && !self.ended
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        self.slot.ask(asked, demand)
    }

    fn end(&mut self) {
        self.ended = true;
    }

    fn error_cuts(&self) -> bool {
        self.slot.error_cuts()
    }

    fn fail(&mut self, error: E) -> E {
        self.ended = true;
        error
    }

    fn clear(&mut self) -> VecDeque<T> {
        self.slot.clear()
    }
}

impl<T: Send + 'static, E: Send + 'static> Paced for Sampled<T, E> {
    fn wait(&mut self, _demand: Option<Demand>) -> Wait {
        match self.due {
            _ if self.open || self.slot.len() == 0 => Wait::Event,
            None => Wait::Time,
            Some(due) => Wait::Until(due),
        }
    }

    fn tick(&mut self, now: Duration) -> Result<(), E> {
        match self.due {
            None => self.due = Some(grid(self.start, self.period, now).1),
            Some(due) if due <= now => {
                self.due = None;
                self.open = self.slot.len() > 0;
            }
            Some(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn sampled() -> Sampled<u32, ()> {
        Sampled::new(Slot::new(Second::Supersedes, ErrorPolicy::AfterDrain), S, S)
    }

    #[test]
    fn an_item_waits_for_the_next_tick() {
        let mut store = sampled();
        assert_eq!(store.wait(None), Wait::Event);
        assert!(matches!(store.put(1, None), Put::Kept));
        assert_eq!((store.take(), store.wait(None)), (None, Wait::Time));
        assert_eq!((store.tick(S + S / 2), store.wait(None)), (Ok(()), Wait::Until(2 * S)));
        assert!(matches!(store.put(2, None), Put::Dropped(_, 1)));
        assert_eq!((store.take(), store.tick(2 * S), store.wait(None)), (None, Ok(()), Wait::Event));
        assert_eq!((store.take(), store.take()), (Some(2), None));
    }

    #[test]
    fn what_waits_at_the_end_waits_for_no_tick() {
        let mut store = sampled();
        assert!(matches!(store.put(1, None), Put::Kept));
        store.end();
        assert_eq!(store.take(), Some(1));
    }
}
