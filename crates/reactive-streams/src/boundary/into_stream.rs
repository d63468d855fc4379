//! A pipeline as a [`Stream`], for code that awaits.
//!
//! ```text
//! in      a-b-c-d-|
//! polls   ---1---1---1-1-1
//! out     ---a---b---c-d-|
//! ```
//!
//! Driver: hop.

use crate::Flow;
use crate::driver::hop::{End, Port, open};
use crate::ledger::Ledger;
use futures_core::Stream;
use reactive_streams_core::Publisher;
use std::fmt;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

impl<P: Publisher> Flow<P> {
    /// Turns the pipeline into a stream of results, which ends after the first error. It subscribes when it is
    /// first polled.
    ///
    /// # Demand
    ///
    /// What is asked for and not here, and what is here and not taken, are never more than `prefetch` together: one
    /// means one. It asks while it is polled, in batches of up to half.
    ///
    /// # Completion and errors
    ///
    /// Both come after the items.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream cancels; the items in its queue are dropped and counted.
    ///
    /// # Panics
    ///
    /// When `prefetch` is zero. Polling panics, once, when upstream has gone without a terminal: with the panic of a stage
    /// that ran in a task, or with a message because a stage panicked elsewhere or an executor dropped its task.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use reactive_streams::iter;
    ///
    /// let stream = iter(1..=3).into_stream(2);
    /// let items: Vec<_> = futures_executor::block_on(stream.collect());
    /// assert_eq!(items, [Ok(1), Ok(2), Ok(3)]);
    /// ```
    pub fn into_stream(self, prefetch: usize) -> IntoStream<P> {
        let prefetch = NonZeroUsize::new(prefetch).expect("into_stream: a prefetch of at least one item");
        let ledger = Ledger::of_boundary(prefetch.get());
        IntoStream { source: Some(self.publisher), port: None, found: 0, prefetch, ledger }
    }
}

/// See [`Flow::into_stream`].
#[must_use = "streams do nothing unless polled"]
pub struct IntoStream<P: Publisher> {
    /// Until it is first polled.
    source: Option<P>,
    /// From then on until its end.
    port: Option<Port<P::Item, P::Error>>,
    /// Taken since it was found empty.
    found: usize,
    prefetch: NonZeroUsize,
    ledger: Ledger,
}

impl<P: Publisher> IntoStream<P> {
    /// The counters of its queue.
    pub fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

impl<P: Publisher + fmt::Debug> fmt::Debug for IntoStream<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoStream")
            .field("source", &self.source)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

// Nothing in it is ever pinned.
impl<P: Publisher> Unpin for IntoStream<P> {}

impl<P: Publisher> Stream for IntoStream<P> {
    type Item = Result<P::Item, P::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(source) = this.source.take() {
            let (inlet, port) = open(this.prefetch, this.ledger.clone());
            this.port = Some(port);
            source.subscribe(inlet);
        }
        let Some(port) = &mut this.port else { return Poll::Ready(None) };
        let end = loop {
            // What was taken out by the last poll has been used by now.
            port.replenish();
            if let Some(item) = port.take() {
                this.found = this.found.saturating_add(1);
                return Poll::Ready(Some(Ok(item)));
            }
            if let Some(end) = port.end() {
                break end;
            }
            if port.linger(std::mem::take(&mut this.found)) {
                continue;
            }
            if port.poll(context, true).is_pending() {
                return Poll::Pending;
            }
            port.attach();
            port.mark();
        };
        this.port = None;
        match end {
            End::Terminal(Ok(())) => Poll::Ready(None),
            End::Terminal(Err(error)) => Poll::Ready(Some(Err(error))),
            End::Panic(payload) => resume_unwind(payload),
            End::Abandoned => {
                panic!("upstream has gone without completing: a stage panicked, or was dropped")
            }
        }
    }
}
