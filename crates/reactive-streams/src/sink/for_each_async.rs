//! Runs a future for each item, one at a time.
//!
//! ```text
//! in      a-----b-----c|
//! demand  1-----1-----1
//! body    [----][----][--]   done
//! ```

use crate::Flow;
use crate::driver::wait::{self, Teller, Waiter};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl<P: Publisher> Flow<P> {
    /// Runs the future that `f` returns for each item, one at a time, inside this one: `.await` it, or call
    /// [`block`](ForEachAsync::block). `f` and its futures need not be `Send`, unless it is spawned.
    ///
    /// # Demand
    ///
    /// One, and one more each time a future is done.
    ///
    /// # Completion and errors
    ///
    /// Ends with upstream, once the future of the last item is done.
    ///
    /// # Cancellation
    ///
    /// Dropping it cancels upstream and drops the future in progress.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned; and passes on what `f`, its futures or a stage in the same task panic with.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let mut seen = Vec::new();
    /// iter(1..4).for_each_async(|n| std::future::ready(seen.push(n))).block().unwrap();
    /// assert_eq!(seen, [1, 2, 3]);
    /// ```
    #[inline]
    pub fn for_each_async<F, B>(self, f: F) -> ForEachAsync<P, F, B>
    where
        F: FnMut(P::Item) -> B,
        B: Future<Output = ()>,
    {
        ForEachAsync { state: State::Start(self.publisher), f, body: None }
    }
}

/// See [`Flow::for_each_async`].
#[must_use = "a pipeline does nothing until it is run: await it, or call `block`"]
pub struct ForEachAsync<P: Publisher, F, B> {
    state: State<P>,
    f: F,
    /// The future in progress. The box is made for the first and serves all.
    body: Option<Pin<Box<Option<B>>>>,
}

enum State<P: Publisher> {
    Start(P),
    /// The news are the item.
    Running(Waiter<P::Item, Result<(), P::Error>>),
    Done,
}

/// After how many items it yields to its executor.
pub(super) const YIELD_AFTER: u32 = 1024;

impl<P, F, B> ForEachAsync<P, F, B>
where
    P: Publisher,
    F: FnMut(P::Item) -> B,
    B: Future<Output = ()>,
{
    /// Runs the pipeline and the futures on this thread, which is parked while there is nothing to do.
    ///
    /// # Errors
    ///
    /// The pipeline's error.
    ///
    /// # Panics
    ///
    /// As [`Flow::for_each_async`].
    pub fn block(self) -> Result<(), P::Error> {
        reactive_streams_sync::block_on(self)
    }

    /// Runs the future in progress to its end, then the next item's, until there is none.
    fn run(
        &mut self,
        waiter: &mut Waiter<P::Item, Result<(), P::Error>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), P::Error>> {
        for _ in 0..YIELD_AFTER {
            if let Some(body) = &mut self.body
                && let Some(running) = body.as_mut().as_pin_mut()
            {
                ready!(running.poll(context));
                body.set(None);
                waiter.request(Demand::ONE);
            }
            let Some(item) = waiter.news() else { return waiter.poll_after_news(context) };
            let next = Some((self.f)(item));
            match &mut self.body {
                None => self.body = Some(Box::pin(next)),
                Some(body) => body.set(next),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<P, F, B> Future for ForEachAsync<P, F, B>
where
    P: Publisher,
    F: FnMut(P::Item) -> B,
    B: Future<Output = ()>,
{
    type Output = Result<(), P::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // What unwinds out of here leaves `Done` behind.
        let mut waiter = match std::mem::replace(&mut this.state, State::Done) {
            State::Start(publisher) => {
                let (teller, waiter) = wait::pair();
                publisher.subscribe(Slot { teller });
                waiter
            }
            State::Running(waiter) => waiter,
            State::Done => panic!("a terminal was polled after its end"),
        };
        let polled = this.run(&mut waiter, context);
        if polled.is_pending() {
            this.state = State::Running(waiter);
        }
        polled
    }
}

// Only the future in progress is pinned, and it has a box.
impl<P: Publisher, F, B> Unpin for ForEachAsync<P, F, B> {}

impl<P: Publisher + fmt::Debug, F, B> fmt::Debug for ForEachAsync<P, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Start(publisher) => f.debug_tuple("ForEachAsync").field(publisher).finish(),
            State::Running(_) => f.write_str("ForEachAsync(running)"),
            State::Done => f.write_str("ForEachAsync(done)"),
        }
    }
}

/// The subscriber: hands each item to the future. It asks for the first.
pub(super) struct Slot<T: 'static, E: 'static> {
    pub(super) teller: Teller<T, Result<(), E>>,
}

impl<T: 'static, E: 'static> Subscriber for Slot<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.teller.subscribed(subscription, Demand::ONE);
    }

    fn on_next(&mut self, item: T, _subscription: &mut Subscription) {
        self.teller.tell(item);
    }

    fn on_error(mut self, error: E, _unused: Option<Demand>) {
        self.teller.end(Err(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.teller.end(Ok(()));
    }
}
