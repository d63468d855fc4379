//! Models of the races on a subscription whose publisher is at home elsewhere. Run with `.ci/loom`, which also plants
//! the bugs that each must find.
#![cfg(loom)]
#![allow(missing_docs, clippy::disallowed_types, reason = "tests, with loom's own locks")]

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, ThreadId};
use reactive_streams_core::{Demand, Home, Resume, Resumption, Subscription, Turn};
use std::sync::Arc;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

/// A thread that runs what it is sent, until `wanted` items were emitted or the subscription was cancelled.
#[derive(Default)]
struct Room {
    sent: Mutex<(Vec<Resumption>, bool)>,
    condition: Condvar,
}

impl Home for Room {
    fn resume(&self, resumption: Resumption) {
        self.sent.lock().expect("not poisoned").0.push(resumption);
        self.condition.notify_one();
    }

    fn cancelled(&self) {
        self.sent.lock().expect("not poisoned").1 = true;
        self.condition.notify_one();
    }
}

impl Room {
    fn run_until(&self, done: impl Fn() -> bool) {
        while !done() {
            let mut sent = self.sent.lock().expect("not poisoned");
            while sent.0.is_empty() && !sent.1 {
                sent = self.condition.wait(sent).expect("not poisoned");
            }
            let (waiting, cancelled) = (std::mem::take(&mut sent.0), sent.1);
            drop(sent);
            waiting.into_iter().for_each(Resumption::run);
            if cancelled {
                return;
            }
        }
    }
}

/// Emits what it is asked for, on one thread only.
struct Source {
    emitted: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    here: ThreadId,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

impl Resume for Source {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        assert_eq!(self.here, thread::current().id(), "it runs at home");
        let asked = subscription.outstanding().map_or(0, Demand::get);
        self.emitted.fetch_add(usize::try_from(asked).expect("small"), SeqCst);
        Turn::Park(self, subscription.fork())
    }
}

#[test]
fn requests_against_parking_at_home_are_all_served_there() {
    model(|| {
        let (emitted, dropped) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let room = Arc::new(Room::default());
        let _stay = subscription.resume_at(room.clone());
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle.request(Demand::of(2));
            handle
        });
        let source =
            Source { emitted: emitted.clone(), dropped: dropped.clone(), here: thread::current().id() };
        subscription.park(Box::new(source));
        room.run_until(|| emitted.load(SeqCst) == 3);
        drop(other.join().expect("no panic"));
        assert_eq!(dropped.load(SeqCst), 1);
    });
}

#[test]
fn a_cancel_against_a_resumption_drops_the_state_once_and_is_heard() {
    model(|| {
        let (emitted, dropped) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let room = Arc::new(Room::default());
        let _stay = subscription.resume_at(room.clone());
        let source =
            Source { emitted: emitted.clone(), dropped: dropped.clone(), here: thread::current().id() };
        subscription.park(Box::new(source));
        let canceller = handle.canceller();
        let other = thread::spawn(move || canceller.cancel());
        handle.request(Demand::ONE);
        room.run_until(|| false);
        other.join().expect("no panic");
        room.sent.lock().expect("not poisoned").0.clear();
        assert_eq!(dropped.load(SeqCst), 1);
        assert!(emitted.load(SeqCst) <= 1);
    });
}

#[test]
fn a_home_that_is_given_up_against_a_request_leaves_it_to_who_asks() {
    model(|| {
        let emitted = Arc::new(AtomicUsize::new(0));
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let room = Arc::new(Room::default());
        let stay = subscription.resume_at(room.clone());
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        drop(stay);
        subscription.park(Box::new(Anywhere(emitted.clone())));
        let handle = other.join().expect("no panic");
        assert!(
            room.sent.lock().expect("not poisoned").0.is_empty(),
            "nothing is parked while it is at home"
        );
        assert_eq!(emitted.load(SeqCst), 1);
        drop(handle);
    });
}

/// Emits what it is asked for, wherever.
struct Anywhere(Arc<AtomicUsize>);

impl Resume for Anywhere {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        let asked = subscription.outstanding().map_or(0, Demand::get);
        self.0.fetch_add(usize::try_from(asked).expect("small"), SeqCst);
        Turn::Park(self, subscription.fork())
    }
}

#[test]
fn cancel_against_a_tie_reaches_upstream() {
    model(|| {
        let (mut upstream, mut subscription) = (Subscription::new(), Subscription::new());
        let handle = subscription.handle();
        let other = thread::spawn(move || handle.cancel());
        let tie = subscription.tie(upstream.canceller());
        let seen = subscription.is_cancelled();
        other.join().expect("no panic");
        assert!(seen || upstream.is_cancelled(), "one of the two sees the other");
        drop(tie);
    });
}
