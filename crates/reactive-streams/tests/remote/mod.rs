//! For the models: a publisher that another thread completes, and what a subscriber with a handle saw.
#![allow(dead_code, reason = "not every file of models needs all of it")]

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use reactive_streams::{Demand, Flow, Handle, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_core::shim::Mutex;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::Waker;

/// A publisher that another thread completes. It emits nothing.
#[derive(Clone)]
pub(crate) struct Remote(Arc<Trigger>);

struct Trigger {
    fired: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Remote {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Trigger { fired: AtomicBool::new(false), waker: Mutex::new(None) }))
    }

    pub(crate) fn complete(&self) {
        self.0.fired.store(true, SeqCst);
        let waker = self.0.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Publisher for Remote {
    type Item = usize;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = usize, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let waker = subscription.waker();
        *self.0.waker.lock() = Some(waker);
        subscription.run(Box::new(Waiting { remote: self, subscriber }));
    }
}

struct Waiting<S> {
    remote: Remote,
    subscriber: S,
}

impl<S: Subscriber + Send + 'static> Resume for Waiting<S> {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        if self.remote.0.fired.load(SeqCst) {
            self.subscriber.on_complete(subscription.outstanding());
            return Turn::Done;
        }
        Turn::Park(self, subscription)
    }
}

/// What downstream saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) items: AtomicUsize,
    pub(crate) completed: AtomicUsize,
    pub(crate) dropped: AtomicUsize,
    handle: Mutex<Option<Handle>>,
}

struct Down(Arc<Seen>);

impl Drop for Down {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
    }
}

impl Subscriber for Down {
    type Item = usize;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let handle = subscription.handle();
        *self.0.handle.lock() = Some(handle);
    }

    fn on_next(&mut self, _item: usize, _subscription: &mut Subscription) {
        self.0.items.fetch_add(1, SeqCst);
    }

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.0.completed.fetch_add(1, SeqCst);
    }
}

pub(crate) fn subscribe(flow: Flow<impl Publisher<Item = usize, Error = Infallible>>) -> (Arc<Seen>, Handle) {
    let seen = Arc::new(Seen::default());
    flow.subscribe(Down(Arc::clone(&seen)));
    let handle = seen.handle.lock().take().expect("taken in on_subscribe");
    (seen, handle)
}

pub(crate) fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}
