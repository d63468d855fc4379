//! `futures::Stream`.

use super::hand::total;
use super::slice::slice;
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use futures_executor::block_on;
use futures_util::stream::{self, Stream, StreamExt};
use std::future::ready;
use std::hint::black_box;

pub const CONTENDER: Contender = Contender {
    name: "futures",
    role: Role::Peer,
    package: Some("futures-util"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[
    plain("W1", consume),
    plain("W1v", slice_sum),
    plain("W2", map_filter),
    plain("W2h", map_filter_map),
    plain("W2v", slice_map_filter),
    plain("W3", ten_maps),
    plain("W4a", flat_map_one_of_n),
    plain("W4b", flat_map_square),
    variant("W4b", "unordered", flat_map_square_unordered),
    plain("W4c", flat_map_n_of_one),
    variant("W4c", "unordered", flat_map_n_of_one_unordered),
    plain("W5", flat_map_square),
    plain("WU", flat_map_unordered),
    variant("WU", "buffer_unordered", buffer_unordered),
    plain("W6z", zip),
    plain("W6m", select),
    plain("W9", one_item),
    plain("W10a", next),
    plain("W10f", one_of_eight),
    plain("W12s", scan),
    plain("W12b", chunks),
];

const CANNOT: &[Cannot] = &[
    cannot(
        &["W7", "W7s", "W8", "WP"],
        "a stream has no thread boundary; its channel is a contender of its own",
    ),
    cannot(&["W10b"], "polling asks for one item"),
    cannot(&["W11d", "W11l", "W11o", "W11n"], "it is polled: it has no overflow policy"),
    cannot(&["W13"], "one consumer; see futures-rx"),
    cannot(&["W15t", "W15s"], "it has no timer; see futures-rx"),
];

#[inline(always)]
fn sum(items: impl Stream<Item = u64>) -> u64 {
    block_on(items.fold(0u64, |sum, x| ready(sum.wrapping_add(x))))
}

#[inline(never)]
pub fn consume(n: u64) -> u64 {
    block_on(stream::iter(0..n).fold(0u64, |sum, x| ready(sum.wrapping_add(black_box(x)))))
}

#[inline(never)]
pub fn slice_sum(_: u64) -> u64 {
    sum(stream::iter(slice().iter().copied()))
}

#[inline(never)]
pub fn map_filter(n: u64) -> u64 {
    sum(stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| ready(x & 1 == 0)))
}

#[inline(never)]
pub fn map_filter_map(n: u64) -> u64 {
    let items = stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3));
    sum(items.filter(|x| ready(x & 1 == 0)).map(|x| x ^ 5))
}

#[inline(never)]
pub fn slice_map_filter(_: u64) -> u64 {
    sum(stream::iter(slice().iter()).map(|x| x.wrapping_mul(3) ^ 5).filter(|x| ready(x & 1 == 0)))
}

#[inline(never)]
pub fn ten_maps(n: u64) -> u64 {
    let items = stream::iter(0..n)
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
    sum(items)
}

#[inline(never)]
pub fn flat_map_one_of_n(n: u64) -> u64 {
    sum(stream::iter(0..1).flat_map(|_| stream::iter(0..n)).map(black_box))
}

#[inline(never)]
pub fn flat_map_square(n: u64) -> u64 {
    sum(stream::iter(0..n / 1000).flat_map(|i| stream::iter(i * 1000..(i + 1) * 1000)).map(black_box))
}

#[inline(never)]
pub fn flat_map_square_unordered(n: u64) -> u64 {
    let inner = |i| stream::iter(i * 1000..(i + 1) * 1000);
    sum(stream::iter(0..n / 1000).flat_map_unordered(10, inner).map(black_box))
}

#[inline(never)]
pub fn flat_map_n_of_one(n: u64) -> u64 {
    sum(stream::iter(0..n).flat_map(|i| stream::iter([black_box(i)])))
}

#[inline(never)]
pub fn flat_map_n_of_one_unordered(n: u64) -> u64 {
    sum(stream::iter(0..n).flat_map_unordered(10, |i| stream::iter([black_box(i)])))
}

#[inline(never)]
pub fn flat_map_unordered(n: u64) -> u64 {
    sum(stream::iter(0..n).flat_map_unordered(10, |i| stream::once(ready(black_box(i)))))
}

#[inline(never)]
pub fn buffer_unordered(n: u64) -> u64 {
    sum(stream::iter(0..n).map(|i| ready(black_box(i))).buffer_unordered(10))
}

#[inline(never)]
pub fn zip(n: u64) -> u64 {
    sum(stream::iter(0..n).zip(stream::iter(n..2 * n)).map(|(a, b)| black_box(a) ^ b))
}

#[inline(never)]
pub fn select(n: u64) -> u64 {
    sum(stream::select(stream::iter(0..n / 2), stream::iter(n / 2..n)).map(black_box))
}

#[inline(never)]
pub fn one_item(n: u64) -> u64 {
    block_on(async {
        let mut sum = 0;
        for i in 0..n {
            sum = stream::once(ready(black_box(i))).fold(sum, |sum, x| ready(sum + x)).await;
        }
        sum
    })
}

#[inline(never)]
pub fn next(n: u64) -> u64 {
    block_on(async {
        let (mut items, mut sum) = (stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)), 0u64);
        while let Some(x) = items.next().await {
            sum = sum.wrapping_add(x);
        }
        sum
    })
}

#[inline(never)]
pub fn one_of_eight(n: u64) -> u64 {
    sum(stream::iter(0..n).map(black_box).filter(|x| ready(x & 7 == 0)))
}

#[inline(never)]
pub fn scan(n: u64) -> u64 {
    sum(stream::iter(0..n).scan(0u64, |state, i| {
        *state = state.wrapping_mul(3).wrapping_add(black_box(i));
        ready(Some(*state))
    }))
}

#[inline(never)]
pub fn chunks(n: u64) -> u64 {
    sum(stream::iter(0..n).map(black_box).chunks(100).map(|chunk| total(&chunk)))
}
