//! The items of a [`Stream`], each polled for when it is asked for.
//!
//! ```text
//! demand  2------1---------
//! stream  a--b   c|
//! out     a--b---c|
//! ```
//!
//! Driver: task.

use crate::Flow;
use crate::driver::pull::Pulled;
use crate::driver::task::{self, Feed};
use futures_core::Stream;
use reactive_streams_core::{Publisher, Spawn, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// The items of `stream`, which is polled in a task on `spawner` and delivers there.
///
/// # Demand
///
/// The stream is polled only while there is demand, and nothing is held: an item is delivered when it is ready. Only a
/// stream whose `size_hint` says that no item is left is polled for its end without demand; should it bring an item after
/// all, that one waits for demand.
///
/// # Completion and errors
///
/// It completes when the stream says so; without demand where its `size_hint` says that nothing is left. If the
/// executor drops the task, or the stream panics, the subscriber is dropped without a terminal.
///
/// # Cancellation
///
/// Wakes the task, which drops the stream.
///
/// # Examples
///
/// ```
/// use futures_util::stream;
/// use reactive_streams::from_stream;
/// use reactive_streams_test::{ManualExecutor, probe};
///
/// let executor = ManualExecutor::new();
/// let probe = probe(from_stream(stream::iter([1, 2, 3]), executor.clone()));
/// probe.request(2);
/// executor.run();
/// assert_eq!(probe.items(), [1, 2]);
/// ```
pub fn from_stream<St, X>(stream: St, spawner: X) -> Flow<FromStream<St, X, St::Item, Infallible>>
where
    St: Stream<Item: Send + 'static> + Send + 'static,
    X: Spawn,
{
    Flow::from(FromStream { stream, spawner, lift: Ok })
}

/// The items of a stream of results, up to its first error, with which it fails. All else as [`from_stream`].
///
/// ```
/// use futures_util::stream;
/// use reactive_streams::from_try_stream;
/// use reactive_streams_test::{ManualExecutor, probe};
///
/// let executor = ManualExecutor::new();
/// let probe = probe(from_try_stream(stream::iter([Ok(1), Err("broken"), Ok(2)]), executor.clone()));
/// probe.request(9);
/// executor.run();
/// assert_eq!((probe.items(), probe.error()), (vec![1], Some("broken")));
/// ```
pub fn from_try_stream<St, X, T, E>(stream: St, spawner: X) -> Flow<FromStream<St, X, T, E>>
where
    St: Stream<Item = Result<T, E>> + Send + 'static,
    X: Spawn,
    T: Send + 'static,
    E: Send + 'static,
{
    Flow::from(FromStream { stream, spawner, lift: std::convert::identity })
}

/// See [`from_stream`] and [`from_try_stream`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FromStream<St: Stream, X, T, E> {
    stream: St,
    spawner: X,
    lift: fn(St::Item) -> Result<T, E>,
}

impl<St: Stream, X, T, E> fmt::Debug for FromStream<St, X, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromStream { .. }")
    }
}

impl<St, X, T, E> Publisher for FromStream<St, X, T, E>
where
    St: Stream + Send + 'static,
    X: Spawn,
    T: Send + 'static,
    E: Send + 'static,
{
    type Item = T;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        let Self { stream, spawner, lift } = self;
        task::spawn(&spawner, subscriber, move |subscriber, subscription| async move {
            task::run(Polled { stream: pin!(stream), lift, early: None }, subscriber, subscription).await;
        });
    }
}

struct Polled<'a, St: Stream, T, E> {
    stream: Pin<&'a mut St>,
    lift: fn(St::Item) -> Result<T, E>,
    /// What it brought though its `size_hint` said that nothing is left.
    early: Option<Result<T, E>>,
}

impl<St: Stream, T, E> Feed for Polled<'_, St, T, E> {
    type Item = T;
    type Error = E;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Pulled<T, E>> {
        let next = match self.early.take() {
            None => std::task::ready!(self.stream.as_mut().poll_next(context)).map(self.lift),
            early => early,
        };
        Poll::Ready(match next {
            None => Pulled::End,
            Some(Ok(item)) => Pulled::Item(item),
            Some(Err(error)) => Pulled::Fail(error),
        })
    }

    fn end(&mut self, context: &mut Context<'_>) -> Option<Result<(), E>> {
        if self.early.is_some() || self.stream.size_hint().1 != Some(0) {
            return None;
        }
        // That no item is left is not yet the end: a stream may be pending for ever.
        match self.stream.as_mut().poll_next(context) {
            Poll::Ready(None) => Some(Ok(())),
            Poll::Ready(item) => {
                self.early = item.map(self.lift);
                None
            }
            Poll::Pending => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn an_error_is_the_last_that_it_gives() {
        let mut context = Context::from_waker(Waker::noop());
        let stream = pin!(futures_util::stream::iter([Ok(1), Err("broken")]));
        let mut polled = Polled { stream, lift: std::convert::identity, early: None };
        assert_eq!(polled.end(&mut context), None);
        assert!(matches!(polled.poll(&mut context), Poll::Ready(Pulled::Item(1))));
        assert!(matches!(polled.poll(&mut context), Poll::Ready(Pulled::Fail("broken"))));
        assert_eq!(polled.end(&mut context), Some(Ok(())));
    }
}
