//! Work that keeps a processor busy, by the number of tasks that share it.

use super::{best, row};
use crate::contenders::runtime;
use futures_util::stream::{self, StreamExt};
use reactive_streams::{Threads, iter};
use serde_json::Value;
use std::future::ready;
use std::hint::black_box;
use std::time::Duration;

/// Steps of work an item, of a nanosecond or two each, and items, so that all of it takes as long.
const GRAINS: [(u64, u64); 3] = [(1_000, 20_000), (10_000, 2_000), (100_000, 200)];

pub fn parallel() -> Value {
    GRAINS.into_iter().flat_map(|(steps, items)| rows(steps, items)).collect()
}

/// Each multiplication waits for the one before.
fn work(item: u64, steps: u64) -> u64 {
    (0..steps).fold(item, |x, _| black_box(x.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31)))
}

fn rows(steps: u64, items: u64) -> Vec<Value> {
    let alone = move || {
        let Ok(sum) = iter(0..items).map(move |i| work(i, steps)).fold(0, u64::wrapping_add).block();
        sum
    };
    let ours = |tasks: usize| {
        move || {
            let results = iter(0..items).map_parallel(tasks, Threads, move |i| work(i, steps));
            let Ok(sum) = results.fold(0, u64::wrapping_add).block();
            sum
        }
    };
    let unordered = |tasks: usize| {
        move || {
            let results = iter(0..items).map_parallel(tasks, Threads, move |i| work(i, steps)).unordered();
            let Ok(sum) = results.fold(0, u64::wrapping_add).block();
            sum
        }
    };
    let tokio = |tasks: usize| {
        move || {
            runtime().block_on(async {
                let task = move |i| tokio::spawn(async move { work(i, steps) });
                let results = stream::iter(0..items).map(task).buffered(2 * tasks);
                results.fold(0u64, |sum, x| ready(sum.wrapping_add(x.expect("no task panics")))).await
            })
        }
    };
    let (one, two, four) = (ours(1), ours(2), ours(4));
    let (two_unordered, two_tokio) = (unordered(2), tokio(2));
    let [plain_one, plain_two, plain_four] = [1, 2, 4].map(|threads| move || plain(threads, steps, items));
    // What is compared with which plain threads: the places of those.
    let ways: [(&str, &dyn Fn() -> u64, usize); 9] = [
        ("the loop on 1 plain thread", &plain_one, 0),
        ("the loop on 2 plain threads, half of the items each", &plain_two, 1),
        ("the loop on 4 plain threads, a quarter each", &plain_four, 2),
        ("map, no other thread", &alone, 0),
        ("map_parallel, 1 task", &one, 0),
        ("map_parallel, 2 tasks", &two, 1),
        ("map_parallel, 4 tasks", &four, 2),
        ("map_parallel, 2 tasks, unordered", &two_unordered, 1),
        ("futures: buffered(4) of tasks of tokio, 2 workers", &two_tokio, 1),
    ];
    let best = best(&ways.map(|(name, run, _)| (name, run)));
    let of = |(&(name, _, plain), taken): (&(&str, &dyn Fn() -> u64, usize), &Duration)| {
        let each = taken.as_nanos() as f64 / 1_000.0 / items as f64;
        let against = |plain: usize| best[plain].as_secs_f64() / taken.as_secs_f64();
        row(
            &format!("{items} items of {steps} steps: {name}"),
            &[
                ("µs an item", each),
                ("times as fast as one plain thread", against(0)),
                ("efficiency, against as many plain threads", against(plain)),
            ],
        )
    };
    ways.iter().zip(&best).map(of).collect()
}

/// The same loop without any library, on so many threads, which share the items evenly beforehand.
fn plain(threads: u64, steps: u64, items: u64) -> u64 {
    let part = move |first: u64| {
        (first..items).step_by(threads as usize).map(|i| work(i, steps)).fold(0, u64::wrapping_add)
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        parts.into_iter().map(|part| part.join().expect("no panic")).fold(0, u64::wrapping_add)
    })
}
