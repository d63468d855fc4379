//! The channel of std, and its lock around a slot.
#![allow(clippy::disallowed_types, reason = "the lock is what is measured")]

use super::crossing::{self, Blocking, LARGE, NO_OPERATORS, ONE_CONSUMER, OPERATORS, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::QUEUE;
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::{Arc, Mutex, mpsc};

pub const CONTENDER: Contender =
    Contender { name: "std", role: Role::Peer, package: None, does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W7", crossing::one::<Channel, LARGE>),
    plain("W7s", crossing::one::<Channel, SMALL>),
    plain("W8", crossing::three::<Channel>),
    plain("WP", crossing::ping_pong::<Channel>),
    variant("W11l", "a slot in a Mutex", latest),
    variant("W11o", "a queue in a Mutex", evict),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] = &[
    cannot(OPERATORS, NO_OPERATORS),
    cannot(&["W11d"], "a channel holds something"),
    cannot(&["W13"], ONE_CONSUMER),
];

struct Channel;

impl Blocking for Channel {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static) {
        let (sender, receiver) = mpsc::sync_channel(capacity);
        let send = move |item| sender.send(item).expect("the consumer outlives the producer");
        (send, move || receiver.recv().ok())
    }
}

fn latest(n: u64) -> u64 {
    let slot = Arc::new(Mutex::new(None));
    for i in 0..n {
        *slot.lock().expect("nobody panics") = Some(black_box(i));
    }
    let last = *slot.lock().expect("nobody panics");
    last.unwrap_or_default()
}

fn evict(n: u64) -> u64 {
    let queue = Arc::new(Mutex::new(VecDeque::with_capacity(QUEUE)));
    for i in 0..n {
        let mut queue = queue.lock().expect("nobody panics");
        if queue.len() == QUEUE {
            queue.pop_front();
        }
        queue.push_back(black_box(i));
    }
    let mut queue = queue.lock().expect("nobody panics");
    queue.drain(..).fold(0, u64::wrapping_add)
}

fn refuse(n: u64) -> u64 {
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    for i in 0..n {
        let _ = sender.try_send(black_box(i));
    }
    receiver.try_iter().fold(0, u64::wrapping_add)
}
