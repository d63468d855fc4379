//! Sends each item into a [`Sink`].
//!
//! ```text
//! sink    ready-------ready---closed
//! demand  1-----------1
//! in      ----a---------b|
//! ```

use crate::Flow;
use crate::driver::wait::{self, Waiter};
use crate::sink::for_each_async::{Slot, YIELD_AFTER};
use futures_sink::Sink;
use reactive_streams_core::{Demand, Publisher};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl<P: Publisher> Flow<P> {
    /// Sends each item into `sink`: `.await` it, or call [`block`](Forward::block).
    ///
    /// # Demand
    ///
    /// One, each time the sink is ready for one; it subscribes when that happens first. While it waits for an item,
    /// the sink is flushed.
    ///
    /// # Completion and errors
    ///
    /// Completion closes the sink. A failure of upstream flushes it, so that what came before arrives, and drops it
    /// without closing. A failure of the sink cancels upstream.
    ///
    /// # Cancellation
    ///
    /// Dropping it cancels upstream and drops the sink.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned; and passes on what the sink or a stage in the same task panics with.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{SinkExt, sink};
    /// use reactive_streams::iter;
    ///
    /// let (lines, printed) = std::sync::mpsc::channel();
    /// let sink = sink::unfold(lines, |lines, n: u32| async move { lines.send(n).map(|()| lines) });
    /// assert_eq!(iter(1..4).forward(sink).block(), Ok(()));
    /// assert_eq!(printed.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    pub fn forward<K>(self, sink: K) -> Forward<P, K>
    where
        K: Sink<P::Item>,
    {
        Forward { state: State::Start(self.publisher), sink: Box::pin(sink) }
    }
}

/// Which side of a [`Flow::forward`] has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForwardError<U, K> {
    /// The pipeline.
    Upstream(U),
    /// The sink.
    Sink(K),
}

impl<U: fmt::Display, K: fmt::Display> fmt::Display for ForwardError<U, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upstream(error) => error.fmt(f),
            Self::Sink(error) => write!(f, "the sink failed: {error}"),
        }
    }
}

impl<U: Error + 'static, K: Error + 'static> Error for ForwardError<U, K> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Upstream(error) => error.source(),
            Self::Sink(error) => Some(error),
        }
    }
}

/// See [`Flow::forward`].
#[must_use = "a pipeline does nothing until it is run: await it, or call `block`"]
pub struct Forward<P: Publisher, K> {
    state: State<P>,
    sink: Pin<Box<K>>,
}

enum State<P: Publisher> {
    /// The sink has not been ready yet.
    Start(P),
    /// The news are the item that the sink was ready for.
    Waiting(Waiter<P::Item, Result<(), P::Error>>),
    /// The sink is not ready for the next.
    Full(Waiter<P::Item, Result<(), P::Error>>),
    Closing,
    /// What came before the failure is on its way.
    Failing(P::Error),
    Done,
}

type Failure<P, K> = ForwardError<<P as Publisher>::Error, <K as Sink<<P as Publisher>::Item>>::Error>;

impl<P, K> Forward<P, K>
where
    P: Publisher,
    K: Sink<P::Item>,
{
    /// Runs the pipeline and the sink on this thread, which is parked while there is nothing to do.
    ///
    /// # Errors
    ///
    /// That of the pipeline or of the sink, whichever fails.
    ///
    /// # Panics
    ///
    /// As [`Flow::forward`].
    pub fn block(self) -> Result<(), Failure<P, K>> {
        reactive_streams_sync::block_on(self)
    }

    /// One step from one state to the next. Pending puts the state back.
    fn step(&mut self, state: State<P>, context: &mut Context<'_>) -> Result<Poll<State<P>>, Failure<P, K>> {
        let sink = self.sink.as_mut();
        let (next, pending) = match state {
            State::Start(publisher) => match sink.poll_ready(context).map_err(ForwardError::Sink)? {
                Poll::Pending => (State::Start(publisher), true),
                Poll::Ready(()) => {
                    let (teller, waiter) = wait::pair();
                    publisher.subscribe(Slot { teller });
                    (State::Waiting(waiter), false)
                }
            },
            State::Waiting(mut waiter) => match waiter.news() {
                Some(item) => {
                    sink.start_send(item).map_err(ForwardError::Sink)?;
                    (State::Full(waiter), false)
                }
                None => match waiter.poll(context) {
                    Poll::Ready(Ok(())) => (State::Closing, false),
                    Poll::Ready(Err(error)) => (State::Failing(error), false),
                    Poll::Pending => {
                        let _flushed = sink.poll_flush(context).map_err(ForwardError::Sink)?;
                        (State::Waiting(waiter), true)
                    }
                },
            },
            State::Full(mut waiter) => match sink.poll_ready(context).map_err(ForwardError::Sink)? {
                Poll::Ready(()) => {
                    waiter.request(Demand::ONE);
                    (State::Waiting(waiter), false)
                }
                Poll::Pending => match waiter.poll(context) {
                    Poll::Ready(Ok(())) => (State::Closing, false),
                    Poll::Ready(Err(error)) => (State::Failing(error), false),
                    Poll::Pending => (State::Full(waiter), true),
                },
            },
            State::Closing => match sink.poll_close(context).map_err(ForwardError::Sink)? {
                Poll::Ready(()) => (State::Done, false),
                Poll::Pending => (State::Closing, true),
            },
            State::Failing(error) => match sink.poll_flush(context).map_err(ForwardError::Sink)? {
                Poll::Ready(()) => return Err(ForwardError::Upstream(error)),
                Poll::Pending => (State::Failing(error), true),
            },
            State::Done => panic!("a terminal was polled after its end"),
        };
        if !pending {
            return Ok(Poll::Ready(next));
        }
        self.state = next;
        Ok(Poll::Pending)
    }
}

impl<P, K> Future for Forward<P, K>
where
    P: Publisher,
    K: Sink<P::Item>,
{
    type Output = Result<(), Failure<P, K>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // What unwinds out of here leaves `Done` behind.
        let mut state = std::mem::replace(&mut this.state, State::Done);
        for _ in 0..YIELD_AFTER {
            state = ready!(this.step(state, context)?);
            if matches!(state, State::Done) {
                return Poll::Ready(Ok(()));
            }
        }
        this.state = state;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

// Only the sink is pinned, and it has a box.
impl<P: Publisher, K> Unpin for Forward<P, K> {}

impl<P: Publisher + fmt::Debug, K> fmt::Debug for Forward<P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Start(publisher) => f.debug_tuple("Forward").field(publisher).finish(),
            State::Done => f.write_str("Forward(done)"),
            _ => f.write_str("Forward(running)"),
        }
    }
}
