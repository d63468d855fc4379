//! From one thread or executor to another: `publish_on` and `into_stream`.
//!
//! ```text
//! upstream -> Inlet -> ring -> Port -> downstream
//!                <- demand, a batch at a time <-
//! ```
//!
//! # Invariants
//!
//! * Upstream is asked for `prefetch` items, which is the ring's capacity, and after that for as many as were taken
//!   out, in batches of up to half. So what is asked for and not here, what is here, and what was taken out since
//!   the last batch add up to the capacity: an item that was asked for always has room.
//! * Each item is visible to the other side at once; there is no batch that it waits in. A port that was busy and finds
//!   nothing lingers a moment before it sleeps, so that the two sides do not fight for each item's line of memory.
//! * The inlet pushes, then wakes; the port registers its waker, then looks again: see [`WakeCell`]. The port sleeps
//!   at `items` while it wants items or nobody can ask any more, and at `ends` while it waits for demand, where only
//!   an end wakes it.
//! * The end lies in the transit before the inlet's side of the ring is left. A port that finds itself alone with an
//!   empty ring finds the end there, or nothing: then upstream has gone without a terminal.
//! * The upstream's handle is in the transit between `on_subscribe` and the port's next look, and then in the port:
//!   downstream of the inlet. If the port has gone first, the inlet drops it.
//! * A panic of upstream's is an end, too, where a task caught it: its payload goes through the transit, and on from
//!   there with the task's own panic. It comes before what is left in the ring.
//! * Whoever leaves the ring last counts what is left in it; leaving orders the counts of the two sides.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.1 §2.2 §2.8 §2.12 §3.2 §3.3 §3.4 §3.12, the accounting, and the ends: both
//! kinds after the ring has drained, without demand when it is empty, and a downstream that is dropped when upstream
//! has gone without one.

use crate::driver::panics::{self, Payload};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Subscriber, Subscription};
use reactive_streams_sync::{Consumer, Producer, WakeCell, ring};
use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How many items a task delivers before it lets others run.
const BUDGET: usize = if shim::fuzzing() { 1 } else { 256 };

/// The largest batch in which upstream is asked again.
const MOST: u32 = 1 << 31;

/// How often a port turns at most before it looks again whether more came. A turn is what the processor makes of a hint to
/// spin: some tens of nanoseconds at most.
const TURNS: usize = 64;
/// It turns once for so many places in the ring.
const PART: usize = 8;
/// A port that lingered in vain does it again at each so many-th time only: upstream may be a task on the same thread, which
/// can bring nothing meanwhile.
const SELDOM: u32 = 16;

/// Both sides of a boundary with room for `prefetch` items.
pub(crate) fn open<T: 'static, E: 'static>(
    prefetch: NonZeroUsize,
    ledger: Ledger,
) -> (Inlet<T, E>, Port<T, E>) {
    let (producer, consumer) = ring(
        prefetch,
        Shared {
            items: WakeCell::new(),
            ends: WakeCell::new(),
            transit: Mutex::new(Transit { handle: None, port_gone: false, end: None }),
        },
    );
    let inlet = Inlet { producer: Some(producer), ledger: ledger.clone(), subscribed: false };
    (inlet, Port { consumer: Some(consumer), upstream: None, ledger, taken: 0, in_vain: 0 })
}

/// Between the two positions of the ring, which it keeps apart; `items` is next to the producer's, who looks at it for each
/// item.
#[repr(C)]
struct Shared<E> {
    items: WakeCell,
    ends: WakeCell,
    transit: Mutex<Transit<E>>,
}

struct Transit<E> {
    handle: Option<Handle>,
    port_gone: bool,
    end: Option<Close<E>>,
}

const _: () = assert!(size_of::<Shared<()>>() >= 64);

/// What the inlet has left.
enum Close<E> {
    Terminal(Result<(), E>),
    Panic(Box<Payload>),
}

impl<E> Shared<E> {
    fn wake(&self) {
        self.items.wake();
        self.ends.wake();
    }
}

fn discard<T>(ledger: &Ledger, items: impl Iterator<Item = T>) {
    for item in items {
        ledger.take_out();
        ledger.drop_items(Reason::Cancelled, 1);
        drop(item);
    }
}

/// The side of upstream: its subscriber.
pub(crate) struct Inlet<T: 'static, E: 'static> {
    /// Gone with the inlet.
    producer: Option<Producer<T, Shared<E>>>,
    ledger: Ledger,
    subscribed: bool,
}

impl<T, E> Inlet<T, E> {
    fn end(&self, end: Result<(), E>) {
        if let Some(producer) = &self.producer {
            producer.between().transit.lock().end = Some(Close::Terminal(end));
        }
    }
}

impl<T: 'static, E: 'static> Subscriber for Inlet<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        let Some(producer) = &self.producer else { return };
        let (handle, shared) = (subscription.handle(), producer.between());
        let mut transit = shared.transit.lock();
        if transit.port_gone && !shim::planted("hop-handle-for-nobody") {
            drop(transit);
            return drop(handle);
        }
        transit.handle = Some(handle);
        drop(transit);
        subscription.request(Demand::of(producer.capacity() as u64));
        shared.wake();
    }

    #[inline]
    fn on_next(&mut self, item: T, _subscription: &mut Subscription) {
        let Some(producer) = &mut self.producer else { return };
        self.ledger.receive();
        match producer.push(item) {
            Ok(()) => producer.between().items.wake(),
            // Upstream sends more than it was asked for.
            Err(item) => {
                self.ledger.drop_items(Reason::Shed, 1);
                drop(item);
            }
        }
    }

    fn on_error(self, error: E, _unused: Option<Demand>) {
        self.end(Err(error));
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.end(Ok(()));
    }
}

impl<T: 'static, E: 'static> Drop for Inlet<T, E> {
    fn drop(&mut self) {
        let Some(producer) = self.producer.take() else { return };
        let (shared, ledger) = (producer.share(), self.ledger.clone());
        panics::tell(move |payload| {
            let mut left = payload;
            let mut transit = shared.transit.lock();
            if !transit.port_gone
                && transit.end.is_none()
                && let Some(payload) = left.take()
            {
                transit.end = Some(Close::Panic(Box::new(payload)));
            }
            drop(transit);
            if let Some(rest) = producer.leave()
                && !shim::planted("hop-rest-uncounted")
            {
                discard(&ledger, rest);
            }
            if !shim::planted("hop-end-without-wake") {
                shared.wake();
            }
            left
        });
    }
}

/// How it ended.
pub(crate) enum End<E> {
    Terminal(Result<(), E>),
    /// Upstream panicked in a task.
    Panic(Payload),
    /// Upstream has gone without a terminal.
    Abandoned,
}

/// The side of downstream: takes items out, asks upstream for more, and cancels it when dropped.
pub(crate) struct Port<T, E> {
    /// Gone once closed.
    consumer: Option<Consumer<T, Shared<E>>>,
    upstream: Option<Handle>,
    ledger: Ledger,
    /// Taken out since upstream was last asked: about a batch at most, since its handle is there before the first item.
    taken: u32,
    /// How often it lingered in vain, or let it be, since it last did so with success.
    in_vain: u32,
}

impl<T, E> Port<T, E> {
    fn shared(&self) -> Option<&Shared<E>> {
        self.consumer.as_ref().map(Consumer::between)
    }

    /// How many are asked for at once.
    #[inline]
    fn batch(&self) -> u32 {
        let half = self.consumer.as_ref().map_or(1, |consumer| consumer.capacity() / 2);
        u32::try_from(half).map_or(MOST, |half| half.clamp(1, MOST))
    }

    /// The next item, counted as emitted. Whoever takes it delivers it, and then [replenishes](Self::replenish).
    #[inline]
    pub(crate) fn take(&mut self) -> Option<T> {
        let item = self.consumer.as_mut()?.pop()?;
        self.taken += 1;
        self.ledger.take_out();
        self.ledger.emit();
        Some(item)
    }

    /// Asks upstream for as many as were taken out, once they make a batch, unless it has ended (rule 2.4). Upstream may
    /// run in this call.
    #[inline]
    pub(crate) fn replenish(&mut self) {
        if self.taken >= self.batch() && self.left_alone().is_none() {
            self.attach();
            if let (Some(upstream), Some(demand)) = (&self.upstream, Demand::new(self.taken.into())) {
                self.taken = 0;
                upstream.request(demand);
            }
        }
    }

    /// Takes the handle out of the transit.
    pub(crate) fn attach(&mut self) {
        if self.upstream.is_none() {
            self.upstream = self.shared().and_then(|shared| shared.transit.lock().handle.take());
        }
    }

    /// Notes how full it is.
    pub(crate) fn mark(&self) {
        self.ledger.rest(self.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.consumer.as_ref().map_or(0, Consumer::len)
    }

    /// Some, once: it is over, and nothing that goes before the end is left.
    pub(crate) fn end(&mut self) -> Option<End<E>> {
        let empty = self.left_alone()?;
        let mut transit = self.shared()?.transit.lock();
        match transit.end.take() {
            None => Some(End::Abandoned),
            Some(Close::Panic(payload)) => Some(End::Panic(*payload)),
            Some(Close::Terminal(end)) if empty => Some(End::Terminal(end)),
            waiting => {
                transit.end = waiting;
                None
            }
        }
    }

    /// Whether the ring is empty for good, once upstream has gone.
    fn left_alone(&self) -> Option<bool> {
        let consumer = self.consumer.as_ref()?;
        consumer.is_alone().then(|| consumer.is_empty())
    }

    /// Whether more came in a moment in which this turned: a short one beside the `found` items that were taken since the last
    /// time, and beside the room that upstream has to go on in. So a ring with little room is left at once, and one that
    /// brings an item now and then almost so, and so is one where it was in vain. See [`Consumer::linger`].
    pub(crate) fn linger(&mut self, found: usize) -> bool {
        let Some(consumer) = &self.consumer else { return false };
        let turns = found.saturating_mul(4).min(consumer.capacity() / PART).min(TURNS);
        if turns == 0 {
            return false;
        }
        let tries = self.in_vain.is_multiple_of(SELDOM);
        let more = tries && consumer.linger(turns);
        self.in_vain = if more { 0 } else { self.in_vain.wrapping_add(1) };
        more
    }

    /// Pending until there is an item, if they are `wanted`, or an end, or a handle.
    pub(crate) fn poll(&self, context: &mut Context<'_>, wanted: bool) -> Poll<()> {
        let Some(shared) = self.shared() else { return Poll::Ready(()) };
        let cell = if wanted { &shared.items } else { &shared.ends };
        cell.poll(context, || self.has_news(shared, wanted).then_some(()))
    }

    fn has_news(&self, shared: &Shared<E>, wanted: bool) -> bool {
        let over = match self.left_alone() {
            Some(true) => true,
            Some(false) => !matches!(shared.transit.lock().end, Some(Close::Terminal(_))),
            None => false,
        };
        over || wanted && self.consumer.as_ref().is_some_and(|consumer| !consumer.is_empty())
            || self.upstream.is_none() && shared.transit.lock().handle.is_some()
    }

    fn close(&mut self) {
        let Some(mut consumer) = self.consumer.take() else { return };
        let mut transit = consumer.between().transit.lock();
        transit.port_gone = true;
        let handle = self.upstream.take().or_else(|| transit.handle.take());
        let end = transit.end.take();
        drop(transit);
        drop(handle); // upstream is cancelled, and may drop the inlet here
        drop(end);
        discard(&self.ledger, std::iter::from_fn(|| consumer.pop()));
        if let Some(rest) = consumer.leave() {
            discard(&self.ledger, rest);
        }
    }
}

impl<T, E> Drop for Port<T, E> {
    fn drop(&mut self) {
        self.close();
    }
}

/// The task that takes items out of a port and delivers them as downstream asks.
pub(crate) struct Hop<D: Subscriber> {
    outlet: Option<Outlet<D>>,
}

impl<D: Subscriber> Hop<D> {
    /// `downstream` has had its `on_subscribe`, with this subscription.
    pub(crate) fn new(downstream: D, subscription: Subscription, port: Port<D::Item, D::Error>) -> Self {
        Self { outlet: Some(Outlet { port, downstream, subscription }) }
    }
}

/// What ends together. The port goes first: it cancels upstream and drops the items.
struct Outlet<D: Subscriber> {
    port: Port<D::Item, D::Error>,
    downstream: D,
    subscription: Subscription,
}

/// Whether the task goes on.
enum Next<E> {
    Sleep,
    Yield,
    End(End<E>),
}

impl<D: Subscriber> Outlet<D> {
    fn run(&mut self, context: &mut Context<'_>) -> Next<D::Error> {
        let mut budget = BUDGET;
        self.port.mark();
        loop {
            self.port.attach();
            let before = budget;
            while budget > 0
                && self.subscription.is_ready()
                && let Some(item) = self.port.take()
            {
                budget -= 1;
                self.subscription.deliver(item, &mut self.downstream);
                self.port.replenish();
            }
            if self.subscription.is_cancelled() {
                return Next::End(End::Abandoned);
            }
            if let Some(end) = self.port.end() {
                return Next::End(end);
            }
            if self.port.len() > 0 && self.subscription.is_abandoned() {
                return Next::End(End::Abandoned);
            }
            if budget == 0 || shim::fuzz_coin(4) {
                return Next::Yield;
            }
            if self.subscription.is_ready() && self.port.linger(before - budget) {
                continue;
            }
            // First downstream's link, which may bring demand, then the ring with what is wanted now.
            let early = shim::planted("hop-wanted-earlier") && !self.subscription.is_ready();
            if self.subscription.poll_cancelled(context).is_pending() {
                // Who can never ask needs to hear of the first item, too: that ends it.
                let wanted = !early && (self.subscription.is_ready() || self.subscription.is_abandoned());
                if self.port.poll(context, wanted).is_pending() {
                    return Next::Sleep;
                }
            }
        }
    }

    fn finish(self, end: End<D::Error>) {
        let Self { port, downstream, mut subscription } = self;
        drop(port);
        let unused = subscription.outstanding();
        match end {
            _ if subscription.is_cancelled() => drop(downstream),
            End::Terminal(Ok(())) => downstream.on_complete(unused),
            End::Terminal(Err(error)) => downstream.on_error(error, unused),
            End::Panic(payload) => {
                // Downstream is dropped by the unwinding, and may pass it on.
                let _downstream = downstream;
                resume_unwind(payload)
            }
            End::Abandoned => drop(downstream),
        }
    }
}

// Nothing in it is ever pinned.
impl<D: Subscriber> Unpin for Hop<D> {}

impl<D: Subscriber> Future for Hop<D> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let turn = panics::contain(&mut self.outlet, |held| {
            let Some(outlet) = held else { return Poll::Ready(()) };
            match outlet.run(context) {
                Next::Sleep => Poll::Pending,
                Next::Yield => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Next::End(end) => {
                    if let Some(outlet) = held.take() {
                        outlet.finish(end);
                    }
                    Poll::Ready(())
                }
            }
        });
        turn.unwrap_or(Poll::Ready(()))
    }
}
