//! The judges of a processor, over what happened on both of its sides.

use super::Sandwich;
use crate::log::{Call, What};
use crate::outcome::Judgement;
use crate::peer::Peer;
use crate::subscriber_suite::{ends, judges};
use crate::trace::Moment;

/// One entry, and what was known below and above before it.
pub(super) struct Entry<'a> {
    pub(super) at: usize,
    pub(super) below: &'a Moment,
    pub(super) above: &'a Moment,
    pub(super) what: &'a What,
}

impl Entry<'_> {
    /// Whether upstream still holds what subscribed to it, and neither side has ended that.
    fn is_above_alive(&self) -> bool {
        self.above.is_open() && self.above.subscribed > 0 && self.above.dropped.is_none()
    }

    /// Whether somebody below waits for items.
    fn is_below_waiting(&self) -> bool {
        self.below.is_open() && self.below.outstanding > 0 && self.below.dropped.is_none()
    }
}

pub(super) fn entries(both: &Sandwich) -> impl Iterator<Item = Entry<'_>> {
    let above = both.up.trace.entries().map(|(_, moment, _)| moment);
    let below = both.down.entries();
    below.zip(above).map(|((at, below, event), above)| Entry { at, below, above, what: &event.what })
}

pub(super) fn asks_upstream(both: &Sandwich, judgement: &mut Judgement) {
    for entry in entries(both) {
        match entry.what {
            What::Settled { .. } if entry.is_below_waiting() && entry.is_above_alive() => {
                let more = entry.above.delivered < both.course.inputs && both.course.clean;
                if more && entry.above.outstanding == 0 {
                    let got = format!("{} items came, and no more are asked for", entry.above.delivered);
                    judgement.object(2, entry.at, "a request of upstream, since downstream waits", got);
                }
            }
            What::OnNext { .. } => judgement.witness(2),
            _ => {}
        }
    }
}

pub(super) fn never_waits_inside(both: &Sandwich, judgement: &mut Judgement) {
    judges::never_waits_inside(&both.up, judgement);
}

pub(super) fn rejects_the_second(both: &Sandwich, judgement: &mut Judgement) {
    let (mut again, mut inside, mut cancelled) = (false, false, false);
    for entry in entries(both) {
        let What::Above(signal) = entry.what else {
            // At rest as long as it lives, since its own end drops what it has kept.
            let is_late = match entry.what {
                What::Settled { .. } => entry.is_above_alive(),
                What::TornDown => !entry.above.panicked,
                _ => false,
            };
            if again && !cancelled && is_late {
                let got = "it was neither cancelled nor was its handle dropped";
                judgement.object(2, entry.at, "the second subscription to be cancelled", got);
            }
            continue;
        };
        match &**signal {
            What::Peer(Peer::SubscribesAgain) => {
                (again, inside) = (true, true);
                [1, 2, 5].into_iter().for_each(|check| judgement.witness(check));
            }
            What::Peer(Peer::NewcomerCancelled) => cancelled = true,
            What::Peer(Peer::NewcomerAsked) => {
                judgement.object(1, entry.at, "no request of the second subscription", "one");
            }
            What::OnNext { .. } if again => {
                judgement.witness(3);
                judgement.witness(4);
            }
            What::Cancel { .. } if again && entry.is_above_alive() && !both.ends_near(entry.at) => {
                judgement.object(4, entry.at, "the first subscription to go on", "it was cancelled");
            }
            What::Return(call)
                if matches!(both.up.trace.event(*call).what, What::Peer(Peer::SubscribesAgain)) =>
            {
                inside = false;
            }
            What::Panicked { from: Call::Signal, message } if inside => {
                let got = format!("a panic: {message}");
                judgement.object(5, entry.at, "a cancel of the second subscription", got);
            }
            _ => {}
        }
    }
    if !again {
        return;
    }
    for entry in entries(both) {
        let waits = matches!(entry.what, What::Settled { .. }) && entry.is_below_waiting();
        if waits && entry.is_above_alive() && entry.above.outstanding == 0 {
            judgement.object(3, entry.at, "the first subscription to go on", "nothing more is asked for");
        }
    }
}

pub(super) fn cancels_upstream(both: &Sandwich, judgement: &mut Judgement) {
    for entry in entries(both) {
        match entry.what {
            What::Above(what) if matches!(**what, What::Cancel { .. }) && entry.above.is_open() => {
                judgement.witness(if entry.below.cancelled.is_some() { 3 } else { 4 });
            }
            What::Settled { .. } => {
                if entry.below.cancelled.is_some() && entry.is_above_alive() {
                    let expected = "a cancel of upstream, since downstream has cancelled";
                    judgement.object(3, entry.at, expected, "none came");
                } else if entry.below.terminal.is_some() && entry.is_above_alive() {
                    let expected = "a cancel of upstream, since the stream below has ended";
                    judgement.object(4, entry.at, expected, "none came");
                } else if entry.below.terminal.is_some() {
                    judgement.witness(4);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn bears_late_items(both: &Sandwich, judgement: &mut Judgement) {
    judges::bears_late_items(&both.up, judgement);
}

pub(super) fn bears_completion(both: &Sandwich, judgement: &mut Judgement) {
    ends::bears_completion(&both.up, judgement);
}

pub(super) fn bears_failure(both: &Sandwich, judgement: &mut Judgement) {
    ends::bears_failure(&both.up, judgement);
}

pub(super) fn returns_normally(both: &Sandwich, judgement: &mut Judgement) {
    ends::returns_normally(&both.up, judgement);
}

pub(super) fn knows_an_end_from_a_loss(both: &Sandwich, judgement: &mut Judgement) {
    let mut lost = false;
    for entry in entries(both) {
        match entry.what {
            What::Above(what) => {
                let breaks_off = matches!(**what, What::Peer(Peer::Vanishes | Peer::Panics));
                lost |= breaks_off && entry.above.is_open() && entry.below.is_open();
            }
            What::OnComplete { .. } if lost && entry.below.is_open() => {
                let expected = "no completion: upstream has dropped its subscriber without a terminal";
                judgement.object(3, entry.at, expected, "on_complete");
            }
            What::Settled { busy, ticking } if lost => {
                [3, 4, 5].into_iter().for_each(|check| judgement.witness(check));
                if *busy || *ticking {
                    let got = "tasks run on and on, or alarms are armed again and again";
                    judgement.object(4, entry.at, "rest after upstream has dropped its subscriber", got);
                }
                if entry.is_below_waiting() && entry.below.subscribed > 0 {
                    let expected =
                        "the subscriber below to be dropped or told, since nothing can come any more";
                    judgement.object(5, entry.at, expected, "it waits for ever");
                }
            }
            _ => {}
        }
    }
}

pub(super) fn owns_no_cycle(both: &Sandwich, judgement: &mut Judgement) {
    ends::owns_no_cycle(&both.up, judgement);
}

/// Rule 3-viii: the demand of the two sides is not mixed up where their items are not one to one.
pub(super) fn keeps_demands_apart(both: &Sandwich, judgement: &mut Judgement) {
    if both.course.is_flooding() {
        return;
    }
    for entry in entries(both) {
        let (What::OnComplete { unused } | What::OnError { unused, .. }) = entry.what else { continue };
        if entry.above.delivered == entry.below.delivered || !entry.below.is_open() {
            continue;
        }
        judgement.witness(1);
        let (expected, got) = (entry.below.outstanding, unused.map_or(0, reactive_streams_core::Demand::get));
        if got != expected && entry.below.requested < u64::MAX >> 3 {
            let expected = format!("{expected} unused, as was asked for below and not delivered there");
            judgement.object(1, entry.at, expected, got.to_string());
        }
    }
}
