//! This crate.

mod boundary;
mod demand;
mod push;
mod sync;
mod unordered;

use super::table::{Cannot, Contender, Does, Role, plain, variant};
use super::workloads::{LARGE, SMALL};
use boundary::OnTokio;
use demand::{Batches, Held, OneByOne, Unbounded};
use reactive_streams::Threads;

pub const CONTENDER: Contender = Contender {
    name: "reactive-streams",
    role: Role::Ours,
    package: Some("reactive-streams"),
    does: DOES,
    cannot: CANNOT,
};

const DOES: &[Does] = &[
    plain("W1", sync::consume),
    variant("W1", "fold, block", sync::consume_fold),
    plain("W1v", sync::slice_sum),
    variant("W1v", "fold, block", sync::slice_sum_fold),
    plain("W2", sync::map_filter),
    variant("W2", "fold, block", sync::map_filter_fold),
    plain("W2h", sync::map_filter_map::<Unbounded>),
    variant("W2h", "one by one", sync::map_filter_map::<OneByOne>),
    variant("W2h", "128 at a time", sync::map_filter_map::<Batches>),
    variant("W2h", "unbounded, handle held", sync::map_filter_map::<Held<Unbounded>>),
    variant("W2h", "one by one, handle held", sync::map_filter_map::<Held<OneByOne>>),
    variant("W2h", "128 at a time, handle held", sync::map_filter_map::<Held<Batches>>),
    variant("W2h", "parked and resumed for each item", sync::park_and_resume),
    plain("W2v", sync::slice_map_filter),
    plain("W3", sync::ten_maps::<Unbounded>),
    variant("W3", "one by one", sync::ten_maps::<OneByOne>),
    variant("W3", "128 at a time", sync::ten_maps::<Batches>),
    plain("W4a", sync::flat_map_one_of_n),
    variant("W4a", "flat_map_iter", sync::flat_map_iter_one_of_n),
    plain("W4b", sync::flat_map_square),
    variant("W4b", "flat_map_iter", sync::flat_map_iter_square),
    variant("W4b", "flat_map_unordered", unordered::flat_map_square),
    plain("W4c", sync::flat_map_n_of_one),
    variant("W4c", "flat_map_iter", sync::flat_map_iter_n_of_one),
    variant("W4c", "flat_map_unordered", unordered::flat_map_n_of_one),
    plain("W5", sync::flat_map_square),
    plain("WU", unordered::ready_items),
    variant("WU", "from_future, each a task of a queue", unordered::futures),
    plain("W6z", sync::zip),
    variant("W6z", "prefetch 32", sync::zip_ahead),
    plain("W6m", sync::merge),
    plain("W7", boundary::one::<Threads, LARGE>),
    variant("W7", "tasks of tokio", boundary::one::<OnTokio, LARGE>),
    plain("W7s", boundary::one::<Threads, SMALL>),
    variant("W7s", "tasks of tokio", boundary::one::<OnTokio, SMALL>),
    plain("W8", boundary::three::<Threads>),
    variant("W8", "tasks of tokio", boundary::three::<OnTokio>),
    plain("WP", boundary::ping_pong::<Threads>),
    variant("WP", "tasks of tokio", boundary::ping_pong::<OnTokio>),
    plain("W9", sync::one_item::<Unbounded>),
    variant("W9", "handle held", sync::one_item::<Held<Unbounded>>),
    plain("W10a", sync::map::<OneByOne>),
    variant("W10a", "handle held", sync::map::<Held<OneByOne>>),
    plain("W10b", sync::map::<Batches>),
    variant("W10b", "handle held", sync::map::<Held<Batches>>),
    plain("W10f", sync::one_of_eight::<Batches>),
    variant("W10f", "handle held", sync::one_of_eight::<Held<Batches>>),
    plain("W11d", push::drop_all),
    plain("W11l", push::latest),
    plain("W11o", push::drop_oldest),
    variant("W11o", "channel", push::channel_drop_oldest),
    plain("W11n", push::drop_newest),
    variant("W11n", "channel", push::channel_drop_newest),
    plain("W12s", sync::scan),
    plain("W12b", sync::chunks),
    plain("W13", push::share::<Unbounded>),
    variant("W13", "128 at a time", push::share::<Batches>),
    plain("W15t", push::throttle),
    plain("W15s", push::sample),
];

/// W13 with another number of subscribers.
pub fn share_among(deliveries: u64, subscribers: u64) -> u64 {
    push::share_among::<Unbounded>(deliveries, subscribers)
}

const CANNOT: &[Cannot] = &[];
