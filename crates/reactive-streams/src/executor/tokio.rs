//! A tokio runtime.

use reactive_streams_core::{Spawn, Task};
use tokio::runtime::Handle;

/// Spawns on a tokio runtime. When the runtime shuts down it drops its tasks: their streams end by abandonment.
///
/// ```
/// use reactive_streams::{Tokio, iter};
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// let count = iter(0..100).publish_on(Tokio(runtime.handle().clone()), 8).count();
/// assert_eq!(runtime.block_on(count), Ok(100));
/// ```
#[derive(Clone, Debug)]
pub struct Tokio(
    /// The runtime's handle.
    pub Handle,
);

impl Spawn for Tokio {
    fn spawn(&self, task: Task) {
        drop(self.0.spawn(task));
    }
}
