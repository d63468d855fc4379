//! Operator throughput beside the peers, in one run: `cargo bench -p benches --bench throughput`.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]

mod boundary;
mod futures_stream;
mod hand;
mod iterator;
mod ours;

use criterion::{Criterion, Throughput};
use ours::{Batches, Held, OneByOne, Unbounded};
use std::time::Duration;

type Workload = fn(u64) -> u64;

/// One group: the same items through each contender, whose sums must agree.
fn group(criterion: &mut Criterion, name: &str, items: u64, contenders: &[(&str, Workload)]) {
    let sums: Vec<u64> = contenders.iter().map(|(_, run)| run(items)).collect();
    assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "{name}: the sums differ: {sums:?}");
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(items));
    for (contender, run) in contenders {
        group.bench_function(*contender, |bencher| bencher.iter(|| run(std::hint::black_box(items))));
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let criterion = &mut criterion;
    group(
        criterion,
        "map_filter_map",
        1_000_000,
        &[
            ("hand", hand::map_filter_map),
            ("iterator", iterator::map_filter_map),
            ("futures", futures_stream::map_filter_map),
            ("ours, unbounded", ours::map_filter_map::<Unbounded>),
            ("ours, one by one", ours::map_filter_map::<OneByOne>),
            ("ours, 128", ours::map_filter_map::<Batches>),
            ("ours, unbounded, handle held", ours::map_filter_map::<Held<Unbounded>>),
            ("ours, 128, handle held", ours::map_filter_map::<Held<Batches>>),
            ("ours, parked and resumed", ours::park_and_resume),
        ],
    );
    group(
        criterion,
        "ten_maps",
        1_000_000,
        &[
            ("hand", hand::ten_maps),
            ("iterator", iterator::ten_maps),
            ("futures", futures_stream::ten_maps),
            ("ours, unbounded", ours::ten_maps::<Unbounded>),
            ("ours, one by one", ours::ten_maps::<OneByOne>),
            ("ours, 128", ours::ten_maps::<Batches>),
        ],
    );
    group(
        criterion,
        "one_item",
        1_000,
        &[
            ("hand", hand::one_item),
            ("iterator", iterator::one_item),
            ("futures", futures_stream::one_item),
            ("ours", ours::one_item),
        ],
    );
    group(
        criterion,
        "flat_map_one",
        1_000_000,
        &[
            ("hand", hand::flat_map_one),
            ("iterator", iterator::flat_map_one),
            ("futures", futures_stream::flat_map_one),
            ("ours", ours::flat_map_one),
            ("ours, iter", ours::flat_map_iter_one),
        ],
    );
    group(
        criterion,
        "boundary, capacity 1024",
        1_000_000,
        &[
            ("ours", boundary::ours::<1024>),
            ("crossbeam-channel", boundary::crossbeam::<1024>),
            ("tokio mpsc", boundary::tokio_mpsc::<1024>),
        ],
    );
    group(
        criterion,
        "boundary, capacity 128",
        1_000_000,
        &[
            ("ours", boundary::ours::<128>),
            ("crossbeam-channel", boundary::crossbeam::<128>),
            ("tokio mpsc", boundary::tokio_mpsc::<128>),
        ],
    );
    criterion.final_summary();
}
