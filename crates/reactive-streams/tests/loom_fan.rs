//! Models of the races on the fan: upstream, its subscribers and those that join, each against another.
#![cfg(loom)]

use loom::thread;
use reactive_streams::{Flow, Ledger, Overflow, Publisher, Queue, iter};
use reactive_streams_test::{Live, Probe, Tracked, probe, scripted};
use std::sync::Arc;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

/// One subscriber more, and its ledger.
fn join<P: Publisher + Queue + Clone>(shared: &Flow<P>) -> (Arc<Probe<P::Item, P::Error>>, Ledger) {
    let shared = shared.clone();
    let ledger = shared.ledger();
    (Arc::new(probe(shared)), ledger)
}

#[test]
fn a_request_against_an_item_is_served() {
    model(|| {
        let (script, publisher) = scripted::<u32, ()>();
        let shared = Flow::from(publisher).share(1, Overflow::Wait);
        let ((fast, _), (slow, ledger)) = (join(&shared), join(&shared));
        fast.request(1);
        let other = thread::spawn(move || {
            script.next(1).expect("asked for");
            script
        });
        slow.request(1);
        let script = other.join().expect("no panic");
        assert_eq!((fast.items(), slow.items(), ledger.is_balanced()), (vec![1], vec![1], true));
        assert_eq!(script.requested(), 1);
    });
}

#[test]
fn each_of_two_requests_rings() {
    model(|| {
        let (script, publisher) = scripted::<u32, ()>();
        let shared = Flow::from(publisher).share(2, Overflow::Wait);
        let ((fast, _), (slow, ledger)) = (join(&shared), join(&shared));
        fast.request(2);
        (1..=2).for_each(|n| script.next(n).expect("asked for"));
        let other = {
            let slow = Arc::clone(&slow);
            thread::spawn(move || slow.request(1))
        };
        slow.request(1);
        other.join().expect("no panic");
        assert_eq!((slow.items(), ledger.depth(), ledger.is_balanced()), (vec![1, 2], 0, true));
    });
}

#[test]
fn the_last_cancel_against_an_item_cancels_upstream_and_counts_it() {
    model(|| {
        let (live, (script, publisher)) = (Live::new(), scripted::<Tracked<u32>, ()>());
        let shared = Flow::from(publisher).share(1, Overflow::Wait);
        let (only, ledger) = join(&shared);
        only.request(1);
        let item = live.item(1);
        let other = thread::spawn(move || {
            drop(script.next(item));
            script
        });
        only.cancel();
        let script = other.join().expect("no panic");
        drop(only.items());
        assert!(script.is_cancelled() && only.is_dropped() && ledger.is_balanced());
        assert_eq!(live.count(), 0);
    });
}

#[test]
fn one_that_joins_against_an_item_and_the_end_gets_the_end() {
    model(|| {
        let (script, publisher) = scripted::<u32, ()>();
        let shared = Flow::from(publisher).share(1, Overflow::Wait);
        let (first, _) = join(&shared);
        first.request(1);
        let other = thread::spawn(move || {
            script.next(1).expect("asked for");
            script.complete();
        });
        let (second, ledger) = join(&shared);
        other.join().expect("no panic");
        second.request(1);
        assert_eq!((first.items(), first.is_complete(), second.is_complete()), (vec![1], true, true));
        assert_eq!((second.items().len() as u64, ledger.is_balanced()), (ledger.emitted(), true));
    });
}

#[test]
fn two_requests_that_let_upstream_run_lose_nothing() {
    model(|| {
        let shared = iter(0..2).share(1, Overflow::Wait);
        let ((fast, _), (slow, ledger)) = (join(&shared), join(&shared));
        fast.request(1);
        let other = {
            let slow = Arc::clone(&slow);
            thread::spawn(move || slow.request(1))
        };
        fast.request(1);
        other.join().expect("no panic");
        assert_eq!((fast.items(), fast.is_complete(), slow.items()), (vec![0, 1], true, vec![0]));
        assert_eq!((ledger.depth(), ledger.total_dropped(), ledger.is_balanced()), (1, 0, true));
    });
}
