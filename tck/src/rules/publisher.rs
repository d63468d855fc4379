//! The judges of chapter 1.

use crate::log::{Call, What};
use crate::report::Judgement;
use crate::trace::Trace;

pub(super) fn no_more_than_requested(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        match &event.what {
            What::OnNext { .. } => {
                judgement.witness();
                if before.delivered >= before.requested {
                    let (asked, got) = (before.requested, before.delivered + 1);
                    judgement.object(1, at, format!("at most {asked} items so far"), format!("item {got}"));
                }
            }
            // The contract's own check, in debug builds.
            What::Panicked { message, .. } if message.contains("rule 1.1") => {
                judgement.object(
                    2,
                    at,
                    "an item only with demand",
                    format!("`deliver` without any: {message}"),
                );
            }
            // It was tempted, and waited.
            What::Settled { .. } if before.is_open() && before.outstanding == 0 => judgement.witness(),
            _ => {}
        }
    }
    judgement
}

pub(super) fn no_more_than_there_are(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        match &event.what {
            What::OnNext { .. } if before.delivered >= trace.items() => {
                let (expected, got) = (trace.items(), before.delivered + 1);
                judgement.object(
                    1,
                    at,
                    format!("{expected} items and then a terminal"),
                    format!("item {got}"),
                );
            }
            what if what.is_terminal() && before.requested > trace.items() => judgement.witness(),
            _ => {}
        }
    }
    judgement
}

pub(super) fn fails_aloud(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        match &event.what {
            What::Settled { .. } if trace.is_failing() && before.is_open() && before.outstanding > 0 => {
                let got = format!("{} items, and then nothing", before.delivered);
                judgement.object(1, at, "on_error, since demand is left", got);
            }
            What::OnError { .. } if trace.is_failing() => judgement.witness(),
            What::OnError { .. } if trace.is_endless() && before.is_open() => {
                judgement.object(5, at, "items without end, since nothing failed", "on_error");
            }
            What::OnComplete { .. } if trace.is_failing() && before.is_open() => {
                judgement.object(2, at, "on_error", "on_complete");
            }
            What::Dropped if !trace.is_finite() && trace.is_silent_death(before) => {
                let got = "the subscriber was dropped without a terminal, and nobody had cancelled";
                judgement.object(3, at, "on_error, or more items", got);
            }
            What::Panicked { from: Call::Settle, message } => {
                judgement.object(4, at, "on_error", format!("a panic: {message}"));
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn completes(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        match &event.what {
            What::Settled { .. }
                if trace.is_finite()
                    && before.is_open()
                    && before.outstanding > 0
                    && trace.is_exhausted(before) =>
            {
                let got = format!("{} items, and then nothing", before.delivered);
                judgement.object(1, at, "on_complete after the last item", got);
            }
            What::OnComplete { .. } if trace.is_finite() => {
                judgement.witness();
                if before.is_open() && !trace.is_exhausted(before) {
                    let (got, of) = (before.delivered, trace.items());
                    judgement.object(2, at, format!("{of} items first"), format!("on_complete after {got}"));
                }
            }
            What::OnComplete { .. } if trace.is_endless() && before.is_open() => {
                judgement.object(5, at, "items without end", "on_complete");
            }
            What::OnError { .. } if trace.is_finite() && before.is_open() => {
                judgement.object(3, at, "on_complete at the end", "on_error");
            }
            What::Dropped if trace.is_finite() && trace.is_silent_death(before) => {
                let got = "the subscriber was dropped without a terminal, and nobody had cancelled";
                judgement.object(4, at, "on_complete at the end", got);
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn silent_after_terminal(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        let Some(_) = before.terminal else { continue };
        match &event.what {
            What::Request { .. } | What::Cancel { .. } => judgement.witness(),
            what if what.is_signal() => {
                judgement.object(1, at, "silence after the terminal", what.to_string());
            }
            What::Panicked { from, message } => {
                judgement.object(2, at, format!("{from} to do nothing after the terminal"), message.clone());
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn stops_after_cancel(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        if before.cancelled.is_none() {
            if matches!(event.what, What::Cancel { .. }) && before.is_open() {
                judgement.witness();
            }
            continue;
        }
        match &event.what {
            What::Runaway => judgement.object(1, at, "the items to stop after the cancel", "no end of items"),
            what if what.is_terminal() && !trace.is_exhausted(before) => {
                let left = "no terminal after the cancel, since the stream was not at its end";
                judgement.object(2, at, left, what.to_string());
            }
            what if what.is_signal() && before.rested => {
                let expected = "silence: everything had come to rest after the cancel";
                judgement.object(3, at, expected, what.to_string());
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn subscribes(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        match &event.what {
            What::OnSubscribe if before.subscribed > 0 => {
                judgement.object(
                    2,
                    at,
                    "on_subscribe once",
                    format!("on_subscribe {}", before.subscribed + 1),
                );
            }
            What::OnSubscribe => judgement.witness(),
            what if what.is_signal() && before.subscribed == 0 => {
                judgement.object(1, at, "on_subscribe before anything else", what.to_string());
            }
            What::Settled { .. } if before.subscribed == 0 => {
                judgement.object(3, at, "on_subscribe", "everything came to rest without it");
            }
            What::Dropped if before.subscribed == 0 => {
                judgement.object(5, at, "on_subscribe", "the subscriber was dropped without it");
            }
            What::Panicked { from: Call::Subscribe, message } => {
                judgement.object(4, at, "subscribe to return normally", format!("a panic: {message}"));
            }
            _ => {}
        }
    }
    judgement
}
