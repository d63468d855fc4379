//! The imperative way in: many producers send, a bounded queue with a named policy takes.
//!
//! ```text
//! send    a-b-c-d-----e-|     channel(2, DropOldest)
//! demand  --------1---------2
//! out     --------c---------de|
//! ```
//!
//! Driver: gate. The queue is its machine, the senders tell it; there are no upstreams.

mod error;
mod line;
mod sender;
mod wait;

pub use error::{Closed, SendError, SendTimeoutError, Sent, TrySendError};
pub use sender::Sender;
pub use wait::{Permit, Ready, Sending, SendingUntil};

use crate::driver::gate::{Gate, Lost, Machine};
use crate::ledger::{Ledger, Queue, Reason};
use crate::{Flow, Overflow};
use line::Line;
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::task::Waker;

/// A queue of `capacity` items into which any number of [`Sender`]s send, and the pipeline that it feeds. It takes
/// items before the subscription, too.
///
/// Whoever sends runs the pipeline on its own thread, as far as there is demand, unless somebody else runs it
/// already: put a boundary behind the channel where producers must not do the work of the consumer.
///
/// # Demand
///
/// An item that was asked for passes at once. The others wait in the queue; at a full queue `policy` decides. The
/// capacity is exact; at zero, an item passes only if it was asked for.
///
/// # Completion and errors
///
/// It completes when [`Sender::complete`] says so or the last sender is dropped; the items in the queue come first.
/// If the last sender is dropped by a panic, the stream is abandoned: its subscriber is dropped without a terminal.
///
/// # Cancellation
///
/// The items in the queue are dropped and counted, producers that wait are woken, and every later send gives its
/// item back as closed. The same when the channel is dropped before it was subscribed to.
///
/// # Examples
///
/// ```
/// use reactive_streams::{Overflow, Sent, channel};
/// use reactive_streams_test::probe;
///
/// let (sender, flow) = channel(2, Overflow::DropOldest);
/// let probe = probe(flow);
/// assert_eq!(sender.try_send('a'), Ok(Sent::Accepted));
/// assert_eq!(sender.try_send('b'), Ok(Sent::Accepted));
/// assert_eq!(sender.try_send('c'), Ok(Sent::Evicted('a')));
/// drop(sender);
/// probe.request(2);
/// assert_eq!((probe.items(), probe.is_complete()), (vec!['b', 'c'], true));
/// ```
pub fn channel<T: Send + 'static>(capacity: usize, policy: Overflow) -> (Sender<T>, Flow<Channel<T>>) {
    try_channel(capacity, policy)
}

/// A [`channel`] whose producers can fail it, with [`Sender::fail`].
///
/// ```
/// use reactive_streams::{Overflow, Sent, try_channel};
///
/// let (sender, flow) = try_channel(8, Overflow::Wait);
/// assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
/// sender.fail("the cable is out");
/// assert_eq!(flow.collect::<Vec<_>>().block(), Err("the cable is out"));
/// ```
pub fn try_channel<T, E>(capacity: usize, policy: Overflow) -> (Sender<T, E>, Flow<Channel<T, E>>)
where
    T: Send + 'static,
    E: Send + 'static,
{
    let ledger = Ledger::new(Some(capacity));
    let line = Line::new(capacity, policy, ledger.clone());
    let shared = Arc::new(Shared { early: Mutex::new(Some(Box::new(line))), port: OnceLock::new(), ledger });
    (Sender::new(Arc::clone(&shared)), Flow::from(Channel { shared }))
}

/// See [`channel`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Channel<T: Send + 'static, E: Send + 'static = Infallible> {
    shared: Arc<Shared<T, E>>,
}

impl<T: Send + 'static, E: Send + 'static> Queue for Channel<T, E> {
    fn ledger(&self) -> Ledger {
        self.shared.ledger.clone()
    }
}

impl<T: Send + 'static, E: Send + 'static> Publisher for Channel<T, E> {
    type Item = T;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        let mut early = None;
        let moved = || {
            let mut guard = self.shared.early.lock();
            let line = guard.take();
            early = Some(guard);
            *line.expect("a channel is subscribed to once")
        };
        let Some(opened) = Gate::open(moved, subscriber, None) else { return };
        if shim::planted("channel-port-after-the-lock") {
            early = None;
            shim::thread::yield_now();
        }
        // Who finds the line gone from its old place finds the port, since both changed under one lock.
        let _first = self.shared.port.set(Box::new(Arc::clone(opened.gate())));
        drop(early);
        opened.run();
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Channel<T, E> {
    /// Closes the queue, unless it has moved into a subscription.
    fn drop(&mut self) {
        let mut early = self.shared.early.lock();
        let lost = early.as_mut().map(|line| line.close(Reason::Cancelled));
        let woken = early.as_mut().and_then(|line| line.waiting());
        drop(early);
        shim::assert_unlocked();
        drop(lost);
        woken.into_iter().flatten().for_each(Waker::wake);
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Channel<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("ledger", &self.shared.ledger).finish()
    }
}

/// What senders and publisher share: the queue, or the way to it.
struct Shared<T, E> {
    /// The queue until the subscription.
    early: Mutex<Option<Box<Line<T, E>>>>,
    /// The gate that has it from then on. It knows nothing of us, so that there is no cycle.
    port: OnceLock<Box<dyn Port<T, E>>>,
    ledger: Ledger,
}

impl<T: Send + 'static, E: Send + 'static> Shared<T, E> {
    /// Runs `event` under the lock, wherever the queue is, and then the pipeline as far as it can go.
    fn tell<R>(&self, event: impl FnOnce(&mut Line<T, E>, Option<Demand>) -> R) -> R {
        let (mut event, mut result) = (Some(event), None);
        let mut once = |line: &mut Line<T, E>, direct: Option<Demand>| {
            result = event.take().map(|event| event(line, direct));
        };
        if self.port.get().is_none() {
            let mut early = self.early.lock();
            if let Some(line) = &mut *early {
                once(line, None);
                let woken = line.waiting();
                drop(early);
                shim::assert_unlocked();
                woken.into_iter().flatten().for_each(Waker::wake);
                return result.expect("the event has run");
            }
        }
        self.port.get().expect("the queue has moved to the port").tell(&mut once);
        result.expect("the event has run")
    }
}

type Event<'a, T, E> = dyn FnMut(&mut Line<T, E>, Option<Demand>) + 'a;

/// A gate, whatever its downstream is.
trait Port<T, E>: Send + Sync {
    fn tell(&self, event: &mut Event<'_, T, E>);
}

impl<T, E, D> Port<T, E> for Arc<Gate<Line<T, E>, D>>
where
    T: Send + 'static,
    E: Send + 'static,
    D: Subscriber<Item = T, Error = E> + Send + 'static,
{
    fn tell(&self, event: &mut Event<'_, T, E>) {
        Gate::tell(self, |line, direct| (event(line, direct), Lost::Nothing));
    }
}
