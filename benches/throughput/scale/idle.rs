//! Many streams that wait for their timers.
#![allow(clippy::disallowed_methods, reason = "it waits to see what waiting costs")]
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]

use super::row;
use crate::contenders::runtime;
use reactive_streams::{Demand, Handle, Publisher, Subscriber, Subscription, SystemClock, interval};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use std::cell::RefCell;
use std::convert::Infallible;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const STREAMS: usize = 100_000;
const HOUR: Duration = Duration::from_secs(3600);
const WAITS: Duration = Duration::from_secs(1);

/// Each in a process of its own, so that none begins with memory that another has left.
pub fn idle() -> Value {
    let this = std::env::current_exe().expect("this program has a file");
    let figures = |who| {
        let output = Command::new(&this).args(["idle", who]).stderr(Stdio::inherit()).output();
        let output = output.expect("it can be started again");
        serde_json::from_slice::<Value>(&output.stdout).expect("it prints one value")
    };
    ["ours", "tokio"].into_iter().map(figures).collect()
}

/// One of them, in this process.
pub fn idle_here(who: &str) -> Value {
    if who == "ours" { ours() } else { tokio() }
}

fn ours() -> Value {
    let clock = SystemClock::new();
    let handles = Arc::new(Mutex::new(Vec::with_capacity(STREAMS)));
    let subscribe = || {
        for _ in 0..STREAMS {
            interval(HOUR, clock.clone()).subscribe(Waiting(Arc::clone(&handles)));
        }
    };
    figures("reactive-streams: interval", subscribe, || {
        let handles = std::mem::take(&mut *handles.lock().expect("nobody panics"));
        assert_eq!(handles.len(), STREAMS);
        drop(handles);
    })
}

fn tokio() -> Value {
    let tasks = RefCell::new(Vec::with_capacity(STREAMS));
    let spawn = || {
        for _ in 0..STREAMS {
            tasks.borrow_mut().push(runtime().spawn(async { tokio::time::sleep(HOUR).await }));
        }
    };
    figures("tokio: a task that sleeps", spawn, || {
        let tasks = tasks.take();
        tasks.iter().for_each(|task| task.abort());
        tasks.into_iter().for_each(|task| drop(runtime().block_on(task)));
    })
}

/// Asks for its first tick.
struct Waiting(Arc<Mutex<Vec<Handle>>>);

impl Subscriber for Waiting {
    type Item = u64;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        subscription.request(Demand::ONE);
        self.0.lock().expect("nobody panics").push(subscription.handle());
    }

    fn on_next(&mut self, _tick: u64, _subscription: &mut Subscription) {}

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(self, _unused: Option<Demand>) {}
}

fn figures(what: &str, start: impl FnOnce(), end: impl FnOnce()) -> Value {
    let each = |taken: Duration| taken.as_nanos() as f64 / STREAMS as f64;
    let before = resident_kb();
    let (started, ()) = (Instant::now(), start());
    let starting = started.elapsed();
    let bytes = (resident_kb().saturating_sub(before)) as f64 * 1024.0 / STREAMS as f64;
    // What has just begun settles first.
    thread::sleep(WAITS / 4);
    let used = processor_time();
    thread::sleep(WAITS);
    let used = processor_time() - used;
    let (started, ()) = (Instant::now(), end());
    row(
        what,
        &[
            ("start, ns each", each(starting)),
            ("resident bytes each", bytes),
            ("processor ms in an idle second", used.as_secs_f64() * 1000.0),
            ("end, ns each", each(started.elapsed())),
        ],
    )
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("no clock is before its origin")
}

fn resident_kb() -> u64 {
    let status =
        std::fs::read_to_string("/proc/self/status").expect("this needs the proc file system of Linux");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says the resident size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
