//! Resident memory under an overload of a thousand and more, for each strategy: `cargo bench -p benches-counts --bench
//! overload [FILE]`. A producer that does not stop meets a consumer that takes one item a millisecond, for ten seconds.
//! Each strategy runs in a process of its own, all at once, which reads its resident size each 100 ms. It fails when one of
//! them grows.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]
#![allow(clippy::disallowed_methods, reason = "a slow consumer sleeps, and so does who looks at a clock")]

use reactive_streams::{
    Demand, Flow, Handle, Overflow, Publisher, Subscriber, Subscription, SystemClock, channel, iter,
};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);
/// Between two items of the consumer.
const PACE: Duration = Duration::from_millis(1);
const CAPACITY: usize = 128;
/// What a process may grow by, once it has run for a second: a page here and there, where a leak of each item takes gigabytes.
const ALLOWED_KB: u64 = 512;

/// An item with memory of its own, so that none can be forgotten unseen.
type Item = Box<[u8; 240]>;

type Strategy = (&'static str, fn(Produced) -> Consumer);

const STRATEGIES: &[Strategy] = &[
    ("buffer, waits", |produced| source(produced, |flow| flow.buffer(CAPACITY))),
    ("buffer, drops the oldest", |produced| {
        source(produced, |flow| flow.buffer(CAPACITY).overflow(Overflow::DropOldest))
    }),
    ("buffer, drops the incoming", |produced| {
        source(produced, |flow| flow.buffer(CAPACITY).overflow(Overflow::DropIncoming))
    }),
    ("buffer, replaces the newest", |produced| {
        source(produced, |flow| flow.buffer(CAPACITY).overflow(Overflow::ReplaceNewest))
    }),
    ("buffer, clears", |produced| source(produced, |flow| flow.buffer(CAPACITY).overflow(Overflow::Clear))),
    ("on_backpressure_drop", |produced| source(produced, |flow| flow.on_backpressure_drop(drop))),
    ("conflate", |produced| source(produced, |flow| flow.conflate(|_, newer| newer))),
    ("latest", |produced| source(produced, |flow| flow.latest())),
    ("sample", |produced| source(produced, |flow| flow.sample(PACE / 2, SystemClock::new()))),
    ("throttle", |produced| source(produced, |flow| flow.throttle(PACE / 2, SystemClock::new()))),
    ("channel, waits", |produced| sent(produced, Overflow::Wait)),
    ("channel, drops the oldest", |produced| sent(produced, Overflow::DropOldest)),
    ("channel, drops the incoming", |produced| sent(produced, Overflow::DropIncoming)),
];

/// How many items there were.
type Produced = Arc<AtomicU64>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("only"), Some(name)) => {
            let (name, strategy) =
                STRATEGIES.iter().find(|(known, _)| *known == name).expect("a known strategy");
            println!("{}", run(name, *strategy));
            ExitCode::SUCCESS
        }
        (file, _) => all(file),
    }
}

fn all(file: Option<&str>) -> ExitCode {
    let this = std::env::current_exe().expect("this program has a file");
    let start = |(name, _): &Strategy| {
        Command::new(&this)
            .args(["only", name])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started again")
    };
    let children: Vec<_> = STRATEGIES.iter().map(start).collect();
    let rows: Vec<Value> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "a strategy failed");
            serde_json::from_slice(&output.stdout).expect("it prints one value")
        })
        .collect();
    for row in &rows {
        println!("{row}");
    }
    if let Some(file) = file {
        let value = json!({ "seconds": LASTS.as_secs(), "item_bytes": size_of::<[u8; 240]>(), "capacity": CAPACITY,
            "allowed_kb": ALLOWED_KB, "rows": rows });
        let text = serde_json::to_string_pretty(&value).expect("a value is text") + "\n";
        std::fs::write(file, text).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let grown = rows.iter().filter(|row| row["grown_kb"].as_u64() > Some(ALLOWED_KB)).count();
    if grown > 0 {
        eprintln!("overload: {grown} strategies grow by more than {ALLOWED_KB} kB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The slow side: it counts, and is asked through its handle.
#[derive(Clone, Default)]
struct Consumer {
    handle: Arc<Mutex<Option<Handle>>>,
    consumed: Arc<AtomicU64>,
}

impl Subscriber for Consumer {
    type Item = Item;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        *self.handle.lock().expect("nobody panics") = Some(subscription.handle());
    }

    fn on_next(&mut self, _item: Item, _subscription: &mut Subscription) {
        self.consumed.fetch_add(1, Relaxed);
    }

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {}
}

impl Consumer {
    fn handle(&self) -> Handle {
        loop {
            if let Some(handle) = self.handle.lock().expect("nobody panics").take() {
                return handle;
            }
            thread::sleep(PACE);
        }
    }
}

fn item() -> Item {
    Box::new([0; 240])
}

/// A source that runs as fast as it is let, on a thread of its own.
fn source<P>(produced: Produced, stage: fn(Flow<Numbers>) -> Flow<P>) -> Consumer
where
    P: Publisher<Item = Item, Error = Infallible> + Send + 'static,
{
    let consumer = Consumer::default();
    let subscriber = consumer.clone();
    thread::spawn(move || stage(numbers(produced)).subscribe(subscriber));
    consumer
}

type Numbers = reactive_streams::Iter<Box<dyn Iterator<Item = Item> + Send>>;

fn numbers(produced: Produced) -> Flow<Numbers> {
    let items = std::iter::repeat_with(move || {
        produced.fetch_add(1, Relaxed);
        item()
    });
    iter(Box::new(items) as Box<dyn Iterator<Item = Item> + Send>)
}

/// A producer that sends as fast as it can, on a thread of its own.
fn sent(produced: Produced, policy: Overflow) -> Consumer {
    let (consumer, (sender, flow)) = (Consumer::default(), channel(CAPACITY, policy));
    flow.subscribe(consumer.clone());
    thread::spawn(move || {
        let send = || match policy {
            Overflow::Wait => sender.send(item()).is_ok(),
            _ => sender.try_send(item()).is_ok(),
        };
        while send() {
            produced.fetch_add(1, Relaxed);
        }
    });
    consumer
}

fn run(name: &str, strategy: fn(Produced) -> Consumer) -> Value {
    let produced = Produced::default();
    let consumer = strategy(Arc::clone(&produced));
    let handle = consumer.handle();
    let asks = thread::spawn(move || {
        let started = Instant::now();
        while started.elapsed() < LASTS {
            handle.request(Demand::ONE);
            thread::sleep(PACE);
        }
    });
    let mut looks = Vec::new();
    while !asks.is_finished() {
        thread::sleep(LOOK);
        looks.push(resident_kb());
    }
    asks.join().expect("it does not panic");
    // The first second is for what is touched for the first time.
    let settled = &looks[looks.len().min(10)..];
    let (first, most) = (settled[0], settled.iter().copied().max().unwrap_or_default());
    let (produced, consumed) = (produced.load(Relaxed), consumer.consumed.load(Relaxed));
    json!({
        "strategy": name, "produced": produced, "consumed": consumed,
        "overload": produced / consumed.max(1),
        "resident_kb": first, "most_kb": most, "grown_kb": most - first, "looks": looks.len(),
    })
}

fn resident_kb() -> u64 {
    let status =
        std::fs::read_to_string("/proc/self/status").expect("this needs the proc file system of Linux");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says the resident size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
