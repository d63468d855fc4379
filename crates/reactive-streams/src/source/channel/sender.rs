//! The producers' end.

use super::error::{Closed, SendError, SendTimeoutError, Sent, TrySendError};
use super::wait::{Permit, Ready, Sending, SendingUntil, block_until};
use super::{Shared, line::Line};
use crate::ledger::Ledger;
use reactive_streams_core::Clock;
use reactive_streams_sync::block_on;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Sends items into a [`channel`](crate::channel). Clones are more producers; when the last one is dropped, the stream
/// completes.
///
/// Each send may run the pipeline on the calling thread, down to the consumer, and passes on what that panics with:
/// call it under no lock. Producers that wait for room get it in the order in which they came, and nobody overtakes
/// them. One that waits forever keeps its place: drop futures that are not polled any more.
///
/// Counted as received is what the queue took, and what its policy dropped. An item that is given back as full,
/// closed or late was never received.
pub struct Sender<T: Send + 'static, E: Send + 'static = Infallible> {
    producers: Arc<Producers<T, E>>,
}

/// Dropped with the last sender.
struct Producers<T: Send + 'static, E: Send + 'static> {
    shared: Arc<Shared<T, E>>,
}

impl<T: Send + 'static, E: Send + 'static> Sender<T, E> {
    pub(super) fn new(shared: Arc<Shared<T, E>>) -> Self {
        Self { producers: Arc::new(Producers { shared }) }
    }

    fn shared(&self) -> &Shared<T, E> {
        &self.producers.shared
    }

    /// Sends without waiting. It is the one to use inside a callback of the pipeline itself.
    ///
    /// # Errors
    ///
    /// Gives the item back when the queue is full and its policy is [`Wait`](crate::Overflow::Wait), when others are
    /// in line before it, or when the stream has ended.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use reactive_streams::{Overflow, Sent, TrySendError, channel};
    ///
    /// let (sender, flow) = channel(1, Overflow::Wait);
    /// assert_eq!(sender.try_send(1), Ok(Sent::Accepted));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(flow);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    pub fn try_send(&self, item: T) -> Result<Sent<T>, TrySendError<T>> {
        self.shared().tell(|line, direct| line.put(item, direct))
    }

    /// Sends, and blocks this thread while the queue is full and its policy is to wait.
    ///
    /// Inside a callback of the pipeline itself it waits for ever if the queue is full, since only the callback's
    /// return could make room: use [`try_send`](Self::try_send) there, and [`send_async`](Self::send_async) in a task.
    ///
    /// # Errors
    ///
    /// Gives the item back when the stream has ended, be it while it waits.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use reactive_streams::{Overflow, SendError, Sent, channel};
    ///
    /// let (sender, flow) = channel(8, Overflow::Wait);
    /// assert_eq!(sender.send(1), Ok(Sent::Accepted));
    /// drop(flow);
    /// assert_eq!(sender.send(2), Err(SendError(2)));
    /// ```
    pub fn send(&self, item: T) -> Result<Sent<T>, SendError<T>> {
        match self.try_send(item) {
            Ok(sent) => Ok(sent),
            Err(TrySendError::Closed(item)) => Err(SendError(item)),
            Err(TrySendError::Full(item)) => block_on(self.send_async(item)),
        }
    }

    /// Sends, and blocks this thread for `timeout` at most. As [`send`](Self::send), with an end.
    ///
    /// # Errors
    ///
    /// Gives the item back when there was no room in time, or when the stream has ended.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use reactive_streams::{Overflow, SendTimeoutError, Sent, channel};
    /// use std::time::Duration;
    ///
    /// let (sender, flow) = channel(1, Overflow::Wait);
    /// assert_eq!(sender.send_timeout(1, Duration::ZERO), Ok(Sent::Accepted));
    /// assert_eq!(sender.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)));
    /// # drop(flow);
    /// ```
    pub fn send_timeout(&self, item: T, timeout: Duration) -> Result<Sent<T>, SendTimeoutError<T>> {
        let closed = |SendError(item)| SendTimeoutError::Closed(item);
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return self.send(item).map_err(closed);
        };
        let mut sending = self.send_async(item);
        match block_until(&mut sending, deadline) {
            Poll::Ready(sent) => sent.map_err(closed),
            Poll::Pending => {
                Err(SendTimeoutError::Timeout(sending.into_inner().expect("what is pending has its item")))
            }
        }
    }

    /// Sends, and waits for room as a future. Nothing happens before it is polled. Dropping it drops the item, which
    /// then was never received; [`Sending::into_inner`] takes the item back instead.
    ///
    /// # Errors
    ///
    /// Gives the item back when the stream has ended, be it while it waits.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use futures_executor::block_on;
    /// use reactive_streams::{Overflow, Sent, channel};
    ///
    /// let (sender, flow) = channel(1, Overflow::Wait);
    /// assert_eq!(block_on(sender.send_async(1)), Ok(Sent::Accepted));
    /// drop(sender);
    /// assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![1]));
    /// ```
    pub fn send_async(&self, item: T) -> Sending<'_, T, E> {
        Sending::new(self.shared(), item)
    }

    /// Sends, and waits for room as a future until `clock` shows `at`.
    ///
    /// # Errors
    ///
    /// Gives the item back when there was no room by then, or when the stream has ended.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use futures_executor::block_on;
    /// use reactive_streams::{Clock, Overflow, SendTimeoutError, Sent, channel};
    /// use reactive_streams_test::VirtualClock;
    ///
    /// let (clock, (sender, flow)) = (VirtualClock::new(), channel(1, Overflow::Wait));
    /// let by = clock.now();
    /// assert_eq!(block_on(sender.send_deadline(1, &clock, by)), Ok(Sent::Accepted));
    /// assert_eq!(block_on(sender.send_deadline(2, &clock, by)), Err(SendTimeoutError::Timeout(2)));
    /// # drop(flow);
    /// ```
    pub fn send_deadline<'a>(
        &'a self,
        item: T,
        clock: &'a dyn Clock,
        at: Duration,
    ) -> SendingUntil<'a, T, E> {
        SendingUntil::new(self.send_async(item), clock, at)
    }

    /// Waits for room as a future: where there is none, it resolves when the consumer has made some and those who
    /// came before have had their turn. Dropping it passes the turn on.
    ///
    /// # Errors
    ///
    /// When the stream has ended, be it while it waits.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use futures_executor::block_on;
    /// use reactive_streams::{Overflow, Sent, TrySendError, channel};
    ///
    /// let (sender, flow) = channel(1, Overflow::Wait);
    /// let permit = block_on(sender.ready()).unwrap();
    /// assert_eq!(sender.try_send(1), Err(TrySendError::Full(1))); // the room is taken
    /// assert_eq!(permit.send(2), Ok(Sent::Accepted));
    /// # drop(flow);
    /// ```
    pub fn ready(&self) -> Ready<'_, T, E> {
        Ready::new(self.shared())
    }

    /// Waits for room on this thread, which is parked. As [`ready`](Self::ready).
    ///
    /// # Errors
    ///
    /// When the stream has ended, be it while it waits.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    ///
    /// ```
    /// use reactive_streams::{Closed, Overflow, Sent, channel};
    ///
    /// let (sender, flow) = channel(1, Overflow::Wait);
    /// assert_eq!(sender.wait_ready().unwrap().send(1), Ok(Sent::Accepted));
    /// drop(flow);
    /// assert!(sender.wait_ready().is_err());
    /// ```
    pub fn wait_ready(&self) -> Result<Permit<'_, T, E>, Closed> {
        block_on(self.ready())
    }

    /// Completes the stream, for all producers: what was accepted is delivered first. After an end it does nothing.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    pub fn complete(&self) {
        let late = self.shared().tell(|line, _| line.end(Ok(())));
        drop(late);
    }

    /// Fails the stream, for all producers: what was accepted is delivered first. After an end it does nothing.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    pub fn fail(&self, error: E) {
        let late = self.shared().tell(|line, _| line.end(Err(error)));
        drop(late);
    }

    /// Whether items are no longer taken: the stream has ended or was cancelled.
    pub fn is_closed(&self) -> bool {
        self.shared().tell(|line, _| line.is_over())
    }

    /// The counters of the queue.
    pub fn ledger(&self) -> Ledger {
        self.shared().ledger.clone()
    }
}

impl<T: Send + 'static, E: Send + 'static> Clone for Sender<T, E> {
    fn clone(&self) -> Self {
        Self { producers: Arc::clone(&self.producers) }
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Producers<T, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Not the end that was meant: the consumer must not take it for one.
            self.shared.tell(|line, _| Line::abandon(line));
        } else {
            let late = self.shared.tell(|line, _| line.end(Ok(())));
            drop(late);
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Sender<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("ledger", &self.shared().ledger).finish()
    }
}
