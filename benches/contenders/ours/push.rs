//! A source that does not wait, into a stage that nobody asks.

use super::super::gate::{PERIOD, passed};
use super::super::workloads::{QUEUE, SUBSCRIBERS};
use super::demand::{Nothing, Pattern, handle, result, sum, total_later};
use reactive_streams::{Demand, Overflow, SystemClock, channel, iter};
use std::hint::black_box;
use std::time::Instant;

#[inline(never)]
pub fn drop_all(n: u64) -> u64 {
    let flow = iter(0..n).map(black_box).on_backpressure_drop(drop);
    let ledger = flow.ledger();
    total_later(flow).wrapping_add(ledger.total_dropped())
}

#[inline(never)]
pub fn latest(n: u64) -> u64 {
    total_later(iter(0..n).map(black_box).latest())
}

#[inline(never)]
pub fn drop_oldest(n: u64) -> u64 {
    total_later(iter(0..n).map(black_box).buffer(QUEUE).overflow(Overflow::DropOldest))
}

#[inline(never)]
pub fn drop_newest(n: u64) -> u64 {
    total_later(iter(0..n).map(black_box).buffer(QUEUE).overflow(Overflow::DropIncoming))
}

#[inline(never)]
pub fn channel_drop_oldest(n: u64) -> u64 {
    through_channel(n, Overflow::DropOldest)
}

#[inline(never)]
pub fn channel_drop_newest(n: u64) -> u64 {
    through_channel(n, Overflow::DropIncoming)
}

/// Sent by a producer of its own, of which there may be many.
fn through_channel(n: u64, policy: Overflow) -> u64 {
    let (sender, flow) = channel(QUEUE, policy);
    sum::<Nothing>(flow);
    for i in 0..n {
        drop(sender.try_send(black_box(i)));
    }
    drop(sender);
    handle().request(Demand::UNBOUNDED);
    result()
}

#[inline(never)]
pub fn share<D: Pattern>(n: u64) -> u64 {
    share_among::<D>(n, SUBSCRIBERS)
}

/// `deliveries` in all. Each subscriber asks for itself, and none gets more.
pub fn share_among<D: Pattern>(deliveries: u64, subscribers: u64) -> u64 {
    let items = iter(0..deliveries / subscribers).map(black_box);
    let shared = items.share(QUEUE, Overflow::Wait).start_at(subscribers as usize);
    (0..subscribers).for_each(|_| sum::<D>(shared.clone()));
    result()
}

pub fn sample(n: u64) -> u64 {
    let (started, clock) = (Instant::now(), SystemClock::new());
    let Ok(count) = iter(0..n).map(black_box).sample(PERIOD, clock).count().block();
    passed(count, 0, started)
}

pub fn throttle(n: u64) -> u64 {
    let (started, clock) = (Instant::now(), SystemClock::new());
    let Ok(count) = iter(0..n).map(black_box).throttle(PERIOD, clock).count().block();
    passed(count, 1, started)
}
