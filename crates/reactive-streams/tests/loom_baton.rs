//! Models of the races between an inner publisher, the outer one and downstream.
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use loom::thread;
use reactive_streams::{Demand, Flow, Handle, Publisher, Resume, Subscriber, Subscription, Turn, iter, once};
use reactive_streams_core::shim::Mutex;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::Waker;

/// A publisher that another thread completes. It emits nothing.
#[derive(Clone)]
struct Remote(Arc<Trigger>);

struct Trigger {
    fired: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Remote {
    fn new() -> Self {
        Self(Arc::new(Trigger { fired: AtomicBool::new(false), waker: Mutex::new(None) }))
    }

    fn complete(&self) {
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
struct Seen {
    items: AtomicUsize,
    completed: AtomicUsize,
    dropped: AtomicUsize,
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

fn subscribe(flow: Flow<impl Publisher<Item = usize, Error = Infallible>>) -> (Arc<Seen>, Handle) {
    let seen = Arc::new(Seen::default());
    flow.subscribe(Down(Arc::clone(&seen)));
    let handle = seen.handle.lock().take().expect("taken in on_subscribe");
    (seen, handle)
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

#[test]
fn request_while_an_inner_ends_goes_to_the_next() {
    model(|| {
        let remote = Remote::new();
        let (seen, handle) = subscribe(Flow::from(remote.clone()).chain(once(1)));
        let other = thread::spawn(move || remote.complete());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!((seen.items.load(SeqCst), seen.completed.load(SeqCst)), (1, 1));
    });
}

#[test]
fn request_while_a_mapped_inner_ends_goes_to_the_next() {
    model(|| {
        let (remote, ended) = (Remote::new(), Remote::new());
        ended.complete();
        let inners = [remote.clone(), ended];
        let flow = iter(0..2).flat_map(move |n| Flow::from(inners[n].clone()).chain(iter(0..n)));
        let (seen, handle) = subscribe(flow);
        let other = thread::spawn(move || remote.complete());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!((seen.items.load(SeqCst), seen.completed.load(SeqCst)), (1, 1));
    });
}

#[test]
fn outer_and_inner_that_end_at_once_complete_once() {
    model(|| {
        let (outer, inner) = (Remote::new(), Remote::new());
        let wait = inner.clone();
        // The outer is there for its end: its one item comes from the publisher before it.
        let flow = once(0).chain(outer.clone()).flat_map(move |_| wait.clone());
        let (seen, _handle) = subscribe(flow);
        let other = thread::spawn(move || inner.complete());
        outer.complete();
        other.join().expect("no panic");
        assert_eq!((seen.completed.load(SeqCst), seen.dropped.load(SeqCst)), (1, 1));
    });
}

#[test]
fn cancel_while_an_inner_ends_drops_once() {
    model(|| {
        let (outer, inner) = (Remote::new(), Remote::new());
        let wait = inner.clone();
        let (seen, handle) = subscribe(once(0).chain(outer).flat_map(move |_| wait.clone()));
        let other = thread::spawn(move || inner.complete());
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while the handle is still held");
        assert_eq!(seen.completed.load(SeqCst), 0);
    });
}

#[test]
fn cancel_against_request_between_two_inners() {
    model(|| {
        let (seen, handle) = subscribe(Flow::from(Remote::new()).flat_map(once));
        let handle = Arc::new(handle);
        let other = {
            let handle = Arc::clone(&handle);
            thread::spawn(move || handle.request(Demand::ONE))
        };
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while the handle is still held");
    });
}
