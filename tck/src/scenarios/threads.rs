//! The same calls from other threads. There are few of these, since a thread costs more than a scenario, and on a busy
//! machine much more; what races is the stress tier's.

use super::{ALL, handle, lent, named};
use crate::log::Via;
use crate::plan::Step::{Cancel, Request};
use crate::plan::When::Nth;
use crate::plan::{Plan, Source};
use crate::{Capabilities, Length};

pub(super) fn add(plans: &mut Vec<Plan>, capabilities: &Capabilities) {
    let Some(long) = capabilities.long() else { return };
    let source = Source::Length(long);
    let plan = |what: &str| named(what, source).handle().canceller();
    let thread = |n| Request(n, Via::HandleOnThread);
    let mut add = |plan: Plan| plans.push(plan);
    add(plan("another thread asks inside on_next, and at rest")
        .first(lent(1))
        .at(Nth(1), thread(3))
        .then(thread(2)));
    add(plan("the handle cancels on another thread, inside on_next")
        .first(lent(ALL))
        .at(Nth(3), Cancel(Via::HandleOnThread))
        .then(handle(1)));
    add(plan("the handle cancels on another thread, and asks there behind it")
        .then(handle(2))
        .then(Cancel(Via::HandleOnThread))
        .then(thread(ALL)));
    add(plan("a canceller on another thread, at rest").then(handle(2)).then(Cancel(Via::CancellerOnThread)));
    for via in [Via::Lent, Via::Handle] {
        let stops = plan(&format!("another thread asks for 5, and cancel{via} in on_next #2"));
        plans.push(stops.at(Nth(2), Cancel(via)).then(thread(5)).then(handle(1)));
    }
    if let Some(short @ Length::Exactly(n)) = capabilities.at_most(5) {
        let plan = named("another thread asks for all", Source::Length(short)).handle();
        plans.push(plan.then(thread(n)).then(thread(1)));
    }
}
