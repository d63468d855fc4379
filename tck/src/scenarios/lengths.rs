//! Streams of many lengths, each asked for all at once: what is lost or made up where a length is a multiple of the size of
//! a page or a chunk, or one off; and what comes behind a cancel in the last item.

use super::{ALL, lent, named};
use crate::log::Via;
use crate::plan::{Plan, Source, Step, When};
use crate::{Capabilities, Length};
use std::collections::BTreeSet;
use std::sync::Arc;

/// All up to this one.
const SHORT: u64 = 40;

/// The short ones, and those around powers of two and the usual sizes of a page. Each costs as many items.
fn lengths() -> BTreeSet<u64> {
    let around = [64, 128, 256].into_iter().flat_map(|n| n - 1..=n + 1);
    let behind = [50, 75, 100, 512, 1_024].into_iter().flat_map(|n| n..=n + 1);
    (0..=SHORT).chain(around).chain(behind).chain([150, 200, 250]).collect()
}

/// Each in one scenario. They say nothing of what the items are to be: of most of these lengths there is no other.
pub(crate) fn all(capabilities: &Capabilities) -> Vec<Arc<Plan>> {
    let has = |n: &u64| capabilities.lengths.contains(n);
    let exactly = |n| Source::Length(Length::Exactly(n));
    let finite = lengths().into_iter().filter(has).map(exactly);
    let failing = [16, 25, 32, 50, 64, 100].into_iter().filter(|k| capabilities.failing.contains(k));
    let sources = finite.chain(failing.map(Source::FailingAt));
    let plan = |source: Source| Plan {
        deep: true,
        ..named("all at once, in on_subscribe", source).first(lent(ALL))
    };
    let cancelled = |n| {
        let plan = named("cancelled in the last item", exactly(n)).first(lent(ALL));
        plan.at(When::Nth(n), Step::Cancel(Via::Lent))
    };
    let lasts = [1, 2, 3, 8].into_iter().filter(has).map(cancelled);
    sources.map(plan).chain(lasts).map(Arc::new).collect()
}
