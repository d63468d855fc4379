//! What a future resolves to, as the only item.
//!
//! ```text
//! demand  --1--------
//! future    [----]a
//! out     -------a|
//! ```
//!
//! Driver: task.

use crate::Flow;
use crate::driver::pull::Pulled;
use crate::driver::task::{self, Feed};
use reactive_streams_core::{Publisher, Spawn, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// What `future` resolves to, as the only item. The future is polled in a task on `spawner`, and delivers there.
///
/// # Demand
///
/// The future is first polled when the item is asked for.
///
/// # Completion and errors
///
/// It completes with its item. If the executor drops the task, or the future panics, the subscriber is dropped without
/// a terminal.
///
/// # Cancellation
///
/// Wakes the task, which drops the future.
///
/// # Examples
///
/// ```
/// use reactive_streams::from_future;
/// use reactive_streams_test::{ManualExecutor, probe};
///
/// let executor = ManualExecutor::new();
/// let probe = probe(from_future(async { 7 }, executor.clone()));
/// probe.request(1);
/// executor.run();
/// assert_eq!((probe.items(), probe.is_complete()), (vec![7], true));
/// ```
pub fn from_future<F, X>(future: F, spawner: X) -> Flow<FromFuture<F, X>>
where
    F: Future<Output: Send + 'static> + Send + 'static,
    X: Spawn,
{
    Flow::from(FromFuture { future, spawner })
}

/// See [`from_future`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FromFuture<F, X> {
    future: F,
    spawner: X,
}

impl<F, X> fmt::Debug for FromFuture<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFuture { .. }")
    }
}

impl<F, X> Publisher for FromFuture<F, X>
where
    F: Future<Output: Send + 'static> + Send + 'static,
    X: Spawn,
{
    type Item = F::Output;
    type Error = Infallible;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = F::Output, Error = Infallible> + Send + 'static,
    {
        let Self { future, spawner } = self;
        task::spawn(&spawner, subscriber, move |subscriber, subscription| async move {
            task::run(Single { future: Some(pin!(future)) }, subscriber, subscription).await;
        });
    }
}

struct Single<'a, F> {
    /// None once it has resolved.
    future: Option<Pin<&'a mut F>>,
}

impl<F: Future> Feed for Single<'_, F> {
    type Item = F::Output;
    type Error = Infallible;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Pulled<F::Output, Infallible>> {
        let Some(future) = &mut self.future else { return Poll::Ready(Pulled::End) };
        let polled = future.as_mut().poll(context);
        if polled.is_ready() {
            self.future = None;
        }
        polled.map(Pulled::Item)
    }

    fn end(&mut self, _context: &mut Context<'_>) -> Option<Result<(), Infallible>> {
        self.future.is_none().then_some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn it_is_at_its_end_once_it_has_resolved() {
        let mut context = Context::from_waker(Waker::noop());
        let future = pin!(async { 1 });
        let mut single = Single { future: Some(future) };
        assert!(single.end(&mut context).is_none());
        assert!(matches!(single.poll(&mut context), Poll::Ready(Pulled::Item(1))));
        assert_eq!(single.end(&mut context), Some(Ok(())));
        assert!(matches!(single.poll(&mut context), Poll::Ready(Pulled::End)));
    }
}
