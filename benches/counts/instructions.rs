//! Runs the synchronous workloads once each, for callgrind: `benches/instructions.sh` prints what an item takes.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]

#[allow(dead_code, reason = "the tables say more than is needed here")]
#[path = "contenders.rs"]
mod contenders;

use contenders::counted;
use std::hint::black_box;
use std::process::ExitCode;

/// Items of a run. What a stream takes once, and not for each item, is lost in the rounding.
const ITEMS: u64 = 100_000;

/// What callgrind counts, and writes down when it returns. It goes by the name.
#[inline(never)]
fn measured_by_callgrind(run: fn(u64) -> u64, items: u64) -> u64 {
    black_box(run(black_box(items)))
}

/// `list` prints what `run` runs, in this order: workload, role, name, items. `cargo bench` itself passes `--bench`.
fn main() -> ExitCode {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "run" => {
            for (workload, _, does) in counted() {
                // Once before, so that nothing is done for the first time.
                black_box((does.run)(1000));
                black_box(measured_by_callgrind(does.run, workload.items.min(ITEMS)));
            }
        }
        _ => {
            for (workload, contender, does) in counted() {
                let name = [contender.name, does.variant].join(", ");
                let role = format!("{:?}", contender.role).to_lowercase();
                println!(
                    "{}\t{role}\t{}\t{}",
                    does.workload,
                    name.trim_end_matches(", "),
                    workload.items.min(ITEMS)
                );
            }
        }
    }
    ExitCode::SUCCESS
}
