//! A bounded queue with a named policy for what happens when it is full.
//!
//! ```text
//! in      a-b-c-d-|           buffer(2).overflow(DropOldest)
//! demand  ----------1---1---
//! out     ----------c---d|
//! ```
//!
//! Driver: valve.

use crate::Flow;
use crate::driver::gate::Hook;
use crate::driver::valve::{self, Put, Store};
use crate::ledger::{Dropped, Ledger, Queue, Reason};
use reactive_streams_core::{Demand, Publisher, Subscriber, shim};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// What happens to an item that arrives at a full queue. Failing is [`Flow::or_fail`], since it changes the error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// It cannot arrive: the queue asks upstream for no more than it has room for. The only lossless one.
    #[default]
    Wait,
    /// The oldest item in the queue goes, the arriving one is kept.
    DropOldest,
    /// The arriving item goes.
    DropIncoming,
    /// The newest item in the queue goes, the arriving one takes its place.
    ReplaceNewest,
    /// All items in the queue go, the arriving one is kept.
    Clear,
}

/// What went at a full queue.
pub(crate) enum Overflown<T> {
    /// The arriving item.
    Refused(T),
    /// One from the queue.
    Evicted(T),
    /// All in the queue.
    Cleared(VecDeque<T>),
}

impl Overflow {
    /// What happens to `item` at a full queue. Waiting, none should have come: it is refused.
    #[inline(always)]
    pub(crate) fn apply<T>(self, capacity: usize, held: &mut VecDeque<T>, item: T) -> Overflown<T> {
        let evicted = match self {
            _ if capacity == 0 => None,
            Self::Wait | Self::DropIncoming => None,
            Self::DropOldest => held.pop_front(),
            Self::ReplaceNewest => held.pop_back(),
            Self::Clear => {
                let cleared = std::mem::take(held);
                held.push_back(item);
                return Overflown::Cleared(cleared);
            }
        };
        let Some(evicted) = evicted else { return Overflown::Refused(item) };
        held.push_back(item);
        Overflown::Evicted(evicted)
    }
}

/// What an error of upstream does to the items in a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorPolicy {
    /// They are delivered first.
    #[default]
    AfterDrain,
    /// They are cut off, counted under [`Reason::Error`], and the error goes out at once.
    Immediate,
}

/// A queue was full, or its stream failed: see [`Flow::or_fail`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OverflowError<E> {
    /// An item arrived at a full queue of this capacity: use a larger one, or a policy that drops or waits.
    Full {
        /// How many items the queue can hold.
        capacity: usize,
    },
    /// Upstream failed.
    Upstream(E),
}

impl<E: fmt::Display> fmt::Display for OverflowError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { capacity } => write!(
                f,
                "an item arrived at a full queue of {capacity}: use a larger one, or a policy that drops or waits"
            ),
            Self::Upstream(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for OverflowError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full { .. } => None,
            // It is printed as this one.
            Self::Upstream(error) => error.source(),
        }
    }
}

impl<P: Publisher> Flow<P> {
    /// Holds up to `capacity` items that downstream has not asked for yet, and waits when it is full:
    /// see [`Flow::overflow`] for the policies that do not wait.
    ///
    /// # Demand
    ///
    /// Waiting, it never has more outstanding than free room and unmet demand together. The lossy policies ask for
    /// everything. The capacity is exact; at zero, an item passes only if it was asked for.
    ///
    /// # Completion and errors
    ///
    /// Both come after the items in the queue, and without demand when there are none.
    ///
    /// # Cancellation
    ///
    /// The items in the queue are dropped and counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{Overflow, Reason, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let flow = iter(1..=5).buffer(2).overflow(Overflow::DropOldest);
    /// let ledger = flow.ledger();
    /// let probe = probe(flow);
    /// probe.request(5);
    /// assert_eq!(probe.items(), [4, 5]);
    /// assert_eq!(ledger.dropped(Reason::Overflow), 3);
    /// ```
    pub fn buffer(self, capacity: usize) -> Flow<Buffer<P, P::Error>> {
        Flow::from(Buffer {
            source: self.publisher,
            capacity,
            policy: Policy::Named(Overflow::Wait),
            errors: ErrorPolicy::AfterDrain,
            hook: None,
            ledger: Ledger::new(Some(capacity)),
            lift: std::convert::identity,
        })
    }
}

impl<P: Publisher, E> Flow<Buffer<P, E>> {
    /// What happens to an item that arrives at the full queue.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.publisher.policy = Policy::Named(overflow);
        self
    }

    /// What an error does to the items in the queue. It does not depend on whether there is a hook.
    pub fn on_error(mut self, errors: ErrorPolicy) -> Self {
        self.publisher.errors = errors;
        self
    }

    /// Shows each item that is not delivered to `hook`, with the reason, on the thread that dropped it and under
    /// no lock. A panic of the hook ends the stream, and nothing is emitted after it.
    pub fn on_dropped<F>(mut self, hook: F) -> Self
    where
        F: Fn(Dropped<P::Item>) + Send + Sync + 'static,
    {
        self.publisher.hook = Some(Arc::new(hook));
        self
    }
}

impl<P: Publisher> Flow<Buffer<P, P::Error>> {
    /// Fails when an item arrives at the full queue, and cancels upstream. The items in it are delivered first,
    /// unless [`on_error`](Self::on_error) says [`ErrorPolicy::Immediate`].
    ///
    /// ```
    /// use reactive_streams::{OverflowError, iter};
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(iter(1..=5).buffer(1).or_fail());
    /// probe.request(1);
    /// assert_eq!(probe.items(), [1]);
    /// assert_eq!(probe.error(), Some(OverflowError::Full { capacity: 1 }));
    /// ```
    pub fn or_fail(self) -> Flow<Buffer<P, OverflowError<P::Error>>> {
        let Buffer { source, capacity, errors, hook, ledger, .. } = self.publisher;
        let policy = Policy::full();
        Flow::from(Buffer { source, capacity, policy, errors, hook, ledger, lift: OverflowError::Upstream })
    }
}

/// See [`Flow::buffer`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Buffer<P: Publisher, E> {
    source: P,
    capacity: usize,
    policy: Policy<E>,
    errors: ErrorPolicy,
    hook: Option<Hook<P::Item>>,
    ledger: Ledger,
    lift: fn(P::Error) -> E,
}

impl<P: Publisher + fmt::Debug, E> fmt::Debug for Buffer<P, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("source", &self.source)
            .field("capacity", &self.capacity)
            .field("policy", &self.policy)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl<P: Publisher, E> Queue for Buffer<P, E> {
    fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher, E: Send + 'static> Publisher for Buffer<P, E> {
    type Item = P::Item;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = E> + Send + 'static,
    {
        let Self { source, capacity, policy, errors, hook, ledger, lift } = self;
        let bounded = Bounded::new(capacity, policy, errors, lift);
        valve::subscribe(source, bounded, ledger, hook, subscriber);
    }
}

pub(crate) enum Policy<E> {
    Named(Overflow),
    Fail(fn(usize) -> E),
}

impl<E> Clone for Policy<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Policy<E> {}

impl<E> Policy<OverflowError<E>> {
    /// Fails with the error of a full queue.
    pub(crate) fn full() -> Self {
        Self::Fail(|capacity| OverflowError::Full { capacity })
    }
}

impl<E> Policy<E> {
    /// Whether nothing is lost.
    pub(crate) fn waits(&self) -> bool {
        matches!(self, Self::Named(Overflow::Wait))
    }
}

impl<E> fmt::Debug for Policy<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(overflow) => overflow.fmt(f),
            Self::Fail(_) => f.write_str("Fail"),
        }
    }
}

/// The queue.
pub(crate) struct Bounded<T, E1, E2> {
    held: VecDeque<T>,
    capacity: usize,
    /// Waiting, what arrives was asked for: one item is on its way even with no capacity at all.
    bare: bool,
    /// What it does when it is full, unless it fails.
    overflow: Overflow,
    fails: Option<fn(usize) -> E2>,
    errors: ErrorPolicy,
    lift: fn(E1) -> E2,
}

impl<T, E1, E2> Bounded<T, E1, E2> {
    pub(crate) fn new(capacity: usize, policy: Policy<E2>, errors: ErrorPolicy, lift: fn(E1) -> E2) -> Self {
        let held = VecDeque::with_capacity(capacity.min(1024));
        let (overflow, fails) = match policy {
            Policy::Named(overflow) => (overflow, None),
            Policy::Fail(error) => (Overflow::DropIncoming, Some(error)),
        };
        let bare = overflow == Overflow::Wait && capacity == 0;
        Self { held, capacity, bare, overflow, fails, errors, lift }
    }
}

impl<T, E1, E2> Store for Bounded<T, E1, E2>
where
    T: Send + 'static,
    E1: Send + 'static,
    E2: Send + 'static,
{
    type In = T;
    type Out = T;
    type InError = E1;
    type Error = E2;

    #[inline(always)]
    fn put(&mut self, item: T, direct: Option<Demand>) -> Put<T, E2> {
        let passes = direct.is_some_and(|demand| demand.get() > self.held.len() as u64);
        if passes || self.held.len() < self.capacity + usize::from(self.bare) {
            self.held.push_back(item);
            return Put::Kept;
        }
        match self.overflow.apply(self.capacity, &mut self.held, item) {
            Overflown::Refused(item) => match self.fails {
                Some(error) => Put::Fail(item, error(self.capacity)),
                // Upstream sends more than it was asked for.
                None if self.overflow == Overflow::Wait => Put::Dropped(Reason::Shed, item),
                None => Put::Dropped(Reason::Overflow, item),
            },
            Overflown::Evicted(item) => Put::Dropped(Reason::Overflow, item),
            Overflown::Cleared(items) => Put::Cleared(Reason::Overflow, items),
        }
    }

    fn take(&mut self) -> Option<T> {
        self.held.pop_front()
    }

    fn len(&self) -> usize {
        self.held.len()
    }

    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand> {
        if self.overflow != Overflow::Wait {
            return if asked == 0 { Some(Demand::UNBOUNDED) } else { None };
        }
        let (capacity, held) = (self.capacity as u64, self.held.len() as u64);
        // Never more on the way than there is room for, whatever downstream has asked for: it may be slow.
        let most = (capacity - held.min(capacity)).saturating_add(demand.map_or(0, Demand::get));
        let target = most.min(capacity.max(1).saturating_sub(held));
        let more = target.saturating_sub(asked);
        // In batches of a quarter, or when nothing is on the way.
        let worth = asked == 0 || more >= (capacity / 4).max(1) || shim::fuzz_coin(3);
        if worth { Demand::new(more) } else { None }
    }

    fn error_cuts(&self) -> bool {
        self.errors == ErrorPolicy::Immediate
    }

    fn fail(&mut self, error: E1) -> E2 {
        (self.lift)(error)
    }

    fn clear(&mut self) -> VecDeque<T> {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(capacity: usize, overflow: Overflow) -> Bounded<u32, (), ()> {
        Bounded::new(capacity, Policy::Named(overflow), ErrorPolicy::AfterDrain, |()| ())
    }

    fn after_three(overflow: Overflow) -> (Vec<u32>, Vec<u32>) {
        let mut queue = queue(2, overflow);
        let mut gone = Vec::new();
        for item in [1, 2, 3] {
            match queue.put(item, None) {
                Put::Dropped(_, item) => gone.push(item),
                Put::Cleared(_, items) => gone.extend(items),
                _ => {}
            }
        }
        (std::iter::from_fn(|| queue.take()).collect(), gone)
    }

    #[test]
    fn each_policy_keeps_and_drops_what_it_says() {
        assert_eq!(after_three(Overflow::DropOldest), (vec![2, 3], vec![1]));
        assert_eq!(after_three(Overflow::DropIncoming), (vec![1, 2], vec![3]));
        assert_eq!(after_three(Overflow::ReplaceNewest), (vec![1, 3], vec![2]));
        assert_eq!(after_three(Overflow::Clear), (vec![3], vec![1, 2]));
    }

    #[test]
    fn waiting_asks_for_no_more_than_there_is_room_for() {
        let mut queue = queue(8, Overflow::Wait);
        assert_eq!(queue.ask(0, None), Demand::new(8));
        let few = queue.ask(7, Some(Demand::UNBOUNDED));
        assert!(few.is_none() || shim::fuzzing() && few == Some(Demand::ONE));
        assert_eq!(queue.ask(6, Some(Demand::UNBOUNDED)), Demand::new(2));
        assert_eq!(super::tests::queue(0, Overflow::Wait).ask(0, None), None);
        assert_eq!(super::tests::queue(0, Overflow::Wait).ask(0, Some(Demand::of(5))), Demand::new(1));
    }
}
