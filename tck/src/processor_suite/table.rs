//! The checks of a processor beyond those of the stream that comes out, in the order of the rules. Where others' are of
//! the same rule, the numbers go on.

use super::{Sandwich, contract, judges};
use crate::rules::{Check, Judge, Need};

pub(crate) const PROCESSOR: &[Judge<Sandwich>] = &[
    Judge {
        rule: "2.1",
        look: "is what is skipped asked for again, and is demand that comes while nothing is held passed on?",
        checks: &[Check::must("2.1/2", Need::Item, "as long as downstream waits, upstream is asked")],
        judge: judges::asks_upstream,
    },
    Judge {
        rule: "2.2",
        look: "what waits inside a signal: a channel, a future, a lock, a clock? It belongs behind a boundary",
        checks: &[Check::should("2.2/1", Need::Nothing, "no time passes inside a signal")],
        judge: judges::never_waits_inside,
    },
    Judge {
        rule: "2.5",
        look: "is it noted that `on_subscribe` has come, and is the second subscription cancelled and nothing else done?",
        checks: &[
            Check::must("2.5/1", Need::Nothing, "nothing is asked of the second subscription"),
            Check::must("2.5/2", Need::Nothing, "the second subscription is cancelled"),
            Check::must("2.5/3", Need::Item, "the first subscription is still asked"),
            Check::must("2.5/4", Need::Item, "the first subscription is not cancelled"),
            Check::must("2.5/5", Need::Nothing, "the second on_subscribe returns normally"),
        ],
        judge: judges::rejects_the_second,
    },
    Judge {
        rule: "2.6",
        look: "does the cancel reach upstream from `on_subscribe`, from `on_next`, from a handle, and at rest?",
        checks: &[
            Check::must("2.6/3", Need::Nothing, "who is cancelled cancels upstream"),
            Check::must("2.6/4", Need::KnownLength, "whose stream has ended cancels upstream"),
        ],
        judge: judges::cancels_upstream,
    },
    Judge {
        rule: "2.8",
        look: "what does `on_next` take for granted that the cancel took away?",
        checks: &[Check::must("2.8/1", Need::Item, "an item that comes after the cancel is borne")],
        judge: judges::bears_late_items,
    },
    Judge {
        rule: "2.9",
        look: "what does `on_complete` take for granted: demand, an item, a handle?",
        checks: &[Check::must("2.9/1", Need::Nothing, "on_complete returns normally, wherever it comes")],
        judge: judges::bears_completion,
    },
    Judge {
        rule: "2.10",
        look: "what does `on_error` take for granted: demand, an item, a handle?",
        checks: &[Check::must("2.10/1", Need::Nothing, "on_error returns normally, wherever it comes")],
        judge: judges::bears_failure,
    },
    Judge {
        rule: "2.13",
        look: "what panics: arithmetic on what was received, a borrow, a full buffer, code of the user's?",
        checks: &[Check::must("2.13/3", Need::Nothing, "signals return normally, from whomever they come")],
        judge: judges::returns_normally,
    },
    Judge {
        rule: "3.3",
        look: "what calls itself, or goes on with its queue inside of itself, once for each item or for each stage?",
        checks: &[Check::should(
            "3.3/2",
            Need::Child,
            "up to a thousand stages, one behind the other, nest with the stages and not with the items",
        )],
        // It is tried, and not seen in a log.
        judge: |_, _| {},
    },
    Judge {
        rule: "4.1",
        look: "who takes an item out and does not deliver it, delivers it twice, or overtakes? What counts what is on order?",
        checks: &[
            Check::must("4.1/1", Need::Known, "what comes out is what the contract says, in its order"),
            Check::must("4.1/2", Need::Completion, "all of it has come out when the stream completes"),
            Check::must(
                "4.1/3",
                Need::Bound,
                "no more is held and on order than downstream waits for and the bound",
            ),
        ],
        judge: contract::holds,
    },
    Judge {
        rule: "4.2",
        look: "does `on_error` reach downstream on every path, also when something is held back and nobody asks? Does errors(..) in \
               contract() say what is meant: at once (Propagated), behind all that is held back (Delayed) or behind some of it \
               (Passed)?",
        checks: &[
            Check::must("4.2/1", Need::Nothing, "a failure becomes what the contract says, at once"),
            Check::must("4.2/2", Need::Failure, "downstream is told the error that upstream told"),
            Check::must(
                "4.2/3",
                Need::Failure,
                "it comes before or after what is held back, as the contract says",
            ),
        ],
        judge: contract::passes_failures_on,
    },
    Judge {
        rule: "3-v",
        look: "does the `Drop` of what subscribed above drop, or fail, what subscribed below, and never complete it?",
        checks: &[
            Check::must("3-v/3", Need::Nothing, "who is dropped without a terminal has not completed"),
            Check::must("3-v/4", Need::Nothing, "after that everything comes to rest"),
            Check::must("3-v/5", Need::Nothing, "downstream is not left waiting for what cannot come"),
        ],
        judge: judges::knows_an_end_from_a_loss,
    },
    Judge {
        rule: "3-vi",
        look: "does what is parked above own the handle of its own subscription?",
        checks: &[Check::must(
            "3-vi/3",
            Need::Nothing,
            "what subscribed above goes when everybody has let go",
        )],
        judge: judges::owns_no_cycle,
    },
    Judge {
        rule: "3-viii",
        look: "is the subscription lent from above passed below, though its items are not those below?",
        checks: &[Check::must(
            "3-viii/1",
            Need::Uneven,
            "a terminal carries the unused demand of below, not of above",
        )],
        judge: judges::keeps_demands_apart,
    },
];
