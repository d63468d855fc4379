//! The publisher suite: its checks, in the order of the rules.

mod chapter1;
mod company;
mod own;
mod subscription;

use super::{Check, Judge, Need};
use crate::outcome::Judgement;
use crate::trace::Trace;

pub(crate) const PUBLISHER: &[Judge<Trace>] = &[
    Judge {
        rule: "1.1",
        look: "is `is_ready()` asked before each `deliver`, and is `deliver` the only way to `on_next`?",
        checks: &[
            Check::must("1.1/1", Need::ItemOrSilence, "no item comes before the first request"),
            Check::must("1.1/2", Need::Item, "no more items come than were asked for so far"),
        ],
        judge: chapter1::no_more_than_requested,
    },
    Judge {
        rule: "1.2",
        look: "does something pad the stream, or start it over? Is an item taken before it is known that it can be delivered? \
               If its items are meant to be others, say emits(), \
               unordered() or varying() in capabilities()",
        checks: &[
            Check::must("1.2/1", Need::KnownLength, "no more items come than there are"),
            Check::must(
                "1.2/2",
                Need::Known,
                "the items are those of the stream, however they are asked for: none twice, none left out, in order",
            ),
        ],
        judge: chapter1::what_there_is,
    },
    Judge {
        rule: "1.3",
        look: "what unsafe code signals while another signal has not returned?",
        checks: &[Check::must("1.3/1", Need::Nothing, "no signal begins before the last one has returned")],
        judge: chapter1::one_at_a_time,
    },
    Judge {
        rule: "1.4",
        look: "does the failing path reach `on_error`, also before the first item and with no demand left over?",
        checks: &[
            Check::must("1.4/1", Need::Failure, "a stream that fails signals on_error while there is demand"),
            Check::must("1.4/2", Need::Failure, "a stream that fails does not complete"),
            Check::must(
                "1.4/3",
                Need::FailureOrEndless,
                "a subscriber that waits is not dropped without a word",
            ),
            Check::must("1.4/4", Need::Nothing, "no task and no alarm panics, nor what fails"),
            Check::must("1.4/5", Need::Endless, "a stream without end does not fail"),
        ],
        judge: chapter1::fails_aloud,
    },
    Judge {
        rule: "1.5",
        look: "is the end reached when the last item has been delivered, and after a resume with demand as well?",
        checks: &[
            Check::must("1.5/1", Need::Completion, "a finite stream completes after its last item"),
            Check::must("1.5/2", Need::Completion, "it does not complete before"),
            Check::must("1.5/3", Need::Completion, "a stream that ends well does not fail"),
            Check::must("1.5/4", Need::Completion, "a subscriber that waits is not dropped without a word"),
            Check::must("1.5/5", Need::Endless, "a stream without end does not complete"),
        ],
        judge: chapter1::completes,
    },
    Judge {
        rule: "1.6",
        look: "is everything that could still run let go of when the terminal is signalled?",
        checks: &[
            Check::must(
                "1.6/1",
                Need::KnownLength,
                "a request or a cancel after the terminal does not panic",
            ),
            Check::must("1.6/2", Need::KnownLengthCold, "tasks and alarms come to rest after the terminal"),
        ],
        judge: chapter1::silent_after_terminal,
    },
    Judge {
        rule: "1.7",
        look: "what unsafe code keeps a subscriber that it has given away?",
        checks: &[Check::must("1.7/1", Need::KnownLength, "nothing is signalled after a terminal")],
        judge: chapter1::nothing_after_terminal,
    },
    Judge {
        rule: "1.8",
        look: "is `is_cancelled()` or `is_ready()` asked before each item, and before the terminal?",
        checks: &[
            Check::must("1.8/1", Need::Nothing, "the items stop after a cancel"),
            Check::must("1.8/2", Need::Nothing, "no terminal comes after a cancel before the end"),
            Check::must("1.8/3", Need::Nothing, "nothing comes once all has come to rest after a cancel"),
            Check::should("1.8/4", Need::Nothing, "no terminal comes after a cancel by what was lent"),
        ],
        judge: chapter1::stops_after_cancel,
    },
    Judge {
        rule: "1.9",
        look: "is `on_subscribe` called on every path through `subscribe`, before anything else and only there?",
        checks: &[
            Check::must("1.9/1", Need::Nothing, "on_subscribe is the first signal"),
            Check::must("1.9/2", Need::Nothing, "on_subscribe comes once"),
            Check::must("1.9/3", Need::Nothing, "on_subscribe comes before all is at rest"),
            Check::must("1.9/4", Need::Nothing, "subscribe returns normally"),
            Check::must("1.9/5", Need::Nothing, "no subscriber is dropped without on_subscribe"),
        ],
        judge: chapter1::subscribes,
    },
    Judge {
        rule: "1.10",
        look: "what do clones share that belongs to one subscription: a cursor, a flag, an error, a source that was stopped?",
        checks: &[
            Check::must(
                "1.10/1",
                Need::Shared,
                "each subscriber gets on_subscribe, whatever became of those before",
            ),
            Check::must("1.10/2", Need::Streams, "a later subscriber gets all that it asks for, and the end"),
            Check::must("1.10/3", Need::Streams, "a later subscriber gets the same items as the first one"),
            Check::must(
                "1.10/4",
                Need::Refusal,
                "who comes when nobody is there any more is served after each kind of end, or after none",
            ),
        ],
        judge: company::can_be_repeated,
    },
    Judge {
        rule: "1.11",
        look: "is the sharing in capabilities() the one that you mean? Which state serves all subscribers?",
        checks: &[
            Check::must(
                "1.11/1",
                Need::Refusal,
                "who comes beside another subscriber is refused by on_error",
            ),
            Check::must("1.11/2", Need::Streams, "no subscriber holds another one up"),
            Check::must("1.11/3", Need::OneStreamShown, "all see the same items in the same order"),
            Check::must("1.11/4", Need::OneStream, "when all wait for items, they come"),
        ],
        judge: company::keeps_its_promise,
    },
    Judge {
        rule: "2.12",
        look: "does a restart, a retry or a second poll call `on_subscribe` again?",
        checks: &[Check::must("2.12/1", Need::Nothing, "on_subscribe never comes a second time")],
        judge: chapter1::subscribes_once,
    },
    Judge {
        rule: "2.13",
        look: "is a panic caught on the way, so that the loop goes on? Does a loop over subscribers end with it?",
        checks: &[
            Check::must("2.13/1", Need::Nothing, "nothing is signalled to a subscriber that has panicked"),
            Check::must("2.13/2", Need::Neighbours, "other subscribers go on when one has panicked"),
        ],
        judge: panics,
    },
    Judge {
        rule: "3.2",
        look: "is the demand looked at after each callback has returned, also after `on_subscribe`?",
        checks: &[Check::must(
            "3.2/1",
            Need::Item,
            "what was requested inside a callback has come when all is at rest",
        )],
        judge: subscription::serves_callbacks,
    },
    Judge {
        rule: "3.3",
        look: "does a function call itself for the next item or the next batch, or resume a state inside `resume`? Return `Turn::Park`",
        checks: &[Check::must(
            "3.3/1",
            Need::ManyItems,
            "the stack does not get deeper from the first items to the last",
        )],
        judge: subscription::does_not_nest,
    },
    Judge {
        rule: "3.4",
        look: "what waits inside the publisher: a future that is driven on the spot, a timer, a channel?",
        checks: &[
            Check::must("3.4/1", Need::Nothing, "time does not pass inside a request"),
            Check::must(
                "3.4/2",
                Need::Nothing,
                "time does not pass inside subscribe, nor while a task is polled",
            ),
        ],
        judge: subscription::request_does_not_wait,
    },
    Judge {
        rule: "3.5",
        look: "what waits when the parked state is dropped?",
        checks: &[Check::must("3.5/1", Need::Nothing, "time does not pass inside a cancel")],
        judge: subscription::cancel_does_not_wait,
    },
    Judge {
        rule: "3.6",
        look: "is a cancelled state dropped for good, and is one subscription lent to all callbacks?",
        checks: &[
            Check::must("3.6/1", Need::Nothing, "a request after a cancel brings no signal"),
            Check::must("3.6/2", Need::Nothing, "a request after a cancel does not panic"),
        ],
        judge: subscription::deaf_after_cancel,
    },
    Judge {
        rule: "3.7",
        look: "what is left to be cancelled a second time?",
        checks: &[
            Check::must("3.7/1", Need::Nothing, "another cancel brings no signal"),
            Check::must("3.7/2", Need::Nothing, "another cancel does not panic"),
        ],
        judge: subscription::cancels_once,
    },
    Judge {
        rule: "3.8",
        look: "does the publisher keep a count of its own beside `outstanding()`, or take one request for the sum?",
        checks: &[Check::must("3.8/1", Need::Item, "the sum of all requests has come when all is at rest")],
        judge: subscription::adds_up,
    },
    Judge {
        rule: "3.10",
        look: "nothing: it is told how often it happens",
        checks: &[Check::may("3.10/1", Need::Item, "items come inside a request")],
        judge: subscription::synchronous_items,
    },
    Judge {
        rule: "3.11",
        look: "nothing: it is told how often it happens",
        checks: &[Check::may("3.11/1", Need::KnownLength, "terminals come inside a request")],
        judge: subscription::synchronous_terminals,
    },
    Judge {
        rule: "3.12",
        look: "does a task, a timer or a source go on when nobody listens any more? Await `poll_cancelled` beside it",
        checks: &[
            Check::must("3.12/1", Need::Item, "only a few items come after a cancel"),
            Check::must("3.12/2", Need::Cold, "tasks and alarms come to rest after a cancel"),
            Check::must("3.12/3", Need::Cold, "only a few items are made after a cancel"),
            Check::must("3.12/4", Need::Cold, "the source is not emptied after a cancel"),
        ],
        judge: subscription::stops_working,
    },
    Judge {
        rule: "3.13",
        look: "who still owns the subscriber or a buffer: a task, a timer, a registry, a cycle?",
        checks: &[
            Check::must("3.13/1", Need::Nothing, "the subscriber is dropped after a cancel or a terminal"),
            Check::must("3.13/2", Need::Cold, "no item is alive after a cancel or a terminal"),
        ],
        judge: subscription::lets_go,
    },
    Judge {
        rule: "3.14",
        look: "nothing: it is told what a subscriber finds who comes when all others have cancelled",
        checks: &[
            Check::may("3.14/1", Need::Shared, "who comes after all have cancelled finds the beginning"),
            Check::may("3.14/2", Need::Shared, "who comes after all have cancelled finds the rest"),
            Check::may("3.14/3", Need::Shared, "who comes after all have cancelled finds the end"),
        ],
        judge: company::what_is_left,
    },
    Judge {
        rule: "3.15",
        look: "what panics when the parked state is dropped?",
        checks: &[Check::must("3.15/1", Need::Nothing, "no cancel panics")],
        judge: subscription::cancel_returns,
    },
    Judge {
        rule: "3.16",
        look: "what panics when a request runs the publisher: arithmetic on the demand, a borrow, a source?",
        checks: &[Check::must("3.16/1", Need::Nothing, "no request panics")],
        judge: subscription::request_returns,
    },
    Judge {
        rule: "3.17",
        look: "is demand converted, added or multiplied outside `Demand` and `Subscription`?",
        checks: &[
            Check::must("3.17/1", Need::Item, "a huge demand is no error"),
            Check::must("3.17/2", Need::Completion, "a finite stream ends under a huge demand"),
            Check::must("3.17/3", Need::Item, "a huge demand is served"),
            Check::must("3.17/4", Need::Nothing, "a huge demand does not panic"),
        ],
        judge: subscription::any_sum,
    },
    Judge {
        rule: "3-i",
        look: "is `outstanding()` asked when the terminal is signalled, after the last callback?",
        checks: &[Check::must("3-i/1", Need::KnownLength, "a terminal carries the demand that was not used")],
        judge: own::unused_is_exact,
    },
    Judge {
        rule: "3-ii",
        look: "what was taken from the subscription before on_subscribe returned: a waker, a fork, a count?",
        checks: &[
            Check::must(
                "3-ii/1",
                Need::Demanded,
                "what is asked by a subscription that replaces the lent one comes",
            ),
            Check::must(
                "3-ii/2",
                Need::Nothing,
                "a cancel by a subscription that replaces the lent one is seen",
            ),
        ],
        judge: own::keeps_no_other_word,
    },
    Judge {
        rule: "3-iii",
        look: "is `is_ready()` asked before each item, in inner loops as well?",
        checks: &[Check::must("3-iii/1", Need::Item, "no item is begun after a cancel")],
        judge: own::looks_before_each_item,
    },
    Judge {
        rule: "3-iv",
        look: "is the end looked for after each item, and after `on_subscribe`, before waiting for demand?",
        checks: &[
            Check::must("3-iv/1", Need::EagerEnd, "a terminal comes without more demand"),
            Check::may("3-iv/2", Need::Endless, "a stream without end lets go when nobody can ask any more"),
        ],
        judge: own::ends_without_demand,
    },
    Judge {
        rule: "3-v",
        look: "what holds the subscriber after a cancel until a timer fires? Does a guard live across the signal?",
        checks: &[
            Check::must("3-v/1", Need::Nothing, "the subscriber is dropped before time goes on"),
            Check::must("3-v/2", Need::Nothing, "no lock is held during a signal (seen in debug builds)"),
        ],
        judge: own::drops_promptly,
    },
    Judge {
        rule: "3-vi",
        look: "does a parked state hold a waker or a handle of the link that it is parked in, in a queue that it owns, for example?",
        checks: &[
            Check::must("3-vi/1", Need::Nothing, "no subscriber outlives everybody who could reach it"),
            Check::must("3-vi/2", Need::Nothing, "no item outlives everybody who could reach it"),
        ],
        judge: own::no_cycle,
    },
    Judge {
        rule: "3-vii",
        look: "is a panic caught on the way, or is something left behind that only the normal path releases?",
        checks: &[
            Check::must("3-vii/1", Need::Nothing, "a panic of the subscriber does not become on_error"),
            Check::must("3-vii/2", Need::Nothing, "the subscriber is dropped when it has panicked"),
            Check::must("3-vii/3", Need::Cold, "no item is alive when the subscriber has panicked"),
            Check::must("3-vii/4", Need::Nothing, "the panic reaches who asked"),
        ],
        judge: own::survives_a_panic,
    },
];

fn panics(trace: &Trace, judgement: &mut Judgement) {
    own::cancelled_by_a_panic(trace, judgement);
    company::not_by_another_panic(trace, judgement);
}
