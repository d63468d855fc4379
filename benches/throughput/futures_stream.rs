//! `futures::Stream`.

use futures_executor::block_on;
use futures_util::stream::{self, StreamExt};
use std::future::ready;
use std::hint::black_box;

#[inline(never)]
pub fn map_filter_map(n: u64) -> u64 {
    let items =
        stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| ready(x & 1 == 0)).map(|x| x ^ 5);
    block_on(items.fold(0u64, |sum, x| ready(sum.wrapping_add(x))))
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
    block_on(items.fold(0u64, |sum, x| ready(sum.wrapping_add(x))))
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
pub fn flat_map_one(n: u64) -> u64 {
    let items = stream::iter(0..n).flat_map(|i| stream::iter([black_box(i)]));
    block_on(items.fold(0u64, |sum, x| ready(sum.wrapping_add(x))))
}
