//! What a log of racing threads shows without doubt. A call is written down before it is made and once more when it has
//! returned; in between nobody knows whether it has had its effect.

use super::Race;
use super::items::strange;
use crate::content::Strange;
use crate::log::{Call, Via, What};
use crate::outcome::Judgement;
use crate::rules::{Check, Judge, Need};
use reactive_streams_core::Demand;

/// From this sum on a demand may count as unbounded.
const SATURATED: u64 = u64::MAX >> 3;

pub(super) const STRESS: &[Judge<Race>] = &[
    Judge {
        rule: "1.1",
        look: "is demand that comes from elsewhere added in one atomic step?",
        checks: &[Check::must("1.1/2", Need::Item, "no more items come than were asked for so far")],
        judge: no_more_than_requested,
    },
    Judge {
        rule: "1.2",
        look: "do two threads take items from one source, or signal them, without the permit? If its items are meant to be \
               others, say emits(), unordered() or varying() in capabilities()",
        checks: &[
            Check::must("1.2/1", Need::KnownLength, "no more items come than there are"),
            Check::must(
                "1.2/2",
                Need::Known,
                "the items are those of the stream: none twice, none left out, in order",
            ),
        ],
        judge: what_there_is,
    },
    Judge {
        rule: "1.3",
        look: "can two threads take the permit to signal at once?",
        checks: &[Check::must("1.3/1", Need::Nothing, "no signal begins before the last one has returned")],
        judge: one_at_a_time,
    },
    Judge {
        rule: "1.4",
        look: "is the failure still known to who ends the stream? What panics when it is run by another thread?",
        checks: &[
            Check::must("1.4/2", Need::Failure, "a stream that fails does not complete"),
            Check::must("1.4/3", Need::Failure, "a subscriber that waits is not dropped without a word"),
            Check::must("1.4/4", Need::Nothing, "no task and no alarm panics"),
        ],
        judge: fails_as_such,
    },
    Judge {
        rule: "1.5",
        look: "does who ends the stream know that everything was delivered?",
        checks: &[
            Check::must("1.5/2", Need::Completion, "it does not complete before"),
            Check::must("1.5/3", Need::Completion, "a stream that ends well does not fail"),
            Check::must("1.5/4", Need::Completion, "a subscriber that waits is not dropped without a word"),
        ],
        judge: completes_last,
    },
    Judge {
        rule: "1.7",
        look: "can a second thread still own the subscriber when the terminal is signalled?",
        checks: &[Check::must("1.7/1", Need::KnownLength, "nothing is signalled after a terminal")],
        judge: nothing_behind_the_end,
    },
    Judge {
        rule: "2.12",
        look: "is on_subscribe called on one path only?",
        checks: &[Check::must("2.12/1", Need::Nothing, "on_subscribe comes once")],
        judge: subscribed_once,
    },
    Judge {
        rule: "3.8",
        look: "is a request lost that comes while the publisher parks, or while another one does?",
        checks: &[Check::must(
            "3.8/1",
            Need::Item,
            "what was asked for in several requests has come at rest",
        )],
        judge: adds_up,
    },
    Judge {
        rule: "3.13",
        look: "who still owns an item: a queue whose other end has gone?",
        checks: &[Check::must("3.13/2", Need::Nothing, "no item is alive once all is let go of")],
        judge: lets_go,
    },
    Judge {
        rule: "3.15",
        look: "what panics when a cancel meets a request or an item?",
        checks: &[Check::must("3.15/1", Need::Nothing, "cancel returns normally")],
        judge: cancel_returns,
    },
    Judge {
        rule: "3.16",
        look: "what panics when a request meets another one, or a cancel?",
        checks: &[Check::must("3.16/1", Need::Nothing, "request returns normally")],
        judge: request_returns,
    },
    Judge {
        rule: "3-i",
        look: "is `outstanding()` asked when the terminal is signalled, after the last callback?",
        checks: &[Check::must("3-i/1", Need::KnownLength, "a terminal carries the demand that was not used")],
        judge: unused_is_in_bounds,
    },
    Judge {
        rule: "3-iii",
        look: "is `is_ready()` asked before each item, in inner loops as well?",
        checks: &[Check::must("3-iii/1", Need::Item, "after a cancel at most the item in progress arrives")],
        judge: stops_at_once,
    },
];

fn no_more_than_requested(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries() {
        if let What::OnNext { .. } = event.what {
            judgement.witness(2);
            // Written down before it was made, a request counts as early as it can; one behind a cancel counts, too, since
            // nobody knows which of them came first.
            if before.delivered >= asked(race, at) {
                let expected = format!("at most {} items so far", asked(race, at));
                judgement.object(2, at, expected, format!("item {}", before.delivered + 1));
            }
        }
    }
}

/// All that was asked for before entry `at`, whether or not a cancel came before it.
fn asked(race: &Race, at: usize) -> u64 {
    let requests = race.trace.entries().take(at).filter_map(|(_, _, event)| match event.what {
        What::Request { n, .. } => Some(n),
        _ => None,
    });
    requests.fold(0, u64::saturating_add)
}

fn what_there_is(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries() {
        match event.what {
            What::OnNext { .. } => {
                if race.trace.content.is_some() || race.numbers.is_some() {
                    judgement.witness(2);
                }
                if before.delivered >= race.trace.items() {
                    let expected = format!("{} items and then a terminal", race.trace.items());
                    judgement.object(1, at, expected, format!("item {}", before.delivered + 1));
                }
            }
            ref what if what.is_terminal() => judgement.witness(1),
            _ => {}
        }
    }
    if let Some((at, Strange { expected, got })) = strange(race) {
        judgement.object(2, at, expected, got);
    }
}

fn one_at_a_time(race: &Race, judgement: &mut Judgement) {
    let mut open = None;
    for (at, _, event) in race.trace.entries() {
        match &event.what {
            what if what.is_signal() => {
                judgement.witness(1);
                if let Some(open) = open {
                    let expected = format!("{} to return first", race.trace.event(open).what);
                    judgement.object(1, at, expected, what.to_string());
                }
                open = Some(at);
            }
            What::Return(call) if open == Some(*call) => open = None,
            What::Dropped | What::Unwound(_) | What::Panicked { .. } => open = None,
            _ => {}
        }
    }
}

fn panics(race: &Race, judgement: &mut Judgement, number: u8, is_meant: fn(Call) -> bool) {
    judgement.witness(number);
    for (at, _, event) in race.trace.entries() {
        if let What::Panicked { from, message } = &event.what
            && is_meant(*from)
        {
            judgement.object(number, at, format!("{from} to return normally"), format!("a panic: {message}"));
        }
    }
}

fn fails_as_such(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries().filter(|_| race.trace.is_failing()) {
        match event.what {
            What::OnError { .. } => {
                judgement.witness(2);
                judgement.witness(3);
            }
            What::Dropped if before.is_open() => {
                judgement.object(3, at, "on_error", "it is dropped without a word");
            }
            What::OnComplete { .. } if before.cancelled.is_none() => {
                judgement.witness(2);
                judgement.object(2, at, "on_error", "on_complete");
            }
            _ => {}
        }
    }
    panics(race, judgement, 4, |call| matches!(call, Call::Settle | Call::Subscribe | Call::TearDown));
}

fn cancel_returns(race: &Race, judgement: &mut Judgement) {
    panics(race, judgement, 1, |call| call == Call::Cancel);
}

fn request_returns(race: &Race, judgement: &mut Judgement) {
    panics(race, judgement, 1, |call| call == Call::Request);
}

fn completes_last(race: &Race, judgement: &mut Judgement) {
    let (finite, failing) = (race.trace.is_finite(), race.trace.is_failing());
    for (at, before, event) in race.trace.entries().filter(|_| !failing) {
        match event.what {
            // Behind a cancel, too: it has no failure to tell. One without an end may fail of what it loses.
            What::OnError { .. }
                if finite || before.cancelled.is_some() && !race.trace.capabilities.lossy =>
            {
                judgement.object(3, at, "no failure: there is none", event.what.to_string());
            }
            _ if !finite => {}
            What::OnComplete { .. } => {
                (2..=4).for_each(|check| judgement.witness(check));
                if before.cancelled.is_none() && !race.trace.is_exhausted(before) {
                    let (got, of) = (before.delivered, race.trace.items());
                    judgement.object(2, at, format!("{of} items first"), format!("on_complete after {got}"));
                }
            }
            What::Dropped if before.is_open() => {
                judgement.object(4, at, "on_complete", "it is dropped without a word");
            }
            _ => {}
        }
    }
}

fn nothing_behind_the_end(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries() {
        if event.what.is_terminal() {
            judgement.witness(1);
        }
        if before.terminal.is_some() && event.what.is_signal() {
            judgement.object(1, at, "silence after the terminal", event.what.to_string());
        }
    }
}

fn subscribed_once(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries() {
        if let What::OnSubscribe = event.what {
            judgement.witness(1);
            if before.subscribed > 0 {
                judgement.object(
                    1,
                    at,
                    "on_subscribe once",
                    format!("on_subscribe {}", before.subscribed + 1),
                );
            }
        }
    }
}

fn adds_up(race: &Race, judgement: &mut Judgement) {
    for (at, before, event) in race.trace.entries() {
        if event.what.is_terminal() && before.cancelled.is_none() && before.delivered > 0 {
            judgement.witness(1);
        }
        let What::Settled { .. } = event.what else { continue };
        if race.trace.is_short(before) {
            let want = before.requested.min(race.trace.items());
            let got = format!("{} items, and then nothing", before.delivered);
            judgement.object(1, at, format!("{want} items: {} were asked for", before.requested), got);
        } else {
            judgement.witness(1);
        }
    }
}

fn lets_go(race: &Race, judgement: &mut Judgement) {
    for (at, _, event) in race.trace.entries() {
        if let What::TornDown = event.what {
            judgement.witness(2);
            if event.live > 0 {
                let got = format!("{} are alive", event.live);
                judgement.object(2, at, "no item to be alive when all is let go of", got);
            }
        }
    }
}

/// Requests that returned before the last callback did are in it; those that were made later than the terminal are not.
fn unused_is_in_bounds(race: &Race, judgement: &mut Judgement) {
    let mut last_callback = None;
    for (at, before, event) in race.trace.entries() {
        if let What::OnSubscribe | What::OnNext { .. } = event.what {
            last_callback = Some(at);
        }
        let (What::OnComplete { unused } | What::OnError { unused, .. }) = event.what else { continue };
        let most = asked(race, at);
        if before.cancelled.is_some() || most >= SATURATED {
            continue;
        }
        judgement.witness(1);
        let unused = unused.map_or(0, Demand::get);
        let least = last_callback.map_or(0, |callback| returned(race, callback));
        let (least, most) = (least.saturating_sub(before.delivered), most.saturating_sub(before.delivered));
        if !(least..=most).contains(&unused) {
            judgement.object(1, at, format!("{least} to {most} unused"), unused.to_string());
        }
    }
}

/// What was asked for by calls that had returned when entry `at` was written.
fn returned(race: &Race, at: usize) -> u64 {
    let requests = race.trace.entries().take(at).filter_map(|(_, _, event)| match event.what {
        What::Return(call) => match race.trace.event(call).what {
            What::Request { n, .. } => Some(n),
            _ => None,
        },
        _ => None,
    });
    requests.fold(0, u64::saturating_add)
}

fn stops_at_once(race: &Race, judgement: &mut Judgement) {
    let (mut cancelled, mut after) = (false, 0);
    for (at, _, event) in race.trace.entries() {
        match event.what {
            // A handle that another thread is asking by is dropped when that one has asked, which nobody sees.
            What::Return(call) => {
                let call = &race.trace.event(call).what;
                cancelled |= matches!(call, What::Cancel { via } if *via != Via::HandleDropped);
            }
            What::OnNext { .. } if cancelled => {
                after += 1;
                // One may have been in progress: looked for before the cancel, and signalled behind it.
                if after == 2 {
                    judgement.object(1, at, "at most the item in progress after the cancel", "a second one");
                }
            }
            What::Dropped if cancelled => judgement.witness(1),
            _ => {}
        }
    }
}
