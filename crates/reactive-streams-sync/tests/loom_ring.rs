//! Models of every race on the ring. Run with `.ci/loom`, which also plants the bugs that each must find.
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;
use reactive_streams_sync::{Consumer, Producer, ring};
use std::sync::Arc;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

fn queue<T>(capacity: usize) -> (Pusher<T>, Popper<T>) {
    let (producer, consumer) = ring(capacity.try_into().expect("not zero"), ());
    let turns = Arc::new(AtomicUsize::new(0));
    (Pusher { producer, turns: turns.clone() }, Popper { consumer, turns })
}

/// Takes part in the order of events before each push, without ordering memory.
///
/// Loom remembers only the last access to an atomic. The ring's flag is loaded by the side that then stores to
/// it, and that load hides an earlier one of the other side, which loom would have to try later. This makes it try
/// the operations in every order.
struct Pusher<T> {
    producer: Producer<T>,
    turns: Arc<AtomicUsize>,
}

impl<T> Pusher<T> {
    fn push(&mut self, item: T) -> Result<(), T> {
        self.turns.fetch_add(1, Relaxed);
        self.producer.push(item)
    }

    fn leave(self) -> Option<Vec<T>> {
        self.turns.fetch_add(1, Relaxed);
        self.producer.leave().map(Iterator::collect)
    }
}

/// The other side of it.
struct Popper<T> {
    consumer: Consumer<T>,
    turns: Arc<AtomicUsize>,
}

impl<T> Popper<T> {
    fn pop(&mut self) -> Option<T> {
        self.turns.fetch_add(1, Relaxed);
        self.consumer.pop()
    }

    fn pop_up_to(&mut self, times: usize) -> Vec<T> {
        (0..times).filter_map(|_| self.pop()).collect()
    }

    fn leave(self) -> Option<Vec<T>> {
        self.turns.fetch_add(1, Relaxed);
        self.consumer.leave().map(Iterator::collect)
    }
}

fn join<T>(handle: thread::JoinHandle<T>) -> T {
    handle.join().expect("no panic")
}

#[test]
fn push_against_pop_keeps_order_and_hands_values_over() {
    model(|| {
        let (mut pusher, mut popper) = queue(2);
        let pushing = thread::spawn(move || {
            pusher.push(Box::new(0)).expect("room");
            pusher.push(Box::new(1)).expect("room");
            pusher.push(Box::new(2)).is_ok()
        });
        let mut seen = popper.pop_up_to(2);
        let pushed = 2 + usize::from(join(pushing));
        seen.extend(popper.pop_up_to(3));
        assert_eq!(seen.len(), pushed);
        for (position, item) in seen.into_iter().enumerate() {
            assert_eq!(position, *item);
        }
    });
}

#[test]
fn the_full_edge_hands_the_item_back_or_frees_the_slot_first() {
    model(|| {
        let (mut pusher, mut popper) = queue(1);
        pusher.push(Box::new(0)).expect("empty");
        let popping = thread::spawn(move || {
            let first = popper.pop().expect("one is in it");
            (first, popper)
        });
        let second = pusher.push(Box::new(1));
        let (first, mut popper) = join(popping);
        assert_eq!(*first, 0);
        match second {
            Ok(()) => assert_eq!(popper.pop(), Some(Box::new(1))),
            Err(item) => assert_eq!((*item, popper.pop()), (1, None)),
        }
    });
}

#[test]
fn the_empty_edge_gives_nothing_or_the_whole_item() {
    model(|| {
        let (mut pusher, mut popper) = queue(1);
        let pushing = thread::spawn(move || {
            pusher.push([7_u64; 4]).expect("empty");
            pusher
        });
        let early = popper.pop();
        let _pusher = join(pushing);
        assert_eq!(early.or_else(|| popper.pop()), Some([7; 4]));
    });
}

#[test]
fn what_is_free_only_grows_and_what_is_there_only_grows() {
    model(|| {
        let (mut pusher, mut popper) = queue(2);
        pusher.push(0).expect("empty");
        let popping = thread::spawn(move || {
            let len = popper.consumer.len();
            assert_eq!(popper.pop_up_to(len).len(), len);
            popper
        });
        for item in 0..pusher.producer.free() {
            pusher.push(item).expect("it said free");
        }
        let mut popper = join(popping);
        assert_eq!(popper.consumer.len(), pusher.producer.len());
        assert_eq!(popper.consumer.len(), popper.pop_up_to(3).len());
    });
}

/// Counts its drops, with an atomic of std: one of loom's would order what the model is to see unordered.
struct Item(Arc<std::sync::atomic::AtomicUsize>);

impl Drop for Item {
    fn drop(&mut self) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[test]
fn both_are_dropped_with_items_left_and_each_item_is_dropped_once() {
    model(|| {
        let drops = Arc::default();
        let (mut pusher, mut popper) = queue(2);
        pusher.push(Item(Arc::clone(&drops))).ok().expect("empty");
        let item = Item(Arc::clone(&drops));
        let pushing = thread::spawn(move || drop(pusher.push(item)));
        drop(popper.pop());
        drop(popper);
        join(pushing);
        assert_eq!(drops.load(std::sync::atomic::Ordering::SeqCst), 2);
    });
}

#[test]
fn the_rest_goes_to_the_last_to_leave_alone() {
    model(|| {
        let (mut pusher, mut popper) = queue(2);
        pusher.push(Box::new(0)).expect("empty");
        let pushing = thread::spawn(move || {
            pusher.push(Box::new(1)).expect("room");
            pusher.leave()
        });
        let popped = usize::from(popper.pop().is_some());
        let (ours, theirs) = (popper.leave(), join(pushing));
        assert!(ours.is_some() != theirs.is_some());
        let rest = ours.or(theirs).expect("one of them");
        assert_eq!(rest.len() + popped, 2);
        for (position, item) in rest.into_iter().enumerate() {
            assert_eq!(position + popped, *item);
        }
    });
}

#[test]
fn close_against_push_shows_all_that_was_pushed() {
    model(|| {
        let (mut pusher, mut popper) = queue(2);
        let pushing = thread::spawn(move || {
            pusher.push(Box::new(0)).expect("room");
            pusher.push(Box::new(1)).expect("room");
            pusher.leave()
        });
        let alone = popper.consumer.is_alone();
        let seen = popper.pop_up_to(2).len();
        assert!(!alone || seen == 2, "the look after the end finds everything");
        join(pushing);
    });
}
