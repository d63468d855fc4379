//! What comes late: cancels and panics after many rounds, after large demands, and at the very end.

use super::{ALL, HALF, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::{Cancel, GiveUp, Request};
use crate::plan::When::{Every, Nth};
use crate::plan::{Panics, Plan, Source};
use crate::{Capabilities, Length};

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let vias = [Via::Lent, Via::Handle, Via::Canceller];
    if let Some(length) = capabilities.long() {
        rounds(plans, Source::Length(length), &vias);
        panics(plans, Source::Length(length));
    }
    far_in(plans, capabilities);
    given_up(plans, capabilities);
    let empty = Source::Length(Length::Exactly(0));
    let one = Source::Length(Length::Exactly(1));
    let mut ends = Vec::new();
    for (n, source) in [(0, empty), (1, one)] {
        if capabilities.lengths.contains(&n) {
            ends.push(source);
        }
        if capabilities.failing.contains(&n) {
            ends.push(Source::FailingAt(n));
        }
    }
    for source in ends {
        for via in vias {
            let plan = named(&format!("cancel{via} in on_subscribe"), source).handle().canceller();
            plans.push(plan.first(Cancel(via)).then(handle(1)));
            let plan = named(&format!("cancel{via} in on_subscribe, after request(3)"), source);
            plans.push(plan.handle().canceller().first(lent(3)).first(Cancel(via)).then(handle(1)));
        }
    }
    for k in [2, 5] {
        if capabilities.failing.contains(&k) {
            super::requests(plans, Source::FailingAt(k));
        }
    }
}

/// What was asked for before the handle is given up, no more than there is, still comes; what comes later is asked for by
/// the lent subscription alone. At the end it is cancelled, since nobody else need end what nobody can ask any more.
fn given_up(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let cancel = Cancel(Via::Canceller);
    let lengths = [(capabilities.long(), 20), (capabilities.at_most(5), 4)];
    for (source, until) in
        lengths.into_iter().filter_map(|(length, until)| Some((Source::Length(length?), until)))
    {
        let plan = |what: &str| named(what, source).handle();
        let mut add = |plan: Plan| plans.push(plan.then(cancel));
        add(plan("the handle is given up before any demand").then(GiveUp));
        add(plan("the handle is given up at rest, after 3").then(handle(3)).then(GiveUp));
        add(plan("the handle is given up right after request(4)").at_once(handle(4)).then(GiveUp));
        add(plan("the handle is given up in on_subscribe, one by one")
            .first(lent(1))
            .first(GiveUp)
            .at(Every(1), lent(1))
            .at(Nth(until), Cancel(Via::Lent)));
        add(plan("the handle is given up in on_next #2 of 4").first(lent(4)).at(Nth(2), GiveUp));
        add(plan("the handle is given up at the last item that was asked for")
            .first(lent(2))
            .at(Nth(2), GiveUp));
        let task = plan("request(2), the handle is given up").poll(0).at_once(handle(2)).at_once(GiveUp);
        add(task.settle().in_every_order());
    }
    // Nobody can ask any more, and nothing need be asked: the end is still to come.
    let Some(source) = capabilities.at_most(5).map(Source::Length) else { return };
    let n = source.items();
    let all = |place: &str| {
        named(&format!("exactly all, the handle is given up in {place}"), source).handle().first(lent(n))
    };
    plans.push(all("on_subscribe").first(GiveUp).settle());
    plans.push(all("on_next #1").at(Nth(1), GiveUp).settle());
    plans.push(all("the last on_next").at(Nth(n), GiveUp).settle());
}

/// A cancel after hundreds of items.
fn far_in(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let endless = (capabilities.endless && !capabilities.silent).then_some(Length::Endless);
    let Some(source) = endless.or_else(|| capabilities.deep(1_200)).map(Source::Length) else { return };
    for (via, at) in [(Via::Handle, 700), (Via::Canceller, 701)] {
        let plan = named(&format!("unbounded, cancel{via} in on_next #{at}"), source).handle().canceller();
        plans.push(Plan { deep: true, ..plan.first(lent(ALL)).at(Nth(at), Cancel(via)) });
    }
}

/// Many rounds, or a large demand, and then a cancel.
fn rounds(plans: &mut Vec<Plan>, source: Source, vias: &[Via]) {
    for &via in vias {
        let plan = |what: &str| named(&format!("{what}, then cancel{via}"), source).handle().canceller();
        let rounds = |plan: Plan, n: u64| (0..n).fold(plan, |plan, _| plan.then(handle(1)));
        let at_rest = rounds(plan("1 by handle, sixteen times"), 16);
        plans.push(
            if via == Via::Lent { at_rest.at(Nth(16), Cancel(via)) } else { at_rest.then(Cancel(via)) }
                .then(handle(1)),
        );
        if via == Via::Handle {
            // Where a task waits, for its source or a clock, while there is demand.
            plans.extend([2, 5, 8, 12, 16].map(|n| {
                let busy = plan(&format!("1 by handle, {n} times, 9 more and two polls of a task"));
                rounds(busy, n).at_once(handle(9)).poll(2).then(Cancel(via))
            }));
        }
        let mut pairs = plan("2 by handle, five times, 1 more inside each");
        for _ in 0..5 {
            pairs = pairs.then(handle(2));
        }
        plans.push(pairs.at(Every(2), lent(1)).at(Nth(11), Cancel(via)));
        for (name, n) in [("120", 120), ("2^40", 1 << 40), ("2^63-1", HALF), ("unbounded", ALL)] {
            let inside = plan(&format!("{name} in on_subscribe, 5 items")).first(lent(n));
            plans.push(inside.at(Nth(5), Cancel(via)).then(handle(1)));
            let outside = plan(&format!("{name} by handle, 25 items")).then(handle(n));
            plans.push(outside.at(Nth(25), Cancel(via)).then(handle(1)));
        }
    }
}

/// A subscriber that panics in a later round, on another thread, or when a request from outside runs it.
fn panics(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: &str| named(what, source).handle().canceller();
    plans.push(
        plan("a panic in on_next #1 by handle").panics(Panics::OnNext(1)).then(handle(5)).then(handle(5)),
    );
    let thread = Request(5, Via::HandleOnThread);
    plans.push(
        plan("a panic in on_next #2 on another thread")
            .panics(Panics::OnNext(2))
            .then(thread)
            .then(handle(5)),
    );
    let mut rounds = plan("a panic in on_next #5 in the fifth round").panics(Panics::OnNext(5));
    for _ in 0..6 {
        rounds = rounds.then(handle(1));
    }
    plans.push(rounds.then(Cancel(Via::Handle)));
    let inside = plan("unbounded, a panic in on_next #20").first(lent(ALL)).panics(Panics::OnNext(20));
    plans.push(inside.then(handle(1)));
}
