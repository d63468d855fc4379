//! The first item of each window of time.
//!
//! ```text
//! in      -a-b-c------d-e-f-g--|      throttle(5)
//! window   a----      d----f----
//! out     -a----------d----f---|
//! ```
//!
//! Driver: timed, behind a step that turns items away.

use crate::Flow;
use crate::driver::gate::Hook;
use crate::driver::timed::{self, Paced, Wait};
use crate::driver::valve::{Put, Store};
use crate::ledger::{Dropped, Ledger, Queue, Reason};
use crate::pressure::ErrorPolicy;
use crate::pressure::slot::{Second, Slot};
use crate::time::door::{Door, Guarded};
use reactive_streams_core::shim;
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

impl<P: Publisher> Flow<P> {
    /// Passes one item on, and turns away those that follow it within `duration`: dropped, and counted as
    /// [`Shed`](crate::Reason::Shed). The window begins when the item goes out. Nothing is lost with
    /// [`rate_limit`](Self::rate_limit), which slows upstream down instead.
    ///
    /// The clock is read once for each item that goes out, and an alarm ends the window: an item that is turned
    /// away costs neither.
    ///
    /// # Demand
    ///
    /// Asks for everything. An item that comes outside a window and without demand waits, a newer one supersedes
    /// it ([`Superseded`](crate::Reason::Superseded)), and whichever it is goes out when it is asked for.
    ///
    /// # Completion and errors
    ///
    /// Both come after the waiting item, and at once without one. [`on_error`](Self::on_error) with
    /// [`ErrorPolicy::Immediate`] lets an error cut it off.
    ///
    /// # Cancellation
    ///
    /// Disarms the alarm; the waiting item is dropped and counted.
    ///
    /// # Panics
    ///
    /// When `duration` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::Flow;
    /// use reactive_streams_test::{VirtualClock, probe, scripted};
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (VirtualClock::new(), Duration::from_secs(1));
    /// let (script, publisher) = scripted::<u32, ()>();
    /// let probe = probe(Flow::from(publisher).throttle(second, clock.clone()));
    /// probe.request(9);
    /// (1..=3).for_each(|n| script.next(n).unwrap());
    /// clock.advance(second);
    /// (4..=6).for_each(|n| script.next(n).unwrap());
    /// assert_eq!(probe.items(), [1, 4]);
    /// ```
    pub fn throttle<C: Clock + 'static>(self, duration: Duration, clock: C) -> Flow<Throttle<P>> {
        assert!(!duration.is_zero(), "throttle: the duration is zero");
        let (source, clock, ledger) = (self.publisher, Arc::new(clock), Ledger::new(Some(1)));
        Flow::from(Throttle { source, duration, clock, errors: ErrorPolicy::AfterDrain, hook: None, ledger })
    }
}

impl<P: Publisher> Flow<Throttle<P>> {
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

/// See [`Flow::throttle`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Throttle<P: Publisher> {
    source: P,
    duration: Duration,
    clock: Arc<dyn Clock>,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
}

impl<P: Publisher + fmt::Debug> fmt::Debug for Throttle<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Throttle");
        fields.field("source", &self.source).field("duration", &self.duration).finish_non_exhaustive()
    }
}

impl<P: Publisher> Queue for Throttle<P> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher> Publisher for Throttle<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, duration, clock, errors, hook, ledger } = self;
        let door = Door::default();
        let store = Throttled::new(Slot::new(Second::Supersedes, errors), duration, door.clone());
        let guarded = Guarded::new(source, door, ledger.clone(), hook.clone());
        timed::subscribe(guarded, store, clock, ledger, hook, subscriber);
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Window {
    /// None: the next item may begin one.
    Open,
    /// There is demand for the item in the slot: it goes out as soon as the time is known.
    Wanted,
    /// It goes out now, and the window lasts until then.
    Granted(Duration),
    /// It has gone out.
    Shut(Duration),
}

/// A slot behind the door.
struct Throttled<T, E> {
    slot: Slot<T, E>,
    duration: Duration,
    door: Door,
    window: Window,
    ended: bool,
}

impl<T, E> Throttled<T, E> {
    fn new(slot: Slot<T, E>, duration: Duration, door: Door) -> Self {
        Self { slot, duration, door, window: Window::Open, ended: false }
    }

    fn shut(&mut self) {
        self.window = Window::Wanted;
        self.door.set_shut(true);
    }
}

impl<T: Send + 'static, E: Send + 'static> Store for Throttled<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = E;

    fn put(&mut self, item: T, direct: Option<Demand>) -> Put<T, E> {
        if self.window != Window::Open {
            return Put::Dropped(Reason::Shed, item);
        }
        if direct.is_some() {
            self.shut();
        }
        self.slot.put(item, direct)
    }

    fn take(&mut self) -> Option<T> {
        match self.window {
            Window::Granted(until) => self.window = Window::Shut(until),
            _ if self.ended => {}
            _ => return None,
        }
        self.slot.take()
    }

    fn len(&self) -> usize {
        self.slot.len()
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
        // What comes after the end is counted as late, at the gate.
        self.door.set_shut(false);
        self.slot.clear()
    }
}

impl<T: Send + 'static, E: Send + 'static> Paced for Throttled<T, E> {
    fn wait(&mut self, demand: Option<Demand>) -> Wait {
        if self.window == Window::Open && self.slot.len() > 0 && demand.is_some() {
            self.shut();
        }
        match self.window {
            Window::Wanted => Wait::Time,
            Window::Shut(until) => Wait::Until(until),
            Window::Open | Window::Granted(_) => Wait::Event,
        }
    }

    fn tick(&mut self, now: Duration) -> Result<(), E> {
        match self.window {
            Window::Wanted => self.window = Window::Granted(now.saturating_add(self.duration)),
            Window::Shut(until) if until <= now => {
                self.window = Window::Open;
                self.door.set_shut(shim::planted("gate-door-stays-shut"));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn throttled() -> Throttled<u32, ()> {
        Throttled::new(Slot::new(Second::Supersedes, ErrorPolicy::AfterDrain), 2 * S, Door::default())
    }

    #[test]
    fn an_item_under_demand_begins_a_window_as_it_goes_out() {
        let (mut store, one) = (throttled(), Some(Demand::ONE));
        assert!(matches!(store.put(1, one), Put::Kept) && store.door.is_shut());
        assert_eq!((store.take(), store.wait(one)), (None, Wait::Time));
        assert!(matches!(store.put(2, one), Put::Dropped(Reason::Shed, 2)));
        assert_eq!((store.tick(S), store.take(), store.take()), (Ok(()), Some(1), None));
        assert_eq!((store.wait(one), store.tick(2 * S)), (Wait::Until(3 * S), Ok(())));
        assert!(matches!(store.put(3, one), Put::Dropped(Reason::Shed, 3)) && store.door.is_shut());
        assert_eq!((store.tick(3 * S), store.wait(one)), (Ok(()), Wait::Event));
        assert!(!store.door.is_shut() && matches!(store.put(4, one), Put::Kept));
    }

    #[test]
    fn an_item_without_demand_waits_and_a_newer_one_supersedes_it() {
        let mut store = throttled();
        assert!(matches!(store.put(1, None), Put::Kept));
        assert_eq!((store.take(), store.wait(None), store.door.is_shut()), (None, Wait::Event, false));
        assert!(matches!(store.put(2, None), Put::Dropped(Reason::Superseded, 1)));
        assert_eq!((store.wait(Some(Demand::ONE)), store.tick(S)), (Wait::Time, Ok(())));
        assert_eq!((store.take(), store.wait(None)), (Some(2), Wait::Until(3 * S)));
    }

    #[test]
    fn what_waits_at_the_end_needs_no_time_and_the_end_opens_the_door() {
        let mut store = throttled();
        assert!(matches!(store.put(1, Some(Demand::ONE)), Put::Kept));
        store.end();
        assert_eq!(store.take(), Some(1));
        assert!(store.door.is_shut() && store.clear().is_empty() && !store.door.is_shut());
    }
}
