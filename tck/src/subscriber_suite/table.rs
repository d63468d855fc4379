//! The checks of a subscriber, in the order of the rules. Where the publisher's are of the same rule, the numbers go on.

use super::play::Seen;
use super::{ends, judges};
use crate::rules::{Check, Judge, Need};

pub(crate) const SUBSCRIBER: &[Judge<Seen>] = &[
    Judge {
        rule: "2.1",
        look: "is there a request for what was delivered on every path through `on_next`, and does the refill count right?",
        checks: &[Check::must("2.1/1", Need::Appetite, "as long as there are items, they are asked for")],
        judge: judges::asks,
    },
    Judge {
        rule: "2.2",
        look: "what waits inside a signal: a channel, a future, a lock, a clock? It belongs behind a boundary",
        checks: &[Check::should("2.2/1", Need::Nothing, "no time passes inside a signal")],
        judge: judges::never_waits_inside,
    },
    Judge {
        rule: "2.3",
        look: "does a common clean-up cancel, or a retry ask, when the terminal comes?",
        checks: &[Check::must("2.3/1", Need::Nothing, "a terminal calls neither request nor cancel")],
        judge: judges::terminals_call_nobody,
    },
    Judge {
        rule: "2.4",
        look: "who still holds the handle and is not told of the end? A task behind a channel may not have come to an end that lies \
               behind its items: let `on_complete` and `on_error` set a flag, and look at it before each request",
        checks: &[
            Check::must("2.4/1", Need::Nothing, "after a terminal neither request nor cancel is called"),
            Check::must("2.4/2", Need::Nothing, "after a terminal everything comes to rest"),
            Check::must("2.4/3", Need::Nothing, "after a terminal the handle is dropped"),
        ],
        judge: judges::leaves_the_dead_alone,
    },
    Judge {
        rule: "2.5",
        look: "is it noted that `on_subscribe` has come, and is the second subscription cancelled and nothing else done?",
        checks: &[
            Check::must("2.5/1", Need::Appetite, "nothing is asked of the second subscription"),
            Check::must("2.5/2", Need::Appetite, "the second subscription is cancelled"),
            Check::must("2.5/3", Need::Appetite, "the first subscription is still asked"),
            Check::must("2.5/4", Need::Appetite, "the first subscription is not cancelled"),
            Check::must("2.5/5", Need::Appetite, "the second on_subscribe returns normally"),
        ],
        judge: judges::rejects_the_second,
    },
    Judge {
        rule: "2.6",
        look: "is the handle dropped, or `cancel` called, on every path on which nothing more is wanted?",
        checks: &[
            Check::must("2.6/1", Need::Leaving, "who loses interest cancels"),
            Check::must("2.6/2", Need::Enough, "who has enough cancels, and not before it has"),
        ],
        judge: judges::cancels_what_it_does_not_want,
    },
    Judge {
        rule: "2.8",
        look: "what does `on_next` take for granted that the cancel took away?",
        checks: &[Check::must("2.8/1", Need::Cancel, "an item that comes after the cancel is borne")],
        judge: judges::bears_late_items,
    },
    Judge {
        rule: "2.9",
        look: "what does `on_complete` take for granted: demand, an item, a handle? And does its consumer learn of it?",
        checks: &[
            Check::must("2.9/1", Need::Nothing, "on_complete returns normally, wherever it comes"),
            Check::must("2.9/2", Need::Observed, "who has seen on_complete is done"),
            Check::must("2.9/3", Need::Observed, "a completion is not taken for a failure"),
            Check::must("2.9/4", Need::Observed, "nobody is done before the end, or twice"),
        ],
        judge: ends::bears_completion,
    },
    Judge {
        rule: "2.10",
        look: "what does `on_error` take for granted: demand, an item, a handle? And does its consumer learn of it?",
        checks: &[
            Check::must("2.10/1", Need::Failure, "on_error returns normally, wherever it comes"),
            Check::must("2.10/2", Need::ObservedFailure, "who has seen on_error is done"),
            Check::must("2.10/3", Need::ObservedFailure, "a failure is not taken for a completion"),
            Check::must("2.10/4", Need::ObservedFailure, "nobody has failed before the failure"),
        ],
        judge: ends::bears_failure,
    },
    Judge {
        rule: "2.13",
        look: "what panics: arithmetic on what was received, a borrow, a full buffer, code of the user's?",
        checks: &[
            Check::must("2.13/3", Need::Nothing, "signals return normally, from whomever they come"),
            Check::must("2.13/4", Need::Nothing, "nor does a task, or what the hooks call, panic"),
        ],
        judge: ends::returns_normally,
    },
    Judge {
        rule: "3.10",
        look: "is something borrowed or half done while `request` is called?",
        checks: &[Check::must(
            "3.10/2",
            Need::Appetite,
            "an item is borne that comes before request has returned",
        )],
        judge: ends::bears_items_at_once,
    },
    Judge {
        rule: "3.11",
        look: "is something borrowed or half done while `request` is called?",
        checks: &[Check::must(
            "3.11/2",
            Need::Nothing,
            "a terminal is borne that comes before request has returned",
        )],
        judge: ends::bears_terminals_at_once,
    },
    Judge {
        rule: "3-v",
        look: "does the subscriber's `Drop` tell its consumer that nothing more comes, and is that not a completion?",
        checks: &[
            Check::must("3-v/3", Need::Observed, "who is dropped without a terminal has not completed"),
            Check::must("3-v/4", Need::Appetite, "after that everything comes to rest"),
        ],
        judge: ends::knows_an_end_from_a_loss,
    },
    Judge {
        rule: "3-vi",
        look: "does the subscriber, or what it shares, own the handle of its own subscription?",
        checks: &[
            Check::must("3-vi/3", Need::Nothing, "the subscriber goes when everybody has let go"),
            Check::must("3-vi/4", Need::Nothing, "so do its items"),
        ],
        judge: ends::owns_no_cycle,
    },
];
