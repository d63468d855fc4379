//! `crossbeam-queue`.

use super::crossing::OPERATORS;
use super::table::{Cannot, Contender, Does, Role, cannot, plain};
use super::workloads::QUEUE;
use crossbeam_queue::ArrayQueue;
use std::hint::black_box;

pub const CONTENDER: Contender = Contender {
    name: "crossbeam-queue",
    role: Role::Peer,
    package: Some("crossbeam-queue"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[plain("W11o", evict), plain("W11n", refuse)];

const CANNOT: &[Cannot] = &[
    cannot(OPERATORS, "a queue: it has no operators"),
    cannot(&["W7", "W7s", "W8", "WP"], "it does not wait; see crossbeam-channel"),
    cannot(&["W11d", "W11l"], "a queue holds something, and more than the latest"),
    cannot(&["W13"], "each item goes to one consumer"),
];

fn evict(n: u64) -> u64 {
    let queue = ArrayQueue::new(QUEUE);
    for i in 0..n {
        queue.force_push(black_box(i));
    }
    total(queue)
}

fn refuse(n: u64) -> u64 {
    let queue = ArrayQueue::new(QUEUE);
    for i in 0..n {
        let _ = queue.push(black_box(i));
    }
    total(queue)
}

fn total(queue: ArrayQueue<u64>) -> u64 {
    std::iter::from_fn(|| queue.pop()).fold(0, u64::wrapping_add)
}
