//! `rxRust`, in its context for one thread (`Local`) and in the one whose parts can move between threads (`Shared`).

use super::crossing::runtime;
use super::gate::{PERIOD, passed};
use super::hand::total;
use super::slice::slice;
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use super::workloads::SUBSCRIBERS;
use rxrust::prelude::*;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub const CONTENDER: Contender =
    Contender { name: "rxRust", role: Role::Peer, package: Some("rxrust"), does: DOES, cannot: CANNOT };

const DOES: &[Does] = &[
    plain("W1", consume),
    variant("W1", SHARED, consume_shared),
    plain("W1v", slice_sum),
    variant("W1v", SHARED, slice_sum_shared),
    plain("W2", map_filter),
    variant("W2", SHARED, map_filter_shared),
    plain("W2h", map_filter_map),
    plain("W2v", slice_map_filter),
    variant("W2v", SHARED, slice_map_filter_shared),
    plain("W3", ten_maps),
    variant("W3", SHARED, ten_maps_shared),
    plain("W4a", flat_map_one_of_n),
    variant("W4a", SHARED, flat_map_one_of_n_shared),
    plain("W4b", flat_map_square),
    variant("W4b", SHARED, flat_map_square_shared),
    plain("W4c", flat_map_n_of_one),
    variant("W4c", SHARED, flat_map_n_of_one_shared),
    plain("W5", concat_map_square),
    variant("W5", SHARED, concat_map_square_shared),
    plain("W6z", zip),
    variant("W6z", SHARED, zip_shared),
    plain("W6m", merge),
    variant("W6m", SHARED, merge_shared),
    plain("W9", one_item),
    variant("W9", SHARED, one_item_shared),
    plain("W12s", scan),
    variant("W12s", SHARED, scan_shared),
    plain("W12b", chunks),
    variant("W12b", SHARED, chunks_shared),
    plain("W13", eight),
    variant("W13", SHARED, eight_shared),
    variant("W15t", SHARED, throttle),
    variant("W15s", SHARED, sample),
];

const SHARED: &str = "Shared";

const CANNOT: &[Cannot] = &[
    cannot(&["WU"], "its futures are tasks of a runtime"),
    cannot(
        &["W7", "W7s", "W8", "WP"],
        "observe_on has no bound and makes a task of each item, and one of the end: on a runtime of two threads they overtake \
         one another, and what the end overtakes is lost",
    ),
    cannot(&["W10a", "W10b", "W10f"], "it has no demand"),
    cannot(&["W11d", "W11l", "W11o", "W11n"], "it has no demand, so that there is no overflow"),
];

/// The sum of an observable of either context.
macro_rules! sum {
    ($items:expr) => {{
        let result = Arc::new(AtomicU64::new(0));
        let to = Arc::clone(&result);
        $items
            .reduce_initial(0u64, |sum, x| sum.wrapping_add(x))
            .subscribe(move |sum| to.store(sum, Relaxed));
        result.load(Relaxed)
    }};
}

macro_rules! ten_maps {
    ($context:ident, $n:expr) => {
        $context::from_iter(0..$n)
            .map(|i| black_box(i) ^ 0x55)
            .map(|x: u64| x.wrapping_mul(3))
            .map(|x: u64| x.rotate_left(5))
            .map(|x: u64| x ^ 0x77)
            .map(|x: u64| x.wrapping_mul(7))
            .map(|x: u64| x.rotate_left(9))
            .map(|x: u64| x ^ 0x99)
            .map(|x: u64| x.wrapping_mul(11))
            .map(|x: u64| x.rotate_left(3))
            .map(|x: u64| x ^ 0x1234)
    };
}

/// A subject with eight subscribers, into which the items are pushed.
macro_rules! eight {
    ($context:ident, $n:expr) => {{
        let mut subject = $context::subject::<u64, std::convert::Infallible>();
        let result = Arc::new(AtomicU64::new(0));
        for _ in 0..SUBSCRIBERS {
            let to = Arc::clone(&result);
            let sums = subject.clone().reduce_initial(0u64, |sum, x| sum.wrapping_add(x));
            sums.subscribe(move |sum| {
                to.fetch_add(sum, Relaxed);
            });
        }
        for i in 0..$n / SUBSCRIBERS {
            subject.next(black_box(i));
        }
        subject.complete();
        result.load(Relaxed)
    }};
}

#[inline(never)]
fn consume(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).map(black_box))
}

#[inline(never)]
fn consume_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).map(black_box))
}

#[inline(never)]
fn slice_sum(_: u64) -> u64 {
    sum!(Local::from_iter(slice().iter().copied()))
}

#[inline(never)]
fn slice_sum_shared(_: u64) -> u64 {
    sum!(Shared::from_iter(slice().iter().copied()))
}

#[inline(never)]
fn map_filter(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0))
}

#[inline(never)]
fn map_filter_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0))
}

#[inline(never)]
fn map_filter_map(n: u64) -> u64 {
    let items = Local::from_iter(0..n).map(|i| black_box(i).wrapping_mul(3));
    sum!(items.filter(|x| x & 1 == 0).map(|x| x ^ 5))
}

#[inline(never)]
fn slice_map_filter(_: u64) -> u64 {
    sum!(Local::from_iter(slice().iter()).map(|x| x.wrapping_mul(3) ^ 5).filter(|x| x & 1 == 0))
}

#[inline(never)]
fn slice_map_filter_shared(_: u64) -> u64 {
    sum!(Shared::from_iter(slice().iter()).map(|x| x.wrapping_mul(3) ^ 5).filter(|x| x & 1 == 0))
}

#[inline(never)]
fn ten_maps(n: u64) -> u64 {
    sum!(ten_maps!(Local, n))
}

#[inline(never)]
fn ten_maps_shared(n: u64) -> u64 {
    sum!(ten_maps!(Shared, n))
}

#[inline(never)]
fn flat_map_one_of_n(n: u64) -> u64 {
    sum!(Local::of(()).flat_map(move |()| Local::from_iter(0..n)).map(black_box))
}

#[inline(never)]
fn flat_map_one_of_n_shared(n: u64) -> u64 {
    sum!(Shared::of(()).flat_map(move |()| Shared::from_iter(0..n)).map(black_box))
}

#[inline(never)]
fn flat_map_square(n: u64) -> u64 {
    let items = Local::from_iter(0..n / 1000).flat_map(|i| Local::from_iter(i * 1000..(i + 1) * 1000));
    sum!(items.map(black_box))
}

#[inline(never)]
fn flat_map_square_shared(n: u64) -> u64 {
    let items = Shared::from_iter(0..n / 1000).flat_map(|i| Shared::from_iter(i * 1000..(i + 1) * 1000));
    sum!(items.map(black_box))
}

#[inline(never)]
fn flat_map_n_of_one(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).flat_map(|i| Local::of(black_box(i))))
}

#[inline(never)]
fn flat_map_n_of_one_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).flat_map(|i| Shared::of(black_box(i))))
}

#[inline(never)]
fn concat_map_square(n: u64) -> u64 {
    let items = Local::from_iter(0..n / 1000).concat_map(|i| Local::from_iter(i * 1000..(i + 1) * 1000));
    sum!(items.map(black_box))
}

#[inline(never)]
fn concat_map_square_shared(n: u64) -> u64 {
    let items = Shared::from_iter(0..n / 1000).concat_map(|i| Shared::from_iter(i * 1000..(i + 1) * 1000));
    sum!(items.map(black_box))
}

#[inline(never)]
fn zip(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).zip(Local::from_iter(n..2 * n)).map(|(a, b)| black_box(a) ^ b))
}

#[inline(never)]
fn zip_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).zip(Shared::from_iter(n..2 * n)).map(|(a, b)| black_box(a) ^ b))
}

#[inline(never)]
fn merge(n: u64) -> u64 {
    sum!(Local::from_iter(0..n / 2).merge(Local::from_iter(n / 2..n)).map(black_box))
}

#[inline(never)]
fn merge_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n / 2).merge(Shared::from_iter(n / 2..n)).map(black_box))
}

#[inline(never)]
fn one_item(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        Local::of(black_box(i)).subscribe(|x| sum = sum.wrapping_add(x));
    }
    sum
}

#[inline(never)]
fn one_item_shared(n: u64) -> u64 {
    let mut sum = 0u64;
    for i in 0..n {
        Shared::of(black_box(i)).subscribe(|x| sum = sum.wrapping_add(x));
    }
    sum
}

#[inline(never)]
fn scan(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).scan(0u64, |state, i| state.wrapping_mul(3).wrapping_add(black_box(i))))
}

#[inline(never)]
fn scan_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).scan(0u64, |state, i| state.wrapping_mul(3).wrapping_add(black_box(i))))
}

#[inline(never)]
fn chunks(n: u64) -> u64 {
    sum!(Local::from_iter(0..n).map(black_box).buffer_count(100).map(|chunk| total(&chunk)))
}

#[inline(never)]
fn chunks_shared(n: u64) -> u64 {
    sum!(Shared::from_iter(0..n).map(black_box).buffer_count(100).map(|chunk| total(&chunk)))
}

fn eight(n: u64) -> u64 {
    eight!(Local, n)
}

fn eight_shared(n: u64) -> u64 {
    eight!(Shared, n)
}

/// Its timers are tasks of the runtime.
fn throttle(n: u64) -> u64 {
    let (started, _runtime) = (std::time::Instant::now(), runtime().enter());
    let count = Arc::new(AtomicU64::new(0));
    let to = Arc::clone(&count);
    let items = Shared::from_iter(0..n).map(black_box).throttle_time(PERIOD, ThrottleEdge::leading());
    items.subscribe(move |_| {
        to.fetch_add(1, Relaxed);
    });
    passed(count.load(Relaxed), 1, started)
}

fn sample(n: u64) -> u64 {
    let (started, _runtime) = (std::time::Instant::now(), runtime().enter());
    let count = Arc::new(AtomicU64::new(0));
    let to = Arc::clone(&count);
    let items = Shared::from_iter(0..n).map(black_box).sample(Shared::interval(PERIOD));
    items.subscribe(move |_| {
        to.fetch_add(1, Relaxed);
    });
    passed(count.load(Relaxed), 0, started)
}
