//! A thread for each task: for programs without a runtime.

use reactive_streams_core::shim::thread;
use reactive_streams_core::{Spawn, Task};
use reactive_streams_sync::block_on;

/// Runs each task on a thread of its own, which sleeps while the task has nothing to do and ends with it.
///
/// A boundary is one task, so a pipeline with two of them has two threads. A panic in one is
/// reported there as any thread's is, and resumes in the consumer that waits for the pipeline. If no thread can be had the task is dropped: its stream ends by
/// abandonment.
///
/// ```
/// use reactive_streams::{Threads, iter};
///
/// let there = iter(0..3).subscribe_on(Threads).map(|n| (n, std::thread::current().id()));
/// let items = there.collect::<Vec<_>>().block().unwrap();
/// assert!(items.iter().all(|(_, thread)| *thread != std::thread::current().id()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Spawn for Threads {
    fn spawn(&self, task: Task) {
        let thread = thread::Builder::new().name("reactive-streams".into());
        drop(thread.spawn(move || block_on(task)));
    }
}
