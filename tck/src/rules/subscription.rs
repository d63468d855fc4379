//! The judges of chapter 3.

use crate::log::{Call, What};
use crate::report::Judgement;
use crate::trace::{Moment, Trace};

/// More items than this after a cancel: the publisher has not stopped.
const STOPPED: u64 = 8;
/// More items made than this after a cancel: the source has not stopped.
const STILL_MADE: usize = 24;
/// From here on a demand is huge.
const HUGE: u64 = 1 << 31;

fn shortfall(judgement: &mut Judgement, assertion: u8, at: usize, before: &Moment, trace: &Trace) {
    let want = match (trace.is_endless(), trace.capabilities.lossy) {
        (_, true) => "the stream to go on or to end, since demand is left".to_owned(),
        (true, _) => format!("{} items, as many as were asked for", before.requested),
        (false, _) => {
            format!("{} items: {} were asked for", before.requested.min(trace.items()), before.requested)
        }
    };
    judgement.object(assertion, at, want, format!("{} items, and then nothing", before.delivered));
}

pub(super) fn serves_callbacks(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, _) in trace.rests() {
        if before.asked_inside && trace.is_short(before) {
            shortfall(&mut judgement, 1, at, before, trace);
        } else if before.asked_inside && (before.delivered > 0 || before.terminal.is_some()) {
            judgement.witness();
        }
    }
    judgement
}

pub(super) fn deaf_after_cancel(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        if before.cancelled.is_none() || before.terminal.is_some() {
            continue;
        }
        match &event.what {
            What::Request { .. } => judgement.witness(),
            what if what.is_signal() && before.asked_after_rest => {
                let expected = "silence: the request came after the cancel";
                judgement.object(1, at, expected, what.to_string());
            }
            What::Panicked { from: Call::Request, message } => {
                judgement.object(
                    2,
                    at,
                    "the request to do nothing after the cancel",
                    format!("a panic: {message}"),
                );
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn adds_up(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, _) in trace.rests() {
        if !(before.asked_on_top || before.asked_outside) {
            continue;
        }
        if trace.is_short(before) {
            shortfall(&mut judgement, 1, at, before, trace);
        } else if before.delivered > 0 || before.terminal.is_some() {
            judgement.witness();
        }
    }
    judgement
}

pub(super) fn stops_working(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    let mut after = 0;
    for (at, before, event) in trace.entries() {
        let Some(cancel) = before.cancelled else {
            if matches!(event.what, What::Cancel { .. }) && before.terminal.is_none() {
                judgement.witness();
            }
            continue;
        };
        if before.terminal.is_some_and(|terminal| terminal < cancel) {
            continue;
        }
        match event.what {
            What::OnNext { .. } => {
                after += 1;
                if after == STOPPED {
                    judgement.object(1, at, "the items to stop", format!("item {after} after the cancel"));
                }
            }
            What::SourceRunsAway => {
                judgement.object(4, at, "the source to stop after the cancel", "it is emptied without end");
            }
            What::Settled { ticking, busy } => {
                let made = event.made - trace.event(cancel).made;
                if ticking || busy {
                    let who =
                        if ticking { "alarms are armed again and again" } else { "tasks run on and on" };
                    judgement.object(2, at, "rest after the cancel", who);
                } else if made > STILL_MADE {
                    let got = format!("{made} items were made after it");
                    judgement.object(3, at, "the source to stop after the cancel", got);
                }
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn lets_go(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.rests() {
        let after = match (before.terminal, before.cancelled) {
            (Some(_), _) => "the terminal",
            (None, Some(_)) => "the cancel",
            (None, None) => continue,
        };
        judgement.witness();
        if before.dropped.is_none() {
            judgement.object(
                1,
                at,
                format!("the subscriber to be dropped after {after}"),
                "it is still alive",
            );
        } else if event.live > 0 {
            let got = format!("{} are still alive", event.live);
            judgement.object(2, at, format!("no item to be alive after {after}"), got);
        }
    }
    judgement
}

fn returns(trace: &Trace, call: Call) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, _, event) in trace.entries() {
        match &event.what {
            What::Return(number) => match trace.event(*number).what {
                What::Request { .. } if call == Call::Request => judgement.witness(),
                What::Cancel { .. } if call == Call::Cancel => judgement.witness(),
                _ => {}
            },
            What::Panicked { from, message } if *from == call => {
                judgement.object(1, at, format!("{call} to return normally"), format!("a panic: {message}"));
            }
            _ => {}
        }
    }
    judgement
}

pub(super) fn cancel_returns(trace: &Trace) -> Judgement {
    returns(trace, Call::Cancel)
}

pub(super) fn request_returns(trace: &Trace) -> Judgement {
    returns(trace, Call::Request)
}

pub(super) fn any_sum(trace: &Trace) -> Judgement {
    let mut judgement = Judgement::default();
    for (at, before, event) in trace.entries() {
        if before.requested < HUGE {
            continue;
        }
        match &event.what {
            What::OnNext { .. } | What::OnComplete { .. } => judgement.witness(),
            What::OnError { .. } if !trace.is_failing() && before.is_open() => {
                judgement.object(1, at, "items, however much is asked for", "on_error");
            }
            What::Settled { .. } if before.is_open() && !trace.is_endless() && !trace.is_failing() => {
                let got = format!("{} items, and then nothing", before.delivered);
                judgement.object(2, at, "all items and the end", got);
            }
            What::Settled { .. } if trace.is_short(before) => shortfall(&mut judgement, 3, at, before, trace),
            What::Panicked { message, .. } => {
                judgement.object(4, at, "items, however much is asked for", format!("a panic: {message}"));
            }
            _ => {}
        }
    }
    judgement
}
