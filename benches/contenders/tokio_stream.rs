//! `tokio-stream`, on a runtime, where its sources share their time with other tasks.

use super::crossing::runtime;
use super::hand::total;
use super::slice::slice;
use super::table::{Cannot, Contender, Does, Role, cannot, plain, variant};
use std::hint::black_box;
use std::time::Duration;
use tokio_stream::{self as stream, Stream, StreamExt};

pub const CONTENDER: Contender = Contender {
    name: "tokio-stream",
    role: Role::Peer,
    package: Some("tokio-stream"),
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
    plain("W6m", merge),
    plain("W9", one_item),
    variant("W9", "a task each", one_task),
    plain("W10a", next),
    plain("W10f", one_of_eight),
    plain("W12s", scan),
    variant("W12b", "chunks_timeout", chunks),
];

const CANNOT: &[Cannot] = &[
    cannot(&["W4a", "W4b", "W4c", "W5", "WU"], "it has no flat_map"),
    cannot(&["W6z"], "it has no zip"),
    cannot(&["W7", "W7s", "W8", "WP"], "it has no boundary; see tokio"),
    cannot(&["W10b"], "polling asks for one item"),
    cannot(&["W11d", "W11l", "W11o", "W11n"], "it is polled; see tokio"),
    cannot(&["W13"], "one consumer; see broadcast of tokio"),
    cannot(&["W15t", "W15s"], "its throttle holds back the source and loses nothing; it has no sample"),
];

#[inline(always)]
fn sum(items: impl Stream<Item = u64>) -> u64 {
    runtime().block_on(async {
        let mut items = std::pin::pin!(items);
        let mut sum = 0u64;
        while let Some(x) = items.next().await {
            sum = sum.wrapping_add(x);
        }
        sum
    })
}

fn consume(n: u64) -> u64 {
    sum(stream::iter(0..n).map(black_box))
}

fn slice_sum(_: u64) -> u64 {
    sum(stream::iter(slice().iter().copied()))
}

fn map_filter(n: u64) -> u64 {
    sum(stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0))
}

fn map_filter_map(n: u64) -> u64 {
    sum(stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5))
}

fn slice_map_filter(_: u64) -> u64 {
    sum(stream::iter(slice().iter()).map(|x| x.wrapping_mul(3) ^ 5).filter(|x| x & 1 == 0))
}

fn ten_maps(n: u64) -> u64 {
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

fn merge(n: u64) -> u64 {
    sum(stream::iter(0..n / 2).merge(stream::iter(n / 2..n)).map(black_box))
}

fn one_item(n: u64) -> u64 {
    runtime().block_on(async {
        let mut sum = 0u64;
        for i in 0..n {
            let mut items = stream::once(black_box(i));
            while let Some(x) = items.next().await {
                sum = sum.wrapping_add(x);
            }
        }
        sum
    })
}

fn one_task(n: u64) -> u64 {
    runtime().block_on(async {
        let mut sum = 0u64;
        for i in 0..n {
            let task = async move { stream::once(black_box(i)).fold(0, u64::wrapping_add).await };
            sum = sum.wrapping_add(tokio::spawn(task).await.expect("the task does not panic"));
        }
        sum
    })
}

fn next(n: u64) -> u64 {
    sum(stream::iter(0..n).map(|i| black_box(i).wrapping_mul(3)))
}

fn one_of_eight(n: u64) -> u64 {
    sum(stream::iter(0..n).map(black_box).filter(|x| x & 7 == 0))
}

/// It has no scan; a closure that keeps the state is what its users write.
fn scan(n: u64) -> u64 {
    let mut state = 0u64;
    sum(stream::iter(0..n).map(move |i| {
        state = state.wrapping_mul(3).wrapping_add(black_box(i));
        state
    }))
}

/// By size; the time is so long that it never counts.
fn chunks(n: u64) -> u64 {
    let hour = Duration::from_secs(3600);
    runtime().block_on(async {
        let items = stream::iter(0..n).map(black_box).chunks_timeout(100, hour);
        let mut items = std::pin::pin!(items);
        let mut sum = 0u64;
        while let Some(chunk) = items.next().await {
            sum = sum.wrapping_add(total(&chunk));
        }
        sum
    })
}
