//! Small scenarios whose steps from outside come before, between and after the polls of the tasks and the alarms, in
//! every order up to a bound.

use super::{ALL, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::Cancel;
use crate::plan::When::{Every, Nth};
use crate::plan::{Panics, Plan, Source};
use crate::{Capabilities, Length};

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    if let Some(long) = capabilities.long() {
        while_it_runs(plans, Source::Length(long));
    }
    for n in [0, 1, 2, 3] {
        if capabilities.lengths.contains(&n) {
            to_the_end(plans, Source::Length(Length::Exactly(n)));
        }
    }
    for k in [0, 2] {
        if capabilities.failing.contains(&k) {
            to_the_end(plans, Source::FailingAt(k));
        }
    }
}

/// Steps that meet a stream that is not at its end.
fn while_it_runs(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: &str| named(what, source).handle().canceller().poll(0).in_every_order();
    let mut add = |plan: Plan| plans.push(plan);
    let (cancel, drop) = (Cancel(Via::Handle), Cancel(Via::HandleDropped));
    add(plan("1, 2 and a cancel, whenever").at_once(handle(1)).at_once(handle(2)).at_once(cancel).settle());
    add(plan("2 in on_subscribe, 2 more and the handle dropped, whenever")
        .first(lent(2))
        .at_once(handle(2))
        .at_once(drop)
        .settle());
    add(plan("unbounded, and a canceller whenever").at_once(Cancel(Via::Canceller)).settle().first(lent(5)));
    add(plan("1 and 1 and 1, whenever")
        .at_once(handle(1))
        .at_once(handle(1))
        .at_once(handle(1))
        .settle()
        .then(cancel));
    add(plan("3 from on_next and 2 from outside, whenever")
        .first(lent(1))
        .at(Nth(1), lent(3))
        .at_once(handle(2))
        .settle()
        .then(cancel));
    add(plan("a cancel and a request behind it, whenever")
        .first(lent(3))
        .at_once(cancel)
        .at_once(handle(2))
        .settle());
    add(plan("one by one, two cancels whenever")
        .first(lent(1))
        .at(Nth(1), lent(1))
        .at(Nth(2), lent(1))
        .at_once(Cancel(Via::Canceller))
        .at_once(cancel)
        .settle());
    add(plan("a panic in on_next #2, a request whenever")
        .first(lent(1))
        .panics(Panics::OnNext(2))
        .at_once(handle(2))
        .at_once(handle(1))
        .settle());
    add(plan("4 asked for, a cancel in on_next #3, a request whenever")
        .first(lent(4))
        .at(Nth(3), Cancel(Via::Lent))
        .at_once(handle(3))
        .settle());
}

/// Steps that meet the end of a stream.
fn to_the_end(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: &str| named(what, source).handle().canceller().poll(0).in_every_order();
    let mut add = |plan: Plan| plans.push(plan);
    let n = source.items();
    if n > 0 {
        add(plan("1 and all, whenever").at_once(handle(1)).at_once(handle(ALL)).settle());
        add(plan("one by one, and one more whenever")
            .first(lent(1))
            .at(Every(1), lent(1))
            .at_once(handle(1))
            .settle());
    }
    add(plan("exactly all, and a cancel whenever").first(lent(n)).at_once(Cancel(Via::Handle)).settle());
    if n < 2 {
        add(plan("a request and the handle dropped, whenever")
            .at_once(handle(1))
            .at_once(Cancel(Via::HandleDropped))
            .settle());
    }
}
