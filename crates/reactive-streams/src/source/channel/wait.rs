//! Producers that wait: for room, with an item in hand, until a time.

use super::Shared;
use super::error::{Closed, SendError, SendTimeoutError, Sent, TrySendError};
use reactive_streams_core::shim::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Release},
};
use reactive_streams_core::{Alarm, Clock};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Room for one item: what [`Sender::ready`](crate::Sender::ready) gives. Dropping it passes the room on to the next
/// in line.
///
/// Under [`Overflow::Wait`](crate::Overflow::Wait) the room is kept for it. Under the policies that drop, the room
/// was there and may be taken by another producer meanwhile: then the policy decides as ever.
#[must_use = "dropping it passes the room on to the next in line"]
pub struct Permit<'a, T: Send + 'static, E: Send + 'static> {
    shared: &'a Shared<T, E>,
    used: bool,
}

impl<'a, T: Send + 'static, E: Send + 'static> Permit<'a, T, E> {
    fn new(shared: &'a Shared<T, E>) -> Self {
        Self { shared, used: false }
    }

    /// Sends `item` into the room.
    ///
    /// # Errors
    ///
    /// Gives the item back when the stream has ended meanwhile.
    ///
    /// # Panics
    ///
    /// Passes on what the pipeline panics with.
    pub fn send(mut self, item: T) -> Result<Sent<T>, SendError<T>> {
        self.used = true;
        self.shared.tell(|line, direct| line.redeem(item, direct))
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Permit<'_, T, E> {
    fn drop(&mut self) {
        if !self.used {
            self.shared.tell(|line, _| line.release());
        }
    }
}

/// What [`Sender::ready`](crate::Sender::ready) returns. Dropping it passes its turn on.
#[must_use = "futures do nothing unless polled"]
pub struct Ready<'a, T: Send + 'static, E: Send + 'static> {
    shared: &'a Shared<T, E>,
    /// In line since it was first polled.
    ticket: Option<u64>,
}

impl<'a, T: Send + 'static, E: Send + 'static> Ready<'a, T, E> {
    pub(super) fn new(shared: &'a Shared<T, E>) -> Self {
        Self { shared, ticket: None }
    }
}

impl<'a, T: Send + 'static, E: Send + 'static> Future for Ready<'a, T, E> {
    type Output = Result<Permit<'a, T, E>, Closed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = self.shared;
        let granted = match self.ticket {
            None if shared.tell(|line, direct| line.reserve(direct))? => true,
            None => {
                // A waker is foreign code: it is cloned, and the old one dropped, under no lock.
                let mut waker = Some(context.waker().clone());
                self.ticket = shared.tell(|line, direct| line.enter(direct, &mut waker))?;
                self.ticket.is_none()
            }
            Some(ticket) => {
                let mut waker = Some(context.waker().clone());
                let turn = shared.tell(|line, _| line.turn(ticket, &mut waker));
                if turn.is_ready() {
                    self.ticket = None;
                }
                turn?.is_ready()
            }
        };
        if granted { Poll::Ready(Ok(Permit::new(shared))) } else { Poll::Pending }
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Ready<'_, T, E> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let waker = self.shared.tell(|line, _| line.leave(ticket));
            drop(waker);
        }
    }
}

/// What [`Sender::send_async`](crate::Sender::send_async) returns. Dropping it before it is ready drops the item,
/// which was never received; [`into_inner`](Self::into_inner) takes the item back instead.
#[must_use = "futures do nothing unless polled"]
pub struct Sending<'a, T: Send + 'static, E: Send + 'static> {
    /// Gone once it is ready.
    item: Option<T>,
    ready: Ready<'a, T, E>,
}

impl<'a, T: Send + 'static, E: Send + 'static> Sending<'a, T, E> {
    pub(super) fn new(shared: &'a Shared<T, E>, item: T) -> Self {
        Self { item: Some(item), ready: Ready::new(shared) }
    }

    /// Gives up, and takes the item back; none if it was ready already.
    pub fn into_inner(self) -> Option<T> {
        self.item
    }
}

impl<T: Send + 'static, E: Send + 'static> Future for Sending<'_, T, E> {
    type Output = Result<Sent<T>, SendError<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let item = self.item.take().expect("a send was polled after its end");
        let item = if self.ready.ticket.is_some() {
            item
        } else {
            match self.ready.shared.tell(|line, direct| line.put(item, direct)) {
                Ok(sent) => return Poll::Ready(Ok(sent)),
                Err(TrySendError::Closed(item)) => return Poll::Ready(Err(SendError(item))),
                Err(TrySendError::Full(item)) => item,
            }
        };
        match Pin::new(&mut self.ready).poll(context) {
            Poll::Ready(Ok(permit)) => Poll::Ready(permit.send(item)),
            Poll::Ready(Err(Closed)) => Poll::Ready(Err(SendError(item))),
            Poll::Pending => {
                self.item = Some(item);
                Poll::Pending
            }
        }
    }
}

// The item is never pinned.
impl<T: Send + 'static, E: Send + 'static> Unpin for Sending<'_, T, E> {}

/// What [`Sender::send_deadline`](crate::Sender::send_deadline) returns. Dropping it before it is ready drops the item,
/// which was never received.
#[must_use = "futures do nothing unless polled"]
pub struct SendingUntil<'a, T: Send + 'static, E: Send + 'static> {
    sending: Sending<'a, T, E>,
    clock: &'a dyn Clock,
    at: Duration,
    alarm: Option<Alarm>,
}

impl<'a, T: Send + 'static, E: Send + 'static> SendingUntil<'a, T, E> {
    pub(super) fn new(sending: Sending<'a, T, E>, clock: &'a dyn Clock, at: Duration) -> Self {
        Self { sending, clock, at, alarm: None }
    }
}

impl<T: Send + 'static, E: Send + 'static> Future for SendingUntil<'_, T, E> {
    type Output = Result<Sent<T>, SendTimeoutError<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(sent) = Pin::new(&mut self.sending).poll(context) {
            self.alarm = None;
            return Poll::Ready(sent.map_err(|SendError(item)| SendTimeoutError::Closed(item)));
        }
        if self.clock.now() < self.at {
            let alarm = self.clock.wake_at(self.at, context.waker().clone());
            self.alarm = Some(alarm);
            return Poll::Pending;
        }
        self.alarm = None;
        let item = self.sending.item.take().expect("what is pending has its item");
        self.sending.ready = Ready::new(self.sending.ready.shared);
        Poll::Ready(Err(SendTimeoutError::Timeout(item)))
    }
}

/// Runs `future` on this thread until it is ready or `deadline` has passed; then it gets one last poll. Its thread is
/// std's, since no model has one that sleeps for a time.
pub(super) fn block_until<F: Future + Unpin>(future: &mut F, deadline: Instant) -> Poll<F::Output> {
    let sleeper = Arc::new(Sleeper { woken: AtomicBool::new(false), thread: std::thread::current() });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = Pin::new(&mut *future).poll(&mut context) {
            return Poll::Ready(output);
        }
        while !sleeper.woken.swap(false, AcqRel) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Pin::new(future).poll(&mut context);
            }
            std::thread::park_timeout(left);
        }
    }
}

struct Sleeper {
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Release);
        self.thread.unpark();
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Permit<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Ready<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("in_line", &self.ticket.is_some()).finish()
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Sending<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for SendingUntil<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendingUntil").field("at", &self.at).finish_non_exhaustive()
    }
}
