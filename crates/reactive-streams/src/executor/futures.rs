//! The executors of the `futures` crates.

use futures_task::FutureObj;
use reactive_streams_core::{Spawn, Task};

/// Spawns on whatever implements `futures::task::Spawn`: a thread pool, a spawner of a local pool.
///
/// A task that the executor refuses, because it has shut down, is dropped: its stream ends by abandonment.
///
/// ```
/// use reactive_streams::{Futures, iter};
///
/// let pool = futures_executor::ThreadPool::builder().pool_size(1).create().unwrap();
/// let flow = iter(0..100).subscribe_on(Futures(pool.clone())).publish_on(Futures(pool), 8);
/// assert_eq!(flow.count().block(), Ok(100));
/// ```
#[derive(Clone, Debug)]
pub struct Futures<S>(
    /// The executor.
    pub S,
);

impl<S: futures_task::Spawn + Send + Sync> Spawn for Futures<S> {
    fn spawn(&self, task: Task) {
        drop(self.0.spawn_obj(FutureObj::new(task)));
    }
}
