//! `std::iter`.

use std::hint::black_box;

#[inline(never)]
pub fn map_filter_map(n: u64) -> u64 {
    let items = (0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
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
pub fn one_item(n: u64) -> u64 {
    (0..n).map(|i| std::iter::once(black_box(i)).sum::<u64>()).sum()
}

#[inline(never)]
pub fn flat_map_one(n: u64) -> u64 {
    (0..n).flat_map(|i| std::iter::once(black_box(i))).fold(0, u64::wrapping_add)
}
