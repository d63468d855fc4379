//! The judges of a subscriber: pure functions over what was seen of it.

use super::play::Seen;
use crate::hints::Hint;
use crate::hooks::{End, Hook};
use crate::log::{Call, What};
use crate::outcome::Judgement;
use crate::peer::Peer;
use crate::trace::{Moment, Trace};

/// After so many more items a stall has other reasons than a second subscription.
const STILL_ASKED: u64 = 60;
/// Who looks seldom whether somebody still wants the items has looked within so many.
pub(super) const LOOKED: u64 = 1_000;

/// What has happened besides the signals, up to an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    pub(crate) subscribing: bool,
    /// A second `on_subscribe` has come.
    pub(crate) again: bool,
    /// We are in it.
    pub(crate) in_second: bool,
    /// So many items had come then.
    pub(crate) before_again: u64,
    /// The scenario is over.
    pub(crate) over: bool,
    pub(crate) newcomer_cancelled: bool,
    /// The hook to lose interest was called.
    pub(crate) left: bool,
    /// Everything came to rest after it, also a consumer that goes when its task is polled next; so many items had come then.
    heard: Option<u64>,
    /// The hooks that are on the stack.
    pub(crate) calling: u32,
    /// The publisher did what no publisher should: dropped the subscriber, or panicked.
    pub(crate) broke_off: bool,
    /// The hook to lose interest was called, though perhaps before there was anything to cancel.
    pub(crate) told: bool,
    /// An item came that nobody had asked for.
    pub(crate) flooded: bool,
    pub(crate) done: Option<(usize, End)>,
    pub(crate) completed: bool,
    pub(crate) failed: bool,
}

impl Past {
    /// Before each entry.
    pub(crate) fn of(trace: &Trace) -> Vec<Self> {
        let mut past = Self::default();
        let before = trace.entries().map(|(at, before, event)| {
            let was = past;
            past.note(trace, at, before, &event.what);
            was
        });
        before.collect()
    }

    fn note(&mut self, trace: &Trace, at: usize, before: &Moment, what: &What) {
        match what {
            What::Return(call) => match trace.event(*call).what {
                What::Peer(Peer::Connects) => self.subscribing = false,
                What::Peer(Peer::SubscribesAgain) => self.in_second = false,
                What::Peer(Peer::Calls(_)) => {
                    self.calling = self.calling.saturating_sub(1);
                }
                _ => {}
            },
            What::OnNext { .. } => self.flooded |= before.outstanding == 0,
            What::OnComplete { .. } => self.completed = true,
            What::OnError { .. } => self.failed = true,
            What::Settled { .. } if self.left => self.heard = self.heard.or(Some(before.delivered)),
            What::Panicked { .. } | What::Unwound(_) => (self.calling, self.subscribing) = (0, false),
            What::Peer(peer) => match peer {
                Peer::Connects => self.subscribing = true,
                Peer::SubscribesAgain => {
                    (self.again, self.in_second, self.before_again) = (true, true, before.delivered);
                }
                Peer::Over => self.over = true,
                Peer::NewcomerCancelled => self.newcomer_cancelled = true,
                Peer::Vanishes | Peer::Panics => self.broke_off = true,
                Peer::Calls(hook) => {
                    self.calling += 1;
                    // Before `on_subscribe` there is nothing to cancel.
                    self.told |= *hook == Hook::Leave;
                    self.left |= *hook == Hook::Leave && before.subscribed > 0;
                }
                Peer::Done(end) => self.done = self.done.or(Some((at, *end))),
                _ => {}
            },
            _ => {}
        }
    }

    pub(crate) fn is_synchronous(&self) -> bool {
        self.subscribing || self.calling > 0
    }
}

pub(crate) fn asks(seen: &Seen, judgement: &mut Judgement) {
    let enough = seen.capabilities.enough.unwrap_or(100).min(100);
    for (at, before, past, what) in seen.entries() {
        match what {
            What::Peer(Peer::Starved) if is_stalled(before, past) => {
                let got = match before.delivered {
                    0 => "nothing was ever asked for".to_owned(),
                    n => format!("{n} items were delivered, and nothing more is asked for"),
                };
                judgement.object(1, at, "a request, since there are items and no cancel", got);
            }
            // By itself, inside a callback: nobody has told it to, and nothing was wrong.
            What::Cancel { .. } if goes_by_itself(seen, before, past) => {
                let got = format!("a cancel after {} items", before.delivered);
                let expected =
                    "a request, as long as there are items, or cancels_after() in the capabilities";
                judgement.object(1, at, expected, got);
            }
            What::OnNext { index, .. } if *index == enough.max(1) && before.is_open() => judgement.witness(1),
            _ => {}
        }
    }
}

/// It asks when its hook is called, and never before.
pub(super) fn asks_only_when_told(all: &[Seen]) -> Option<Hint> {
    let first = |seen: &Seen, is: fn(&What) -> bool| {
        let mut found = seen.entries().filter(|(_, _, _, what)| is(what));
        found.next().map(|(at, ..)| at)
    };
    let (mut obeys, mut declared) = (false, false);
    for seen in all {
        let told = first(seen, |what| matches!(what, What::Peer(Peer::Calls(Hook::More))));
        let asks = first(seen, |what| matches!(what, What::Request { .. }));
        let Some(asks) = asks else { continue };
        if told.is_none_or(|told| asks < told) {
            return None;
        }
        (obeys, declared) = (true, seen.capabilities.told);
    }
    (obeys && !declared).then(|| Hint {
        checks: &["2.1/1", "2.5/3"],
        says: "it asked for something whenever the hook of on_more() was called, and for nothing in any scenario before that. If it \
               asks only when it is told to, let capabilities() say so: asks_when_told()"
            .to_owned(),
    })
}

/// Whether a cancel at this moment has no reason but the subscriber's own, and none was declared.
fn goes_by_itself(seen: &Seen, before: &Moment, past: Past) -> bool {
    seen.capabilities.enough.is_none() && is_its_own(before, past)
}

/// Whether a cancel at this moment is of the subscriber's own accord, inside a signal.
fn is_its_own(before: &Moment, past: Past) -> bool {
    let told = past.told || past.again || past.over || past.broke_off || past.flooded;
    !told && before.is_open() && before.inside.is_some()
}

/// Whether there are items and nobody asks for them, for no reason that the kit gave.
fn is_stalled(before: &Moment, past: Past) -> bool {
    before.is_open() && !past.told && !past.again
}

/// Whether the subscriber is one that asks for too little, whatever is done to it.
pub(crate) fn stalls(all: &[Seen]) -> bool {
    let starved = |what: &What| matches!(what, What::Peer(Peer::Starved));
    all.iter()
        .flat_map(Seen::entries)
        .any(|(_, before, past, what)| starved(what) && is_stalled(before, past))
}

/// After how many items the subscriber cancels, if that is before it says that it does.
pub(crate) fn cancels_early(all: &[Seen]) -> Option<u64> {
    let early = |seen: &Seen| {
        let own = |(_, before, past, what): (_, &Moment, Past, &What)| {
            let own = matches!(what, What::Cancel { .. }) && is_its_own(before, past);
            (own && !enough(seen, before.delivered)).then_some(before.delivered)
        };
        seen.entries().find_map(own).filter(|_| seen.capabilities.enough.is_some())
    };
    all.iter().filter_map(early).min()
}

pub(crate) fn never_waits_inside(seen: &Seen, judgement: &mut Judgement) {
    for (at, _, _, what) in seen.entries() {
        let What::Return(call) = what else { continue };
        let began = seen.trace.event(*call);
        if !began.what.is_signal() {
            continue;
        }
        judgement.witness(1);
        let took = seen.trace.event(at).at.saturating_sub(began.at);
        if !took.is_zero() {
            let got = format!("it took {took:?} of the clock");
            judgement.object(1, at, format!("{} to return without waiting", began.what), got);
        }
    }
}

pub(crate) fn terminals_call_nobody(seen: &Seen, judgement: &mut Judgement) {
    for (at, _, _, what) in seen.entries() {
        match what {
            What::Peer(Peer::UsedInTerminal(n)) => {
                let got = format!("{n} calls of request or cancel");
                judgement.object(1, at, "no call of the subscription inside the terminal", got);
            }
            what if what.is_terminal() => judgement.witness(1),
            _ => {}
        }
    }
}

pub(crate) fn leaves_the_dead_alone(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, _, what) in seen.entries() {
        match what {
            What::Peer(Peer::UsedAfterTerminal(n)) => {
                let got = format!("{n} calls of request or cancel");
                judgement.object(1, at, "no call of the subscription after the terminal", got);
            }
            What::TornDown if before.terminal.is_some() => judgement.witness(3),
            What::Peer(Peer::HandleKept) => {
                judgement.object(3, at, "the handle to be dropped", "it still exists when all is let go of");
            }
            What::Settled { busy, ticking } if before.terminal.is_some() => {
                judgement.witness(1);
                judgement.witness(2);
                if *busy || *ticking {
                    let got = if *busy { "tasks run on and on" } else { "alarms are armed again and again" };
                    judgement.object(2, at, "rest after the terminal", got);
                }
            }
            _ => {}
        }
    }
}

pub(crate) fn rejects_the_second(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, past, what) in seen.entries() {
        match what {
            What::Peer(Peer::SubscribesAgain) => {
                [1, 2, 5].into_iter().for_each(|check| judgement.witness(check))
            }
            What::OnNext { .. } if past.again && before.is_open() => {
                judgement.witness(3);
                judgement.witness(4);
            }
            What::Peer(Peer::NewcomerAsked) => {
                judgement.object(1, at, "no request of the second subscription", "one");
            }
            // At rest as long as it lives, since its own end drops what it has kept.
            What::Settled { .. } | What::TornDown
                if past.again
                    && !past.newcomer_cancelled
                    && (before.waits() || matches!(what, What::TornDown) && !before.panicked) =>
            {
                let got = "it was neither cancelled nor was its handle dropped";
                judgement.object(2, at, "the second subscription to be cancelled", got);
            }
            // Who stalls anyway is no matter of this rule.
            What::Peer(Peer::Starved)
                if past.before_again > 0
                    && before.delivered < past.before_again + STILL_ASKED
                    && before.is_open()
                    && !past.left =>
            {
                judgement.object(3, at, "the first subscription to go on", "nothing more is asked for");
            }
            What::Cancel { .. }
                if past.again
                    && !past.left
                    && !past.over
                    && !enough(seen, before.delivered)
                    // Who has enough earlier than it says has so without a second subscription, too.
                    && seen.capabilities.early.is_none_or(|early| before.delivered < early)
                    && before.is_open() =>
            {
                judgement.object(4, at, "the first subscription to go on", "it was cancelled");
            }
            What::Panicked { from: Call::Signal, message } if past.in_second => {
                judgement.object(5, at, "a cancel of the second subscription", format!("a panic: {message}"));
            }
            _ => {}
        }
    }
}

/// Whether the subscriber had said that it would cancel by now.
pub(crate) fn enough(seen: &Seen, delivered: u64) -> bool {
    seen.capabilities.enough.is_some_and(|enough| delivered >= enough)
}

pub(crate) fn cancels_what_it_does_not_want(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, past, what) in seen.entries() {
        let sated = enough(seen, before.delivered);
        if past.broke_off {
            break;
        }
        match what {
            What::Cancel { .. } if past.left => judgement.witness(1),
            What::Cancel { .. } if sated => judgement.witness(2),
            What::Cancel { .. } if is_its_own(before, past) => {
                let Some(enough) = seen.capabilities.enough else { continue };
                let expected = format!("no cancel before item {enough}, as the capabilities say");
                judgement.object(2, at, expected, format!("a cancel after {} items", before.delivered));
            }
            // What it was told before `on_subscribe` it may have been unable to hear; but then it goes on.
            What::Peer(Peer::Starved)
                if past.told && !past.left && seen.leaves && !seen.capabilities.stalls && before.waits() =>
            {
                let got = format!("neither, after {} items", before.delivered);
                let expected = "a cancel, since interest was lost before on_subscribe, or further requests";
                judgement.object(1, at, expected, got);
            }
            // Who only looks, whenever it is called, whether anybody still wants the items must be called before it can be
            // judged: until it has had them all and asks for no more, or for so long that it does not look.
            What::Peer(Peer::Starved) | What::Settled { .. } if past.left => {
                let since = past.heard.map_or(0, |heard| before.delivered.saturating_sub(heard));
                let looked = since >= LOOKED || since > 0 && matches!(what, What::Peer(Peer::Starved));
                if seen.leaves && looked && before.is_open() && before.dropped.is_none() {
                    let got = format!("none came, and {since} items did");
                    judgement.object(1, at, "a cancel, since interest was lost", got);
                }
            }
            What::Settled { .. } if sated && before.is_open() && before.dropped.is_none() && !past.again => {
                let got = format!("none came after {} items", before.delivered);
                judgement.object(2, at, "a cancel, as the capabilities say", got);
            }
            _ => {}
        }
    }
}

pub(crate) fn bears_late_items(seen: &Seen, judgement: &mut Judgement) {
    for (at, before, _, what) in seen.entries() {
        match what {
            What::OnNext { .. } if before.cancelled.is_some() => judgement.witness(1),
            What::Panicked { from: Call::Signal, message }
                if before.cancelled.is_some() && !in_terminal(seen, before) =>
            {
                judgement.object(
                    1,
                    at,
                    "the late item to be taken or dropped",
                    format!("a panic: {message}"),
                );
            }
            _ => {}
        }
    }
}

pub(crate) fn in_terminal(seen: &Seen, before: &Moment) -> bool {
    before.inside.is_some_and(|signal| seen.trace.event(signal).what.is_terminal())
}
