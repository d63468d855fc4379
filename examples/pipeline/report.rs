//! The table at the end, and whether its numbers add up.

use crate::reading::Summary;
use crate::run::Run;
use indicatif::HumanCount;
use reactive_streams::{Ledger, Reason};
use std::fmt::Write;

/// A queue of the pipeline.
pub(crate) struct Stage {
    name: &'static str,
    policy: &'static str,
    ledger: Ledger,
    /// Why it lost or merged something, if it did.
    why: String,
}

impl Stage {
    pub(crate) fn new(name: &'static str, policy: &'static str, ledger: Ledger, why: String) -> Self {
        Self { name, policy, ledger, why }
    }

    /// A queue that loses nothing.
    pub(crate) fn waits(name: &'static str, ledger: Ledger) -> Self {
        Self::new(name, "wait", ledger, "it asks for no more than it has room for".into())
    }

    /// The reason, or that there was no need for one.
    fn why(&self) -> String {
        if self.ledger.merged() + self.ledger.total_dropped() > 0 {
            self.why.clone()
        } else if self.policy == "wait" {
            format!("nothing is lost: {}", self.why)
        } else {
            "nothing was lost".into()
        }
    }

    fn cells(&self) -> [String; COLUMNS] {
        let ledger = &self.ledger;
        [
            self.name.into(),
            ledger.capacity().map_or("none".into(), count),
            self.policy.into(),
            count(ledger.received()),
            count(ledger.emitted()),
            count(ledger.depth()),
            count(ledger.merged()),
            dropped(ledger),
            count(ledger.high_water()),
        ]
    }
}

const COLUMNS: usize = 9;
const HEAD: [&str; COLUMNS] =
    ["queue", "bound", "policy", "received", "emitted", "buffered", "merged", "dropped", "high water"];

/// What is printed at the end.
pub(crate) fn text(run: &Run) -> String {
    let Run { name, time, produced, stages, seen, .. } = run;
    let mut text = format!("{name}: {} rows in {time:.1?}\n\n{}\n", count(produced.rows), table(stages));
    let (summaries, readings) = (count(seen.summaries), count(seen.readings()));
    let _ = writeln!(text, "summaries that reached the consumer: {summaries}, of {readings} readings");
    for column in seen.all.iter().flat_map(Summary::columns) {
        let _ = writeln!(text, "    {column}");
    }
    text
}

/// A line for each queue, and below it the reason of its losses.
fn table(stages: &[Stage]) -> String {
    let head = HEAD.map(str::to_owned);
    let cells: Vec<_> = stages.iter().map(Stage::cells).collect();
    let lines = || std::iter::once(&head).chain(&cells);
    let widths: [usize; COLUMNS] =
        std::array::from_fn(|column| lines().map(|line| line[column].len()).max().unwrap_or(0));
    let reasons = std::iter::once(None).chain(stages.iter().map(Some));

    let mut text = String::new();
    for (line, stage) in lines().zip(reasons) {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Words to the left, numbers to the right.
            let _ = match column {
                0 => write!(text, "{cell:<width$}"),
                2 => write!(text, "  {cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.push('\n');
        if let Some(stage) = stage {
            let _ = writeln!(text, "    {}", stage.why());
        }
    }
    text
}

/// `3,120 overflow`, or `0`.
fn dropped(ledger: &Ledger) -> String {
    let reasons = Reason::ALL.into_iter().filter(|reason| ledger.dropped(*reason) > 0);
    let parts: Vec<_> = reasons.map(|reason| format!("{} {reason}", count(ledger.dropped(reason)))).collect();
    if parts.is_empty() { "0".into() } else { parts.join(", ") }
}

/// `26,110`.
pub(crate) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// What does not add up: within a queue, from one to the next, or in readings over all of them.
pub(crate) fn errors(run: &Run) -> Vec<String> {
    let mut errors = Vec::new();
    for Stage { name, ledger, .. } in &run.stages {
        if !ledger.is_balanced() || ledger.depth() != 0 {
            errors.push(format!(
                "{name}: received is not emitted + merged + dropped, nothing left: {ledger:?}"
            ));
        }
        if ledger.capacity().is_some_and(|bound| ledger.high_water() > bound) {
            errors.push(format!("{name}: it held more than its bound: {ledger:?}"));
        }
    }
    let mut same = |what: String, one: u64, other: u64| {
        if one != other {
            errors.push(format!("{what}: {one} and {other}"));
        }
    };
    for pair in run.stages.windows(2) {
        let [before, after] = pair else { continue };
        let what = format!("emitted by {}, received by {}", before.name, after.name);
        same(what, before.ledger.emitted(), after.ledger.received());
    }
    if let [channel, .., last] = &run.stages[..] {
        let (channel, last) = (&channel.ledger, &last.ledger);
        same("rows sent, received by the channel".into(), run.produced.rows, channel.received());
        same("rows given back, dropped by the channel".into(), run.produced.evicted, channel.total_dropped());
        same("summaries emitted, seen by the consumer".into(), last.emitted(), run.seen.summaries);
        let accounted = run.seen.readings() + run.dropped;
        same("readings emitted by the channel, seen or dropped".into(), channel.emitted(), accounted);
    }
    errors
}
