//! Long streams: what nests, what grows, and what goes wrong after thousands of items.

use super::{ALL, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::Cancel;
use crate::plan::When::{Every, Nth};
use crate::plan::{Plan, Source};
use crate::{Capabilities, Length};

/// As many items as show that a stack grows.
const DEEP: u64 = 10_000;
/// Fewer, for what only has to be long.
const LONG: u64 = 1_200;
/// More than a count of twelve bits holds, and several of most sizes of a page.
const LONGER: u64 = 6_000;
/// More than [`batches`] asks for.
const ASKED: u64 = 6_000;
/// The most that one stream is asked for, of [`others`] or without an end. Items cost a quarter of a microsecond each, and in
/// debug builds some microseconds: what goes wrong after 65,536 of them is not seen.
const MOST: u64 = 12_000;

/// The others of up to 300, and beyond that some around powers of ten and two. Each demand costs as many items.
fn others() -> impl Iterator<Item = u64> {
    let near = [1_000, 1_024].into_iter().flat_map(|n| n - 1..=n + 1);
    let known: Vec<u64> = batches().collect();
    (1..=300).chain(near).chain([400, 750, 2_000, 2_048, 4_096]).filter(move |n| !known.contains(n))
}

/// Where the sizes of buffers, and what is one off, show.
fn batches() -> impl Iterator<Item = u64> {
    let powers = (6..=9).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
    (1..=40).chain(powers).chain([100, 1_000, 1_024])
}

/// The one that shows whether items nest, of at most `finite` items, or of so many of an `endless` stream.
pub(crate) fn one_by_one(capabilities: &Capabilities, finite: u64, endless: u64) -> Option<Plan> {
    let mut plan = match (capabilities.endless && !capabilities.silent, capabilities.deep(finite)) {
        (true, _) => {
            let source = Source::Length(Length::Endless);
            named("one by one from on_next, to the end", source).at(Nth(endless), Cancel(Via::Lent))
        }
        (false, Some(length)) => named("one by one from on_next, to the end", Source::Length(length)),
        (false, None) => return None,
    };
    plan.deep = true;
    Some(plan.first(lent(1)).at(Every(1), lent(1)))
}

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let mut add = |what: &str, n, play: &dyn Fn(Plan, u64) -> Plan| {
        let Some(source) = capabilities.deep(n).map(Source::Length) else { return };
        let last = source.items().min(n);
        let mut plan = play(named(what, source), last);
        plan.deep = true;
        if matches!(source, Source::Length(Length::Endless)) {
            plan = plan.at(Nth(n), Cancel(Via::Lent));
        }
        plans.push(plan);
    };
    add("one by one from on_next, to the end", DEEP, &|plan, _| plan.first(lent(1)).at(Every(1), lent(1)));
    add("one by one by handle inside on_next, to the end", LONG, &|plan, _| {
        plan.handle().first(lent(1)).at(Every(1), handle(1))
    });
    add("thousands, unbounded", LONGER, &|plan, _| plan.first(lent(ALL)));
    add(
        "by handle, one, two and so on, each at rest, and then around the powers of two",
        ASKED,
        &|plan, _| batches().fold(plan.handle(), |plan, n| plan.then(handle(n))),
    );
    let mut streams: Vec<Vec<u64>> = vec![Vec::new()];
    for n in others() {
        match streams.last_mut() {
            Some(stream) if stream.iter().sum::<u64>() + n <= MOST => stream.push(n),
            _ => streams.push(vec![n]),
        }
    }
    for stream in streams {
        let (first, last) = (stream[0], stream[stream.len() - 1]);
        let what = format!("by handle, each at rest, {} demands from {first} to {last}", stream.len());
        let ask = |plan: Plan| stream.iter().fold(plan.handle(), |plan, n| plan.then(handle(*n)));
        add(&what, MOST + 1, &|plan, _| ask(plan));
    }
    add("thousands, in batches of 64 by handle inside on_next", LONG, &|plan, _| {
        plan.handle().first(lent(64)).at(Every(48), handle(48))
    });
    add("thousands, most of them and then a cancel at rest", LONG, &|plan, n| {
        plan.handle().then(handle(n - n / 8)).then(Cancel(Via::Handle)).then(handle(n))
    });
    for n in [16, 32, 64, 128, 256, 1_024] {
        add(&format!("{n} in on_subscribe, and rest"), LONG, &|plan, _| plan.handle().first(lent(n)));
    }
    if capabilities.endless && !capabilities.silent {
        let endless = named("thousands, unbounded", Source::Length(Length::Endless));
        let mut plan = endless.first(lent(ALL)).at(Nth(MOST), Cancel(Via::Lent));
        plan.deep = true;
        plans.push(plan);
    }
}
