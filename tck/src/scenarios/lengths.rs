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
    let finite = lengths().into_iter().filter(|n| capabilities.lengths.contains(n));
    let finite = finite.map(|n| Source::Length(Length::Exactly(n)));
    let failing = [16, 25, 32, 50, 64, 100].into_iter().filter(|k| capabilities.failing.contains(k));
    let sources = finite.chain(failing.map(Source::FailingAt));
    let plan = |source: Source| Plan {
        deep: true,
        ..named("all at once, in on_subscribe", source).first(lent(ALL))
    };
    let all = sources.map(plan);
    let lasts = [1, 2, 3, 8].map(|n| Source::Length(Length::Exactly(n))).into_iter();
    let lasts = lasts.filter(|source| capabilities.lengths.contains(&source.items()));
    let cancels = |source: Source| {
        let last = When::Nth(source.items());
        named("cancelled in the last item", source).first(lent(ALL)).at(last, Step::Cancel(Via::Lent))
    };
    all.chain(lasts.map(cancels)).map(Arc::new).collect()
}
