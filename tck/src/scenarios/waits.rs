//! What waits for its source, item after item, while there is demand: a request or a cancel that comes just then.

use super::{handle, named};
use crate::Capabilities;
use crate::log::Via;
use crate::plan::{Plan, Source, Step};
use std::sync::Arc;

/// As lengths, these say nothing of what the items are to be.
pub(crate) fn all(capabilities: &Capabilities) -> Vec<Arc<Plan>> {
    let Some(source) = capabilities.long().map(Source::Length) else { return Vec::new() };
    let plan = |what: String| named(&what, source).handle();
    let mut plans = Vec::new();
    for (items, polls) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        let asked =
            plan(format!("{items}, and then 1 and 1 more after {polls} polls of a task, again and again"));
        plans.push(
            (0..12).fold(asked.then(handle(items)), |plan, _| {
                plan.at_once(handle(1)).poll(polls).then(handle(1))
            }),
        );
    }
    for items in 1..=33 {
        let cancelled = plan(format!("{items}, and then a cancel after 3 more and two polls of a task"));
        let waits = cancelled.then(handle(items)).at_once(handle(3)).poll(2);
        plans.push(waits.then(Step::Cancel(Via::Handle)));
    }
    plans.into_iter().map(Arc::new).collect()
}
