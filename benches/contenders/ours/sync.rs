//! On one thread, without a queue in between.

use super::super::hand;
use super::super::slice::slice;
use super::demand::{Pattern, Unbounded, Waits, handle, result, sum, total};
use reactive_streams::{Demand, iter, once};
use std::hint::black_box;

#[inline(never)]
pub fn consume(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).map(black_box))
}

#[inline(never)]
pub fn consume_fold(n: u64) -> u64 {
    let Ok(sum) = iter(0..n).fold(0u64, |sum, x| sum.wrapping_add(black_box(x))).block();
    sum
}

#[inline(never)]
pub fn slice_sum(_: u64) -> u64 {
    total::<Unbounded>(iter(slice().iter().copied()))
}

#[inline(never)]
pub fn slice_sum_fold(_: u64) -> u64 {
    let Ok(sum) = iter(slice().iter().copied()).fold(0, u64::wrapping_add).block();
    sum
}

#[inline(never)]
pub fn map_filter(n: u64) -> u64 {
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0);
    total::<Unbounded>(flow)
}

#[inline(never)]
pub fn map_filter_fold(n: u64) -> u64 {
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0);
    let Ok(sum) = flow.fold(0, u64::wrapping_add).block();
    sum
}

#[inline(never)]
pub fn map_filter_map<D: Pattern>(n: u64) -> u64 {
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
    total::<D>(flow)
}

/// One item for each call of the handle: the publisher is parked and resumed each time.
#[inline(never)]
pub fn park_and_resume(n: u64) -> u64 {
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
    sum::<Waits>(flow);
    let handle = handle();
    (0..n / 2).for_each(|_| handle.request(Demand::ONE));
    result()
}

#[inline(never)]
pub fn slice_map_filter(_: u64) -> u64 {
    let flow = iter(slice().iter()).map(|x| x.wrapping_mul(3) ^ 5).filter(|x| x & 1 == 0);
    total::<Unbounded>(flow)
}

#[inline(never)]
pub fn ten_maps<D: Pattern>(n: u64) -> u64 {
    let flow = iter(0..n)
        .map(|i| black_box(i) ^ 0x55)
        .map(|x| x.wrapping_mul(3))
        .map(|x| x.rotate_left(5))
        .map(|x| x ^ 0x77)
        .map(|x| x.wrapping_mul(7))
        .map(|x| x.rotate_left(9))
        .map(|x| x ^ 0x99)
        .map(|x| x.wrapping_mul(11))
        .map(|x| x.rotate_left(3))
        .map(|x| x ^ 0x1234);
    total::<D>(flow)
}

#[inline(never)]
pub fn flat_map_one_of_n(n: u64) -> u64 {
    total::<Unbounded>(once(()).flat_map(move |()| iter(0..n)).map(black_box))
}

#[inline(never)]
pub fn flat_map_iter_one_of_n(n: u64) -> u64 {
    total::<Unbounded>(once(()).flat_map_iter(move |()| 0..n).map(black_box))
}

#[inline(never)]
pub fn flat_map_square(n: u64) -> u64 {
    let flow = iter(0..n / 1000).flat_map(|i| iter(i * 1000..(i + 1) * 1000));
    total::<Unbounded>(flow.map(black_box))
}

#[inline(never)]
pub fn flat_map_iter_square(n: u64) -> u64 {
    let flow = iter(0..n / 1000).flat_map_iter(|i| i * 1000..(i + 1) * 1000);
    total::<Unbounded>(flow.map(black_box))
}

#[inline(never)]
pub fn flat_map_n_of_one(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).flat_map(|i| iter([black_box(i)])))
}

#[inline(never)]
pub fn flat_map_iter_n_of_one(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).flat_map_iter(|i| [black_box(i)]))
}

#[inline(never)]
pub fn zip(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).zip(iter(n..2 * n)).map(|(a, b)| black_box(a) ^ b))
}

#[inline(never)]
pub fn zip_ahead(n: u64) -> u64 {
    let flow = iter(0..n).zip(iter(n..2 * n)).prefetch(32);
    total::<Unbounded>(flow.map(|(a, b)| black_box(a) ^ b))
}

#[inline(never)]
pub fn merge(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n / 2).merge(iter(n / 2..n)).map(black_box))
}

#[inline(never)]
pub fn one_item<D: Pattern>(n: u64) -> u64 {
    (0..n).for_each(|i| sum::<D>(once(black_box(i))));
    result()
}

#[inline(never)]
pub fn map<D: Pattern>(n: u64) -> u64 {
    total::<D>(iter(0..n).map(|i| black_box(i).wrapping_mul(3)))
}

#[inline(never)]
pub fn one_of_eight<D: Pattern>(n: u64) -> u64 {
    total::<D>(iter(0..n).map(black_box).filter(|x| x & 7 == 0))
}

#[inline(never)]
pub fn scan(n: u64) -> u64 {
    let flow = iter(0..n).scan(0u64, |state, i| {
        *state = state.wrapping_mul(3).wrapping_add(black_box(i));
        Some(*state)
    });
    total::<Unbounded>(flow)
}

#[inline(never)]
pub fn chunks(n: u64) -> u64 {
    let flow = iter(0..n).map(black_box).chunks(100).map(|chunk| hand::total(&chunk));
    total::<Unbounded>(flow)
}
