//! `kanal`, between threads and between tasks.

use super::crossing::{self, BUT_NEWEST, Blocking, NO_OPERATORS, ONE_CONSUMER, ONLY_FULL, OPERATORS, Tasks};
use super::crossing::{LARGE, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::QUEUE;
use kanal::{AsyncReceiver, AsyncSender};
use std::hint::black_box;

pub const CONTENDER: Contender =
    Contender { name: "kanal", role: Role::Peer, package: Some("kanal"), does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W7", crossing::one::<Channel, LARGE>),
    variant("W7", "tasks", crossing::one_tasks::<Channel, LARGE>),
    plain("W7s", crossing::one::<Channel, SMALL>),
    variant("W7s", "tasks", crossing::one_tasks::<Channel, SMALL>),
    plain("W8", crossing::three::<Channel>),
    variant("W8", "tasks", crossing::three_tasks::<Channel>),
    plain("WP", crossing::ping_pong::<Channel>),
    variant("WP", "tasks", crossing::ping_pong_tasks::<Channel>),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] =
    &[cannot(OPERATORS, NO_OPERATORS), cannot(BUT_NEWEST, ONLY_FULL), cannot(&["W13"], ONE_CONSUMER)];

struct Channel;

impl Blocking for Channel {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static) {
        let (sender, receiver) = kanal::bounded(capacity);
        let send = move |item| sender.send(item).expect("the consumer outlives the producer");
        (send, move || receiver.recv().ok())
    }
}

impl Tasks for Channel {
    type Sender = AsyncSender<u64>;
    type Receiver = AsyncReceiver<u64>;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
        kanal::bounded_async(capacity)
    }

    async fn send(sender: &mut Self::Sender, item: u64) {
        sender.send(item).await.expect("the consumer outlives the producer");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.recv().await.ok()
    }
}

fn refuse(n: u64) -> u64 {
    let (sender, receiver) = kanal::bounded(QUEUE);
    for i in 0..n {
        sender.try_send(black_box(i)).expect("there is a receiver");
    }
    std::iter::from_fn(|| receiver.try_recv().ok().flatten()).fold(0, u64::wrapping_add)
}
