//! The pipeline.
//!
//! ```text
//! producer | channel -> buffer | store -> conflate | analysis -> sample -> on_backpressure_drop | consumer
//!     fast |                   | pauses            | slow                                       | slower
//! ```
//!
//! Each `|` is a boundary: what stands to its right runs on a thread of its own.

use crate::input::{Input, Malformed};
use crate::producer::{Produced, produce};
use crate::progress::Progress;
use crate::reading::{Reading, Summary};
use crate::report::{Stage, count};
use reactive_streams::{Dropped, Overflow, SystemClock, Threads, once, try_channel};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// How often the store writes down what it has taken.
const WRITE_EVERY: Duration = Duration::from_millis(100);
/// How long that takes. It takes nothing meanwhile.
const WRITE: Duration = Duration::from_millis(60);
/// How long the analysis takes for a summary, however many readings it is of.
const ANALYSIS: Duration = Duration::from_millis(4);
/// How often a summary goes on to the consumer.
const SAMPLE: Duration = Duration::from_millis(20);
/// How long the consumer takes for a summary.
const CONSUMER: Duration = Duration::from_millis(50);

/// What is known after the end.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) time: Duration,
    pub(crate) produced: Produced,
    pub(crate) stages: Vec<Stage>,
    pub(crate) seen: Seen,
    /// Readings in the summaries that were dropped, as the hooks have seen them.
    pub(crate) dropped: u64,
}

/// Runs `input` through the pipeline, to the end.
pub(crate) fn run(input: Input) -> Run {
    let (started, name, progress) = (Instant::now(), input.name(), Progress::new());

    // Stations cannot wait, so that the oldest reading in a full queue goes. A file can.
    let recorded = input.is_recorded();
    let policy = if recorded { Overflow::DropOldest } else { Overflow::Wait };
    let (sender, readings) = try_channel::<Reading, Malformed>(64, policy);
    let channel = readings.ledger();

    // A queue waits, unless told otherwise.
    let readings = readings.buffer(128);
    let buffer = readings.ledger();

    let readings = readings.publish_on(Threads, 16);
    let to_store = readings.ledger();
    let summaries = readings.inspect(store()).map(Summary::from).conflate(Summary::and);
    let conflate = summaries.ledger();

    let summaries = summaries.publish_on(Threads, 1);
    let to_analysis = summaries.ledger();
    let (superseded, hook) = tally();
    let summaries = summaries.inspect(|_| thread::sleep(ANALYSIS));
    let summaries = summaries.sample(SAMPLE, SystemClock::new()).on_dropped(hook);
    let sample = summaries.ledger();

    let (dropped, hook) = tally();
    let summaries = summaries.on_backpressure_drop(hook);
    let drop = summaries.ledger();

    let summaries = summaries.publish_on(Threads, 2);
    let to_consumer = summaries.ledger();

    // A malformed row comes after all that was accepted before it. As one more item it leaves what was seen alone.
    let summaries = summaries.map(Ok).or_else(|malformed| once(Err(malformed)));
    let (bar, ledgers) = (progress.clone(), [&channel, &conflate, &sample, &drop].map(Clone::clone));
    let seen = summaries.fold(Seen::default(), move |seen, summary| {
        if let Ok(summary) = &summary {
            bar.show(summary, &ledgers);
            thread::sleep(CONSUMER);
        }
        seen.and(summary)
    });

    // So far nothing has run.
    let bar = progress.clone();
    let producer = thread::spawn(move || produce(&input, &sender, &bar));
    let seen = seen.block().unwrap_or_else(|never| match never {});
    let produced = producer.join().expect("the producer does not panic");
    let (superseded, dropped) = (superseded.load(Relaxed), dropped.load(Relaxed));
    progress.end();

    let why = if recorded {
        format!("stations do not wait: the oldest go while the store writes, which takes {WRITE:?}")
    } else {
        format!("the reader waits, and did so {} times", count(produced.waits))
    };
    let stages = vec![
        Stage::new("channel", if recorded { "drop oldest" } else { "wait" }, channel, why),
        Stage::waits("buffer", buffer),
        Stage::waits("> to the store", to_store),
        Stage::new(
            "conflate",
            "merge",
            conflate,
            format!("the analysis takes {ANALYSIS:?}: what comes meanwhile is folded into one"),
        ),
        Stage::waits("> to the analysis", to_analysis),
        Stage::new(
            "sample",
            "keep the newest",
            sample,
            format!("one goes on each {SAMPLE:?}: {} readings are in those that do not", count(superseded)),
        ),
        Stage::new(
            "on_backpressure_drop",
            "drop incoming",
            drop,
            format!("the consumer takes {CONSUMER:?}: {} readings came meanwhile", count(dropped)),
        ),
        Stage::waits("> to the consumer", to_consumer),
    ];
    Run { name, time: started.elapsed(), produced, stages, seen, dropped: superseded + dropped }
}

/// Takes readings as they come, and pauses now and then.
fn store() -> impl FnMut(&Reading) {
    let mut due = Instant::now() + WRITE_EVERY;
    move |_| {
        if Instant::now() >= due {
            thread::sleep(WRITE);
            due = Instant::now() + WRITE_EVERY;
        }
    }
}

/// A hook that counts the readings in what was dropped.
fn tally() -> (Arc<AtomicU64>, impl Fn(Dropped<Summary>) + Send + Sync) {
    let readings = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&readings);
    let hook = move |lost: Dropped<Summary>| {
        counted.fetch_add(lost.item.readings, Relaxed);
    };
    (readings, hook)
}

/// What has reached the consumer.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) summaries: u64,
    /// All of them in one.
    pub(crate) all: Option<Summary>,
    pub(crate) malformed: Option<Malformed>,
}

impl Seen {
    fn and(mut self, next: Result<Summary, Malformed>) -> Self {
        match next {
            Ok(summary) => {
                self.summaries += 1;
                self.all = Some(match self.all {
                    Some(all) => all.and(summary),
                    None => summary,
                });
            }
            Err(malformed) => self.malformed = Some(malformed),
        }
        self
    }

    pub(crate) fn readings(&self) -> u64 {
        self.all.as_ref().map_or(0, |all| all.readings)
    }
}
