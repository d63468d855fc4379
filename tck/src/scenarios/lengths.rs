//! Streams of many lengths, each asked for all at once: what is lost or made up where a length is a multiple of the size of
//! a page or a chunk, or one off.

use super::{ALL, lent, named};
use crate::plan::{Plan, Source};
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
    sources.map(plan).map(Arc::new).collect()
}
