//! Chapter 1: the publisher.

use super::Coverage::{Checks, Types};
use super::Strength::{May, Must};
use super::{PUBLISHERS, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "1.1",
        asks: "no more items than were asked for so far",
        why: "A subscriber asks for what it has room for. One item more has no place to go: it is lost, or a queue grows.",
        how: "At every on_next the items so far are compared with the sum of the requests so far: one by one, in batches, \
              from inside and outside, by another thread, and with no request at all.",
        breaks: "an on_next beside `deliver`; a batch whose size was read once; a last item that is flushed at the end.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.2",
        asks: "no more items than there are: a stream may end with demand left",
        why: "Demand is a permission and no promise. Who pads a short stream to fill it invents items.",
        how: "Streams of known length are asked for more than they have; the items are counted, also of all lengths up to 40 \
              and around the usual sizes of a page. They are compared with what \
              capabilities().emits(..) says; without that, with what nearly all scenarios have in common, if the items are \
              the kit's and their order does not depend on how they are asked for. Of those who share a stream each must \
              get a part of it.",
        breaks: "a source that starts over; a placeholder for the missing rest of a batch or a page; an item that is taken before a \
                 rest and once more after it.",
        strength: May,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.3",
        asks: "signals to one subscriber come one at a time, in order",
        why: "A subscriber is written without locks. Two signals at a time would break its state.",
        how: "Each signal is recorded when it begins and when it returns; no two may overlap.",
        breaks: "unsafe code that shares the subscriber; safe code cannot.",
        strength: Must,
        publisher: Types(&["spec_1_03_signals_from_two_threads", "spec_3_03_signal_inside_a_signal"]),
        subscriber: PUBLISHERS,
        processor: Types(&["spec_1_03_signals_from_two_threads", "spec_3_03_signal_inside_a_signal"]),
    },
    Rule {
        id: "1.4",
        asks: "a failure is signalled with on_error",
        why: "A subscriber that is not told waits for ever, or takes half of the data for all of it.",
        how: "Streams that fail after a known number of items must say so, to each of several subscribers and to who comes \
              late: on_complete would say that the stream which broke had been empty. Those that cannot fail must not; and \
              nobody may drop a subscriber that still waits.",
        breaks: "a `?` that leaves the loop; an error that is logged; a task that ends or panics.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.5",
        asks: "a stream that ends well completes, after its last item and not before",
        why: "Who collects, folds or closes a file waits for the end.",
        how: "Streams of every length are asked for all they have, in many ways; exactly one on_complete must follow the \
              last item.",
        breaks: "an end that is looked for on one of several paths only; a length that is off by one; a drop without a word.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.6",
        asks: "after a terminal the subscription counts as cancelled: requests and cancels are silent",
        why: "A handle may outlive the stream. Whoever uses it late must not be punished.",
        how: "After on_complete and on_error the handle asks and cancels; nothing may panic, and no work may begin.",
        breaks: "a state that stays parked, or a task that stays alive, behind its own end.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.7",
        asks: "after a terminal nothing is signalled",
        why: "The end is what one can rely on to release what belongs to a stream.",
        how: "Whatever is recorded behind a terminal is a violation, however late.",
        breaks: "unsafe code that keeps the subscriber; safe code has given it away.",
        strength: Must,
        publisher: Types(&["spec_1_07_item_after_a_terminal", "spec_1_07_second_terminal"]),
        subscriber: PUBLISHERS,
        processor: Types(&["spec_1_07_item_after_a_terminal", "spec_1_07_second_terminal"]),
    },
    Rule {
        id: "1.8",
        asks: "after a cancel the signals stop",
        why: "Who cancels wants the work to end and the memory back.",
        how: "Streams are cancelled in every place and by everything that can; then whatever comes is counted until nothing \
              can come any more.",
        breaks: "a loop over demand that was read once; a terminal on the way out. Only a stream that has no more items may \
                 still say that it has ended, since that may cross a cancel from elsewhere on its way; behind a cancel by the \
                 subscription that was lent to a callback it should not (1.8/4). So it is with one that refuses.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.9",
        asks: "subscribe calls on_subscribe first and once, and returns normally",
        why: "on_subscribe is where a subscriber gets the means to ask; nothing makes sense before it.",
        how: "The first signal of each scenario must be on_subscribe, also for empty and failing streams and for a second \
              subscriber; subscribe must return.",
        breaks: "a short cut for the empty or failing case; a panic that should have been an on_error.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.10",
        asks: "subscribe may be called again, each time with another subscriber",
        why: "A publisher that can be cloned offers to be used again. What happened to one subscriber is no business of the \
              next.",
        how: "Clones are subscribed to one after the other: at once, and after the one before has completed, failed, \
              cancelled or panicked. A publisher that is not Clone is used up by its subscriber, which the types prove.",
        breaks: "a cursor, a flag or an error that clones share; a stopped source that nobody starts again.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "1.11",
        asks: "whether several subscribers are served, and how, is declared and kept",
        why: "Unicast, a copy for each and one stream for all are three different promises.",
        how: "As declared: each gets the whole stream; all see the same items in the same order; or the second is refused by \
              on_subscribe and then on_error.",
        breaks: "a slow subscriber that loses items or starves the others; a refusal by a panic or by silence.",
        strength: May,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
];
