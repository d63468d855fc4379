//! Throughput beside the peers, in one run: with criterion, or with the loop of the report. The README of `benches` has the
//! commands.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]

#[path = "../contenders/mod.rs"]
mod contenders;
mod measure;
mod scale;

use contenders::{CONTENDERS, Contender, WORKLOADS};
use criterion::{BenchmarkId, Criterion, Throughput};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// `measure FILE [WORKLOAD...]` and `scale FILE` are the report's; `agree` runs each way once. Anything else is criterion's.
fn main() {
    CONTENDERS.iter().for_each(Contender::check);
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("measure") => {
            let mut value = measure::measure(&arguments[2..]);
            value["contenders"] = contenders_to_json();
            write(&arguments[1], &value);
        }
        Some("scale") => write(&arguments[1], &scale::scale()),
        // What the former starts again.
        Some("idle") => println!("{}", scale::idle_here(&arguments[1])),
        Some("agree") => WORKLOADS.iter().for_each(|workload| {
            let started = Instant::now();
            measure::agree(workload);
            println!("{}: all agree, {:.2} s", workload.id, started.elapsed().as_secs_f64());
        }),
        _ => criterion(),
    }
}

fn criterion() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for workload in WORKLOADS {
        measure::agree(workload);
        let mut group = criterion.benchmark_group(format!("{} {}", workload.id, workload.title));
        group.throughput(Throughput::Elements(workload.items));
        for (contender, does) in measure::ways(workload) {
            let id = BenchmarkId::new(
                contender.name,
                if does.variant.is_empty() { "plain" } else { does.variant },
            );
            group.bench_function(id, |bencher| bencher.iter(|| (does.run)(black_box(workload.items))));
        }
        group.finish();
    }
    criterion.final_summary();
}

fn contenders_to_json() -> Value {
    let package = |c: &Contender| json!({ "contender": c.name, "package": c.package });
    CONTENDERS.iter().map(package).collect()
}

fn write(file: &str, value: &Value) {
    let text = serde_json::to_string_pretty(value).expect("a value is text");
    std::fs::write(file, text + "\n").unwrap_or_else(|error| panic!("{file} cannot be written: {error}"));
}
