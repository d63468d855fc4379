//! One subscriber of a fan: its queue, its demand, its books.

use super::Fan;
use crate::driver::gate::{Act, Machine};
use crate::driver::valve::{Store, Valve};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::shim;
use reactive_streams_core::shim::atomic::AtomicBool;
use reactive_streams_core::shim::atomic::Ordering::{Acquire, Release};
use reactive_streams_core::{Demand, Subscriber, Subscription};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// A subscriber, whatever its type. It is called by the one that drains, under no lock.
pub(crate) trait Lane<T, E>: Send {
    /// One item more: delivered, held or dropped. False: it is over, or wants no more.
    fn put(&mut self, item: T) -> bool;

    /// Upstream has ended.
    fn end(&mut self, end: Result<(), E>);

    /// Delivers what it holds, as far as there is demand. False: it is over.
    fn run(&mut self) -> bool;

    /// How many items it has room for, and how many of them are asked for.
    fn room(&mut self) -> (u64, u64);

    /// Nobody can ask for more.
    fn is_abandoned(&mut self) -> bool;

    /// Makes sure that a request or a cancel rings. False: it does so already.
    fn watch(&mut self, fan: &Arc<Fan<T, E>>) -> bool;
}

pub(crate) struct Queued<St, D>
where
    St: Store,
    D: Subscriber<Item = St::Out, Error = St::Error>,
{
    valve: Valve<St>,
    ledger: Ledger,
    /// It is open and holds nothing: an item under demand goes straight through.
    direct: bool,
    /// How many it can hold, if it does not drop what is too much.
    capacity: Option<u64>,
    /// Gone once it has had its terminal.
    downstream: Option<D>,
    subscription: Subscription,
    /// Its link has our waker and has not called it.
    hung: Arc<AtomicBool>,
}

impl<St, D> Queued<St, D>
where
    St: Store,
    D: Subscriber<Item = St::Out, Error = St::Error>,
{
    /// `None`: it wants nothing. `capacity` is for a store that waits.
    pub(crate) fn new(store: St, capacity: Option<u64>, ledger: Ledger, mut downstream: D) -> Option<Self> {
        let mut subscription = Subscription::new();
        downstream.on_subscribe(&mut subscription);
        if subscription.is_cancelled() {
            return None;
        }
        // Whoever takes a handle later finds a link with a bell.
        let _link = subscription.canceller();
        let (valve, hung) = (Valve::new(store, ledger.clone()), Arc::new(AtomicBool::new(false)));
        let downstream = Some(downstream);
        Some(Self { valve, ledger, direct: true, capacity, downstream, subscription, hung })
    }

    /// Its end: what is held goes, counted, and then the subscriber, with its terminal if there is one.
    #[cold]
    fn finish(&mut self, end: Option<Result<(), St::Error>>) {
        self.direct = false;
        drop((self.valve.close(Reason::Cancelled), self.valve.unsaid()));
        // Downstream's handle may outlive this lane: it need not keep the fan.
        let _parked = self.subscription.poll_cancelled(&mut Context::from_waker(Waker::noop()));
        let unused = self.subscription.outstanding();
        let downstream = self.downstream.take();
        match (downstream, end) {
            (Some(downstream), Some(Ok(()))) => downstream.on_complete(unused),
            (Some(downstream), Some(Err(error))) => downstream.on_error(error, unused),
            (downstream, _) => drop(downstream),
        }
    }
}

impl<St, D> Lane<St::In, St::InError> for Queued<St, D>
where
    St: Store<In: Clone, InError: Clone, Out = <St as Store>::In>,
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    #[inline]
    fn put(&mut self, item: St::In) -> bool {
        if self.direct
            && self.subscription.is_ready_without_news()
            && let Some(downstream) = &mut self.downstream
        {
            self.ledger.pass();
            self.subscription.deliver(item, downstream);
            // One from elsewhere rings, or is seen by the next item.
            return !self.subscription.was_cancelled();
        }
        self.hold(item)
    }

    fn end(&mut self, end: Result<(), St::InError>) {
        self.direct = false;
        let end = match end {
            Ok(()) => {
                self.valve.store.end();
                Ok(())
            }
            Err(error) => Err(self.valve.store.fail(error)),
        };
        // A lane that has failed by itself has no use for it.
        drop(self.valve.end(end));
    }

    fn run(&mut self) -> bool {
        loop {
            let Some(downstream) = &mut self.downstream else { return false };
            let Some(demand) = self.subscription.wanted() else {
                self.finish(None);
                return false;
            };
            match self.valve.next(Demand::new(demand)) {
                Act::Emit(item) => self.subscription.deliver(item, downstream),
                Act::Lose(lost) => drop(lost),
                Act::Complete => {
                    self.finish(Some(Ok(())));
                    return false;
                }
                Act::Fail(error) => {
                    self.finish(Some(Err(error)));
                    return false;
                }
                // Nobody can ask for what it holds.
                _ if self.valve.holds() && self.subscription.is_abandoned() => {
                    self.finish(None);
                    return false;
                }
                _ => {
                    self.valve.rest();
                    self.direct = self.valve.is_open() && !self.valve.holds();
                    return true;
                }
            }
        }
    }

    fn room(&mut self) -> (u64, u64) {
        if !self.valve.is_open() {
            return (u64::MAX, 0);
        }
        let demand = self.subscription.outstanding().map_or(0, Demand::get);
        let held = self.valve.store.len() as u64;
        let free = self.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(held));
        (free.saturating_add(demand), demand.saturating_sub(held))
    }

    fn is_abandoned(&mut self) -> bool {
        self.subscription.is_abandoned()
    }

    fn watch(&mut self, fan: &Arc<Fan<St::In, St::InError>>) -> bool {
        if self.hung.load(Acquire) {
            return false;
        }
        self.hung.store(true, Release);
        let waker = Waker::from(Arc::new(Bell { fan: Arc::clone(fan), hung: Arc::clone(&self.hung) }));
        let _cancelled = self.subscription.poll_cancelled(&mut Context::from_waker(&waker));
        true
    }
}

impl<St, D> Queued<St, D>
where
    St: Store<In: Clone, InError: Clone, Out = <St as Store>::In>,
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    #[cold]
    fn hold(&mut self, item: St::In) -> bool {
        // Demand may have come that upstream was asked for already: what is held goes first, and makes room.
        if !shim::planted("fan-holds-before-it-delivers") && !self.run() {
            return false;
        }
        let direct = self.subscription.outstanding();
        let (_brought, lost) = self.valve.bring(item, direct);
        drop(lost);
        self.run()
    }
}

impl<St, D> Drop for Queued<St, D>
where
    St: Store,
    D: Subscriber<Item = St::Out, Error = St::Error>,
{
    fn drop(&mut self) {
        if self.downstream.is_some() {
            self.finish(None);
        }
    }
}

/// What the link of a subscriber rings.
struct Bell<T, E> {
    fan: Arc<Fan<T, E>>,
    hung: Arc<AtomicBool>,
}

impl<T, E> Wake for Bell<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.hung.store(shim::planted("fan-bell-stays-hung"), Release);
        self.fan.ring();
    }
}
