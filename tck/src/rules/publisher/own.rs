//! The judges of the contract's own rules.

use crate::log::{Event, What};
use crate::outcome::Judgement;
use crate::trace::{Moment, Trace};
use reactive_streams_core::Demand;

/// From this sum on a demand may count as unbounded (rule 3.17).
const SATURATED: u64 = u64::MAX >> 3;

fn shown(demand: Option<Demand>) -> String {
    demand.map_or_else(|| "none".to_owned(), |demand| demand.to_string())
}

pub(super) fn unused_is_exact(trace: &Trace, judgement: &mut Judgement) {
    let Some(&(at, ref before, ref event)) = trace.terminal() else { return };
    let (What::OnComplete { unused } | What::OnError { unused, .. }) = event.what else { return };
    if !before.is_open() {
        return;
    }
    judgement.witness(1);
    let expected = Demand::new(before.outstanding);
    let exact = unused == expected;
    let saturated = before.requested >= SATURATED && unused >= expected;
    if !exact && !saturated {
        let (asked, got) = (before.requested, before.delivered);
        let expected = format!("{} unused: {asked} asked for, {got} delivered", shown(expected));
        judgement.object(1, at, expected, shown(unused));
    }
}

pub(super) fn keeps_no_other_word(trace: &Trace, judgement: &mut Judgement) {
    if !trace.plan.replaces {
        return;
    }
    for &(at, ref before, ref event) in trace.log() {
        match event.what {
            What::Settled { .. } if before.requested > 0 => {
                judgement.witness(1);
                if trace.is_short(before) || trace.owes_end(before) {
                    let got = format!("{} items, and then nothing", before.delivered);
                    let expected = format!("the {} that it was asked for", before.requested);
                    judgement.object(1, at, expected, got);
                }
            }
            What::Drained { busy: false } if before.cancelled.is_some() => {
                judgement.witness(2);
                if before.dropped.is_none() {
                    judgement.object(
                        2,
                        at,
                        "the subscriber to be dropped after the cancel",
                        "it is still alive",
                    );
                }
            }
            What::OnNext { .. } if before.cancelled.is_some() => {
                let got = format!("item {}", before.delivered + 1);
                judgement.object(2, at, "no item after the cancel", got);
            }
            _ => {}
        }
    }
}

pub(super) fn looks_before_each_item(trace: &Trace, judgement: &mut Judgement) {
    if trace.cancel().is_some_and(|(_, before, _)| before.is_open()) {
        judgement.witness(1);
    }
    for &(at, ref before, ref event) in trace.since_cancel() {
        if let What::OnNext { .. } = event.what {
            let got = format!("item {}", before.delivered + 1);
            judgement.object(1, at, "no item after the cancel", got);
        }
    }
}

pub(super) fn ends_without_demand(trace: &Trace, judgement: &mut Judgement) {
    if trace.is_endless() {
        return lets_go_of_nobody(trace, judgement);
    }
    let eager = if trace.is_failing() {
        trace.capabilities.eager_failure
    } else {
        trace.capabilities.eager_completion
    };
    if !eager {
        return;
    }
    if trace.terminal().is_some_and(|(_, before, _)| before.outstanding == 0) {
        judgement.witness(1);
    }
    for (at, before, _) in trace.rests() {
        if before.is_open()
            && before.delivered == trace.items()
            && before.outstanding == 0
            && knows_its_end(trace, at)
        {
            let got = if before.dropped.is_some() { "the subscriber was dropped" } else { "nothing" };
            judgement.object(1, at, "a terminal without more demand", got);
        }
    }
}

/// What comes out of a processor is at its end when upstream has said so: before, there may be items that it leaves out.
fn knows_its_end(trace: &Trace, at: usize) -> bool {
    let ends = |what: &What| matches!(what, What::Above(signal) if signal.is_terminal());
    trace.course.is_none() || trace.log()[..at].iter().any(|(_, _, event)| ends(&event.what))
}

/// An endless stream without demand and handle may let its subscriber go; it need not, since something else than demand
/// could end it.
fn lets_go_of_nobody(trace: &Trace, judgement: &mut Judgement) {
    for (_, before, _) in trace.rests() {
        let asks_no_more = before.outstanding == 0 && !before.handle && before.subscribed > 0;
        if asks_no_more && before.is_open() && before.dropped.is_some() {
            judgement.witness(2);
        }
    }
}

pub(super) fn drops_promptly(trace: &Trace, judgement: &mut Judgement) {
    for &(at, ref before, ref event) in trace.log() {
        if event.what.is_signal() {
            judgement.witness(2);
        }
        if let What::Locked = event.what {
            let expected = "no lock to be held during a signal";
            judgement.object(2, at, expected, "one is held by the thread that signals");
        }
        let What::Drained { busy: false } = event.what else { continue };
        if before.cancelled.is_none() && before.terminal.is_none() && before.unwound.is_none() {
            continue;
        }
        judgement.witness(1);
        if before.dropped.is_none() {
            let expected = "the subscriber to be dropped once the tasks are at rest";
            judgement.object(1, at, expected, "it is still alive");
        }
    }
}

pub(super) fn no_cycle(trace: &Trace, judgement: &mut Judgement) {
    let Some(&(at, ref before, ref event)) = trace.log().last() else { return };
    if !matches!(event.what, What::TornDown) {
        return;
    }
    judgement.witness(1);
    if before.dropped.is_none() {
        let expected = "the subscriber to be dropped with the last handle, task and alarm";
        return judgement.object(1, at, expected, "it is still alive");
    }
    judgement.witness(2);
    if event.live > 0 {
        let got = format!("{} are still alive", event.live);
        judgement.object(2, at, "no item to be alive when all is let go", got);
    }
}

/// What came after the panic, if the subscriber has panicked because the scenario says so.
fn since_panic(trace: &Trace) -> &[(usize, Moment, Event)] {
    let planned = |at| matches!(trace.event(at).what, What::SubscriberPanics);
    if trace.last().unwound.is_some_and(planned) { trace.since_unwound() } else { &[] }
}

pub(super) fn cancelled_by_a_panic(trace: &Trace, judgement: &mut Judgement) {
    for &(at, _, ref event) in since_panic(trace) {
        match &event.what {
            What::Settled { .. } => judgement.witness(1),
            what if what.is_signal() => {
                judgement.object(1, at, "no signal after the panic", what.to_string());
            }
            _ => {}
        }
    }
}

pub(super) fn survives_a_panic(trace: &Trace, judgement: &mut Judgement) {
    let mut unwound = false;
    for &(at, ref before, ref event) in since_panic(trace) {
        match &event.what {
            What::Unwound(_) => unwound = true,
            what if what.is_terminal() => {
                judgement.object(1, at, "no terminal after the panic", what.to_string());
            }
            What::Settled { .. } => {
                (1..=4).for_each(|number| judgement.witness(number));
                if before.dropped.is_none() {
                    let expected = "the subscriber to be dropped after the panic";
                    judgement.object(2, at, expected, "it is still alive");
                }
                if event.live > 0 && !trace.may_work_on() {
                    let got = format!("{} are still alive", event.live);
                    judgement.object(3, at, "no item to be alive after the panic", got);
                }
                if !unwound {
                    judgement.object(4, at, "the panic to reach who asked", "it was swallowed");
                }
            }
            _ => {}
        }
    }
}
