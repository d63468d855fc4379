//! The channels of tokio.

use super::crossing::{self, NO_OPERATORS, OPERATORS, Tasks, runtime};
use super::crossing::{LARGE, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::{QUEUE, SUBSCRIBERS};
use std::hint::black_box;
use tokio::sync::{broadcast, mpsc, watch};

pub const CONTENDER: Contender =
    Contender { name: "tokio", role: Role::Peer, package: Some("tokio"), does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W7", crossing::one_tasks::<Channel, LARGE>),
    variant("W7", "recv_many(64)", receive_many::<LARGE>),
    plain("W7s", crossing::one_tasks::<Channel, SMALL>),
    variant("W7s", "recv_many(64)", receive_many::<SMALL>),
    plain("W8", crossing::three_tasks::<Channel>),
    plain("WP", crossing::ping_pong_tasks::<Channel>),
    variant("W11l", "watch", latest),
    variant("W11o", "broadcast", evict),
    plain("W11n", refuse),
    variant("W13", "broadcast", eight),
];

const CANNOT: &[Cannot] = &[cannot(OPERATORS, NO_OPERATORS), cannot(&["W11d"], "a channel holds something")];

struct Channel;

impl Tasks for Channel {
    type Sender = mpsc::Sender<u64>;
    type Receiver = mpsc::Receiver<u64>;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver) {
        mpsc::channel(capacity)
    }

    async fn send(sender: &mut Self::Sender, item: u64) {
        sender.send(item).await.expect("the consumer outlives the producer");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u64> {
        receiver.recv().await
    }
}

fn receive_many<const CAPACITY: usize>(n: u64) -> u64 {
    runtime().block_on(async {
        let (sender, mut receiver) = mpsc::channel(CAPACITY);
        let producer = tokio::spawn(async move {
            for i in 0..n {
                sender.send(black_box(i)).await.expect("the consumer outlives the producer");
            }
        });
        let consumer = tokio::spawn(async move {
            let (mut sum, mut items) = (0u64, Vec::with_capacity(64));
            while receiver.recv_many(&mut items, 64).await > 0 {
                sum = items.drain(..).fold(sum, u64::wrapping_add);
            }
            sum
        });
        producer.await.expect("the producer does not panic");
        consumer.await.expect("the consumer does not panic")
    })
}

fn latest(n: u64) -> u64 {
    let (sender, receiver) = watch::channel(0);
    for i in 0..n {
        sender.send(black_box(i)).expect("there is a receiver");
    }
    *receiver.borrow()
}

fn evict(n: u64) -> u64 {
    let (sender, mut receiver) = broadcast::channel(QUEUE);
    for i in 0..n {
        sender.send(black_box(i)).expect("there is a receiver");
    }
    let mut sum = 0u64;
    loop {
        match receiver.try_recv() {
            Ok(item) => sum = sum.wrapping_add(item),
            Err(broadcast::error::TryRecvError::Lagged(_)) => {}
            Err(_) => return sum,
        }
    }
}

fn refuse(n: u64) -> u64 {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    for i in 0..n {
        let _ = sender.try_send(black_box(i));
    }
    std::iter::from_fn(|| receiver.try_recv().ok()).fold(0, u64::wrapping_add)
}

fn eight(n: u64) -> u64 {
    broadcast_among(n, SUBSCRIBERS)
}

/// `deliveries` in all, on one thread: a queue full is sent, then each receiver takes it.
pub fn broadcast_among(deliveries: u64, subscribers: u64) -> u64 {
    let (sender, _) = broadcast::channel(QUEUE);
    let mut receivers: Vec<_> = (0..subscribers).map(|_| sender.subscribe()).collect();
    let (mut sum, mut items) = (0u64, (0..deliveries / subscribers).map(black_box).peekable());
    while items.peek().is_some() {
        for item in items.by_ref().take(QUEUE) {
            sender.send(item).expect("there are receivers");
        }
        for receiver in &mut receivers {
            sum = std::iter::from_fn(|| receiver.try_recv().ok()).fold(sum, u64::wrapping_add);
        }
    }
    sum
}
