//! The channel of the futures crates. Its capacity is one more for each sender.

use super::crossing::{self, BUT_NEWEST, NO_OPERATORS, ONE_CONSUMER, ONLY_FULL, OPERATORS, Tasks};
use super::crossing::{LARGE, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain};
use super::workloads::QUEUE;
use futures_channel::mpsc::{self, Receiver, Sender};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::hint::black_box;

pub const CONTENDER: Contender = Contender {
    name: "futures-channel",
    role: Role::Peer,
    package: Some("futures-channel"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[
    plain("W7", crossing::one_tasks::<Channel, LARGE>),
    plain("W7s", crossing::one_tasks::<Channel, SMALL>),
    plain("W8", crossing::three_tasks::<Channel>),
    plain("WP", crossing::ping_pong_tasks::<Channel>),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] =
    &[cannot(OPERATORS, NO_OPERATORS), cannot(BUT_NEWEST, ONLY_FULL), cannot(&["W13"], ONE_CONSUMER)];

struct Channel;

impl Tasks for Channel {
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
        mpsc::channel(capacity - 1)
    }

    async fn send(sender: &mut Self::Sender, item: u64) {
        sender.send(item).await.expect("the consumer outlives the producer");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.next().await
    }
}

fn refuse(n: u64) -> u64 {
    let (mut sender, mut receiver) = Channel::channel(QUEUE);
    for i in 0..n {
        let _ = sender.try_send(black_box(i));
    }
    let items = std::iter::from_fn(|| receiver.next().now_or_never().flatten());
    items.fold(0, u64::wrapping_add)
}
