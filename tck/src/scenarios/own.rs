//! A subscriber that puts a subscription of its own into the place of the lent one, as an operator does that carries one
//! downstream from upstream to upstream (rule 3-ii).

use super::{ALL, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::Cancel;
use crate::plan::When::{Every, Nth};
use crate::plan::{Plan, Source};
use crate::{Capabilities, Length};

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let long = if capabilities.silent { Some(Length::Endless) } else { capabilities.long() };
    let mut sources: Vec<Source> =
        long.into_iter().chain(capabilities.at_most(5)).map(Source::Length).collect();
    if capabilities.lengths.contains(&0) {
        sources.push(Source::Length(Length::Exactly(0)));
    }
    sources.extend([0, 2].into_iter().filter(|k| capabilities.failing.contains(k)).map(Source::FailingAt));
    sources.dedup();
    // A thread costs more than all the rest here.
    let threads = sources.first().copied();
    for source in sources {
        let first = plans.len();
        requests(plans, source);
        for via in [Via::Handle, Via::Canceller, Via::HandleDropped] {
            cancels(plans, source, via);
        }
        if threads == Some(source) {
            cancels(plans, source, Via::CancellerOnThread);
        }
        plans[first..].iter_mut().for_each(|plan| plan.replaces = true);
    }
}

fn requests(plans: &mut Vec<Plan>, source: Source) {
    let plan = |what: &str| named(&format!("{what}, by a subscription of its own"), source);
    let stop = |plan: Plan| plan.at(Nth(12), Cancel(Via::Lent));
    let mut add = |plan: Plan| plans.push(plan);
    add(stop(plan("unbounded").first(lent(ALL))));
    add(stop(plan("one by one").first(lent(1)).at(Every(1), lent(1))));
    add(plan("2 and 1 and 3 by handle").handle().then(handle(2)).then(handle(1)).then(handle(3)));
    add(plan("2 by handle in on_subscribe, 3 inside").handle().first(handle(2)).at(Nth(1), handle(3)));
}

fn cancels(plans: &mut Vec<Plan>, source: Source, via: Via) {
    let plan = |what: &str| named(&format!("{what}, cancel{via}, by a subscription of its own"), source);
    let held = |what: &str| plan(what).handle().canceller();
    let mut add = |plan: Plan| plans.push(plan);
    add(held("10").first(lent(10)).at(Nth(3), Cancel(via)));
    add(held("2 by handle").then(handle(2)).then(Cancel(via)).then(handle(1)));
    add(held("10, after two polls").first(lent(10)).poll(2).then(Cancel(via)));
    add(held("at rest").then(Cancel(via)));
}
