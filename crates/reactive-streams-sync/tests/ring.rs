//! The ring as a value: against a naive model, and its ends.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "tests")]

use proptest::prelude::*;
use reactive_streams_sync::{Consumer, Producer, Rest, ring};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

fn queue<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    ring(capacity.try_into().expect("not zero"), ())
}

proptest! {
    #[test]
    fn it_is_a_bounded_vec_deque(capacity in 1_usize..9, pushes in proptest::collection::vec(any::<bool>(), 0..200)) {
        let (mut producer, mut consumer) = queue(capacity);
        let mut model = VecDeque::new();
        for (position, push) in pushes.into_iter().enumerate() {
            let item = Box::new(position);
            if push {
                let refused = producer.push(item).err();
                if model.len() < capacity { model.push_back(position) } else { prop_assert_eq!(refused, Some(Box::new(position))) }
            } else {
                prop_assert_eq!(consumer.pop().map(|item| *item), model.pop_front());
            }
            prop_assert_eq!((producer.len(), producer.free()), (model.len(), capacity - model.len()));
            prop_assert_eq!((consumer.len(), consumer.is_empty()), (model.len(), model.is_empty()));
            prop_assert_eq!((producer.is_empty(), consumer.linger(position % 3)), (model.is_empty(), !model.is_empty()));
        }
        prop_assert!(consumer.leave().is_none());
        let rest = producer.leave().map(Iterator::collect::<Vec<_>>).expect("the last to leave");
        prop_assert!(rest.into_iter().map(|item| *item).eq(model));
    }
}

#[test]
fn the_capacity_is_exact() {
    for capacity in [1, 2, 3, 5, 1000] {
        let (mut producer, consumer) = queue(capacity);
        assert_eq!((0..).take_while(|item| producer.push(*item).is_ok()).count(), capacity);
        assert_eq!((producer.capacity(), consumer.capacity()), (capacity, capacity));
    }
}

#[test]
fn who_lingers_gets_what_comes_meanwhile() {
    let (mut producer, mut consumer) = queue(1);
    assert!(!consumer.linger(1));
    let pushing = std::thread::spawn(move || producer.push(7));
    while !consumer.linger(1) {}
    assert_eq!(consumer.pop(), Some(7));
    assert_eq!(pushing.join().expect("no panic"), Ok(()));
}

#[test]
fn each_side_sees_the_other_leave() {
    let (producer, consumer) = queue::<u8>(1);
    assert!(!producer.is_alone() && !consumer.is_alone());
    drop(producer);
    assert!(consumer.is_alone());
    let (producer, consumer) = queue::<u8>(1);
    assert!(consumer.leave().is_none());
    assert!(producer.is_alone());
    assert_eq!(producer.leave().map(Iterator::count), Some(0));
}

#[test]
fn what_is_pushed_after_the_consumer_has_left_is_in_the_rest() {
    let (mut producer, mut consumer) = queue(3);
    for item in 0..3 {
        producer.push(item).expect("room");
    }
    assert_eq!((consumer.pop(), consumer.pop()), (Some(0), Some(1)));
    drop(consumer);
    producer.push(3).expect("room");
    assert_eq!(producer.leave().map(Iterator::collect), Some(vec![2, 3]));
}

/// Panics when it is dropped with its number.
struct Bomb {
    number: u8,
    _live: Arc<()>,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert_ne!(self.number, 1, "boom");
    }
}

fn bombs(count: u8) -> (Producer<Bomb>, Consumer<Bomb>, Arc<()>) {
    let live = Arc::new(());
    let (mut producer, consumer) = queue(4);
    for number in 0..count {
        assert!(producer.push(Bomb { number, _live: live.clone() }).is_ok());
    }
    (producer, consumer, live)
}

#[test]
fn a_panicking_destructor_does_not_keep_the_others_from_being_dropped() {
    let (producer, consumer, live) = bombs(4);
    drop(producer);
    let panic = catch_unwind(AssertUnwindSafe(move || drop(consumer)));
    assert!(panic.is_err());
    assert_eq!(Arc::strong_count(&live), 1);
}

#[test]
fn a_panic_while_the_rest_is_counted_drops_each_once() {
    let (producer, consumer, live) = bombs(3);
    drop(consumer);
    let mut seen = 0;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        for bomb in producer.leave().expect("the last to leave") {
            seen += 1;
            drop(bomb);
        }
    }));
    assert!(panic.is_err());
    assert_eq!(seen, 2);
    assert_eq!(Arc::strong_count(&live), 1);
}

#[test]
fn zero_sized_items_are_counted() {
    let (mut producer, mut consumer) = queue(2);
    assert_eq!([producer.push(()), producer.push(()), producer.push(())], [Ok(()), Ok(()), Err(())]);
    assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some(()), Some(()), None]);
}

#[test]
fn both_sides_go_to_threads_with_items_that_do() {
    fn assert_send<T: Send>() {}
    assert_send::<Producer<std::cell::Cell<u8>>>();
    assert_send::<Consumer<std::cell::Cell<u8>>>();
    assert_send::<Rest<std::cell::Cell<u8>>>();
}
