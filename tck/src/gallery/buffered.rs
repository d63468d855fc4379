//! A processor that keeps every rule.

use crate::Env;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Holds up to a number of items that upstream was asked for ahead of downstream's demand, and passes them on in a task.
///
/// ```
/// use reactive_streams_tck::gallery::{Buffered, Synchronous};
/// use reactive_streams_tck::Env;
/// use reactive_streams_test::probe;
///
/// let env = Env::new();
/// let probe = probe(Buffered::new(&env, Synchronous::new(1..4), 2));
/// probe.request(9);
/// env.executor().run();
/// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2, 3], true));
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Buffered<P> {
    upstream: P,
    capacity: u64,
    executor: Arc<dyn Spawn>,
}

impl<P: Publisher> Buffered<P> {
    /// A buffer for `capacity` items, at least one.
    pub fn new(env: &Env, upstream: P, capacity: u64) -> Self {
        Self { upstream, capacity: capacity.max(1), executor: Arc::new(env.executor()) }
    }
}

impl<P: Publisher> Publisher for Buffered<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let output = Output { shared: Arc::clone(&shared), handle: None };
        self.executor.spawn(Box::pin(output.run(subscriber)));
        let (signals, subscribed) = (PhantomData, false);
        self.upstream.subscribe(Input { shared, capacity: self.capacity, subscribed, signals });
    }
}

/// What the two sides share. The handle only passes through it (rule 3-vi).
struct Shared<T, E> {
    items: VecDeque<T>,
    end: Option<End<E>>,
    in_transit: Option<Handle>,
    waker: Option<Waker>,
    /// Nobody takes items out any more.
    closed: bool,
}

enum End<E> {
    Completed,
    Failed(E),
    /// The input was dropped without a terminal.
    Gone,
}

impl<T, E> Default for Shared<T, E> {
    fn default() -> Self {
        Self { items: VecDeque::new(), end: None, in_transit: None, waker: None, closed: false }
    }
}

struct Input<T, E> {
    shared: Arc<Mutex<Shared<T, E>>>,
    capacity: u64,
    subscribed: bool,
    signals: PhantomData<fn(T, E)>,
}

impl<T, E> Input<T, E> {
    /// Leaves something for the task and wakes it.
    fn leave(&self, leave: impl FnOnce(&mut Shared<T, E>)) {
        let mut shared = self.shared.lock();
        leave(&mut shared);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn end(&self, end: End<E>) {
        self.leave(|shared| {
            shared.end.get_or_insert(end);
        });
    }
}

impl<T, E> Subscriber for Input<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        let handle = subscription.handle();
        subscription.request(Demand::of(self.capacity));
        let mut closed = self.shared.lock();
        if closed.closed {
            drop(closed);
            return drop(handle);
        }
        closed.in_transit = Some(handle);
    }

    fn on_next(&mut self, item: T, _subscription: &mut Subscription) {
        let mut item = Some(item);
        self.leave(|shared| {
            if !shared.closed {
                shared.items.extend(item.take());
            }
        });
    }

    fn on_error(self, error: E, _unused: Option<Demand>) {
        self.end(End::Failed(error));
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.end(End::Completed);
    }
}

impl<T, E> Drop for Input<T, E> {
    fn drop(&mut self) {
        self.end(End::Gone);
    }
}

struct Output<T, E> {
    shared: Arc<Mutex<Shared<T, E>>>,
    handle: Option<Handle>,
}

enum Next<T, E> {
    Item(T),
    End(End<E>),
    Leave,
}

impl<T, E> Output<T, E> {
    async fn run<S: Subscriber<Item = T, Error = E>>(mut self, mut subscriber: S) {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        loop {
            match poll_fn(|context| self.poll_next(&mut subscription, context)).await {
                Next::Item(item) => {
                    subscription.deliver(item, &mut subscriber);
                    if let Some(handle) = &self.handle {
                        handle.request(Demand::ONE);
                    }
                }
                Next::End(End::Completed) => return subscriber.on_complete(subscription.outstanding()),
                Next::End(End::Failed(error)) => {
                    return subscriber.on_error(error, subscription.outstanding());
                }
                Next::End(End::Gone) | Next::Leave => return,
            }
        }
    }

    fn poll_next(&mut self, subscription: &mut Subscription, context: &mut Context<'_>) -> Poll<Next<T, E>> {
        loop {
            let (ready, waker) = (subscription.is_ready(), context.waker().clone());
            let mut shared = self.shared.lock();
            let replaced = shared.waker.replace(waker);
            self.handle = self.handle.take().or_else(|| shared.in_transit.take());
            let next = match ready.then(|| shared.items.pop_front()).flatten() {
                Some(item) => Some(Next::Item(item)),
                None if shared.items.is_empty() => shared.end.take().map(Next::End),
                None => None,
            };
            let held = !shared.items.is_empty();
            drop(shared);
            drop(replaced);
            if subscription.is_cancelled() {
                return Poll::Ready(Next::Leave);
            }
            if let Some(next) = next {
                return Poll::Ready(next);
            }
            // Who can never be asked for what is held drops its subscriber (rule 3-iv).
            if held && subscription.is_abandoned() {
                return Poll::Ready(Next::Leave);
            }
            if subscription.poll_cancelled(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl<T, E> Drop for Output<T, E> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.closed = true;
        let left = (std::mem::take(&mut shared.items), shared.in_transit.take(), shared.waker.take());
        drop(shared);
        drop(left);
    }
}

impl<P> fmt::Debug for Buffered<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
