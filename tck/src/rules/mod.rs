//! The rules as data: a number, what it asks, and a pure function over a finished log.

mod own;
mod publisher;
mod subscription;

use crate::Capabilities;
use crate::report::Judgement;
use crate::trace::Trace;

/// One rule of the table.
#[derive(Debug)]
pub struct Rule {
    pub(crate) id: &'static str,
    /// What it asks, in one sentence.
    pub(crate) asks: &'static str,
    /// What to look at when it fails.
    pub(crate) check: &'static str,
    /// Why it cannot be judged with these capabilities.
    pub(crate) needs: fn(&Capabilities) -> Option<&'static str>,
    pub(crate) judge: fn(&Trace) -> Judgement,
}

impl Rule {
    /// Its number, as `"1.1"` or `"3-iv"`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it asks, in one sentence.
    #[must_use]
    pub fn asks(&self) -> &'static str {
        self.asks
    }

    /// What to look at when a publisher breaks it.
    #[must_use]
    pub fn check(&self) -> &'static str {
        self.check
    }
}

/// Every rule that the kit judges, in the order of the specification; the contract's own come last.
pub const RULES: &[Rule] = &[
    Rule {
        id: "1.1",
        asks: "no more items than were asked for so far",
        check: "is `is_ready()` asked before each `deliver`, and is `deliver` the only way to `on_next`?",
        needs: an_item_or_silence,
        judge: publisher::no_more_than_requested,
    },
    Rule {
        id: "1.2",
        asks: "no more items than there are: a stream may end with demand left",
        check: "does something pad the end of the stream, or start it over?",
        needs: a_known_length,
        judge: publisher::no_more_than_there_are,
    },
    Rule {
        id: "1.4",
        asks: "a failure is signalled with on_error",
        check: "does the failing path reach `on_error`, also before the first item and with no demand left over?",
        needs: a_failure,
        judge: publisher::fails_aloud,
    },
    Rule {
        id: "1.5",
        asks: "a stream that ends well completes, after its last item and not before",
        check: "is the end reached when the last item has been delivered, and after a resume with demand as well?",
        needs: a_finite_stream,
        judge: publisher::completes,
    },
    Rule {
        id: "1.6",
        asks: "after a terminal the subscription counts as cancelled: requests and cancels are silent",
        check: "is everything that could still run let go of when the terminal is signalled?",
        needs: an_end,
        judge: publisher::silent_after_terminal,
    },
    Rule {
        id: "1.8",
        asks: "after a cancel the signals stop",
        check: "is `is_cancelled()` or `is_ready()` asked before each item, and before the terminal?",
        needs: nothing,
        judge: publisher::stops_after_cancel,
    },
    Rule {
        id: "1.9",
        asks: "subscribe calls on_subscribe first and once, and returns normally",
        check: "is `on_subscribe` called on every path through `subscribe`, before anything else and only there?",
        needs: nothing,
        judge: publisher::subscribes,
    },
    Rule {
        id: "3.2",
        asks: "what is requested inside on_subscribe and on_next is served",
        check: "is the demand looked at after each callback has returned, also after `on_subscribe`?",
        needs: an_item,
        judge: subscription::serves_callbacks,
    },
    Rule {
        id: "3.6",
        asks: "after a cancel a request does nothing",
        check: "is a cancelled state dropped for good, and is one subscription lent to all callbacks?",
        needs: nothing,
        judge: subscription::deaf_after_cancel,
    },
    Rule {
        id: "3.8",
        asks: "each request adds to the demand that there is",
        check: "does the publisher keep a count of its own beside `outstanding()`, or take one request for the sum?",
        needs: an_item,
        judge: subscription::adds_up,
    },
    Rule {
        id: "3.12",
        asks: "a cancel makes the publisher stop working, from wherever it comes",
        check: "does a task, a timer or a source go on when nobody listens any more? Await `poll_cancelled` beside it",
        needs: nothing,
        judge: subscription::stops_working,
    },
    Rule {
        id: "3.13",
        asks: "after a cancel or a terminal the subscriber and the buffered items are dropped",
        check: "who still owns the subscriber or a buffer: a task, a timer, a registry, a cycle?",
        needs: nothing,
        judge: subscription::lets_go,
    },
    Rule {
        id: "3.15",
        asks: "cancel returns normally",
        check: "what panics when the parked state is dropped?",
        needs: nothing,
        judge: subscription::cancel_returns,
    },
    Rule {
        id: "3.16",
        asks: "request returns normally",
        check: "what panics when a request runs the publisher: arithmetic on the demand, a borrow, a source?",
        needs: nothing,
        judge: subscription::request_returns,
    },
    Rule {
        id: "3.17",
        asks: "any number and any sum of requests is served, unbounded from some point on",
        check: "is demand converted, added or multiplied outside `Demand` and `Subscription`?",
        needs: an_item,
        judge: subscription::any_sum,
    },
    Rule {
        id: "3-i",
        asks: "a terminal carries exactly the demand that was not used",
        check: "is `outstanding()` asked when the terminal is signalled, after the last callback?",
        needs: an_end,
        judge: own::unused_is_exact,
    },
    Rule {
        id: "3-iii",
        asks: "after a cancel at most the item in progress arrives",
        check: "is `is_ready()` asked before each item, in inner loops as well?",
        needs: an_item,
        judge: own::looks_before_each_item,
    },
    Rule {
        id: "3-iv",
        asks: "a terminal needs no demand",
        check: "is the end looked for after each item, and after `on_subscribe`, before waiting for demand?",
        needs: an_eager_end,
        judge: own::ends_without_demand,
    },
    Rule {
        id: "3-v",
        asks: "the subscriber is dropped promptly, and neither that nor another signal comes under a lock",
        check: "what holds the subscriber after a cancel until a timer fires? Does a guard live across the signal?",
        needs: nothing,
        judge: own::drops_promptly,
    },
    Rule {
        id: "3-vi",
        asks: "nothing keeps itself alive: when everybody has let go, the subscriber is dropped",
        check: "does a parked state hold a waker or a handle of the link that it is parked in?",
        needs: nothing,
        judge: own::no_cycle,
    },
    Rule {
        id: "3-vii",
        asks: "a panic of the subscriber cancels, drops what was held and reaches the caller; it is no on_error",
        check: "is a panic caught on the way, or is something left behind that only the normal path releases?",
        needs: nothing,
        judge: own::survives_a_panic,
    },
];

fn nothing(_: &Capabilities) -> Option<&'static str> {
    None
}

fn a_known_length(capabilities: &Capabilities) -> Option<&'static str> {
    (capabilities.lengths.is_empty() && capabilities.failing.is_empty()).then_some("it never ends")
}

fn a_finite_stream(capabilities: &Capabilities) -> Option<&'static str> {
    capabilities.lengths.is_empty().then_some("it never completes")
}

fn a_failure(capabilities: &Capabilities) -> Option<&'static str> {
    capabilities.failing.is_empty().then_some("it cannot fail")
}

fn an_end(capabilities: &Capabilities) -> Option<&'static str> {
    a_known_length(capabilities)
}

fn an_item(capabilities: &Capabilities) -> Option<&'static str> {
    (!capabilities.has_items()).then_some("it has no items")
}

fn an_item_or_silence(capabilities: &Capabilities) -> Option<&'static str> {
    if capabilities.silent { None } else { an_item(capabilities) }
}

fn an_eager_end(capabilities: &Capabilities) -> Option<&'static str> {
    let completes = capabilities.eager_completion && !capabilities.lengths.is_empty();
    let fails = capabilities.eager_failure && !capabilities.failing.is_empty();
    (!completes && !fails).then_some("it learns of its end only when it is asked again")
}
