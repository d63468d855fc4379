//! `std::iter`.

use super::hand::total;
use super::slice::slice;
use super::table::{Cannot, Contender, Does, Role, cannot, plain};
use std::hint::black_box;

pub const CONTENDER: Contender =
    Contender { name: "Iterator", role: Role::Peer, package: None, does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W1", consume),
    plain("W1v", slice_sum),
    plain("W2", map_filter),
    plain("W2h", map_filter_map),
    plain("W2v", slice_map_filter),
    plain("W3", ten_maps),
    plain("W4a", flat_map_one_of_n),
    plain("W4b", flat_map_square),
    plain("W4c", flat_map_n_of_one),
    plain("W5", flat_map_square),
    plain("W6z", zip),
    plain("W9", one_item),
    plain("W10a", next),
    plain("W10f", one_of_eight),
    plain("W12s", scan),
    plain("W12b", chunks),
];

const CANNOT: &[Cannot] = &[
    cannot(&["WU", "W6m"], "no asynchronous items, nothing to wait for out of order"),
    cannot(&["W7", "W7s", "W8", "WP"], "it has no thread boundary"),
    cannot(&["W10b"], "next() asks for one item"),
    cannot(&["W11d", "W11l", "W11o", "W11n"], "it is pulled: nothing can be pushed into it"),
    cannot(&["W13"], "one consumer"),
    cannot(&["W15t", "W15s"], "it has no timer"),
];

#[inline(never)]
pub fn consume(n: u64) -> u64 {
    (0..n).fold(0, |sum, i| sum.wrapping_add(black_box(i)))
}

#[inline(never)]
pub fn slice_sum(_: u64) -> u64 {
    slice().iter().copied().fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn map_filter(n: u64) -> u64 {
    let items = (0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0);
    items.fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn map_filter_map(n: u64) -> u64 {
    let items = (0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
    items.fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn slice_map_filter(_: u64) -> u64 {
    let items = slice().iter().map(|x| x.wrapping_mul(3) ^ 5).filter(|x| x & 1 == 0);
    items.fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn ten_maps(n: u64) -> u64 {
    let items = (0..n)
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
    items.fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn flat_map_one_of_n(n: u64) -> u64 {
    let items = (0..1).flat_map(|_| 0..n);
    items.fold(0, |sum, i| sum.wrapping_add(black_box(i)))
}

#[inline(never)]
pub fn flat_map_square(n: u64) -> u64 {
    let items = (0..n / 1000).flat_map(|i| i * 1000..(i + 1) * 1000);
    items.fold(0, |sum, i| sum.wrapping_add(black_box(i)))
}

#[inline(never)]
pub fn flat_map_n_of_one(n: u64) -> u64 {
    (0..n).flat_map(|i| std::iter::once(black_box(i))).fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn zip(n: u64) -> u64 {
    (0..n).zip(n..2 * n).fold(0, |sum, (a, b)| sum.wrapping_add(black_box(a) ^ b))
}

#[inline(never)]
pub fn one_item(n: u64) -> u64 {
    (0..n).map(|i| std::iter::once(black_box(i)).sum::<u64>()).sum()
}

#[inline(never)]
pub fn next(n: u64) -> u64 {
    let (items, mut sum) = ((0..n).map(|i| black_box(i).wrapping_mul(3)), 0u64);
    for x in items {
        sum = sum.wrapping_add(x);
    }
    sum
}

#[inline(never)]
pub fn one_of_eight(n: u64) -> u64 {
    (0..n).map(black_box).filter(|x| x & 7 == 0).fold(0, u64::wrapping_add)
}

#[inline(never)]
pub fn scan(n: u64) -> u64 {
    let items = (0..n).scan(0u64, |state, i| {
        *state = state.wrapping_mul(3).wrapping_add(black_box(i));
        Some(*state)
    });
    items.fold(0, u64::wrapping_add)
}

/// The nearest that it has: a vector for each hundred.
#[inline(never)]
pub fn chunks(n: u64) -> u64 {
    let mut items = (0..n).map(black_box);
    let chunks = std::iter::from_fn(|| {
        let chunk: Vec<u64> = items.by_ref().take(100).collect();
        (!chunk.is_empty()).then_some(chunk)
    });
    chunks.fold(0, |sum, chunk| sum.wrapping_add(total(&chunk)))
}
