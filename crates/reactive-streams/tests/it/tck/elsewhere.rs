//! In other tasks, and in time.

use super::*;
use reactive_streams::interval;
use std::time::Duration;

const PERIOD: Duration = Duration::from_millis(10);
const NEVER: Duration = Duration::from_secs(100);

/// One item in a period.
fn seldom(capabilities: Capabilities) -> Capabilities {
    lossy(capabilities).exclude("3.3/1", "it takes a period for each of the many items")
}

conformance!(publish_on, stage(|flow, _, env| flow.publish_on(env.executor(), 2)));
conformance!(publish_on_one, stage(|flow, _, env| flow.publish_on(env.executor(), 1)).in_task());
conformance!(subscribe_on, stage(|flow, _, env| flow.subscribe_on(env.executor())));
conformance!(subscribe_on_in_task, stage(|flow, _, env| flow.subscribe_on(env.executor())).in_task());
conformance!(map_parallel, stage(|flow, _, env| flow.map_parallel(2, env.executor(), |item| item)));
conformance!(
    map_parallel_in_task,
    stage(|flow, _, env| flow.map_parallel(2, env.executor(), |item| item).in_flight(1)).in_task()
);
conformance!(
    map_parallel_unordered,
    stage(|flow, _, env| flow.map_parallel(1, env.executor(), |item| item).unordered())
);
conformance!(interval_source, source(|env, _| interval(PERIOD, env.clock())).with(|can| can.not_finite()));
conformance!(sample, stage(|flow, _, env| flow.sample(PERIOD, env.clock())).in_task().with(seldom));
conformance!(throttle, stage(|flow, _, env| flow.throttle(PERIOD, env.clock())).in_task().with(seldom));
conformance!(rate_limit, stage(|flow, _, env| flow.rate_limit(1_000_000, PERIOD, env.clock())));
conformance!(rate_limit_in_task, stage(|flow, _, env| flow.rate_limit(2, PERIOD, env.clock())).in_task());
conformance!(timeout, stage(|flow, _, env| flow.timeout(NEVER, env.clock())));
conformance!(timeout_in_task, stage(|flow, _, env| flow.timeout(NEVER, env.clock())).in_task());
