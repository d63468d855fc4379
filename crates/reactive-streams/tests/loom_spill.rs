//! Models of the races between an upstream that is asked for everything and a downstream with a handle.
#![cfg(loom)]

mod remote;

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::thread;
use reactive_streams::{Demand, Flow, Publisher, Subscriber, Subscription, once};
use reactive_streams_core::shim::Mutex;
use remote::{Remote, model, subscribe};
use std::convert::Infallible;
use std::sync::Arc;

/// Another thread cancels it while it is subscribed; its handle stays where the model is.
struct Cancelled {
    job: Arc<Mutex<Option<thread::JoinHandle<()>>>>,
    handle: Arc<Mutex<Option<reactive_streams::Handle>>>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

impl Subscriber for Cancelled {
    type Item = usize;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let (handle, canceller) = (subscription.handle(), subscription.canceller());
        *self.handle.lock() = Some(handle);
        *self.job.lock() = Some(thread::spawn(move || canceller.cancel()));
    }

    fn on_next(&mut self, _item: usize, _subscription: &mut Subscription) {}

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn a_cancel_while_it_is_subscribed_drops_once() {
    model(|| {
        let (job, handle, dropped) = (Arc::default(), Arc::default(), Arc::new(AtomicUsize::new(0)));
        let subscriber =
            Cancelled { job: Arc::clone(&job), handle: Arc::clone(&handle), dropped: Arc::clone(&dropped) };
        Flow::from(Remote::new()).on_backpressure_drop(drop).subscribe(subscriber);
        let job: Option<thread::JoinHandle<()>> = job.lock().take();
        job.expect("spawned").join().expect("no panic");
        assert_eq!(dropped.load(SeqCst), 1, "dropped while the handle is still held");
    });
}

#[test]
fn an_item_against_a_request_goes_out_or_is_lost_and_what_is_left_is_told() {
    model(|| {
        let remote = Remote::new();
        let flow = Flow::from(remote.clone()).chain(once(0)).on_backpressure_drop(drop);
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow);
        let other = thread::spawn(move || remote.complete());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        let (items, lost) = (seen.items.load(SeqCst) as u64, ledger.total_dropped());
        assert_eq!((items + lost, seen.completed.load(SeqCst)), (1, 1));
        assert_eq!((ledger.emitted(), ledger.is_balanced()), (items, true));
    });
}

#[test]
fn a_cancel_against_an_item_drops_once() {
    model(|| {
        let remote = Remote::new();
        let flow = Flow::from(remote.clone()).chain(once(0)).chain(Remote::new()).on_backpressure_drop(drop);
        let ledger = flow.ledger();
        let (seen, handle) = subscribe(flow);
        let other = thread::spawn(move || remote.complete());
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!((seen.dropped.load(SeqCst), seen.completed.load(SeqCst)), (1, 0));
        assert!(ledger.is_balanced());
    });
}
