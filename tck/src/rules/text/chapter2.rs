//! Chapter 2: the subscriber.

use super::Coverage::{Checks, Types};
use super::Strength::{Must, Should};
use super::{Coverage, Rule, SUBSCRIBERS};

/// Calls on the link above are no fault of a processor's. The link may be that of a downstream that goes on with another
/// upstream; and where it is not, the side below refills or cancels before it learns of the end above, or closes, on one
/// path for every end, what has closed already. All that is one atomic word, and does nothing (rule 3.6).
const DOWNSTREAMS: Coverage =
    Coverage::NotApplicable("what is asked or cancelled below may meet the end above, and does nothing then");

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "2.1",
        asks: "to get items a subscriber requests them",
        why: "A publisher sends nothing that was not asked for; who forgets to ask again waits for ever.",
        how: "A scripted publisher feeds exactly what is asked for, up to five thousand items, and of what is asked for at \
              once up to a hundred thousand, until it is asked again. Demand that runs out while nobody has cancelled and \
              nothing can run is a stall. Who asks for still more at once, and never again, is not found.",
        breaks: "a refill that counts wrongly; a request on one of two paths.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.2",
        asks: "a callback that takes long belongs behind a boundary",
        why: "A signal runs on the publisher's thread; while it lasts, nobody else is served.",
        how: "Virtual time must stand still inside a signal, and a signal must not run the executor. It is advice: it fails \
              strict runs only.",
        breaks: "blocking on a channel, a future or a lock inside on_next.",
        strength: Should,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.3",
        asks: "on_complete and on_error do not call the subscription or the publisher",
        why: "The subscription is over; a call into it can recurse, or start over what has ended.",
        how: "Calls that come while a terminal is on the stack are recorded as such.",
        breaks: "a cancel in a common clean-up; a retry that subscribes inside on_error.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: DOWNSTREAMS,
    },
    Rule {
        id: "2.4",
        asks: "after a terminal the subscriber takes the subscription for cancelled",
        why: "Who still waits for items, or asks for them, holds resources for nothing.",
        how: "After a terminal no request comes, and the handle is dropped by the time that nothing can run any more.",
        breaks: "a task that holds the handle and is not told of the end; a registry from which nobody takes it.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: DOWNSTREAMS,
    },
    Rule {
        id: "2.5",
        asks: "a second on_subscribe is answered by cancelling the newcomer",
        why: "A subscriber that listens to two publishers mixes two streams and asks nobody knows whom.",
        how: "on_subscribe is called a second time; the newcomer must be cancelled by the time that everything is at rest, \
              and never asked, and the first one must go on to its end.",
        breaks: "a field that is overwritten; a second handle that is kept; `handle()` stored without a look at what is there.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.6",
        asks: "a subscription that is no longer needed is cancelled",
        why: "The publisher cannot know that nobody listens.",
        how: "The subscriber is made to lose interest, if the fixture offers a way, and there are more items; a cancel must \
              follow, at once or when it is called next, or the handle must be dropped.",
        breaks: "a cycle that keeps a handle alive; a flag that only hides what still comes.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.7",
        asks: "a subscriber calls request and cancel one at a time",
        why: "Requests that race have no order, and their effects cannot be foreseen.",
        how: "There is one handle to a subscription, which cannot be copied, and each call on it is one atomic update.",
        breaks: "nothing that compiles: a shared handle is harmless.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Types(&["spec_2_07_second_handle"]),
        processor: Types(&["spec_2_07_second_handle"]),
    },
    Rule {
        id: "2.8",
        asks: "a subscriber is ready for an item that arrives after its cancel",
        why: "A cancel from elsewhere may meet an item that is already on its way.",
        how: "After a cancel the publisher delivers what was still asked for; nothing may panic or ask for more.",
        breaks: "an `expect` on a state that the cancel has taken away.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.9",
        asks: "a subscriber is ready for on_complete with and without demand before it",
        why: "An empty stream completes before anybody asks.",
        how: "The stream completes at every point; nothing may panic, and the subscriber must say that it is done.",
        breaks: "an end that is expected after an item only; a completion that gets lost on its way to a task.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.10",
        asks: "a subscriber is ready for on_error with and without demand before it",
        why: "A stream may fail before anybody asks.",
        how: "As for 2.9, with an error.",
        breaks: "an error that is unwrapped; a state that is not there yet.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Checks,
        processor: Checks,
    },
    Rule {
        id: "2.11",
        asks: "what a signal hands over happens before it is processed",
        why: "An item that is seen half-made is worse than none.",
        how: "Items, errors and subscribers are Send, and each change of thread goes through an atomic update.",
        breaks: "unsafe code with a weak ordering.",
        strength: Must,
        publisher: SUBSCRIBERS,
        subscriber: Types(&[
            "spec_2_11_item_that_cannot_cross_threads",
            "spec_2_11_subscriber_that_cannot_cross_threads",
        ]),
        processor: Types(&[
            "spec_2_11_item_that_cannot_cross_threads",
            "spec_2_11_subscriber_that_cannot_cross_threads",
        ]),
    },
    Rule {
        id: "2.12",
        asks: "on_subscribe is called at most once on a subscriber",
        why: "It binds who calls, the publisher: a subscriber has one subscription.",
        how: "on_subscribe is counted for each subscriber, to the end of every scenario.",
        breaks: "a retry or a restart that calls it again; a task that begins anew.",
        strength: Must,
        publisher: Checks,
        subscriber: super::PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "2.13",
        asks: "callbacks return normally; a subscriber that panics counts as cancelled",
        why: "A panic must not be taken for an end of the stream, nor reach those who have nothing to do with it.",
        how: "The kit's subscriber panics in each callback: nothing more may be signalled to it, and other subscribers must \
              go on. There is no null item and no null error, which the types prove.",
        breaks: "a panic that is caught, and the loop goes on; a lock that stays poisoned; a broadcast that is cut short.",
        strength: Must,
        publisher: Checks,
        subscriber: Checks,
        processor: Checks,
    },
];
