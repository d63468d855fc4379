//! The judges of chapter 1, and of those rules of chapter 2 that bind the publisher.

use super::company;
use crate::content::Strange;
use crate::log::{Call, Via, What};
use crate::outcome::Judgement;
use crate::trace::{Moment, Trace};

/// More items than this after a cancel: they do not stop.
const AFTER_CANCEL: u32 = 32;

pub(super) fn no_more_than_requested(trace: &Trace, judgement: &mut Judgement) {
    // What came before the first request has been objected to there.
    let mut early = 0;
    for &(at, ref before, ref event) in trace.log() {
        let first = before.requested == 0;
        let number = if first { 1 } else { 2 };
        match &event.what {
            What::OnNext { .. } => {
                judgement.witness(number);
                if before.delivered - early >= before.requested {
                    let (asked, got) = (before.requested, before.delivered + 1);
                    judgement.object(
                        number,
                        at,
                        format!("at most {asked} items so far"),
                        format!("item {got}"),
                    );
                }
                early += u64::from(first);
            }
            What::Elided { items, requested, .. } => {
                judgement.witness(2);
                let (got, asked) = (before.delivered + items, before.requested.saturating_add(*requested));
                if got - early > asked {
                    judgement.object(2, at, format!("at most {asked} items so far"), format!("{got} items"));
                }
            }
            // The contract's own check, in debug builds.
            What::Panicked { message, .. } if message.contains("rule 1.1") => {
                let got = format!("`deliver` without any: {message}");
                judgement.object(number, at, "an item only with demand", got);
            }
            // It was tempted, and waited, or ended.
            What::Settled { .. } if first && before.is_open() => judgement.witness(1),
            what if what.is_terminal() && first => judgement.witness(1),
            _ => {}
        }
    }
}

pub(super) fn what_there_is(trace: &Trace, judgement: &mut Judgement) {
    no_more_than_there_are(trace, judgement);
    if trace.shares() {
        return company::a_part_of_it(trace, judgement);
    }
    let Some(content) = trace.content.as_ref().filter(|_| !trace.is_bound()) else { return };
    let mut look = content.look(trace);
    for &(at, _, ref event) in trace.log() {
        let strange = match &event.what {
            What::OnNext { value: Some(value), .. } => look.accept(value).and_then(|known| {
                judgement.witness(2);
                known.err()
            }),
            What::Elided { items, prints, .. } => look.skip(*items, prints),
            _ => None,
        };
        if let Some(Strange { expected, got }) = strange {
            return judgement.object(2, at, expected, got);
        }
    }
}

fn no_more_than_there_are(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.log() {
        let got = match &event.what {
            What::OnNext { .. } if before.delivered >= trace.items() => {
                format!("item {}", before.delivered + 1)
            }
            What::Elided { items, .. } if before.delivered + items > trace.items() => {
                format!("{} items", before.delivered + items)
            }
            what => {
                if what.is_terminal() && before.requested > trace.items() {
                    judgement.witness(1);
                }
                continue;
            }
        };
        judgement.object(1, at, format!("{} items and then a terminal", trace.items()), got);
    }
}

pub(super) fn one_at_a_time(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.log() {
        if !event.what.is_signal() {
            continue;
        }
        judgement.witness(1);
        if let Some(outer) = before.inside {
            let expected = format!("the return of {} first", trace.event(outer).what);
            judgement.object(1, at, expected, event.what.to_string());
        }
    }
}

/// What was to come instead of this panic, and the panic: where nothing was to come any more, that is said.
pub(super) fn panicked(before: &Moment, expected: &'static str, message: &str) -> (&'static str, String) {
    let (expected, after) = match (before.cancelled, before.terminal) {
        (Some(_), _) => ("rest after the cancel", " after the cancel"),
        (None, Some(_)) => ("rest after the terminal", " after the terminal"),
        (None, None) => (expected, ""),
    };
    (expected, format!("a panic{after}: {message}"))
}

pub(super) fn fails_aloud(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.log() {
        match &event.what {
            What::Settled { .. } => {
                judgement.witness(4);
                if trace.is_failing() && before.waits() && before.outstanding > 0 {
                    let got = format!("{} items, and then nothing", before.delivered);
                    judgement.object(1, at, "on_error, since demand is left", got);
                }
                if !trace.is_finite() && (before.terminal.is_some() || before.is_open()) {
                    judgement.witness(3);
                }
                if trace.is_endless() && before.is_open() {
                    judgement.witness(5);
                }
            }
            What::OnError { .. } if trace.is_failing() => {
                judgement.witness(1);
                judgement.witness(2);
            }
            What::OnError { .. } if trace.is_endless() && before.is_open() => {
                judgement.object(5, at, "items without end, since nothing failed", "on_error");
            }
            What::OnComplete { .. } if company::fails_for(trace, before) && before.is_open() => {
                judgement.witness(2);
                judgement.object(2, at, "on_error", "on_complete");
            }
            What::Dropped if !trace.is_finite() && trace.is_silent_death(at, before) => {
                judgement.object(3, at, "on_error, or more items", company::dropped(trace));
            }
            What::Panicked { from, message }
                if *from == Call::Settle
                    || trace.is_failing()
                        && before.is_open()
                        && matches!(from, Call::Subscribe | Call::Request) =>
            {
                let (expected, got) = panicked(before, "on_error", message);
                judgement.object(4, at, expected, got);
            }
            _ => {}
        }
    }
}

pub(super) fn completes(trace: &Trace, judgement: &mut Judgement) {
    if trace.shares() {
        return company::ends_for_all(trace, judgement);
    }
    for &(at, ref before, ref event) in trace.log() {
        match &event.what {
            What::Settled { .. } if trace.is_endless() && before.is_open() => judgement.witness(5),
            What::Settled { .. }
                if trace.is_finite()
                    && before.waits()
                    && before.outstanding > 0
                    && trace.is_exhausted(before) =>
            {
                let got = format!("{} items, and then nothing", before.delivered);
                judgement.object(1, at, "on_complete after the last item", got);
            }
            What::OnComplete { .. } if trace.is_finite() => {
                (1..=4).for_each(|number| judgement.witness(number));
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
            What::Dropped if trace.is_finite() && trace.is_silent_death(at, before) => {
                judgement.object(4, at, "on_complete at the end", company::dropped(trace));
            }
            _ => {}
        }
    }
}

pub(super) fn silent_after_terminal(trace: &Trace, judgement: &mut Judgement) {
    for &(at, _, ref event) in trace.since_terminal() {
        match &event.what {
            What::Request { .. } | What::Cancel { .. } => judgement.witness(1),
            What::Panicked { from, message } => {
                judgement.object(1, at, format!("{from} to do nothing after the terminal"), message.clone());
            }
            What::Settled { ticking, busy } if !trace.may_work_on() => {
                judgement.witness(2);
                if *ticking || *busy {
                    let who =
                        if *ticking { "alarms are armed again and again" } else { "tasks run on and on" };
                    judgement.object(2, at, "rest after the terminal", who);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn nothing_after_terminal(trace: &Trace, judgement: &mut Judgement) {
    if trace.terminal().is_some() {
        judgement.witness(1);
    }
    for &(at, _, ref event) in trace.since_terminal() {
        if event.what.is_signal() {
            judgement.object(1, at, "silence after the terminal", event.what.to_string());
        }
    }
}

pub(super) fn stops_after_cancel(trace: &Trace, judgement: &mut Judgement) {
    if trace.cancel().is_some_and(|(_, before, _)| before.is_open()) {
        judgement.witness(1);
        judgement.witness(2);
    }
    // By what is lent the cancel has come before the callback returns: nothing can be on its way.
    let lent = trace.cancel().is_some_and(|(_, before, event)| {
        before.is_open() && matches!(event.what, What::Cancel { via: Via::Lent })
    });
    if lent {
        judgement.witness(4);
    }
    // What a request by a handle brings on may be a matter of rule 3.6.
    let held = trace.cancel().is_some_and(|(_, before, _)| before.handle);
    let mut after = 0;
    for &(at, ref before, ref event) in trace.since_cancel() {
        match &event.what {
            What::Runaway => judgement.object(1, at, "the items to stop after the cancel", "no end of items"),
            What::OnNext { .. } if lent && !held && after == 0 && !before.rested => {
                after += 1;
                judgement.object(
                    1,
                    at,
                    "no item: it has cancelled by what it was lent",
                    event.what.to_string(),
                );
            }
            What::OnNext { .. } if after == AFTER_CANCEL => {
                after += 1;
                let got = format!("item {after} after it");
                judgement.object(1, at, "the items to stop after the cancel", got);
            }
            What::OnNext { .. } if !before.rested => after += 1,
            What::Settled { .. } => judgement.witness(3),
            what if what.is_terminal() && !trace.is_exhausted(before) => {
                let left = "no terminal after the cancel, since the stream was not at its end";
                judgement.object(2, at, left, what.to_string());
            }
            what if what.is_terminal() && lent => {
                let dropped = "the subscriber to be dropped: it has cancelled by what it was lent";
                judgement.object(4, at, dropped, what.to_string());
            }
            what if what.is_signal() && before.rested => {
                let expected = "silence: everything had come to rest after the cancel";
                judgement.object(3, at, expected, what.to_string());
            }
            _ => {}
        }
    }
}

pub(super) fn subscribes(trace: &Trace, judgement: &mut Judgement) {
    let mut settled = false;
    for &(at, ref before, ref event) in trace.log() {
        match &event.what {
            What::OnSubscribe if before.subscribed > 0 => {
                let got = format!("on_subscribe {}", before.subscribed + 1);
                judgement.object(2, at, "on_subscribe once", got);
            }
            What::OnSubscribe => {
                judgement.witness(1);
                judgement.witness(2);
            }
            what if what.is_signal() && before.subscribed == 0 => {
                judgement.object(1, at, "on_subscribe before anything else", what.to_string());
            }
            What::Settled { .. } => {
                settled = true;
                judgement.witness(3);
                if before.subscribed == 0 && before.dropped.is_none() {
                    judgement.object(3, at, "on_subscribe", "everything came to rest without it");
                }
            }
            What::Dropped => {
                judgement.witness(5);
                let fell = before.unwound.is_some() || trace.falls_with_a_panic(at);
                if before.subscribed == 0
                    && !settled
                    && before.delivered == 0
                    && before.terminal.is_none()
                    && !fell
                {
                    judgement.object(5, at, "on_subscribe", "the subscriber was dropped without it");
                }
            }
            What::Return(call) if matches!(trace.event(*call).what, What::Subscribe) => judgement.witness(4),
            What::Panicked { from: Call::Subscribe, message } => {
                judgement.object(4, at, "subscribe to return normally", format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

pub(super) fn subscribes_once(trace: &Trace, judgement: &mut Judgement) {
    if trace.last().subscribed == 1 {
        return judgement.witness(1);
    }
    for &(at, ref before, ref event) in trace.log() {
        match event.what {
            What::OnSubscribe if before.subscribed > 0 => {
                let got = "it comes again, to a subscriber that has one";
                judgement.object(1, at, "no second on_subscribe", got);
            }
            What::TornDown if before.subscribed > 0 => judgement.witness(1),
            _ => {}
        }
    }
}

/// What safe code cannot do, a log that is made up can say: the checks behind the types can fail.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, Source};
    use crate::{Capabilities, Env, Length};
    use std::sync::Arc;

    fn findings(judge: fn(&Trace, &mut Judgement), told: &[What]) -> Vec<usize> {
        let env = Env::new();
        let log = env.log().clone();
        for what in told {
            log.write(what.clone());
        }
        let plan = Arc::new(Plan::new("made up", Source::Length(Length::Exactly(3))));
        let trace = Trace::new(plan, Arc::new(Capabilities::new()), log.take());
        let mut judgement = Judgement::default();
        judge(&trace, &mut judgement);
        judgement.findings.iter().map(|finding| finding.at).collect()
    }

    fn item(index: u64) -> What {
        What::OnNext { index, value: None }
    }

    #[test]
    fn spec_1_3_an_item_inside_an_item_is_seen() {
        let told = [What::OnSubscribe, What::Return(0), item(1), item(2), What::Return(3), What::Return(2)];
        assert_eq!(findings(one_at_a_time, &told), [3]);
        let told = [What::OnSubscribe, What::Return(0), item(1), What::Return(2), item(2), What::Return(4)];
        assert!(findings(one_at_a_time, &told).is_empty());
    }

    #[test]
    fn spec_1_7_whatever_follows_a_terminal_is_seen() {
        let end = || What::OnComplete { unused: None };
        let told =
            [What::OnSubscribe, What::Return(0), end(), What::Return(2), item(1), What::Return(4), end()];
        assert_eq!(findings(nothing_after_terminal, &told), [4, 6]);
        assert!(findings(nothing_after_terminal, &told[..4]).is_empty());
    }
}
