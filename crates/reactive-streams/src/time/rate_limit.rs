//! At most so many items in each window of time, and none lost.
//!
//! ```text
//! demand  9-----------------      rate_limit(2, 6)
//! asks    2-----2-----2-----
//! in      -a-b---c-d---e-f--
//! window   a------c-----e---
//! out     -a-b---c-d---e-f--
//! ```
//!
//! Driver: timed.

use crate::Flow;
use crate::driver::timed::{self, Paced, Wait};
use crate::driver::valve::{Put, Store};
use crate::ledger::{Ledger, Queue, Reason};
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

impl<P: Publisher> Flow<P> {
    /// Passes all items on, at most `n` of them in a window of `duration`, by asking upstream for no more than may
    /// pass. A window begins when an item goes out and none lasts; the next one begins with the first item after its
    /// end. So a span of `duration` that lies across two windows may see up to `2 * n` items.
    ///
    /// The clock is read once for a window, and an alarm ends it. To drop what comes too fast, see
    /// [`throttle`](Self::throttle).
    ///
    /// # Demand
    ///
    /// Passes through, cut into portions: in one window upstream is asked for at most `n`, none of which downstream
    /// has not asked for. What was asked for and comes in a later window counts there.
    ///
    /// # Completion and errors
    ///
    /// Both pass through, and wait for no window.
    ///
    /// # Cancellation
    ///
    /// Disarms the alarm and cancels upstream. An item that is on its way is dropped and counted.
    ///
    /// # Panics
    ///
    /// When `n` or `duration` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::{VirtualClock, probe};
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (VirtualClock::new(), Duration::from_secs(1));
    /// let probe = probe(iter(1..=5).rate_limit(2, second, clock.clone()));
    /// probe.request(9);
    /// assert_eq!(probe.items(), [1, 2]);
    /// clock.advance(second);
    /// assert_eq!(probe.items(), [3, 4]);
    /// clock.advance(second);
    /// assert_eq!((probe.items(), probe.is_complete()), (vec![5], true));
    /// ```
    pub fn rate_limit<C>(self, n: usize, duration: Duration, clock: C) -> Flow<RateLimit<P>>
    where
        C: Clock + 'static,
    {
        assert!(n > 0, "rate_limit: at most zero items in a window is none at all");
        assert!(!duration.is_zero(), "rate_limit: the duration is zero");
        let (source, clock, ledger) = (self.publisher, Arc::new(clock), Ledger::new(Some(n)));
        Flow::from(RateLimit { source, n, duration, clock, ledger })
    }
}

/// See [`Flow::rate_limit`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct RateLimit<P> {
    source: P,
    n: usize,
    duration: Duration,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
}

impl<P: fmt::Debug> fmt::Debug for RateLimit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("RateLimit");
        fields.field("source", &self.source).field("n", &self.n).field("duration", &self.duration);
        fields.finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for RateLimit<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for RateLimit<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, n, duration, clock, ledger } = self;
        timed::subscribe(source, Paid::new(n, duration), clock, ledger, None, subscriber);
    }
}

/// Lets an item pass for a token. There are `n` in a window, and no more are asked for and held together, so that
/// whatever is held may pass.
struct Paid<T, E> {
    /// Holds an item only while another is being delivered, or until the time is known: each was asked for.
    passing: VecDeque<T>,
    n: usize,
    duration: Duration,
    tokens: usize,
    /// When the window that lasts ends; known before its first item goes out.
    until: Option<Duration>,
    ended: bool,
    failure: PhantomData<fn() -> E>,
}

impl<T, E> Paid<T, E> {
    fn new(n: usize, duration: Duration) -> Self {
        let (passing, until, failure) = (VecDeque::new(), None, PhantomData);
        Self { passing, n, duration, tokens: n, until, ended: false, failure }
    }
}

impl<T: Send + 'static, E: Send + 'static> Store for Paid<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: T, _direct: Option<Demand>) -> Put<T, E> {
        if self.passing.len() >= self.tokens {
            // Upstream sends more than it was asked for.
            return Put::Dropped(Reason::Shed, item);
        }
        self.passing.push_back(item);
        Put::Kept
    }

    fn take(&mut self) -> Option<T> {
        if self.until.is_none() && !self.ended {
            return None;
        }
        let item = self.passing.pop_front()?;
        self.tokens -= 1;
        Some(item)
    }

    fn len(&self) -> usize {
        self.passing.len()
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        let held = self.passing.len() as u64;
        let unmet = demand.map_or(0, Demand::get).saturating_sub(held);
        let free = (self.tokens as u64).saturating_sub(held);
        Demand::new(unmet.min(free).saturating_sub(asked))
    }

    fn end(&mut self) {
        self.ended = true;
    }

    fn fail(&mut self, error: E) -> E {
        self.ended = true;
        error
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.passing)
    }
}

impl<T: Send + 'static, E: Send + 'static> Paced for Paid<T, E> {
    fn wait(&mut self, demand: Option<Demand>) -> Wait {
        match self.until {
            Some(until) => Wait::Until(until),
            None if demand.is_some() && !self.passing.is_empty() => Wait::Time,
            None => Wait::Event,
        }
    }

    fn tick(&mut self, now: Duration) -> Result<(), E> {
        match self.until {
            Some(until) if until <= now => (self.until, self.tokens) = (None, self.n),
            None if !self.passing.is_empty() => self.until = Some(now.saturating_add(self.duration)),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn asked(paid: &mut Paid<u32, ()>, asked: u64, demand: u64) -> u64 {
        paid.ask(asked, Demand::new(demand)).map_or(0, Demand::get)
    }

    #[test]
    fn it_asks_for_as_much_as_may_pass() {
        let mut paid = Paid::<u32, ()>::new(3, S);
        assert_eq!([asked(&mut paid, 0, 2), asked(&mut paid, 0, 9), asked(&mut paid, 2, 9)], [2, 3, 1]);
        assert!(matches!(paid.put(1, None), Put::Kept));
        assert_eq!([asked(&mut paid, 0, 9), asked(&mut paid, 0, 2)], [2, 1], "what is held has its token");
        assert_eq!((paid.tick(S), paid.take()), (Ok(()), Some(1)));
        assert_eq!(asked(&mut paid, 0, u64::MAX), 2);
    }

    #[test]
    fn a_window_begins_with_an_item_and_gives_the_tokens_back_at_its_end() {
        let (mut paid, some) = (Paid::<u32, ()>::new(1, 2 * S), Some(Demand::UNBOUNDED));
        assert_eq!(paid.wait(some), Wait::Event);
        assert!(matches!(paid.put(1, some), Put::Kept));
        assert_eq!((paid.take(), paid.wait(None), paid.wait(some)), (None, Wait::Event, Wait::Time));
        assert_eq!((paid.tick(S), paid.take(), paid.wait(None)), (Ok(()), Some(1), Wait::Until(3 * S)));
        assert_eq!((asked(&mut paid, 0, 9), paid.tick(2 * S), asked(&mut paid, 0, 9)), (0, Ok(()), 0));
        assert_eq!((paid.tick(3 * S), asked(&mut paid, 0, 9), paid.wait(some)), (Ok(()), 1, Wait::Event));
    }

    #[test]
    fn what_was_not_asked_for_is_turned_away_and_what_is_held_at_the_end_needs_no_time() {
        let mut paid = Paid::<u32, ()>::new(1, S);
        assert!(matches!(paid.put(1, None), Put::Kept));
        assert!(matches!(paid.put(2, None), Put::Dropped(Reason::Shed, 2)));
        paid.end();
        assert_eq!((paid.take(), paid.take()), (Some(1), None));
    }
}
