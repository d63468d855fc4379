//! Models of the races between an iterator that waits for demand, upstream and downstream.
#![cfg(loom)]

mod remote;

use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use reactive_streams::{Demand, once};
use remote::{Remote, model, subscribe};
use std::sync::Arc;

#[test]
fn end_of_upstream_against_demand_for_the_rest_completes_once() {
    model(|| {
        let outer = Remote::new();
        let (seen, handle) = subscribe(once(0).chain(outer.clone()).flat_map_iter(|_| 1..3));
        let other = thread::spawn(move || outer.complete());
        handle.request(Demand::of(2));
        other.join().expect("no panic");
        assert_eq!((seen.items.load(SeqCst), seen.completed.load(SeqCst)), (2, 1));
    });
}

#[test]
fn item_of_upstream_against_demand_for_the_rest_is_spread() {
    model(|| {
        let remote = Remote::new();
        let outer = once(0).chain(remote.clone()).chain(once(1));
        let (seen, handle) = subscribe(outer.flat_map_iter(|n| n..n + 1));
        let other = thread::spawn(move || remote.complete());
        handle.request(Demand::of(2));
        other.join().expect("no panic");
        assert_eq!((seen.items.load(SeqCst), seen.completed.load(SeqCst)), (2, 1));
    });
}

#[test]
fn cancel_against_the_last_of_an_iterator_drops_once() {
    model(|| {
        let outer = Remote::new();
        let (seen, handle) = subscribe(once(0).chain(outer).flat_map_iter(|_| 1..2));
        let handle = Arc::new(handle);
        let other = {
            let handle = Arc::clone(&handle);
            thread::spawn(move || handle.request(Demand::ONE))
        };
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while the handle is still held");
        assert_eq!(seen.completed.load(SeqCst), 0);
    });
}
