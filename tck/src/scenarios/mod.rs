//! The scenarios: request patterns, cancel points, lengths, hostile subscribers.

mod bounds;
pub(crate) mod deep;
mod late;
pub(crate) mod lengths;
mod orders;
mod own;
pub(crate) mod random;
mod threads;
pub(crate) mod waits;

use crate::log::Via;
use crate::plan::Step::{Cancel, Request};
use crate::plan::When::{Every, Nth};
use crate::plan::{Panics, Plan, Source, Step};
use crate::{Capabilities, Length};
use std::sync::Arc;

pub(crate) use crate::draw::Draw;

const ALL: u64 = u64::MAX;
const HALF: u64 = (1 << 63) - 1;
/// For what goes wrong only after a while.
const MANY: u64 = 130;

/// Every scenario that a publisher with these capabilities can be put through.
pub(crate) fn all(capabilities: &Capabilities) -> Vec<Arc<Plan>> {
    let mut plans = Vec::new();
    let mut lengths = vec![0, 1, 2, 3, 5, 8, MANY];
    lengths.retain(|n| capabilities.lengths.contains(n));
    if lengths.is_empty() && !capabilities.lengths.is_empty() {
        lengths.push(*capabilities.lengths.start());
    }
    for n in lengths {
        let source = Source::Length(Length::Exactly(n));
        if n == MANY { many(&mut plans, source) } else { requests(&mut plans, source) }
    }
    for k in [0, 1, 5, MANY] {
        if capabilities.failing.contains(&k) {
            failures(&mut plans, k);
        }
    }
    if capabilities.endless {
        endless(&mut plans);
    }
    let longs = if capabilities.silent { Some(Length::Endless) } else { capabilities.long() };
    let mut lengths: Vec<Length> = longs.into_iter().chain(capabilities.at_most(20)).collect();
    lengths.dedup();
    for length in lengths {
        cancels(&mut plans, Source::Length(length));
    }
    if longs.is_none() {
        // Streams without items can be cancelled, too.
        let none = Length::Exactly(0);
        let source =
            if capabilities.lengths.contains(&0) { Source::Length(none) } else { Source::FailingAt(0) };
        cancels(&mut plans, source);
    }
    own::add(&mut plans, capabilities);
    late::add(&mut plans, capabilities);
    if let Some(long) = capabilities.long() {
        bounds::passing(&mut plans, Source::Length(long));
    }
    threads::add(&mut plans, capabilities);
    orders::add(&mut plans, capabilities);
    deep::add(&mut plans, capabilities);
    random::add(&mut plans, capabilities);
    plans.into_iter().map(Arc::new).collect()
}

fn lent(n: u64) -> Step {
    Request(n.max(1), Via::Lent)
}

fn handle(n: u64) -> Step {
    Request(n.max(1), Via::Handle)
}

fn named(what: &str, source: Source) -> Plan {
    Plan::new(format!("{what}; {source}"), source)
}

/// Ways to ask for all of a stream of `n` items, and for one more.
fn requests(plans: &mut Vec<Plan>, source: Source) {
    let n = source.items();
    let plan = |what: &str| named(what, source);
    let mut add = |plan: Plan| plans.push(plan);

    add(plan("nobody asks").handle());
    add(plan("nobody asks, and nobody can"));
    add(plan("unbounded in on_subscribe").first(lent(ALL)));
    add(plan("unbounded in on_subscribe, handle held").handle().first(lent(ALL)));
    add(plan("one by one from on_next").first(lent(1)).at(Every(1), lent(1)));
    add(plan("one by one from on_next, handle held").handle().first(lent(1)).at(Every(1), lent(1)));
    add(plan("one by one from on_next, canceller held").canceller().first(lent(1)).at(Every(1), lent(1)));
    add(plan("in batches of 4 from on_next").first(lent(4)).at(Every(4), lent(4)));
    add(plan("4 ahead, refilled by 3").first(lent(4)).at(Every(3), lent(3)));
    add(plan("two at each item").first(lent(1)).at(Every(1), lent(2)));
    add(plan("handle used inside on_next").handle().first(lent(1)).at(Every(1), handle(1)));
    add(plan("lent and handle in one on_next")
        .handle()
        .first(lent(1))
        .at(Every(1), lent(1))
        .at(Every(1), handle(1)));
    add(plan("handle used inside on_subscribe").handle().first(handle(n + 1)));
    add(plan("1, 2 and 3 in on_subscribe")
        .handle()
        .first(lent(1))
        .first(lent(2))
        .first(lent(3))
        .then(handle(n)));
    add(plan("3 in on_subscribe, 5 more at item 1").handle().first(lent(3)).at(Nth(1), lent(5)));
    add(plan("5 in on_subscribe, 3 more by handle at item 2").handle().first(lent(5)).at(Nth(2), handle(3)));
    add(plan("2 in on_subscribe, 3 by handle there, 1 at item 4")
        .handle()
        .first(lent(2))
        .first(handle(3))
        .at(Nth(4), lent(1)));
    add(plan("6 in on_subscribe").handle().first(lent(6)).then(handle(n)));
    add(plan("1, 2 and 3 in one on_next")
        .handle()
        .first(lent(1))
        .at(Nth(1), lent(1))
        .at(Nth(1), lent(2))
        .at(Nth(1), lent(3))
        .then(handle(n)));
    add(plan("1, 2 and 3 from the handle, at once")
        .handle()
        .at_once(handle(1))
        .at_once(handle(2))
        .at_once(handle(3))
        .settle()
        .then(handle(n)));
    add(plan("1, 2 and 3 from the handle, at rest")
        .handle()
        .then(handle(1))
        .then(handle(2))
        .then(handle(3))
        .then(handle(n)));
    add(plan("unbounded from the handle").handle().then(handle(ALL)));
    add(plan("after the end the handle asks and cancels")
        .handle()
        .then(handle(ALL))
        .then(handle(1))
        .then(Cancel(Via::Handle))
        .then(Cancel(Via::Handle)));
    if n > 0 {
        add(plan("exactly all in on_subscribe, handle held").handle().first(lent(n)));
        add(plan("exactly all in on_subscribe").first(lent(n)));
        add(plan("exactly all from the handle").handle().then(handle(n)));
        add(plan("all but one, and then unbounded").handle().then(handle(n.max(2) - 1)).then(handle(ALL)));
        add(plan("one more at the last item").handle().first(lent(n)).at(Nth(n), lent(1)));
        add(plan("one more by handle at the last item").handle().first(lent(n)).at(Nth(n), handle(1)));
    }
    let mut one_by_one = plan("one by one from the handle").handle();
    for _ in 0..=n.min(12) {
        one_by_one = one_by_one.then(handle(1));
    }
    add(one_by_one.then(handle(n)));
    bounds::finite(plans, source);
}

/// Ways to ask for many items.
fn many(plans: &mut Vec<Plan>, source: Source) {
    let n = source.items();
    let plan = |what: &str| named(what, source);
    let mut add = |plan: Plan| plans.push(plan);
    add(plan("unbounded in on_subscribe").first(lent(ALL)));
    add(plan("one by one from on_next").first(lent(1)).at(Every(1), lent(1)));
    add(plan("one by one by handle from on_next").handle().first(lent(1)).at(Every(1), handle(1)));
    add(plan("32 ahead, refilled by 24").handle().first(lent(32)).at(Every(24), lent(24)));
    add(plan("in batches of 16 from on_next").first(lent(16)).at(Every(16), lent(16)));
    add(plan("exactly all from the handle").handle().then(handle(n)));
    add(plan("100, 20 and the rest from the handle")
        .handle()
        .then(handle(100))
        .then(handle(20))
        .then(handle(n)));
    let mut halves = plan("half of the rest from the handle, again and again").handle();
    let mut left = n;
    while left > 0 {
        halves = halves.then(handle(left.div_ceil(2)));
        left /= 2;
    }
    add(halves.then(handle(1)));
}

fn failures(plans: &mut Vec<Plan>, k: u64) {
    let plan = |what: &str| named(what, Source::FailingAt(k));
    let mut add = |plan: Plan| plans.push(plan);
    add(plan("nobody asks").handle());
    add(plan("unbounded in on_subscribe").first(lent(ALL)));
    add(plan("unbounded from the handle").handle().then(handle(ALL)));
    add(plan("one by one from on_next").first(lent(1)).at(Every(1), lent(1)));
    add(plan("one more than there are").handle().then(handle(k + 1)));
    add(plan("4 ahead, refilled by 3").handle().first(lent(4)).at(Every(3), lent(3)));
    add(plan("after the end the handle asks and cancels")
        .handle()
        .then(handle(ALL))
        .then(handle(1))
        .then(Cancel(Via::Handle)));
    if k > 0 {
        add(plan("exactly all").handle().first(lent(k)));
        add(plan("cancel at the last item").first(lent(ALL)).at(Nth(k), Cancel(Via::Lent)));
    }
}

fn endless(plans: &mut Vec<Plan>) {
    let plan = |what: &str| named(what, Source::Length(Length::Endless));
    let mut add = |plan: Plan| plans.push(plan);
    add(plan("nobody asks").handle());
    add(plan("nobody asks, and nobody can"));
    add(plan("2, and nobody can ask again").first(lent(2)));
    add(plan("2, and nobody can ask again, canceller held").canceller().first(lent(2)));
    add(plan("5 in on_subscribe, and 3 from the handle").handle().first(lent(5)).then(handle(3)));
    add(plan("100, and nobody can ask again, canceller held").canceller().first(lent(100)));
    add(plan("1 at each of the first items")
        .handle()
        .first(lent(1))
        .at(Nth(1), lent(1))
        .at(Nth(2), lent(1))
        .then(handle(2)));
    add(plan("1, 2 and 3 in one on_next")
        .handle()
        .first(lent(1))
        .at(Nth(1), lent(1))
        .at(Nth(1), lent(2))
        .at(Nth(1), lent(3)));
    add(plan("1, 2 and 3 from the handle")
        .handle()
        .at_once(handle(1))
        .at_once(handle(2))
        .at_once(handle(3))
        .settle());
    add(plan("100 from the handle").handle().then(handle(100)).then(handle(1)));
    add(plan("unbounded, and cancel at item 150").handle().first(lent(ALL)).at(Nth(150), Cancel(Via::Lent)));
    add(plan("sums past 2^64, and cancel at item 9")
        .handle()
        .first(lent(HALF))
        .at(Every(1), lent(HALF))
        .at(Nth(9), Cancel(Via::Lent)));
}

/// Where and by what a stream can be cancelled, and what can follow.
fn cancels(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: String| named(&what, source);
    let mut add = |plan: Plan| plans.push(plan);
    let by = |via: Via| match via {
        Via::HandleDropped => "the handle is dropped".to_owned(),
        Via::Lent => "cancel".to_owned(),
        via => format!("cancel{via}"),
    };
    let everything = [Via::Lent, Via::Handle, Via::Canceller, Via::HandleDropped];
    for via in everything {
        let what = by(via);
        let held = |what: String| plan(what).handle().canceller();
        add(held(format!("{what} in on_subscribe, before any demand")).first(Cancel(via)));
        add(held(format!("{what} in on_subscribe, after request(5)")).first(lent(5)).first(Cancel(via)));
        for (demand, name) in [(10, "10"), (ALL, "unbounded")] {
            for at in [1, 3, 9] {
                let what = format!("{what} in on_next #{at} of {name}");
                add(held(what).first(lent(demand)).at(Nth(at), Cancel(via)));
            }
        }
        if via == Via::Lent {
            continue;
        }
        let then = Cancel(via);
        add(held(format!("{what} at rest, before any demand"))
            .then(then)
            .then(handle(1))
            .then(Cancel(Via::Handle)));
        add(held(format!("{what} at rest, after 2 items"))
            .then(handle(2))
            .then(then)
            .then(handle(3))
            .then(handle(ALL)));
        add(held(format!("{what} right after request(5)")).at_once(handle(5)).then(then).then(handle(1)));
        add(held(format!("{what} twice")).then(handle(1)).then(then).then(then).then(Cancel(Via::Handle)));
        for polls in 1..6 {
            let what = format!("{what} after {polls} polls of a task, 10 asked for");
            add(held(what).first(lent(10)).poll(polls).then(then));
        }
    }
    // Where the handle's own call runs the stream.
    for via in [Via::Lent, Via::Handle, Via::Canceller] {
        let inside = plan(format!("unbounded by handle, {} in on_next #3", by(via))).handle().canceller();
        add(inside.at(Nth(3), Cancel(via)).then(handle(ALL)).then(handle(1)));
    }
    // Where one callback among several might not look.
    for at in [2, 4, 5, 6, 7, 8] {
        let what = format!("unbounded, cancel in on_next #{at}, handle held");
        add(plan(what).handle().first(lent(ALL)).at(Nth(at), Cancel(Via::Lent)));
    }
    // Where only the canceller is held, or nothing at all.
    add(plan("unbounded, cancel in on_next #2, nothing held".into())
        .first(lent(ALL))
        .at(Nth(2), Cancel(Via::Lent)));
    add(plan("unbounded, canceller in on_next #2".into())
        .canceller()
        .first(lent(ALL))
        .at(Nth(2), Cancel(Via::Canceller)));
    add(plan("2 items, canceller at rest".into()).canceller().first(lent(2)).then(Cancel(Via::Canceller)));
    add(plan("one by one, cancel at item 7".into())
        .first(lent(1))
        .at(Every(1), lent(1))
        .at(Nth(7), Cancel(Via::Lent)));
    // Requests and cancels that come too late.
    let late = plan("cancel and request in one on_next".into()).handle().first(lent(2));
    add(late
        .at(Nth(1), Cancel(Via::Lent))
        .at(Nth(1), lent(5))
        .at(Nth(1), handle(5))
        .then(handle(5))
        .then(handle(1)));
    let late = plan("cancel in on_next, requests at rest".into()).handle().first(lent(10));
    add(late.at(Nth(2), Cancel(Via::Lent)).then(handle(1)).then(handle(ALL)).then(Cancel(Via::Handle)));
    let late = plan("cancel and request in on_subscribe".into()).handle();
    add(late.first(Cancel(Via::Lent)).first(lent(5)).then(handle(5)));
    // A subscriber that panics.
    for (name, place) in [("on_subscribe", Panics::OnSubscribe), ("on_next #2", Panics::OnNext(2))] {
        let what = format!("a panic in {name}");
        add(plan(what.clone()).first(lent(3)).panics(place));
        add(plan(format!("{what}, handle held"))
            .handle()
            .first(lent(1))
            .panics(place)
            .then(handle(2))
            .then(handle(1)));
    }
    add(plan("a panic in the terminal".into()).handle().first(lent(100)).panics(Panics::Terminal));
}
