//! What we aim at, and whether the figures of this run reach it.

use super::{a_unit, list, name, number, string};
use serde_json::{Value, json};

/// Which figure of ours is held to what.
enum Goal {
    /// Instructions, at most so often the hand loop's.
    Instructions(f64),
    /// Time, at most so often the hand loop's.
    Limit(f64),
    /// Time, at most so often that of this way of another.
    Peer(&'static str, f64),
    /// At most so many ns.
    Time(f64),
    /// At most so many of what is counted for an item.
    Count(&'static str, f64),
}

use Goal::{Count, Instructions, Limit, Peer, Time};

const GOALS: &[(&str, &str, Goal)] = &[
    ("W1", OURS, Instructions(1.05)),
    ("W1v", OURS, Instructions(1.05)),
    ("W2", OURS, Instructions(1.05)),
    ("W2", OURS, Peer("futures", 1.0 / 3.0)),
    ("W2v", OURS, Instructions(1.15)),
    ("W3", OURS, Instructions(1.05)),
    ("W12s", OURS, Instructions(1.05)),
    ("W10a", OURS, Instructions(2.5)),
    ("W10b", OURS, Instructions(2.0)),
    ("W10f", OURS, Instructions(2.0)),
    ("W4a", OURS, Limit(1.5)),
    ("W4b", OURS, Limit(1.5)),
    ("W5", OURS, Limit(1.5)),
    ("W4c", OURS, Time(8.0)),
    ("W4c", OURS, Peer("rxRust", 1.0)),
    ("W4c", "reactive-streams, flat_map_iter", Limit(2.0)),
    ("WU", OURS, Peer("futures", 0.2)),
    ("W6z", OURS, Peer("futures", 0.5)),
    ("W6m", OURS, Peer("futures", 0.5)),
    ("W7", OURS, Peer("crossbeam-channel", 0.45)),
    ("W7", OURS, Peer("tokio", 0.1)),
    ("W7", IN_TASKS, Peer("tokio", 0.1)),
    ("W7s", OURS, Peer("crossbeam-channel", 0.45)),
    ("W8", OURS, Peer("crossbeam-channel", 0.4)),
    ("WP", OURS, Peer("tokio", 1.0)),
    ("WP", IN_TASKS, Peer("tokio", 1.0)),
    ("W9", OURS, Count("instructions", 60.0)),
    ("W9", OURS, Count("locked", 0.0)),
    ("W9", "reactive-streams, handle held", Time(45.0)),
    ("W11d", OURS, Time(2.0)),
    ("W11l", OURS, Time(2.0)),
    ("W11o", OURS, Time(10.0)),
    ("W15t", OURS, Time(2.0)),
    ("W15s", OURS, Time(2.0)),
    ("W13", OURS, Time(2.0)),
];

const OURS: &str = "reactive-streams";
const IN_TASKS: &str = "reactive-streams, tasks of tokio";

pub fn goals(whole: &Value) -> Value {
    let rows = GOALS.iter().filter_map(|(id, who, goal)| {
        let workload = list(&whole["throughput"]["workloads"]).iter().find(|w| string(&w["id"]) == *id)?;
        let way = |who: &str| list(&workload["rows"]).iter().find(|row| name(row) == who);
        let counted = || {
            let rows = list(&whole["instructions"]["rows"]);
            rows.iter().find(|row| string(&row["workload"]) == *id && string(&row["name"]) == *who)
        };
        let (what, at_most, found) = match goal {
            Instructions(most) => {
                ("times the instructions of the hand loop".into(), *most, number(&counted()?["times_limit"]))
            }
            Limit(most) => ("times the hand loop".into(), *most, number(&way(who)?["times_limit"])),
            // How often our plain way's time the two take is what their rows have.
            Peer(peer, most) => {
                let times = |who| Some(number(&way(who)?["times_ours"]));
                (format!("times {peer}"), *most, times(who)? / times(peer)?)
            }
            Count(what, most) => (counted_as(what), *most, number(&counted()?[*what])),
            Time(most) => (format!("ns {}", a_unit(workload)), *most, number(&way(who)?["median"])),
        };
        Some(row(id, who, &what, at_most, found))
    });
    rows.chain(memory(&whole["memory"])).collect()
}

/// At most 64 bytes a stage, and 512 a queue beyond what its items take.
fn memory(memory: &Value) -> impl Iterator<Item = Value> {
    list(&memory["memory"]).iter().filter_map(|found| {
        let what = string(&found["what"]);
        if what.starts_with("a stage") {
            return Some(row("memory", what, "bytes", 64.0, number(&found["bytes"])));
        }
        let over = found["over"].as_f64()?;
        // One for each inner.
        let queues = if what.starts_with("flat_map_unordered of ten") { 10.0 } else { 1.0 };
        Some(row("memory", what, "bytes beyond its items", 512.0 * queues, over))
    })
}

fn counted_as(what: &str) -> String {
    if what == "locked" { "locked instructions".into() } else { what.into() }
}

fn row(workload: &str, who: &str, what: &str, at_most: f64, found: f64) -> Value {
    let three = |figure: f64| (figure * 1000.0).round() / 1000.0;
    json!({
        "workload": workload, "who": who, "what": what, "at_most": three(at_most), "found": three(found),
        "met": found <= at_most,
    })
}
