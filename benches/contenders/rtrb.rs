//! `rtrb`, a ring for one producer and one consumer. It does not wait: here, both sides spin a little and yield.

use super::crossing::{self, BUT_NEWEST, Blocking, LARGE, ONE_CONSUMER, ONLY_FULL, OPERATORS, SMALL};
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::QUEUE;
use rtrb::RingBuffer;
use std::hint::{black_box, spin_loop};
use std::thread;

pub const CONTENDER: Contender =
    Contender { name: "rtrb", role: Role::Peer, package: Some("rtrb"), does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W7", crossing::one::<Ring, LARGE>),
    variant("W7", "in chunks of 64", chunks::<LARGE>),
    plain("W7s", crossing::one::<Ring, SMALL>),
    variant("W7s", "in chunks of 64", chunks::<SMALL>),
    plain("W8", crossing::three::<Ring>),
    plain("WP", crossing::ping_pong::<Ring>),
    plain("W11n", refuse),
];

const CANNOT: &[Cannot] = &[
    cannot(OPERATORS, "a ring: it has no operators"),
    cannot(BUT_NEWEST, ONLY_FULL),
    cannot(&["W13"], ONE_CONSUMER),
];

struct Ring;

impl Blocking for Ring {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static) {
        let (mut producer, mut consumer) = RingBuffer::new(capacity);
        let send = move |item| {
            let mut idle = Idle::default();
            while producer.push(item).is_err() {
                idle.wait();
            }
        };
        let receive = move || {
            let mut idle = Idle::default();
            loop {
                if let Ok(item) = consumer.pop() {
                    return Some(item);
                }
                if consumer.is_abandoned() {
                    // What was pushed before the producer went is there by now.
                    return consumer.pop().ok();
                }
                idle.wait();
            }
        };
        (send, receive)
    }
}

/// Spins 64 times, then yields.
#[derive(Default)]
struct Idle(u32);

impl Idle {
    fn wait(&mut self) {
        self.0 += 1;
        if self.0 > 64 { thread::yield_now() } else { spin_loop() }
    }
}

fn chunks<const CAPACITY: usize>(n: u64) -> u64 {
    let (mut producer, mut consumer) = RingBuffer::new(CAPACITY);
    let thread = thread::spawn(move || {
        let mut items = (0..n).map(black_box).peekable();
        while items.peek().is_some() {
            let mut idle = Idle::default();
            let chunk = loop {
                match producer.write_chunk_uninit(64) {
                    Ok(chunk) => break chunk,
                    Err(_) => idle.wait(),
                }
            };
            chunk.fill_from_iter(&mut items);
        }
    });
    let (mut sum, mut idle) = (0u64, Idle::default());
    loop {
        let abandoned = consumer.is_abandoned();
        let slots = consumer.slots();
        if slots > 0 {
            let chunk = consumer.read_chunk(slots).expect("they are there");
            sum = chunk.into_iter().fold(sum, u64::wrapping_add);
            idle = Idle::default();
        } else if abandoned {
            break;
        } else {
            idle.wait();
        }
    }
    thread.join().expect("the producer does not panic");
    sum
}

fn refuse(n: u64) -> u64 {
    let (mut producer, mut consumer) = RingBuffer::new(QUEUE);
    for i in 0..n {
        let _ = producer.push(black_box(i));
    }
    std::iter::from_fn(|| consumer.pop().ok()).fold(0, u64::wrapping_add)
}
