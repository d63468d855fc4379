//! `traced`: what a subscriber of `tracing` gets to see.

use reactive_streams::{Flow, Overflow, Sender, channel, fail, iter};
use reactive_streams_test::{probe, scripted};
use std::convert::Infallible;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};

/// Writes a line for each span and each event.
struct Recorder {
    lines: mpsc::Sender<String>,
    spans: AtomicU64,
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "ledger" => Ok(()),
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .expect("a string takes it");
    }
}

impl Recorder {
    fn say(&self, line: Line) {
        self.lines.send(line.0).expect("the test listens");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "reactive_streams"
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.spans.fetch_add(1, SeqCst) + 1;
        let mut line = Line(format!("{} {id}", span.metadata().name()));
        span.record(&mut line);
        self.say(line);
        Id::from_u64(id)
    }
    fn record(&self, _span: &Id, _values: &Record<'_>) {}
    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let span = event.parent().map_or(0, Id::into_u64);
        let mut line = Line(format!("{span} {}", event.metadata().level()));
        event.record(&mut line);
        self.say(line);
    }
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

/// What is recorded while `run` runs.
fn recorded(run: impl FnOnce()) -> Vec<String> {
    let (lines, log) = mpsc::channel();
    with_default(Recorder { lines, spans: AtomicU64::new(0) }, run);
    log.try_iter().collect()
}

#[test]
fn requests_and_the_end_show_in_the_span_of_the_subscription() {
    let lines = recorded(|| {
        let (script, source) = scripted::<u32, Infallible>();
        let probe = probe(Flow::from(source).traced("numbers"));
        probe.request(3);
        script.next(1).expect("asked for");
        probe.request(2);
        script.next(2).expect("asked for");
        script.next(3).expect("asked for");
        probe.request(1);
        script.complete();
        assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2, 3], true));
    });
    assert_eq!(
        lines,
        [
            "rs.subscription 1 stage=\"numbers\"",
            "1 TRACE request n=3",
            "1 TRACE request n=2",
            "1 TRACE request n=1",
            "1 DEBUG completed items=3 unused=3",
        ]
    );
}

#[test]
fn each_subscription_has_a_span_and_its_own_end() {
    let lines = recorded(|| {
        let flow = iter(0..9).traced("nine");
        assert_eq!(flow.clone().count().block(), Ok(9));
        assert_eq!(flow.take(2).count().block(), Ok(2));
        let failed = fail::<u32, _>("broken").traced("broken").count().block();
        assert_eq!(failed, Err("broken"));
    });
    let ends: Vec<_> = lines.iter().filter(|line| line.contains("DEBUG")).collect();
    assert_eq!(
        ends,
        [
            &format!("1 DEBUG completed items=9 unused={}", u64::MAX),
            "2 DEBUG cancelled items=2 unused=0",
            &format!("3 DEBUG failed items=0 unused={}", u64::MAX),
        ]
    );
    assert_eq!(lines.iter().filter(|line| line.contains(&format!("request n={}", u64::MAX))).count(), 3);
}

fn send(sender: &Sender<u32>, items: std::ops::Range<u32>) {
    for n in items {
        let _evicted = sender.try_send(n).expect("it is open");
    }
}

#[test]
fn drops_are_warned_of_now_and_then_and_at_the_end() {
    let lines = recorded(|| {
        let (sender, flow) = channel(1, Overflow::DropOldest);
        let flow = flow.traced("ticks").with_drops();
        let (ledger, probe) = (flow.ledger(), probe(flow));
        send(&sender, 0..6);
        probe.request(2);
        send(&sender, 6..10);
        drop(sender);
        probe.request(1);
        assert_eq!((probe.items(), ledger.total_dropped()), (vec![5, 6, 9], 7));
    });
    let warnings: Vec<_> = lines.iter().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings, ["1 WARN dropped total=5 suppressed=4", "1 WARN dropped total=7 suppressed=1"]);
    assert!(lines.last().is_some_and(|line| line.contains("completed items=3")));
}

#[test]
fn without_a_subscriber_of_tracing_nothing_changes() {
    assert_eq!(iter(0..4).traced("quiet").collect::<Vec<_>>().block(), Ok(vec![0, 1, 2, 3]));
}
