//! The judges of chapter 3.

use super::chapter1::panicked;
use crate::log::{Call, What};
use crate::outcome::Judgement;
use crate::plan::Order;
use crate::stack::LEAST;
use crate::trace::{Moment, Trace};
use std::time::Duration;

/// More items than this after a cancel: the publisher has not stopped.
const STOPPED: u64 = 8;
/// More items made than this after a cancel: the source has not stopped.
const STILL_MADE: usize = 128;
/// From here on a demand is huge.
const HUGE: u64 = 1 << 31;

fn shortfall(judgement: &mut Judgement, number: u8, at: usize, before: &Moment, trace: &Trace) {
    let want = match (trace.is_endless(), trace.capabilities.lossy) {
        (_, true) => "the stream to go on or to end, since demand is left".to_owned(),
        (true, _) => format!("{} items, as many as were asked for", before.requested),
        (false, _) => {
            format!("{} items: {} were asked for", before.requested.min(trace.items()), before.requested)
        }
    };
    judgement.object(number, at, want, format!("{} items, and then nothing", before.delivered));
}

pub(super) fn serves_callbacks(trace: &Trace, judgement: &mut Judgement) {
    for (at, before, _) in trace.rests() {
        if before.asked_inside && trace.is_short(before) {
            shortfall(judgement, 1, at, before, trace);
        } else if before.asked_inside && (before.delivered > 0 || before.terminal.is_some()) {
            judgement.witness(1);
        }
    }
}

pub(super) fn does_not_nest(trace: &Trace, judgement: &mut Judgement) {
    if !trace.plan.deep {
        return;
    }
    for &(at, ref before, ref event) in trace.log() {
        match event.what {
            What::Elided { stack: Some(stack), items, .. } => {
                let got = format!("item {} is {stack} KiB deeper", before.delivered + items);
                judgement.object(1, at, "items as deep in the stack as the first", got);
            }
            What::Elided { items, .. } if before.delivered + items >= LEAST => judgement.witness(1),
            What::StackGrows { index, stack } => {
                let got = format!("item {index} is {stack} KiB deeper");
                judgement.object(1, at, "items as deep in the stack as the first", got);
            }
            _ => {}
        }
    }
}

/// Whether virtual time passes between a call and its return.
fn waits(trace: &Trace, judgement: &mut Judgement, number: u8, is_meant: fn(&What) -> bool) {
    for ((_, _, begun), &(at, _, ref event)) in trace.calls().filter(|(call, _)| is_meant(&call.2.what)) {
        judgement.witness(number);
        if begun.at < event.at {
            let got = format!("{:?} went by until it returned", event.at - begun.at);
            judgement.object(number, at, format!("{} to return at once", begun.what), got);
        }
    }
}

pub(super) fn request_does_not_wait(trace: &Trace, judgement: &mut Judgement) {
    waits(trace, judgement, 1, |what| matches!(what, What::Request { .. }));
    waits(trace, judgement, 2, |what| matches!(what, What::Subscribe));
    if trace.plan.order != Order::First || !trace.told.is_empty() {
        // The clock moves when the schedule says so.
        return;
    }
    let begun = trace.entries().next().map_or(Duration::ZERO, |(_, _, event)| event.at);
    let (mut now, mut open) = (begun, None);
    for &(at, ref before, ref event) in trace.log() {
        match event.what {
            What::Request { .. } | What::Cancel { .. } if before.inside.is_none() => open = Some(at),
            What::Return(call) if open == Some(call) => open = None,
            // Only behind this entry does the kit itself move the clock.
            What::Drained { .. } if now < event.at => {
                let got = format!("{:?} went by", event.at - now);
                judgement.object(2, at, "the clock to stand still until the tasks are at rest", got);
            }
            _ => {}
        }
        if open.is_some() || matches!(event.what, What::Settled { .. }) {
            now = event.at;
        }
    }
}

pub(super) fn cancel_does_not_wait(trace: &Trace, judgement: &mut Judgement) {
    waits(trace, judgement, 1, |what| matches!(what, What::Cancel { .. }));
}

pub(super) fn deaf_after_cancel(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.since_cancel() {
        if before.terminal.is_some() {
            continue;
        }
        match &event.what {
            What::Request { .. } => {
                judgement.witness(1);
                judgement.witness(2);
            }
            what if what.is_signal() && before.asked_after_rest => {
                let expected = "silence: the request came after the cancel";
                judgement.object(1, at, expected, what.to_string());
            }
            What::Panicked { from: Call::Request, message } => {
                let expected = "the request to do nothing after the cancel";
                judgement.object(2, at, expected, format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

pub(super) fn cancels_once(trace: &Trace, judgement: &mut Judgement) {
    let mut again = false;
    for &(at, ref before, ref event) in trace.since_cancel() {
        if before.terminal.is_some() {
            continue;
        }
        match &event.what {
            What::Cancel { .. } => {
                again = true;
                judgement.witness(1);
                judgement.witness(2);
            }
            what if what.is_signal() && again && before.rested => {
                judgement.object(1, at, "silence: it had been cancelled before", what.to_string());
            }
            What::Panicked { from: Call::Cancel, message } if again => {
                let expected = "another cancel to do nothing";
                judgement.object(2, at, expected, format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

pub(super) fn adds_up(trace: &Trace, judgement: &mut Judgement) {
    for (at, before, _) in trace.rests() {
        if !(before.asked_on_top || before.asked_outside) {
            continue;
        }
        if trace.is_short(before) {
            shortfall(judgement, 1, at, before, trace);
        } else if before.delivered > 0 || before.terminal.is_some() {
            judgement.witness(1);
        }
    }
}

/// Counts what comes while a request from outside runs.
fn inside_requests(trace: &Trace, judgement: &mut Judgement, is_meant: fn(&What) -> bool) {
    for (&(call, ref before, ref event), &(back, ..)) in trace.calls() {
        if before.inside.is_none() && matches!(event.what, What::Request { .. }) {
            let meant = trace.log()[call..back].iter().filter(|(_, _, event)| is_meant(&event.what));
            meant.for_each(|_| judgement.witness(1));
        }
    }
}

pub(super) fn synchronous_items(trace: &Trace, judgement: &mut Judgement) {
    inside_requests(trace, judgement, |what| matches!(what, What::OnNext { .. }));
}

pub(super) fn synchronous_terminals(trace: &Trace, judgement: &mut Judgement) {
    inside_requests(trace, judgement, What::is_terminal);
}

pub(super) fn stops_working(trace: &Trace, judgement: &mut Judgement) {
    let (mut after, mut emptied, works_on) = (0, false, trace.may_work_on());
    let Some(&(cancel, ref before, _)) = trace.cancel() else { return };
    if before.terminal.is_some() {
        return;
    }
    (1..=4).for_each(|number| judgement.witness(number));
    for &(at, _, ref event) in trace.since_cancel() {
        match event.what {
            What::OnNext { .. } => {
                after += 1;
                if after == STOPPED {
                    judgement.object(1, at, "the items to stop", format!("item {after} after the cancel"));
                }
            }
            _ if works_on => {}
            What::SourceRunsAway { .. } => {
                emptied = true;
                judgement.object(4, at, "the source to stop after the cancel", "it is emptied without end");
            }
            What::Settled { ticking, busy } => {
                let made = event.made - trace.event(cancel).made;
                if ticking || busy {
                    let who =
                        if ticking { "alarms are armed again and again" } else { "tasks run on and on" };
                    judgement.object(2, at, "rest after the cancel", who);
                } else if made > STILL_MADE && !emptied {
                    let got = format!("{made} items were made after it");
                    judgement.object(3, at, "the source to stop after the cancel", got);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn lets_go(trace: &Trace, judgement: &mut Judgement) {
    for (at, before, event) in trace.rests() {
        let after = match (before.terminal, before.cancelled) {
            (Some(_), _) => "the terminal",
            (None, Some(_)) => "the cancel",
            (None, None) => continue,
        };
        judgement.witness(1);
        if before.dropped.is_none() {
            let expected = format!("the subscriber to be dropped after {after}");
            judgement.object(1, at, expected, "it is still alive");
            continue;
        }
        if trace.may_work_on() {
            continue;
        }
        judgement.witness(2);
        if event.live > 0 {
            let got = format!("{} are still alive", event.live);
            judgement.object(2, at, format!("no item to be alive after {after}"), got);
        }
    }
}

fn returns(trace: &Trace, judgement: &mut Judgement, call: Call, is_meant: fn(&What) -> bool) {
    let meant = trace.calls().filter(|((_, _, event), _)| is_meant(&event.what));
    meant.for_each(|_| judgement.witness(1));
    if !trace.last().panicked {
        return;
    }
    for &(at, _, ref event) in trace.log() {
        match &event.what {
            What::Panicked { from, message } if *from == call => {
                judgement.object(1, at, format!("{call} to return normally"), format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

pub(super) fn cancel_returns(trace: &Trace, judgement: &mut Judgement) {
    returns(trace, judgement, Call::Cancel, |what| matches!(what, What::Cancel { .. }));
}

pub(super) fn request_returns(trace: &Trace, judgement: &mut Judgement) {
    returns(trace, judgement, Call::Request, |what| matches!(what, What::Request { .. }));
}

pub(super) fn any_sum(trace: &Trace, judgement: &mut Judgement) {
    if trace.last().requested < HUGE {
        return;
    }
    for &(at, ref before, ref event) in trace.log() {
        if before.requested < HUGE {
            continue;
        }
        match &event.what {
            What::OnNext { .. } => {
                judgement.witness(1);
                judgement.witness(3);
            }
            What::OnComplete { .. } => judgement.witness(2),
            What::OnError { .. } if !trace.is_failing() && !trace.is_bound() && before.is_open() => {
                judgement.object(1, at, "items, however much is asked for", "on_error");
            }
            What::Settled { .. } => {
                judgement.witness(4);
                if before.is_open() && trace.is_finite() {
                    let got = format!("{} items, and then nothing", before.delivered);
                    judgement.object(2, at, "all items and the end", got);
                } else if trace.is_short(before) {
                    shortfall(judgement, 3, at, before, trace);
                }
            }
            What::Panicked { message, .. } => {
                let (expected, got) = panicked(before, "items, however much is asked for", message);
                judgement.object(4, at, expected, got);
            }
            _ => {}
        }
    }
}
