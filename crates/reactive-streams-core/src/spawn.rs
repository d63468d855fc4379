//! Executors as values.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A task: what a boundary asks an executor to run.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Runs tasks. Boundaries take one as a value; there is no default and no runtime of our own.
///
/// An executor that cannot run a task any more drops it: the stream in it ends by abandonment.
pub trait Spawn: Send + Sync {
    /// Runs `task` to its end, at a time and on a thread of the executor's choice, never inside this call.
    fn spawn(&self, task: Task);
}

impl<S: Spawn + ?Sized> Spawn for Arc<S> {
    fn spawn(&self, task: Task) {
        S::spawn(self, task);
    }
}
