//! Several publishers into one, one after the other or at a time; and one into several.

use super::*;

/// Nothing more, of the upstream's kind.
fn none() -> Upstream {
    empty::<Item>().map_err(|never| match never {}).boxed()
}

/// One item, of the upstream's kind.
fn one(item: Item) -> Upstream {
    once(item).map_err(|never| match never {}).boxed()
}

conformance!(chain_first, stage(|flow, _, _| flow.chain(none())));
conformance!(chain_second, stage(|flow, _, _| none().chain(flow)).in_task());
conformance!(or_else, stage(|flow, _, _| flow.or_else(fail::<Item, Broken>)));
conformance!(or_else_second, stage(|flow, _, _| fail(Broken).or_else(|_| flow)));
conformance!(retry, source(|env, length| iter(env.items(length)).retry(3)));
conformance!(flat_map, stage(|flow, _, _| flow.flat_map(one)));
conformance!(flat_map_in_task, stage(|flow, _, _| flow.flat_map(one)).in_task());
conformance!(flat_map_inner, stage(|flow, _, env| one(env.item(0)).flat_map(once_only(flow))));
conformance!(flat_map_iter, stage(|flow, _, _| flow.flat_map_iter(Some)));
conformance!(flat_map_unordered, stage(|flow, _, _| flow.flat_map_unordered(3, one)));
conformance!(flat_map_unordered_in_task, stage(|flow, _, _| flow.flat_map_unordered(3, one)).in_task());
conformance!(merge, stage(|flow, _, _| flow.merge(none())));
conformance!(merge_in_task, stage(|flow, _, _| none().merge(flow)).in_task());
conformance!(zip, stage(|flow, _, _| flow.zip(iter(0..).map_err(|never| match never {}))));
conformance!(
    take_until,
    stage(|flow, _, _| flow.take_until(pending::<()>().map_err(|never| match never {})))
);
conformance!(share, stage(|flow, _, _| flow.share(2, Overflow::Wait)));
conformance!(share_in_task, stage(|flow, _, _| flow.share(2, Overflow::Wait)).in_task());
conformance!(share_that_drops, stage(|flow, _, _| flow.share(2, Overflow::DropOldest)).in_task());
conformance!(share_or_fail, stage(|flow, _, _| flow.share_or_fail(2)));

/// A closure that gives the publisher away at its first call.
fn once_only(flow: Upstream) -> impl FnMut(Item) -> Upstream {
    let mut flow = Some(flow);
    move |_| flow.take().expect("called once")
}
