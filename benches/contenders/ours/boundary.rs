//! Over thread boundaries.

use super::super::crossing::runtime;
use super::super::workloads::SMALL;
use reactive_streams::{Overflow, Spawn, Task, channel, iter};
use std::hint::black_box;

/// All tasks on the workers of tokio's runtime, as the peers' are.
#[derive(Default)]
pub struct OnTokio;

impl Spawn for OnTokio {
    fn spawn(&self, task: Task) {
        drop(runtime().spawn(task));
    }
}

/// A source in a task of its own, the consumer in another.
pub fn one<X: Spawn + Default + 'static, const CAPACITY: usize>(n: u64) -> u64 {
    let numbers = iter(0..n).map(black_box).subscribe_on(X::default());
    let Ok(sum) = numbers.publish_on(X::default(), CAPACITY).fold(0, u64::wrapping_add).block();
    sum
}

/// A source, two relays and a consumer, in a task each.
pub fn three<X: Spawn + Default + 'static>(n: u64) -> u64 {
    let numbers = iter(0..n).map(black_box).subscribe_on(X::default());
    let relayed = numbers.publish_on(X::default(), SMALL).publish_on(X::default(), SMALL);
    let Ok(sum) = relayed.publish_on(X::default(), SMALL).fold(0, u64::wrapping_add).block();
    sum
}

/// Two tasks: the consumer in one answers what came over the other with the next item.
pub fn ping_pong<X: Spawn + Default + 'static>(n: u64) -> u64 {
    let (sender, there) = channel(1, Overflow::Wait);
    sender.try_send(black_box(0)).map(drop).expect("it is empty");
    let (mut next, mut sender) = (1, Some(sender));
    let back = there.publish_on(X::default(), 1).publish_on(X::default(), 1);
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
