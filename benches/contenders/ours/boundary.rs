//! Over thread boundaries.

use super::super::workloads::SMALL;
use reactive_streams::{Overflow, Threads, channel, iter};
use std::hint::black_box;

/// A source on a thread of its own, the consumer on another.
pub fn one<const CAPACITY: usize>(n: u64) -> u64 {
    let numbers = iter(0..n).map(black_box).subscribe_on(Threads);
    let Ok(sum) = numbers.publish_on(Threads, CAPACITY).fold(0, u64::wrapping_add).block();
    sum
}

/// A source, two relays and a consumer, on a thread each.
pub fn three(n: u64) -> u64 {
    let numbers = iter(0..n).map(black_box).subscribe_on(Threads);
    let relayed = numbers.publish_on(Threads, SMALL).publish_on(Threads, SMALL);
    let Ok(sum) = relayed.publish_on(Threads, SMALL).fold(0, u64::wrapping_add).block();
    sum
}

/// Two threads: the consumer on one answers what came over the other with the next item.
pub fn ping_pong(n: u64) -> u64 {
    let (sender, there) = channel(1, Overflow::Wait);
    sender.try_send(black_box(0)).map(drop).expect("it is empty");
    let (mut next, mut sender) = (1, Some(sender));
    let back = there.publish_on(Threads, 1).publish_on(Threads, 1);
    let pipeline = back.fold(0u64, move |sum, item| {
        match &sender {
            Some(sender) if next < n => sender.try_send(black_box(next)).map(drop).expect("it is empty"),
            _ => sender = None,
        }
        next += 1;
        sum.wrapping_add(item)
    });
    let Ok(sum) = pipeline.block();
    sum
}
