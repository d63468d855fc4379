//! Several publishers into one, one after the other or at a time; and one into several.

use super::*;
use reactive_streams_tck::Sharing;

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
conformance!(
    flat_map_unordered,
    stage(|flow, _, _| flow.flat_map_unordered(3, one)).with(Capabilities::unordered)
);
conformance!(
    flat_map_unordered_in_task,
    stage(|flow, _, _| flow.flat_map_unordered(3, one)).in_task().with(Capabilities::unordered)
);
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
conformance!(share_among_several, Shared);

/// One source for all subscribers.
struct Shared;

impl Fixture for Shared {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Flow::from(Synchronous::new(env.items(length))).share(2, Overflow::Wait)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Flow::from(Synchronous::failing(env.items(Length::Exactly(k)))).share(2, Overflow::Wait))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Flow::from(Synchronous::new(env.items(length))).share(2, Overflow::Wait))
    }
    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        Some(Flow::from(Synchronous::failing(env.items(Length::Exactly(k)))).share(2, Overflow::Wait))
    }
    fn capabilities(&self) -> Capabilities {
        let over = "with the last subscriber the source is cancelled: who comes later is let go";
        let gone = "a panic unwinds through the source, which is then gone for all";
        let can = Capabilities::new().sharing(Sharing::Multicast);
        can.exclude("1.4/3", over).exclude("1.11/4", over).exclude("2.13/2", gone)
    }
}

/// A closure that gives the publisher away at its first call.
fn once_only(flow: Upstream) -> impl FnMut(Item) -> Upstream {
    let mut flow = Some(flow);
    move |_| flow.take().expect("called once")
}
