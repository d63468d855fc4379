//! Demands at the bounds of integers, alone and in sums, with items in flight.

use super::{ALL, HALF, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::Cancel;
use crate::plan::When::{Every, Nth};
use crate::plan::{Plan, Source};

/// Where the integers of other languages, casts and sums of them end.
pub(super) const BOUNDS: [(&str, u64); 9] = [
    ("2^31-1", (1 << 31) - 1),
    ("2^31", 1 << 31),
    ("2^32-1", (1 << 32) - 1),
    ("2^32", 1 << 32),
    ("2^61", 1 << 61),
    ("2^63-1", HALF),
    ("2^63", HALF + 1),
    ("2^64-2", ALL - 1),
    ("unbounded", ALL),
];

/// Of a finite stream: each alone, and sums that saturate.
pub(super) fn finite(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: &str| named(what, source).handle();
    let mut add = |plan: Plan| plans.push(plan);
    // The shortest and the longest of the lengths that all of this is played with meet every value; the others, some.
    let every = matches!(source.items(), 1 | 8);
    for (name, n) in BOUNDS.into_iter().filter(|(_, n)| every || matches!(*n, HALF | 0x1_0000_0000)) {
        add(plan(&format!("{name} from the handle")).then(handle(n)));
        add(plan(&format!("{name} in on_subscribe")).first(lent(n)));
        if every {
            add(plan(&format!("1, and {name} at item 1")).first(lent(1)).at(Nth(1), lent(n)));
            add(plan(&format!("2, and {name} from the handle")).first(lent(2)).then(handle(n)));
        }
    }
    add(plan("2^63-1 three times in on_subscribe").first(lent(HALF)).first(lent(HALF)).first(lent(HALF)));
    add(plan("2^63-1 three times from the handle")
        .then(handle(1))
        .at_once(handle(HALF))
        .at_once(handle(HALF))
        .at_once(handle(HALF))
        .settle());
    add(plan("2^63-1 at each item").first(lent(1)).at(Every(1), lent(HALF)));
    add(plan("2^63-1 at each item by handle").first(lent(1)).at(Every(1), handle(HALF)));
    add(plan("unbounded twice, and one").first(lent(ALL)).first(lent(ALL)).first(lent(1)));
    add(plan("one, and unbounded at each item").first(lent(1)).at(Every(1), lent(ALL)));
    if every {
        add(plan("2^32-1 and 1 in on_subscribe").first(lent(u64::from(u32::MAX))).first(lent(1)));
        add(plan("2^64-2 and 1 by handle, and 1")
            .at_once(handle(ALL - 1))
            .at_once(handle(1))
            .then(handle(1)));
    }
}

/// Of a stream that goes on: the sum passes a bound while items are in flight, and then it is cancelled.
pub(super) fn passing(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: String| named(&what, source).handle();
    for (name, n) in BOUNDS {
        let inside = plan(format!("3, then {name} at item 2 and 1 at item 4")).first(lent(3));
        plans.push(inside.at(Nth(2), lent(n)).at(Nth(4), lent(1)).at(Nth(30), Cancel(Via::Lent)));
        let outside = plan(format!("{name}, and {name} by handle inside on_next")).first(lent(n));
        plans.push(outside.at(Nth(2), handle(n)).at(Nth(30), Cancel(Via::Handle)));
    }
}
