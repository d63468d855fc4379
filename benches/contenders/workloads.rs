//! The workloads: what each does, with how many items, and by which clock it is timed.

/// What a contender does once: `n` items through it, and a checksum, the same for all contenders.
pub type Run = fn(u64) -> u64;

#[derive(Debug)]
pub struct Workload {
    pub id: &'static str,
    pub title: &'static str,
    /// What one unit of the figures is.
    pub unit: &'static str,
    /// Items of one run.
    pub items: u64,
    pub clock: Clock,
}

/// By what a run is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The processor time of the one thread that runs it.
    Cpu,
    /// The time on the wall: several threads run it.
    Wall,
}

/// Items in the slice of the vectorised workloads.
pub const SLICE: u64 = 32_768;
/// Subscribers of the one source of W13.
pub const SUBSCRIBERS: u64 = 8;
/// What the queues of W11 hold.
pub const QUEUE: usize = 128;

/// The capacity of W7, and of W7s and W8.
pub const LARGE: usize = 1024;
pub const SMALL: usize = 128;

const fn cpu(id: &'static str, title: &'static str, items: u64) -> Workload {
    Workload { id, title, unit: "item", items, clock: Clock::Cpu }
}

const fn wall(id: &'static str, title: &'static str, unit: &'static str, items: u64) -> Workload {
    Workload { id, title, unit, items, clock: Clock::Wall }
}

pub const WORKLOADS: &[Workload] = &[
    cpu("W1", "a range, consumed", 1_000_000),
    cpu("W1v", "a slice of 32,768, summed up", SLICE),
    cpu("W2", "a range, map, filter (half pass)", 1_000_000),
    cpu("W2h", "a range, map, filter, map, under several demands", 1_000_000),
    cpu("W2v", "a slice of 32,768, map, filter, summed up", SLICE),
    cpu("W3", "ten maps", 1_000_000),
    cpu("W4a", "flat_map, 1 inner of N", 1_000_000),
    cpu("W4b", "flat_map, 1,000 inners of 1,000", 1_000_000),
    cpu("W4c", "flat_map, N inners of 1", 200_000),
    cpu("W5", "one inner after another, 1,000 of 1,000", 1_000_000),
    cpu("WU", "ready futures, ten at once, in any order", 200_000),
    cpu("W6z", "zip of two ranges", 500_000),
    cpu("W6m", "merge of two ranges", 500_000),
    wall("W7", "one thread boundary, capacity 1,024", "item", 250_000),
    wall("W7s", "one thread boundary, capacity 128", "item", 250_000),
    wall("W8", "three thread boundaries in a row, capacity 128", "item", 100_000),
    wall("WP", "ping-pong: one item there and back, capacity 1", "round trip", 2_000),
    cpu("W9", "a stream of one item: build, subscribe, complete", 10_000),
    cpu("W10a", "demand of one, again for each item", 1_000_000),
    cpu("W10b", "demand of 128, refilled at three quarters", 1_000_000),
    cpu("W10f", "filter, 1 of 8 passes, demand of 128", 1_000_000),
    cpu("W11d", "pushed without demand: dropped", 1_000_000),
    cpu("W11l", "pushed without demand: the latest is kept", 1_000_000),
    cpu("W11o", "pushed into a full queue of 128: the oldest goes", 1_000_000),
    cpu("W11n", "pushed into a full queue of 128: the newest goes", 1_000_000),
    cpu("W12s", "scan", 1_000_000),
    cpu("W12b", "chunks of 100", 1_000_000),
    Workload { unit: "delivery", ..cpu("W13", "one source, eight subscribers", 800_000) },
    wall("W15t", "throttle to 1 ms of a source flat out", "item", 1_000_000),
    wall("W15s", "sample each 1 ms of a source flat out", "item", 1_000_000),
];
