//! Chapter 4: the processor.

use super::Coverage::{Checks, NotApplicable};
use super::Rule;
use super::Strength::Must;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "4.1",
        asks: "a processor obeys the contracts of both sides",
        why: "It is a subscriber to one and a publisher to another.",
        how: "It stands between a scripted publisher and the kit's subscriber; both suites judge both logs, and what comes \
              out is compared with the declared model.",
        breaks: "demand that is passed on once too often; items that are lost or doubled where two streams meet.",
        strength: Must,
        publisher: NotApplicable("it binds the processor"),
        subscriber: NotApplicable("it binds the processor"),
        processor: Checks,
    },
    Rule {
        id: "4.2",
        asks: "a processor that does not recover from an error passes it on at once; one that does leaves the upstream alone",
        why: "An error that waits behind items or demand may never arrive.",
        how: "The upstream fails at every point; the same error must come out by the declared policy, without more demand.",
        breaks: "an error that is turned into a completion, replaced, or queued behind what nobody asks for.",
        strength: Must,
        publisher: NotApplicable("it binds the processor"),
        subscriber: NotApplicable("it binds the processor"),
        processor: Checks,
    },
];
