//! `flume`.

use super::crossing::{self, BUT_NEWEST, Blocking, NO_OPERATORS, ONE_CONSUMER, ONLY_FULL, OPERATORS};
use super::crossing::{LARGE, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain};
use super::workloads::QUEUE;
use std::hint::black_box;

pub const CONTENDER: Contender =
    Contender { name: "flume", role: Role::Peer, package: Some("flume"), does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W7", crossing::one::<Channel, LARGE>),
    plain("W7s", crossing::one::<Channel, SMALL>),
    plain("W8", crossing::three::<Channel>),
    plain("WP", crossing::ping_pong::<Channel>),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] =
    &[cannot(OPERATORS, NO_OPERATORS), cannot(BUT_NEWEST, ONLY_FULL), cannot(&["W13"], ONE_CONSUMER)];

struct Channel;

impl Blocking for Channel {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static) {
        let (sender, receiver) = flume::bounded(capacity);
        let send = move |item| sender.send(item).expect("the consumer outlives the producer");
        (send, move || receiver.recv().ok())
    }
}

fn refuse(n: u64) -> u64 {
    let (sender, receiver) = flume::bounded(QUEUE);
    for i in 0..n {
        let _ = sender.try_send(black_box(i));
    }
    receiver.try_iter().fold(0, u64::wrapping_add)
}
