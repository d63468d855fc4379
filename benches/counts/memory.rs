//! What is allocated: for each item and each subscribe, for a stage, a subscription and a queue.
//! `cargo bench -p benches-counts --bench memory [FILE]`; with a file, for the report.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]

#[allow(dead_code, reason = "the tables say more than is needed here")]
#[path = "contenders.rs"]
mod contenders;

use contenders::counted;
use futures_util::stream::{self, StreamExt};
use reactive_streams::{
    Demand, Flow, Handle, Overflow, Publisher, Spawn, Subscriber, Subscription, Task, channel, iter,
};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use std::convert::Infallible;
use std::future::ready;
use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ITEMS: u64 = 100_000;

fn main() {
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let value = json!({ "allocations": allocations(), "memory": memory() });
    let text = serde_json::to_string_pretty(&value).expect("a value is text") + "\n";
    match file {
        Some(file) => std::fs::write(&file, text).unwrap_or_else(|error| panic!("{file}: {error}")),
        None => print!("{text}"),
    }
}

/// What `run` allocates, and what of it is there when it has returned.
fn during<T>(run: impl FnOnce() -> T) -> (T, Stats) {
    let region = Region::new(ALLOCATOR);
    let kept = run();
    (kept, region.change())
}

fn live(stats: &Stats) -> i64 {
    stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
}

/// Of each way of each workload of one thread.
fn allocations() -> Vec<Value> {
    let rows = counted().map(|(workload, contender, does)| {
        let items = workload.items.min(ITEMS);
        black_box((does.run)(1000));
        let (_, stats) = during(|| black_box((does.run)(black_box(items))));
        let name = [contender.name, does.variant].join(", ");
        json!({
            "workload": workload.id,
            "role": format!("{:?}", contender.role).to_lowercase(),
            "name": name.trim_end_matches(", "),
            "run": stats.allocations + stats.reallocations,
            "item": (stats.allocations + stats.reallocations) as f64 / items as f64,
        })
    });
    rows.collect()
}

/// Asks for nothing, and gives the handle away.
struct Parked<T> {
    handle: Arc<Mutex<Option<Handle>>>,
    item: PhantomData<fn(T)>,
}

impl<T> Subscriber for Parked<T> {
    type Item = T;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        *self.handle.lock().expect("nobody panics") = Some(subscription.handle());
    }

    fn on_next(&mut self, _item: T, _subscription: &mut Subscription) {}

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {}
}

/// What is there while `make`'s stream waits to be asked, built and subscribed.
fn parked<P>(make: impl FnOnce() -> Flow<P>) -> Stats
where
    P: Publisher<Error = Infallible>,
{
    let handle = Arc::new(Mutex::new(None));
    let mut later = Some(Arc::clone(&handle));
    let ((), stats) = during(|| {
        let handle = later.take().expect("once");
        make().subscribe(Parked { handle, item: PhantomData });
    });
    assert!(handle.lock().expect("nobody panics").is_some(), "it waits");
    stats
}

/// Keeps its tasks and never runs them.
#[derive(Clone)]
struct Keeps(Arc<Mutex<Vec<Task>>>);

impl Spawn for Keeps {
    fn spawn(&self, task: Task) {
        self.0.lock().expect("nobody panics").push(task);
    }
}

fn row(what: &str, bytes: i64, allocations: usize, note: &str) -> Value {
    json!({ "what": what, "bytes": bytes, "allocations": allocations, "note": note })
}

fn memory() -> Vec<Value> {
    let mut rows = stages();
    rows.extend(subscriptions());
    rows.extend(queues());
    rows
}

/// A stage's share of a parked stream: that of five of them, less that of one.
fn stages() -> Vec<Value> {
    let numbers = || iter(0..u64::from(u32::MAX));
    let of = |what: &str, description: usize, one: &Stats, five: &Stats| {
        let note = format!("{description} bytes of description");
        row(what, (live(five) - live(one)) / 4, 0, &note)
    };
    let size = |with: usize| with - size_of_val(&numbers());
    let add = |n: u64| move |x: u64| x + n;
    let keep = |n: u64| move |x: &u64| *x != n;
    let map = || numbers().map(add(1));
    let maps = || map().map(add(2)).map(add(3)).map(add(4)).map(add(5));
    let filter = || numbers().filter(keep(1));
    let filters = || filter().filter(keep(2)).filter(keep(3)).filter(keep(4)).filter(keep(5));
    let take = || numbers().take(1);
    let takes = || take().take(2).take(3).take(4).take(5);
    let scan = || numbers().scan(0, sum);
    let scans = || scan().scan(0, sum).scan(0, sum).scan(0, sum).scan(0, sum);
    let boxed = || numbers().boxed();
    let boxes = || boxed().map(add(1)).boxed().map(add(2)).boxed().map(add(3)).boxed().map(add(4)).boxed();
    let (of_map, of_filter) = (size(size_of_val(&map())), size(size_of_val(&filter())));
    let (of_take, of_scan) = (size(size_of_val(&take())), size(size_of_val(&scan())));
    vec![
        of("a stage: map, 8 bytes of closure", of_map, &parked(map), &parked(maps)),
        of("a stage: filter, 8 bytes of closure", of_filter, &parked(filter), &parked(filters)),
        of("a stage: take", of_take, &parked(take), &parked(takes)),
        of("a stage: scan, 8 bytes of state", of_scan, &parked(scan), &parked(scans)),
        of("a stage: map and boxed()", size_of_val(&boxed()), &parked(boxed), &parked(boxes)),
    ]
}

fn sum(state: &mut u64, x: u64) -> Option<u64> {
    *state += x;
    Some(*state)
}

fn subscriptions() -> Vec<Value> {
    let (sum, whole) = during(|| {
        let flow = iter(0..ITEMS).map(|x| x + 1).filter(|x| x % 2 == 0).take(10);
        flow.fold(0, |sum, x| sum + x).block()
    });
    black_box(sum.ok());
    let waiting = parked(|| iter(0..ITEMS));
    let link = during(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        (subscription, handle)
    });
    vec![
        row("a Subscription, on the stack", size_of::<Subscription>() as i64, 0, ""),
        row("a handle taken: the link", live(&link.1), link.1.allocations, "on the heap"),
        row(
            "iter.map.filter.take.fold, built, blocked on and done",
            live(&whole),
            whole.allocations,
            "the allocation is what block() waits on",
        ),
        row(
            "a source that waits to be asked",
            live(&waiting),
            waiting.allocations,
            "the link and the parked state, on the heap",
        ),
    ]
}

/// Queues of 128 and of 1,024 numbers, and what they take beyond 8 bytes for each.
fn queues() -> Vec<Value> {
    let numbers = || iter(0..ITEMS);
    let source = live(&parked(numbers));
    let queue = |what: &str, capacity: usize, stats: Stats| {
        let over = live(&stats) - 8 * capacity as i64;
        let note = format!("8 × {capacity} + {over}, of which the source that waits takes {source}");
        let mut row = row(&format!("{what}, capacity {capacity}"), live(&stats), stats.allocations, &note);
        row["over"] = json!(over - source);
        row
    };
    let mut rows = Vec::new();
    for capacity in [128, 1024] {
        rows.push(queue("buffer that waits, full", capacity, parked(|| numbers().buffer(capacity))));
        let oldest = || numbers().buffer(capacity).overflow(Overflow::DropOldest);
        rows.push(queue("buffer that drops the oldest, full", capacity, parked(oldest)));
        let (sender, there) = channel(capacity, Overflow::DropOldest);
        let made = during(|| channel::<u64>(capacity, Overflow::DropOldest));
        let filled = parked(|| {
            (0..2 * capacity as u64).for_each(|i| drop(sender.try_send(i)));
            there
        });
        let both = Stats {
            allocations: made.1.allocations + filled.allocations,
            bytes_allocated: made.1.bytes_allocated + filled.bytes_allocated,
            bytes_deallocated: made.1.bytes_deallocated + filled.bytes_deallocated,
            ..filled
        };
        rows.push(queue("channel, full", capacity, both));
        // The room in its list is the executor's.
        let keeps = Keeps(Arc::new(Mutex::new(Vec::with_capacity(1))));
        rows.push(queue("publish_on", capacity, parked(|| numbers().publish_on(keeps.clone(), capacity))));
        rows.push(queue("into_stream", capacity, during(|| started(numbers().into_stream(capacity))).1));
    }
    rows.push(queue("latest, with an item", 1, parked(|| numbers().latest())));
    rows.push(queue("chunks of 128, none yet", 0, parked(|| numbers().chunks(128))));
    let inners = || numbers().flat_map_unordered(10, |i| iter(i..i + 1000));
    rows.push(queue("flat_map_unordered of ten inners, 32 items each ahead", 320, parked(inners)));
    let futures =
        during(|| started(stream::iter(0..ITEMS).flat_map_unordered(10, |i| stream::iter(i..i + 1000))));
    rows.push(row(
        "futures: flat_map_unordered of ten inners, nothing ahead",
        live(&futures.1),
        futures.1.allocations,
        "",
    ));
    let buffered = during(|| started(stream::iter(0..ITEMS).map(ready).buffer_unordered(10)));
    rows.push(row("futures: buffer_unordered of ten", live(&buffered.1), buffered.1.allocations, ""));
    rows
}

/// A stream that has brought its first item.
fn started<S: stream::Stream>(stream: S) -> std::pin::Pin<Box<S>> {
    let mut stream = Box::pin(stream);
    futures_executor::block_on(stream.next());
    stream
}
