//! Is the deterministic tier the same each time, on a busy machine too, and what does it cost?
//!
//! `stability RUNS [THREADS]` runs the tier so many times, over four publishers, a subscriber and a processor in turn, eight
//! at a time, while so many busy threads (64 when not said) load the machine, and compares the reports of each byte for
//! byte.
//! `stability cpu RUNS [NAME]` prints the CPU time of one run, without a load, of each or of one of them.

use reactive_streams_core::Publisher;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicBool, AtomicU64, Ordering};
use reactive_streams_tck::gallery::{Buffered, Consuming, InTask, Synchronous, Ticking};
use reactive_streams_tck::{
    Contract, Env, Errors, Fixture, Hooks, Length, Operator, Sink, Upstream, verify_processor,
    verify_publisher, verify_subscriber,
};
use std::collections::BTreeMap;
use std::process::ExitCode;

struct Direct;

impl Fixture for Direct {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Synchronous::failing(env.items(Length::Exactly(k))))
    }
}

struct Task;

impl Fixture for Task {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        InTask::new(env, env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(InTask::failing(env, env.items(Length::Exactly(k))))
    }
}

struct Clocked;

impl Fixture for Clocked {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Ticking::new(env, env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Ticking::failing(env, env.items(Length::Exactly(k))))
    }
}

/// Asks for nothing first and delivers: it is broken, so that its report has failures with replay strings.
struct Pushy;

impl Fixture for Pushy {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Task.create(env, length)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(InTask::new(env, env.items(Length::Exactly(k)))) // it completes instead
    }
}

fn consume(_env: &Env, hooks: &Hooks, upstream: Upstream) {
    let (subscriber, remote) = Consuming::new(8, hooks.done());
    hooks.on_leave(move || remote.leave());
    upstream.subscribe(subscriber);
}

fn buffer() -> String {
    let contract = Contract::identity().bound(4).errors(Errors::Delayed);
    verify_processor(&Operator::new(contract, |env, upstream| Buffered::new(env, upstream, 4))).to_string()
}

type Tier = (&'static str, fn() -> String);

const TIERS: &[Tier] = &[
    ("synchronous", || verify_publisher(&Direct).to_string()),
    ("in a task", || verify_publisher(&Task).to_string()),
    ("ticking", || verify_publisher(&Clocked).to_string()),
    ("broken", || verify_publisher(&Pushy).to_string()),
    ("a subscriber", || verify_subscriber(&Sink::new(consume)).to_string()),
    ("a processor", buffer),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    match (arguments.first().map(String::as_str), number(0)) {
        (Some("cpu"), _) => cpu(number(1).unwrap_or(20), arguments.get(2).map(String::as_str)),
        (_, Some(runs)) => return compare(runs, number(1).unwrap_or(64)),
        _ => {
            eprintln!("usage: stability RUNS [THREADS] | stability cpu RUNS [NAME]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs go on side by side: under that load one mostly waits for its turn.
const LANES: usize = 8;

fn compare(runs: u64, threads: u64) -> ExitCode {
    let over = AtomicBool::new(false);
    let (next, first, differ) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()), AtomicU64::new(0));
    let lane = || loop {
        let run = next.fetch_add(1, Ordering::Relaxed);
        if run >= runs {
            return;
        }
        let (name, tier) = TIERS[run as usize % TIERS.len()];
        let report = tier();
        let mut first = first.lock();
        let expected: &String = first.entry(name).or_insert_with(|| report.clone());
        if *expected != report {
            differ.fetch_add(1, Ordering::Relaxed);
            println!("{name}: run {} differs from the first\n{expected}\n{report}", run + 1);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        let panicked = lanes.into_iter().filter_map(|lane| lane.join().err()).next();
        over.store(true, Ordering::Relaxed);
        if let Some(panic) = panicked {
            std::panic::resume_unwind(panic);
        }
    });
    let differ = differ.into_inner();
    println!("{differ} of {runs} runs under {threads} busy threads differ");
    if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The CPU time of this process so far, all threads, in milliseconds; `None` where there is no `/proc`.
fn spent() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    // Fields 14 and 15, in ticks of 10 ms; the state, which is field 3, comes first here.
    Some(10 * (ticks(11)? + ticks(12)?))
}

fn cpu(runs: u64, only: Option<&str>) {
    for (name, tier) in TIERS.iter().filter(|(name, _)| only.is_none_or(|only| *name == only)) {
        tier();
        let Some(before) = spent() else {
            println!("there is no /proc to read the CPU time from");
            return;
        };
        for _ in 0..runs {
            tier();
        }
        let after = spent().unwrap_or(before);
        println!("{name}: {:.1} ms of CPU a run, over {runs} runs", (after - before) as f64 / runs as f64);
    }
}
