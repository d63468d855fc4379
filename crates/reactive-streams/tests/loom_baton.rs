//! Models of the races between an inner publisher, the outer one and downstream.
#![cfg(loom)]

mod remote;

use loom::sync::atomic::Ordering::SeqCst;
use loom::thread;
use reactive_streams::{Demand, Flow, iter, once};
use remote::{Remote, model, subscribe};
use std::sync::Arc;

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
