//! Runs one workload once, for callgrind: `benches/instructions.sh` prints instructions an item.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]

#[path = "../throughput/futures_stream.rs"]
mod futures_stream;
#[path = "../throughput/hand.rs"]
mod hand;
#[path = "../throughput/iterator.rs"]
mod iterator;
#[path = "../throughput/ours.rs"]
mod ours;

use std::process::ExitCode;

type Workload = fn(u64) -> u64;

const WORKLOADS: &[(&str, Workload)] = &[
    ("nothing", |_| 0),
    ("map_filter_map/hand", hand::map_filter_map),
    ("map_filter_map/iterator", iterator::map_filter_map),
    ("map_filter_map/futures", futures_stream::map_filter_map),
    ("map_filter_map/ours/unbounded", ours::map_filter_map::<ours::Unbounded>),
    ("map_filter_map/ours/one-by-one", ours::map_filter_map::<ours::OneByOne>),
    ("map_filter_map/ours/128", ours::map_filter_map::<ours::Batches>),
    ("map_filter_map/ours/unbounded, handle held", ours::map_filter_map::<ours::Held<ours::Unbounded>>),
    ("map_filter_map/ours/one-by-one, handle held", ours::map_filter_map::<ours::Held<ours::OneByOne>>),
    ("map_filter_map/ours/128, handle held", ours::map_filter_map::<ours::Held<ours::Batches>>),
    ("map_filter_map/ours/parked and resumed", ours::park_and_resume),
    ("ten_maps/hand", hand::ten_maps),
    ("ten_maps/iterator", iterator::ten_maps),
    ("ten_maps/futures", futures_stream::ten_maps),
    ("ten_maps/ours/unbounded", ours::ten_maps::<ours::Unbounded>),
    ("ten_maps/ours/one-by-one", ours::ten_maps::<ours::OneByOne>),
    ("ten_maps/ours/128", ours::ten_maps::<ours::Batches>),
    ("one_item/hand", hand::one_item),
    ("one_item/iterator", iterator::one_item),
    ("one_item/futures", futures_stream::one_item),
    ("one_item/ours", ours::one_item),
    ("flat_map_one/hand", hand::flat_map_one),
    ("flat_map_one/iterator", iterator::flat_map_one),
    ("flat_map_one/futures", futures_stream::flat_map_one),
    ("flat_map_one/ours", ours::flat_map_one),
    ("flat_map_one/ours/iter", ours::flat_map_iter_one),
];

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    // `cargo bench` itself passes `--bench`: then there is nothing to do.
    if name.is_empty() || name.starts_with("--") {
        WORKLOADS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    match WORKLOADS.iter().find(|(known, _)| *known == name) {
        Some((_, run)) => {
            println!("{name}: sum {}", run(std::hint::black_box(1_000_000)));
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("no workload {name:?}: run without an argument for the list");
            ExitCode::FAILURE
        }
    }
}
