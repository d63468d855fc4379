//! A processor that holds each item for a while, and asks above for no more than is waited for below.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Alarm, Clock, Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Contract, Errors, Item, Operator, processor_conformance};
use reactive_streams_test::{ManualExecutor, VirtualClock};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const DELAY: Duration = Duration::from_millis(5);

struct Delayed<P> {
    upstream: P,
    executor: ManualExecutor,
    clock: VirtualClock,
}

/// What has come and is not yet to go on.
#[derive(Default)]
struct Belt {
    items: VecDeque<(Duration, Item)>,
    end: Option<End>,
    /// On its way to the task.
    handle: Option<Handle>,
    waker: Option<Waker>,
    closed: bool,
}

enum End {
    Completed,
    Failed(Broken),
    Lost,
}

struct Input {
    belt: Arc<Mutex<Belt>>,
    clock: VirtualClock,
    subscribed: bool,
}

impl Input {
    fn put(&self, put: impl FnOnce(&mut Belt)) {
        let mut belt = self.belt.lock();
        put(&mut belt);
        let waker = belt.waker.take();
        drop(belt);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Subscriber for Input {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        let mut handle = Some(subscription.handle());
        self.put(|belt| {
            if !belt.closed {
                belt.handle = handle.take();
            }
        });
    }

    fn on_next(&mut self, item: Item, _subscription: &mut Subscription) {
        let mut item = Some((self.clock.now() + DELAY, item));
        self.put(|belt| {
            if !belt.closed {
                belt.items.extend(item.take());
            }
        });
    }

    fn on_error(self, error: Broken, _unused: Option<Demand>) {
        self.put(|belt| belt.end = Some(End::Failed(error)));
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.put(|belt| belt.end = Some(End::Completed));
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.put(|belt| {
            belt.end.get_or_insert(End::Lost);
        });
    }
}

struct Output {
    belt: Arc<Mutex<Belt>>,
    clock: VirtualClock,
    handle: Option<Handle>,
    alarm: Option<Alarm>,
    /// Asked for above and not delivered.
    on_order: u64,
}

enum Next {
    Item(Item),
    End(End),
    Leave,
}

impl Output {
    fn poll_next(&mut self, subscription: &mut Subscription, context: &mut Context<'_>) -> Poll<Next> {
        loop {
            let Some(wanted) = subscription.wanted() else { return Poll::Ready(Next::Leave) };
            let now = self.clock.now();
            let mut belt = self.belt.lock();
            self.handle = self.handle.take().or_else(|| belt.handle.take());
            let replaced = belt.waker.replace(context.waker().clone());
            let first = belt.items.front().map(|(due, _)| *due);
            let item = first.filter(|due| wanted > 0 && *due <= now).and_then(|_| belt.items.pop_front());
            let end = if first.is_none() { belt.end.take() } else { None };
            let over = first.is_none() || belt.end.is_some();
            drop(belt);
            drop(replaced);
            if let Some((_, item)) = item {
                return Poll::Ready(Next::Item(item));
            }
            if let Some(end) = end {
                return Poll::Ready(Next::End(end));
            }
            // What is held can never be asked for.
            if first.is_some() && subscription.is_abandoned() {
                return Poll::Ready(Next::Leave);
            }
            self.alarm = first.map(|due| self.clock.wake_at(due, context.waker().clone()));
            let more = Demand::new(wanted.saturating_sub(self.on_order));
            if let (Some(handle), Some(more), false) = (&self.handle, more, over && first.is_some()) {
                self.on_order = wanted;
                handle.request(more);
                continue;
            }
            if subscription.poll_cancelled(context).is_pending() && subscription.wanted() == Some(wanted) {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let mut belt = self.belt.lock();
        belt.closed = true;
        let left = (std::mem::take(&mut belt.items), belt.handle.take(), belt.waker.take());
        drop(belt);
        drop(left);
    }
}

impl<P: Publisher<Item = Item, Error = Broken>> Publisher for Delayed<P> {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let (belt, clock) = (Arc::default(), self.clock);
        let input = Input { belt: Arc::clone(&belt), clock: clock.clone(), subscribed: false };
        let mut output = Output { belt, clock, handle: None, alarm: None, on_order: 0 };
        self.executor.spawn(Box::pin(async move {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            loop {
                match poll_fn(|context| output.poll_next(&mut subscription, context)).await {
                    Next::Item(item) => {
                        output.on_order -= 1;
                        subscription.deliver(item, &mut subscriber);
                    }
                    Next::End(End::Completed) => return subscriber.on_complete(subscription.outstanding()),
                    Next::End(End::Failed(error)) => {
                        return subscriber.on_error(error, subscription.outstanding());
                    }
                    Next::End(End::Lost) | Next::Leave => return,
                }
            }
        }));
        self.upstream.subscribe(input);
    }
}

processor_conformance!(
    delayed,
    Operator::new(Contract::identity().errors(Errors::Delayed), |env, upstream| Delayed {
        upstream,
        executor: env.executor(),
        clock: env.clock()
    })
);
