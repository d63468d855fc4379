//! `async-channel`, between threads and between tasks.

use super::crossing::{self, Blocking, NO_OPERATORS, ONE_CONSUMER, OPERATORS, Tasks};
use super::crossing::{LARGE, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::QUEUE;
use async_channel::{Receiver, Sender};
use std::hint::black_box;

pub const CONTENDER: Contender = Contender {
    name: "async-channel",
    role: Role::Peer,
    package: Some("async-channel"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[
    plain("W7", crossing::one::<Channel, LARGE>),
    variant("W7", "tasks", crossing::one_tasks::<Channel, LARGE>),
    plain("W7s", crossing::one::<Channel, SMALL>),
    variant("W7s", "tasks", crossing::one_tasks::<Channel, SMALL>),
    plain("W8", crossing::three::<Channel>),
    variant("W8", "tasks", crossing::three_tasks::<Channel>),
    plain("WP", crossing::ping_pong::<Channel>),
    variant("WP", "tasks", crossing::ping_pong_tasks::<Channel>),
    plain("W11o", evict),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] = &[
    cannot(OPERATORS, NO_OPERATORS),
    cannot(&["W11d"], "a channel holds something"),
    cannot(&["W11l"], "see watch of tokio; force_send at a capacity of one is W11o"),
    cannot(&["W13"], ONE_CONSUMER),
];

struct Channel;

impl Blocking for Channel {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static) {
        let (sender, receiver) = async_channel::bounded(capacity);
        let send = move |item| sender.send_blocking(item).expect("the consumer outlives the producer");
        (send, move || receiver.recv_blocking().ok())
    }
}

impl Tasks for Channel {
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
        async_channel::bounded(capacity)
    }

    async fn send(sender: &mut Self::Sender, item: u64) {
        sender.send(item).await.expect("the consumer outlives the producer");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.recv().await.ok()
    }
}

fn evict(n: u64) -> u64 {
    let (sender, receiver) = async_channel::bounded(QUEUE);
    for i in 0..n {
        let _ = sender.force_send(black_box(i));
    }
    total(receiver)
}

fn refuse(n: u64) -> u64 {
    let (sender, receiver) = async_channel::bounded(QUEUE);
    for i in 0..n {
        let _ = sender.try_send(black_box(i));
    }
    total(receiver)
}

fn total(receiver: Receiver<u64>) -> u64 {
    std::iter::from_fn(|| receiver.try_recv().ok()).fold(0, u64::wrapping_add)
}
