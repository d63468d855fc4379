//! Publishers that keep every rule, written with the contract crate alone: to compare with, and to try the kit on.

mod buffered;
mod consuming;

use crate::Env;
pub use buffered::Buffered;
pub use consuming::{Consuming, Remote};
use reactive_streams_core::{Alarm, Clock, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::iter::Peekable;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// What can fail, fails with this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Signals the items of an iterator on the thread that asks.
///
/// ```
/// use reactive_streams_tck::gallery::Synchronous;
/// use reactive_streams_test::probe;
///
/// let probe = probe(Synchronous::new(1..4));
/// probe.request(3);
/// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2, 3], true));
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Synchronous<I: Iterator, E = Infallible> {
    items: Peekable<I>,
    failure: Option<E>,
}

impl<I: Iterator<Item: Clone> + Clone, E: Clone> Clone for Synchronous<I, E> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), failure: self.failure.clone() }
    }
}

impl<I: Iterator> Synchronous<I> {
    /// A publisher that completes after the last item.
    pub fn new(items: I) -> Self {
        Self { items: items.peekable(), failure: None }
    }
}

impl<I: Iterator> Synchronous<I, Broken> {
    /// A publisher that fails after the last item.
    pub fn failing(items: I) -> Self {
        Self { items: items.peekable(), failure: Some(Broken) }
    }
}

impl<I, E> Publisher for Synchronous<I, E>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    type Item = I::Item;
    type Error = E;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Running { source: self, subscriber }));
    }
}

struct Running<I: Iterator, E, S> {
    source: Synchronous<I, E>,
    subscriber: S,
}

impl<I, E, S> Resume for Running<I, E, S>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
    S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while subscription.is_ready() {
            let Some(item) = self.source.items.next() else { break };
            subscription.deliver(item, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.source.items.peek().is_some() {
            return Turn::Park(self, subscription);
        }
        end(self.subscriber, self.source.failure, &mut subscription);
        Turn::Done
    }
}

fn end<S: Subscriber>(subscriber: S, failure: Option<S::Error>, subscription: &mut Subscription) {
    match failure {
        None => subscriber.on_complete(subscription.outstanding()),
        Some(error) => subscriber.on_error(error, subscription.outstanding()),
    }
}

/// Signals the items of an iterator from a task, one a poll.
///
/// ```
/// use reactive_streams_tck::{Env, gallery::InTask};
/// use reactive_streams_test::probe;
///
/// let env = Env::new();
/// let probe = probe(InTask::new(&env, 1..4));
/// probe.request(2);
/// assert!(probe.items().is_empty());
/// env.executor().run();
/// assert_eq!(probe.items(), [1, 2]);
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub struct InTask<I: Iterator, E = Infallible> {
    source: Synchronous<I, E>,
    executor: Arc<dyn Spawn>,
}

impl<I: Iterator<Item: Clone> + Clone, E: Clone> Clone for InTask<I, E> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), executor: Arc::clone(&self.executor) }
    }
}

impl<I: Iterator> InTask<I> {
    /// A publisher that completes after the last item.
    pub fn new(env: &Env, items: I) -> Self {
        Self { source: Synchronous::new(items), executor: Arc::new(env.executor()) }
    }
}

impl<I: Iterator> InTask<I, Broken> {
    /// A publisher that fails after the last item.
    pub fn failing(env: &Env, items: I) -> Self {
        Self { source: Synchronous::failing(items), executor: Arc::new(env.executor()) }
    }
}

impl<I, E> Publisher for InTask<I, E>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    type Item = I::Item;
    type Error = E;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
    {
        let Self { mut source, executor } = self;
        executor.spawn(Box::pin(async move {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            loop {
                if subscription.is_cancelled() {
                    return;
                }
                if source.items.peek().is_none() {
                    return end(subscriber, source.failure, &mut subscription);
                }
                if poll_fn(|context| subscription.poll_demand(context)).await.is_none() {
                    return;
                }
                if let Some(item) = source.items.next() {
                    subscription.deliver(item, &mut subscriber);
                }
                yield_now().await;
            }
        }));
    }
}

/// Lets the other tasks go first.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Signals the items of an iterator, each at least one period after the one before.
///
/// ```
/// use reactive_streams_tck::{Env, gallery::Ticking};
/// use reactive_streams_test::probe;
/// use std::time::Duration;
///
/// let env = Env::new();
/// let probe = probe(Ticking::new(&env, 1..4));
/// probe.request(9);
/// env.clock().advance(Ticking::<std::ops::Range<u32>>::PERIOD * 2);
/// assert_eq!(probe.items(), [1, 2]);
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Ticking<I: Iterator, E = Infallible> {
    source: Synchronous<I, E>,
    clock: Arc<dyn Clock>,
}

impl<I: Iterator<Item: Clone> + Clone, E: Clone> Clone for Ticking<I, E> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), clock: Arc::clone(&self.clock) }
    }
}

impl<I: Iterator> Ticking<I> {
    /// The time between two items.
    pub const PERIOD: Duration = Duration::from_millis(10);

    /// A publisher that completes after the last item.
    pub fn new(env: &Env, items: I) -> Self {
        Self { source: Synchronous::new(items), clock: Arc::new(env.clock()) }
    }
}

impl<I: Iterator> Ticking<I, Broken> {
    /// A publisher that fails after the last item.
    pub fn failing(env: &Env, items: I) -> Self {
        Self { source: Synchronous::failing(items), clock: Arc::new(env.clock()) }
    }
}

impl<I, E> Publisher for Ticking<I, E>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    type Item = I::Item;
    type Error = E;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let due = self.clock.now() + Ticking::<I>::PERIOD;
        let ticks = Ticks { source: self.source, clock: self.clock, due, alarm: None, subscriber };
        subscription.run(Box::new(ticks));
    }
}

struct Ticks<I: Iterator, E, S> {
    source: Synchronous<I, E>,
    clock: Arc<dyn Clock>,
    due: Duration,
    alarm: Option<Alarm>,
    subscriber: S,
}

impl<I, E, S> Resume for Ticks<I, E, S>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
    S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        let now = self.clock.now();
        if self.due <= now
            && subscription.is_ready()
            && let Some(item) = self.source.items.next()
        {
            self.due = now + Ticking::<I>::PERIOD;
            subscription.deliver(item, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.source.items.peek().is_none() {
            end(self.subscriber, self.source.failure, &mut subscription);
            return Turn::Done;
        }
        // Without demand there is nothing to wake for, and no alarm keeps the state alive.
        self.alarm = None;
        if subscription.is_ready() {
            self.alarm = Some(self.clock.wake_at(self.due, subscription.waker()));
        }
        Turn::Park(self, subscription)
    }
}

impl<I: Iterator, E> fmt::Debug for Synchronous<I, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Synchronous { .. }")
    }
}

impl<I: Iterator, E> fmt::Debug for InTask<I, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InTask { .. }")
    }
}

impl<I: Iterator, E> fmt::Debug for Ticking<I, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticking { .. }")
    }
}
