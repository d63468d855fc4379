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
const PAGES: [u64; 13] = [48, 50, 60, 64, 96, 100, 128, 200, 256, 500, 512, 1_000, 1_024];
/// The larger ones, each asked for again and again.
const STEP: u64 = 512;

/// The short ones, and those around powers of two and the usual sizes of a page. Each costs as many items.
fn lengths() -> BTreeSet<u64> {
    let around = [64, 128, 256].into_iter().flat_map(|n| n - 1..=n + 1);
    let behind = [50, 75, 100, 512, 1_024].into_iter().flat_map(|n| n..=n + 1);
    (0..=SHORT).chain(around).chain(behind).chain([150, 200, 250]).collect()
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
    for n in (10..=SHORT).chain(PAGES) {
        let longer = has(&(n + 3)).then(|| exactly(n + 3));
        let Some(source) = longer.or_else(|| endless.then_some(Source::Length(Length::Endless))) else {
            continue;
        };
        let plan = || named(&format!("cancelled in item {n}, of all"), source);
        plans.push(cancel(n, Via::Lent)(plan()));
        if n > SHORT {
            plans.push(cancel(n, Via::Canceller)(plan().handle().canceller()));
        }
    }
    if let Some(source) = capabilities.deep(10 * STEP).map(Source::Length) {
        for first in [STEP - 1, STEP] {
            let plan =
                named(&format!("{first} by handle and then {STEP}, eight times, each at rest"), source);
            let plan = plan.handle().then(handle(first));
            plans.push((0..8).fold(plan, |plan, _| plan.then(handle(STEP))));
        }
    }
    plans.into_iter().map(|plan| Arc::new(Plan { deep: true, ..plan })).collect()
}

/// Streams of up to `most` items, each asked for all that there is and no more: the end comes without demand.
pub(crate) fn no_more(capabilities: &Capabilities, most: u64) -> impl Iterator<Item = Plan> {
    let counts = (1..=SHORT).chain(PAGES).filter(move |n| *n <= most);
    let sources = counts.flat_map(|n| {
        let whole = capabilities.lengths.contains(&n).then_some(Source::Length(Length::Exactly(n)));
        let failing = capabilities.failing.contains(&n).then_some(Source::FailingAt(n));
        whole.into_iter().chain(failing)
    });
    sources.map(|source| {
        named("exactly all, in on_subscribe, to the end", source).handle().first(lent(source.items()))
    })
}
