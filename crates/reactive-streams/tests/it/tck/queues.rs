//! What holds items back.

use super::*;

conformance!(buffer, stage(|flow, _, _| flow.buffer(2)));
conformance!(buffer_in_task, stage(|flow, _, _| flow.buffer(2)).in_task());
conformance!(buffer_of_none, stage(|flow, _, _| flow.buffer(0)));
conformance!(drop_oldest, stage(|flow, _, _| flow.buffer(2).overflow(Overflow::DropOldest)).with(lossy));
conformance!(drop_incoming, stage(|flow, _, _| flow.buffer(2).overflow(Overflow::DropIncoming)).with(lossy));
conformance!(
    replace_newest,
    stage(|flow, _, _| flow.buffer(2).overflow(Overflow::ReplaceNewest)).in_task().with(lossy)
);
conformance!(clear, stage(|flow, _, _| flow.buffer(2).overflow(Overflow::Clear)).with(lossy));
conformance!(on_backpressure_drop, stage(|flow, _, _| flow.on_backpressure_drop(drop)).with(lossy));
conformance!(
    on_backpressure_drop_in_task,
    stage(|flow, _, _| flow.on_backpressure_drop(drop)).in_task().with(lossy)
);
conformance!(conflate, stage(|flow, _, _| flow.conflate(|_, new| new)).with(lossy));
conformance!(conflate_in_task, stage(|flow, _, _| flow.conflate(|_, new| new)).in_task().with(lossy));
conformance!(latest, stage(|flow, _, _| flow.latest()).with(lossy));
conformance!(limit_rate, stage(|flow, _, _| flow.limit_rate(4, 2)));
conformance!(limit_rate_in_task, stage(|flow, _, _| flow.limit_rate(4, 2)).in_task());
conformance!(chunks, stage(|flow, _, _| flow.chunks(2)).upstream(|n| 2 * n));
conformance!(chunks_in_task, stage(|flow, _, _| flow.chunks(2)).upstream(|n| 2 * n).in_task());
