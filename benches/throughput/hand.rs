//! The limit: loops written by hand.

use std::hint::black_box;

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
pub fn one_item(n: u64) -> u64 {
    (0..n).fold(0, |sum, i| sum + black_box(i))
}

#[inline(never)]
pub fn flat_map_one(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        for x in black_box([i]) {
            sum = sum.wrapping_add(x);
        }
    }
    sum
}
