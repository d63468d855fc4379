//! The limit: loops written by hand.

use super::gate::{PERIOD, gate, passed};
use super::slice::slice;
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::{QUEUE, SUBSCRIBERS};
use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

pub const CONTENDER: Contender =
    Contender { name: "hand loop", role: Role::Limit, package: None, does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W1", consume),
    plain("W1v", slice_sum),
    plain("W2", map_filter),
    plain("W2h", map_filter_map),
    plain("W2v", slice_map_filter),
    plain("W3", ten_maps),
    plain("W4a", consume),
    plain("W4b", nested),
    plain("W4c", nested_one),
    plain("W5", nested),
    plain("WU", consume),
    plain("W6z", zip),
    plain("W6m", merge),
    plain("W9", consume),
    plain("W10a", map),
    plain("W10b", map),
    plain("W10f", one_of_eight),
    plain("W11d", drop_all),
    plain("W11l", latest),
    plain("W11o", drop_oldest),
    plain("W11n", drop_newest),
    plain("W12s", scan),
    plain("W12b", chunks),
    plain("W13", eight),
    plain("W15t", throttle),
    variant("W15t", "a clock read for each item", throttle_by_clock),
    plain("W15s", sample),
];

const CANNOT: &[Cannot] =
    &[cannot(&["W7", "W7s", "W8", "WP"], "no loop crosses threads: the ring of rtrb is the limit here")];

#[inline(never)]
pub fn consume(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        sum = sum.wrapping_add(black_box(i));
    }
    sum
}

#[inline(never)]
pub fn slice_sum(_: u64) -> u64 {
    let mut sum = 0u64;
    for x in slice() {
        sum = sum.wrapping_add(*x);
    }
    sum
}

#[inline(never)]
pub fn map_filter(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        let x = black_box(i).wrapping_mul(3);
        if x & 1 == 0 {
            sum = sum.wrapping_add(x);
        }
    }
    sum
}

#[inline(never)]
pub fn map_filter_map(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        let x = black_box(i).wrapping_mul(3);
        if x & 1 == 0 {
            sum = sum.wrapping_add(x ^ 5);
        }
    }
    sum
}

#[inline(never)]
pub fn slice_map_filter(_: u64) -> u64 {
    let mut sum = 0u64;
    for x in slice() {
        let x = x.wrapping_mul(3) ^ 5;
        if x & 1 == 0 {
            sum = sum.wrapping_add(x);
        }
    }
    sum
}

#[inline(never)]
pub fn ten_maps(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        let mut x = black_box(i) ^ 0x55;
        x = x.wrapping_mul(3).rotate_left(5) ^ 0x77;
        x = x.wrapping_mul(7).rotate_left(9) ^ 0x99;
        x = x.wrapping_mul(11).rotate_left(3) ^ 0x1234;
        sum = sum.wrapping_add(x);
    }
    sum
}

#[inline(never)]
pub fn nested(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n / 1000 {
        for j in 0..1000 {
            sum = sum.wrapping_add(black_box(i * 1000 + j));
        }
    }
    sum
}

#[inline(never)]
pub fn nested_one(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        for x in black_box([i]) {
            sum = sum.wrapping_add(x);
        }
    }
    sum
}

#[inline(never)]
pub fn zip(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        sum = sum.wrapping_add(black_box(i) ^ (n + i));
    }
    sum
}

#[inline(never)]
pub fn merge(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n / 2 {
        sum = sum.wrapping_add(black_box(i)).wrapping_add(black_box(n / 2 + i));
    }
    sum
}

#[inline(never)]
pub fn map(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        sum = sum.wrapping_add(black_box(i).wrapping_mul(3));
    }
    sum
}

#[inline(never)]
pub fn one_of_eight(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        let x = black_box(i);
        if x & 7 == 0 {
            sum = sum.wrapping_add(x);
        }
    }
    sum
}

/// Who would ask does so through a shared word.
#[inline(never)]
pub fn drop_all(n: u64) -> u64 {
    let (demand, mut dropped) = (AtomicU64::new(0), 0);
    let demand = black_box(&demand);
    for i in 0..n {
        if demand.load(Relaxed) == 0 {
            dropped += u64::from(black_box(i) < n);
        }
    }
    dropped
}

#[inline(never)]
pub fn latest(n: u64) -> u64 {
    let mut slot = None;
    for i in 0..n {
        *black_box(&mut slot) = Some(black_box(i));
    }
    slot.unwrap_or_default()
}

#[inline(never)]
pub fn drop_oldest(n: u64) -> u64 {
    let mut queue = VecDeque::with_capacity(QUEUE);
    for i in 0..n {
        if queue.len() == QUEUE {
            queue.pop_front();
        }
        queue.push_back(black_box(i));
    }
    queue.into_iter().fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn drop_newest(n: u64) -> u64 {
    let mut queue = VecDeque::with_capacity(QUEUE);
    for i in 0..n {
        let item = black_box(i);
        if queue.len() < QUEUE {
            queue.push_back(item);
        }
    }
    queue.into_iter().fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn scan(n: u64) -> u64 {
    let (mut sum, mut state) = (0u64, 0u64);
    for i in 0..n {
        state = state.wrapping_mul(3).wrapping_add(black_box(i));
        sum = sum.wrapping_add(state);
    }
    sum
}

#[inline(never)]
pub fn chunks(n: u64) -> u64 {
    let (mut sum, mut chunk) = (0u64, Vec::with_capacity(100));
    for i in 0..n {
        chunk.push(black_box(i));
        if chunk.len() == 100 {
            sum = sum.wrapping_add(total(&std::mem::replace(&mut chunk, Vec::with_capacity(100))));
        }
    }
    sum.wrapping_add(total(&chunk))
}

/// What each contender makes of a chunk.
pub fn total(chunk: &[u64]) -> u64 {
    chunk.iter().copied().fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn eight(n: u64) -> u64 {
    let mut sums = [0u64; SUBSCRIBERS as usize];
    for i in 0..n / SUBSCRIBERS {
        let item = black_box(i);
        for sum in black_box(&mut sums).iter_mut() {
            *sum = sum.wrapping_add(item);
        }
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// The first of each period.
fn throttle(n: u64) -> u64 {
    let (started, gate, mut count) = (Instant::now(), gate(), 0);
    for i in 0..n {
        let item = black_box(i);
        if gate.load(Relaxed) {
            gate.store(false, Relaxed);
            count += u64::from(item < n);
        }
    }
    passed(count, 1, started)
}

fn throttle_by_clock(n: u64) -> u64 {
    let (started, mut count) = (Instant::now(), 0);
    let mut due = started;
    for i in 0..n {
        let (item, now) = (black_box(i), Instant::now());
        if now >= due {
            due = now + PERIOD;
            count += u64::from(item < n);
        }
    }
    passed(count, 1, started)
}

/// The last of each period.
fn sample(n: u64) -> u64 {
    let (started, gate, mut count, mut slot) = (Instant::now(), gate(), 0, None);
    for i in 0..n {
        *black_box(&mut slot) = Some(black_box(i));
        if gate.load(Relaxed) {
            gate.store(false, Relaxed);
            count += u64::from(slot.take().is_some());
        }
    }
    passed(count, 0, started)
}
