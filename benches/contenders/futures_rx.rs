//! `futures-rx`, which adds to streams what Rx has. Its timers are those of tokio.

use super::crossing::runtime;
use super::gate::{PERIOD, passed};
use super::table::{Cannot, Contender, Does, Role, cannot, plain};
use super::workloads::SUBSCRIBERS;
use futures_rx::RxExt;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use std::cell::Cell;
use std::future::ready;
use std::hint::black_box;
use std::time::Instant;

pub const CONTENDER: Contender = Contender {
    name: "futures-rx",
    role: Role::Peer,
    package: Some("futures-rx"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[plain("W13", eight), plain("W15t", throttle), plain("W15s", sample)];

const CANNOT: &[Cannot] = &[
    cannot(
        &[
            "W1", "W1v", "W2", "W2h", "W2v", "W3", "W4a", "W4b", "W4c", "W5", "WU", "W6z", "W6m", "W9",
            "W10a", "W10b", "W10f", "W12s", "W12b",
        ],
        "it adds to futures, which does this",
    ),
    cannot(&["W7", "W7s", "W8", "WP"], "it has no thread boundary"),
    cannot(&["W11d", "W11l", "W11o", "W11n"], "it is polled: it has no overflow policy"),
];

fn eight(n: u64) -> u64 {
    let shared = stream::iter(0..n / SUBSCRIBERS).map(black_box).share();
    let consume = |_| shared.clone().fold(0u64, |sum, item| ready(sum.wrapping_add(*item)));
    let sums = futures_executor::block_on(join_all((0..SUBSCRIBERS).map(consume)));
    sums.into_iter().fold(0, u64::wrapping_add)
}

fn throttle(n: u64) -> u64 {
    let started = Instant::now();
    let items = stream::iter(0..n).map(black_box).throttle(|_| tokio::time::sleep(PERIOD));
    let count = runtime().block_on(items.count());
    passed(count as u64, 1, started)
}

/// It ends with the ticks, which here end with the items.
fn sample(n: u64) -> u64 {
    let (started, ended) = (Instant::now(), Cell::new(false));
    let end = std::iter::from_fn(|| {
        ended.set(true);
        None
    });
    let ticks = stream::unfold((), |()| async {
        tokio::time::sleep(PERIOD).await;
        (!ended.get()).then_some(((), ()))
    });
    let items = stream::iter((0..n).chain(end)).map(black_box);
    let count = runtime().block_on(items.sample(ticks).count());
    passed(count as u64, 0, started)
}
