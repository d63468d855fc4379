//! The report's own loop: all ways of one workload in rounds, one after the other in each round, so that what else the machine
//! does meets all of them alike. Criterion measures one way to its end before it begins the next.

use crate::contenders::{CONTENDERS, Clock, Contender, Does, Role, WORKLOADS, Workload};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each way runs before it counts, and while it does.
const WARM_UP: Duration = Duration::from_millis(300);
const MEASURING: Duration = Duration::from_secs(1);
const ROUNDS: u32 = 20;
/// A way that takes longer than its time runs in this many rounds at least.
const LEAST: usize = 5;

/// One row of a workload: who, how, and what each round took for one item, in ns.
struct Row {
    contender: &'static Contender,
    does: &'static Does,
    calls: u32,
    spent: Duration,
    /// By round; none where it sat out.
    samples: Vec<Option<f64>>,
}

/// All workloads whose name is one of `only`, or all.
pub fn measure(only: &[String]) -> Value {
    let chosen: Vec<&Workload> =
        WORKLOADS.iter().filter(|w| only.is_empty() || only.iter().any(|id| id == w.id)).collect();
    let (started, load) = (Instant::now(), load());
    let workloads = chosen.iter().enumerate().map(|(at, workload)| {
        eprint!("{:>2}/{} {:<5} {} ... ", at + 1, chosen.len(), workload.id, workload.title);
        let rows = rounds(workload);
        eprintln!("{}; {} s so far", summary(&rows), started.elapsed().as_secs());
        to_json(workload, &rows)
    });
    let workloads: Vec<Value> = workloads.collect();
    json!({
        "rounds": ROUNDS,
        "warm_up_ms": WARM_UP.as_millis() as u64,
        "measuring_ms": MEASURING.as_millis() as u64,
        "load_before": load,
        "seconds": started.elapsed().as_secs(),
        "workloads": workloads,
    })
}

/// How many threads of the whole machine wanted to run, on average over the last minute.
fn load() -> Option<f64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split(' ').next()?.parse().ok()
}

/// The ways in which a workload is done.
pub fn ways(workload: &Workload) -> impl Iterator<Item = (&'static Contender, &'static Does)> {
    let id = workload.id;
    let of =
        move |c: &'static Contender| c.does.iter().filter(move |d| d.workload == id).map(move |d| (c, d));
    CONTENDERS.iter().flat_map(of)
}

/// Runs each way once and compares what comes out.
///
/// # Panics
///
/// When two of them differ.
pub fn agree(workload: &Workload) {
    let mut first = None;
    for (contender, does) in ways(workload) {
        let sum = (does.run)(workload.items);
        let (name, expected) = *first.get_or_insert((contender.name, sum));
        assert_eq!(
            sum, expected,
            "{}: {} {:?} differs from {name}",
            workload.id, contender.name, does.variant
        );
    }
}

fn rounds(workload: &Workload) -> Vec<Row> {
    agree(workload);
    let warm = |(contender, does): (&'static Contender, &'static Does)| {
        let (started, mut calls) = (Instant::now(), 0);
        while calls == 0 || started.elapsed() < WARM_UP {
            black_box((does.run)(black_box(workload.items)));
            calls += 1;
        }
        let one = started.elapsed() / calls;
        let calls = (MEASURING / ROUNDS).div_duration_f64(one).round().max(1.0) as u32;
        Row { contender, does, calls, spent: Duration::ZERO, samples: Vec::new() }
    };
    let mut rows: Vec<Row> = ways(workload).map(warm).collect();
    let count = rows.len();
    for round in 0..ROUNDS as usize {
        for at in 0..count {
            // Another one begins each round, so that nobody always follows the same neighbour.
            let row = &mut rows[(at + round) % count];
            let sits_out = row.spent > MEASURING.mul_f64(1.2) && row.samples.len() >= LEAST;
            let sample = (!sits_out).then(|| {
                let started = Instant::now();
                let before = now(workload.clock);
                for _ in 0..row.calls {
                    black_box((row.does.run)(black_box(workload.items)));
                }
                let taken = now(workload.clock) - before;
                row.spent += started.elapsed();
                taken.as_nanos() as f64 / f64::from(row.calls) / workload.items as f64
            });
            row.samples.push(sample);
        }
    }
    rows
}

fn now(clock: Clock) -> Duration {
    let clock = match clock {
        Clock::Cpu => ClockId::ThreadCPUTime,
        Clock::Wall => ClockId::Monotonic,
    };
    clock_gettime(clock).try_into().expect("no clock is before its origin")
}

impl Row {
    fn is_plain(&self) -> bool {
        self.does.variant.is_empty()
    }

    fn sorted(&self) -> Vec<f64> {
        sorted(self.samples.iter().flatten().copied())
    }

    fn median(&self) -> f64 {
        quantile(&self.sorted(), 0.5)
    }

    /// How often the other's time it takes: the median over the rounds in which both ran.
    fn times(&self, other: &Self) -> f64 {
        let both = self.samples.iter().zip(&other.samples);
        quantile(&sorted(both.filter_map(|(a, b)| Some((*a)? / (*b)?))), 0.5)
    }
}

fn sorted(samples: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = samples.collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Between the two neighbours, as far as it is from each.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let at = part * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

fn ours(rows: &[Row]) -> Option<&Row> {
    rows.iter().find(|row| row.contender.role == Role::Ours)
}

fn limit(rows: &[Row]) -> Option<&Row> {
    rows.iter().find(|row| row.contender.role == Role::Limit && row.is_plain())
}

fn best_peer(rows: &[Row]) -> Option<&Row> {
    let peers = rows.iter().filter(|row| row.contender.role == Role::Peer);
    peers.min_by(|a, b| a.median().total_cmp(&b.median()))
}

fn summary(rows: &[Row]) -> String {
    let name = |row: &Row| format!("{} {:.2} ns", row.contender.name, row.median());
    let parts = [ours(rows), limit(rows), best_peer(rows)];
    parts.into_iter().flatten().map(name).collect::<Vec<_>>().join(", ")
}

fn to_json(workload: &Workload, rows: &[Row]) -> Value {
    let (ours, limit, best) = (ours(rows), limit(rows), best_peer(rows));
    let row = |row: &Row| {
        let sorted = row.sorted();
        json!({
            "contender": row.contender.name,
            "variant": row.does.variant,
            "role": format!("{:?}", row.contender.role).to_lowercase(),
            "rounds": sorted.len(),
            "runs_a_round": row.calls,
            "min": three(sorted[0]),
            "q1": three(quantile(&sorted, 0.25)),
            "median": three(quantile(&sorted, 0.5)),
            "q3": three(quantile(&sorted, 0.75)),
            "times_limit": limit.map(|limit| three(row.times(limit))),
            "times_best_peer": best.map(|best| three(row.times(best))),
            "times_ours": ours.map(|ours| three(row.times(ours))),
        })
    };
    let cannot = CONTENDERS.iter().filter_map(|c| Some((c.name, c.reason(workload.id)?)));
    json!({
        "id": workload.id,
        "title": workload.title,
        "unit": workload.unit,
        "items": workload.items,
        "clock": if workload.clock == Clock::Cpu { "processor" } else { "wall" },
        "best_peer": best.map(|best| json!({ "contender": best.contender.name, "variant": best.does.variant })),
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
        "cannot": cannot.map(|(name, reason)| json!({ "contender": name, "reason": reason })).collect::<Vec<_>>(),
    })
}

/// To three places: what is beyond is noise.
fn three(ns: f64) -> f64 {
    (ns * 1000.0).round() / 1000.0
}
