//! Streams of many lengths: what is lost or made up where a length is a multiple of the size of a page or a chunk, or one off;
//! what the end or a failure takes that comes with no demand left; and what comes behind a cancel in the last item of a page.

use super::{ALL, handle, lent, named};
use crate::log::Via;
use crate::plan::{Plan, Source, Step, When};
use crate::{Capabilities, Length};
use std::collections::BTreeSet;
use std::sync::Arc;

/// All up to this one.
const SHORT: u64 = 40;
/// The usual sizes of a page that are longer.
const PAGES: [u64; 19] =
    [48, 50, 60, 64, 80, 96, 100, 120, 128, 200, 250, 256, 300, 400, 500, 512, 750, 1_000, 1_024];
/// The larger ones, each asked for again and again, and the largest.
const STEP: u64 = 512;
const LARGEST: u64 = 8 * STEP;
/// Several of most larger pages that are no power of two.
const SEVERAL: u64 = 6_000;

/// The short ones, and those around powers of two and the usual sizes of a page. Each costs as many items.
fn lengths() -> BTreeSet<u64> {
    let around = [64, 128, 256].into_iter().flat_map(|n| n - 1..=n + 1);
    let behind = [50, 75, 100, 512, 1_024].into_iter().flat_map(|n| n..=n + 1);
    (0..=SHORT).chain(around).chain(behind).chain([80, 120, 150, 200, 250, 300, 400, 750]).collect()
}

/// Each in one scenario. They say nothing of what the items are to be: of most of these lengths there is no other.
pub(crate) fn all(capabilities: &Capabilities) -> Vec<Arc<Plan>> {
    let mut plans = Vec::new();
    let has = |n: &u64| capabilities.lengths.contains(n);
    let exactly = |n| Source::Length(Length::Exactly(n));
    let all = |source| named("all at once, in on_subscribe", source).first(lent(ALL));

    plans.extend(lengths().into_iter().filter(has).map(|n| all(exactly(n))));
    let failing = (1..=20).chain([25, 32, 50, 64, 100]).filter(|k| capabilities.failing.contains(k));
    plans.extend(failing.map(|k| all(Source::FailingAt(k))));
    plans.extend(no_more(capabilities, u64::MAX));

    let cancel = |n, via| move |plan: Plan| plan.first(lent(ALL)).at(When::Nth(n), Step::Cancel(via));
    for n in [1, 2, 3, 8].into_iter().filter(has) {
        plans.push(cancel(n, Via::Lent)(named("cancelled in the last item", exactly(n))));
    }
    let endless = capabilities.endless && !capabilities.silent;
    for n in (10..=SHORT).chain(PAGES).chain([LARGEST]) {
        let longer = has(&(n + 3)).then(|| exactly(n + 3));
        let Some(source) = longer.or_else(|| endless.then_some(Source::Length(Length::Endless))) else {
            continue;
        };
        let plan = || named(&format!("cancelled in item {n}, of all"), source);
        plans.push(cancel(n, Via::Lent)(plan()));
        if n > SHORT && n < LARGEST {
            plans.push(cancel(n, Via::Canceller)(plan().handle().canceller()));
        }
    }
    plans.extend(at_rest(capabilities));
    plans.into_iter().map(|plan| Arc::new(Plan { deep: true, ..plan })).collect()
}

/// What is asked for ends where a page does, each time at rest. Where the stream ends there, too, that comes without demand.
fn at_rest(capabilities: &Capabilities) -> Vec<Plan> {
    let asked = |what: &str, source, demands: &mut dyn Iterator<Item = u64>| {
        let plan = named(&format!("by handle, each at rest, {what}"), source).handle();
        demands.fold(plan, |plan, n| plan.then(handle(n)))
    };
    let deep = |n| capabilities.deep(n).map(Source::Length);
    let fails = capabilities.failing.contains(&LARGEST).then_some(Source::FailingAt(LARGEST));
    let mut plans = Vec::new();
    if let Some(source) = deep(LARGEST + 2 * STEP) {
        plans.push(asked(&format!("{STEP}, nine times"), source, &mut [STEP; 9].into_iter()));
    }
    if let Some(source) = fails.or_else(|| deep(LARGEST)) {
        let demands = [STEP - 1].into_iter().chain([STEP; 7]).chain([1]);
        let what = format!("{} and then {STEP}, seven times, and 1", STEP - 1);
        plans.push(asked(&what, source, &mut demands.into_iter()));
    }
    if let Some(source) = deep(SEVERAL) {
        let ends = (0..=SEVERAL).filter(|n| n % 40 == 0 || n % 50 == 0);
        let mut demands = ends.clone().zip(ends.skip(1)).map(|(from, to)| to - from);
        plans.push(asked("to the end of each page of 40 and of 50", source, &mut demands));
    }
    plans
}

/// Streams of up to `most` items, each asked for all that there is and no more: the end comes without demand.
pub(crate) fn no_more(capabilities: &Capabilities, most: u64) -> impl Iterator<Item = Plan> {
    let counts = (1..=SHORT).chain(PAGES).chain([LARGEST]).filter(move |n| *n <= most);
    let sources = counts.flat_map(|n| {
        let whole = capabilities.lengths.contains(&n).then_some(Source::Length(Length::Exactly(n)));
        let fails = n < LARGEST && capabilities.failing.contains(&n);
        let failing = fails.then_some(Source::FailingAt(n));
        whole.into_iter().chain(failing)
    });
    sources.map(|source| {
        named("exactly all, in on_subscribe, to the end", source).handle().first(lent(source.items()))
    })
}
