//! Chapter 3, second half: calls return, and sums of any size.

use super::Coverage::Checks;
use super::Strength::Must;
use super::{PUBLISHERS, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "3.15",
        asks: "cancel returns normally",
        why: "It is called on the way out, from destructors as well.",
        how: "Every cancel of every scenario is watched for a panic.",
        breaks: "what panics when the parked state is dropped.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "3.16",
        asks: "request returns normally",
        why: "Who asks has done nothing wrong.",
        how: "Every request of every scenario is watched for a panic.",
        breaks: "arithmetic on the demand, a borrow, a source that panics while the request runs it.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
    Rule {
        id: "3.17",
        asks: "any number and any sum of requests is served, unbounded from some point on",
        why: "\"As many as there are\" is the commonest demand, and its sums must not wrap.",
        how: "2^31, 2^32, 2^61, 2^63-1, 2^64-2, unbounded, and sums of them, before and between items; the stream must go on \
              and end as ever.",
        breaks: "demand that is converted, added or multiplied outside `Demand` and `Subscription`.",
        strength: Must,
        publisher: Checks,
        subscriber: PUBLISHERS,
        processor: Checks,
    },
];
