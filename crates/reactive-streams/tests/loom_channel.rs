//! Models of the races between producers, the subscription, requests and a cancel, and so of the gate.
#![cfg(loom)]

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::thread;
use reactive_streams::{
    Channel, Demand, Flow, Handle, Ledger, Overflow, Publisher, SendError, Sender, Sent, Subscriber,
    Subscription, channel,
};
use reactive_streams_core::shim::Mutex;
use std::convert::Infallible;
use std::sync::Arc;

/// What downstream saw.
#[derive(Default)]
struct Seen {
    items: AtomicUsize,
    completed: AtomicUsize,
    dropped: AtomicUsize,
    handle: Mutex<Option<Handle>>,
}

impl Seen {
    fn counts(&self) -> (usize, usize, usize) {
        (self.items.load(SeqCst), self.completed.load(SeqCst), self.dropped.load(SeqCst))
    }
}

/// Asks for `first` at the start.
struct Down {
    seen: Arc<Seen>,
    first: Option<Demand>,
}

impl Drop for Down {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, SeqCst);
    }
}

impl Subscriber for Down {
    type Item = usize;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let handle = subscription.handle();
        *self.seen.handle.lock() = Some(handle);
        if let Some(demand) = self.first {
            subscription.request(demand);
        }
    }

    fn on_next(&mut self, _item: usize, _subscription: &mut Subscription) {
        self.seen.items.fetch_add(1, SeqCst);
    }

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.seen.completed.fetch_add(1, SeqCst);
    }
}

fn subscribe(flow: Flow<Channel<usize>>, first: u64) -> (Arc<Seen>, Handle) {
    let seen = Arc::new(Seen::default());
    flow.subscribe(Down { seen: Arc::clone(&seen), first: Demand::new(first) });
    let handle = seen.handle.lock().take().expect("taken in on_subscribe");
    (seen, handle)
}

/// A channel with room for one item, and that item in it.
fn full() -> (Sender<usize>, Flow<Channel<usize>>, Ledger) {
    let (sender, flow) = channel(1, Overflow::Wait);
    assert_eq!(sender.try_send(0), Ok(Sent::Accepted));
    let ledger = flow.ledger();
    (sender, flow, ledger)
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

#[test]
fn a_send_while_it_is_subscribed_to_arrives() {
    model(|| {
        let (sender, flow) = channel(1, Overflow::Wait);
        let other = thread::spawn(move || assert_eq!(sender.try_send(1), Ok(Sent::Accepted)));
        let (seen, _handle) = subscribe(flow, 1);
        other.join().expect("no panic");
        assert_eq!(seen.counts(), (1, 1, 1));
    });
}

#[test]
fn sends_and_requests_meet() {
    model(|| {
        let (sender, flow) = channel(2, Overflow::Wait);
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(move || {
            assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
            assert_eq!(sender.try_send(2), Ok(Sent::Accepted));
        });
        handle.request(Demand::ONE);
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.counts(), (2, 1, 1));
    });
}

#[test]
fn who_waits_for_room_gets_it() {
    model(|| {
        let (sender, flow, ledger) = full();
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(move || assert_eq!(sender.send(1), Ok(Sent::Accepted)));
        handle.request(Demand::of(2));
        other.join().expect("no panic");
        assert_eq!(seen.counts(), (2, 1, 1));
        assert!(ledger.is_balanced() && ledger.high_water() == 1);
    });
}

#[test]
fn a_cancel_wakes_who_waits_for_room() {
    model(|| {
        let (sender, flow, ledger) = full();
        let (seen, handle) = subscribe(flow, 0);
        let other = thread::spawn(move || assert_eq!(sender.send(1), Err(SendError(1))));
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.counts(), (0, 0, 1));
        assert!(ledger.is_balanced() && ledger.total_dropped() == 1);
    });
}

#[test]
fn a_turn_that_is_passed_on_is_not_lost() {
    model(|| {
        let (sender, flow, ledger) = full();
        let other = {
            let sender = sender.clone();
            thread::spawn(move || assert_eq!(sender.send(1), Ok(Sent::Accepted)))
        };
        let (seen, handle) = subscribe(flow, 0);
        // It may be in line before the other one or behind it, and leaves without a word.
        let waker = std::task::Waker::noop();
        let mut ready = Box::pin(sender.ready());
        let _polled = ready.as_mut().poll(&mut std::task::Context::from_waker(waker));
        handle.request(Demand::of(2));
        drop(ready);
        other.join().expect("no panic");
        assert_eq!((seen.items.load(SeqCst), ledger.is_balanced()), (2, true));
    });
}
