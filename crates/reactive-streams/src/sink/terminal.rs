//! The end of a pipeline: a future, or a call that blocks.

use crate::driver::wait::{self, Teller, Waiter};
use reactive_streams_core::shim;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a terminal makes of the items, as a plain value.
pub trait Consume: Send + 'static {
    /// What it takes.
    type Item;
    /// What comes of it.
    type Output: Send + 'static;
    /// What it asks for in all: unbounded, or less than a slice.
    const DEMAND: Demand = Demand::UNBOUNDED;

    /// Takes one item; `Break` wants no more.
    fn item(&mut self, item: Self::Item) -> ControlFlow<()>;

    /// The result.
    fn finish(self) -> Self::Output;
}

/// A pipeline with its end: `.await` it, or call [`block`](Self::block).
///
/// # As a future
///
/// It subscribes when it is first polled, and needs no particular runtime. It asks for slices of 1,024 items, refilled
/// when three quarters have arrived, and yields to its executor between the slices of a synchronous pipeline, which
/// runs inside the poll. Dropping it cancels.
///
/// # Errors
///
/// The pipeline's error.
///
/// # Panics
///
/// When a stage panics: on the consumer's own thread that unwinds to it directly, and what a task panics with resumes in
/// it. Also when the pipeline was abandoned: its subscriber was dropped without a terminal, because a stage panicked
/// on a thread of the source's, an executor is gone, or nothing could ever have reached it.
///
/// ```
/// use reactive_streams::iter;
/// use futures_executor::block_on;
///
/// let sum = || iter(1..=4).fold(0, |sum, n| sum + n);
/// assert_eq!(sum().block(), Ok(10));
/// assert_eq!(block_on(async { sum().await }), Ok(10));
/// ```
#[must_use = "a pipeline does nothing until it is run: await it, or call `block`"]
pub struct Terminal<P: Publisher, C: Consume> {
    state: State<P, C>,
}

enum State<P: Publisher, C: Consume> {
    Start(P, C),
    /// The news are the demand that is due.
    Running(Waiter<Demand, Outcome<P, C>>),
    Done,
}

type Outcome<P, C> = Result<<C as Consume>::Output, <P as Publisher>::Error>;

/// How many items a future has on order at most.
fn slice() -> Demand {
    Demand::of(if shim::fuzzing() { 2 } else { 1024 })
}

/// After how many items it orders as many again.
fn refill() -> Demand {
    Demand::of(if shim::fuzzing() { 1 } else { 768 })
}

impl<P, C> Terminal<P, C>
where
    P: Publisher,
    C: Consume<Item = P::Item>,
{
    pub(crate) fn new(publisher: P, consume: C) -> Self {
        Self { state: State::Start(publisher, consume) }
    }

    /// Runs the pipeline and waits for its end on this thread, which is parked while there is nothing to do.
    ///
    /// It asks for everything at once, takes no handle, and a synchronous pipeline runs as one loop in this call.
    /// Do not call it in a task of an executor: `.await` there.
    ///
    /// # Errors
    ///
    /// The pipeline's error.
    ///
    /// # Panics
    ///
    /// Passes on what a stage panics with; and when the pipeline was abandoned, see [`Terminal`].
    #[inline]
    pub fn block(mut self) -> Result<C::Output, P::Error> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Start(publisher, consume) => {
                let (teller, waiter) = wait::pair();
                publisher.subscribe(End::<_, _, false> { consume: Some(consume), teller, left: 0 });
                waiter.block()
            }
            running => reactive_streams_sync::block_on(Self { state: running }),
        }
    }
}

impl<P, C> Future for Terminal<P, C>
where
    P: Publisher,
    C: Consume<Item = P::Item>,
{
    type Output = Result<C::Output, P::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let state = &mut self.get_mut().state;
        // What unwinds out of here leaves `Done` behind.
        let mut waiter = match std::mem::replace(state, State::Done) {
            State::Start(publisher, consume) => {
                let (teller, waiter) = wait::pair();
                publisher.subscribe(End::<_, _, true> {
                    consume: Some(consume),
                    teller,
                    left: refill().get(),
                });
                waiter
            }
            State::Running(mut waiter) => {
                if let Some(due) = waiter.news() {
                    waiter.request(due);
                }
                waiter
            }
            State::Done => panic!("a terminal was polled after its end"),
        };
        let polled = waiter.poll(context);
        if polled.is_pending() {
            *state = State::Running(waiter);
        }
        polled
    }
}

// Nothing in it is ever pinned.
impl<P: Publisher, C: Consume> Unpin for Terminal<P, C> {}

impl<P: Publisher + fmt::Debug, C: Consume> fmt::Debug for Terminal<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Start(publisher, _) => f.debug_tuple("Terminal").field(publisher).finish(),
            State::Running(_) => f.write_str("Terminal(running)"),
            State::Done => f.write_str("Terminal(done)"),
        }
    }
}

/// The subscriber. Where it is not sliced, it asks for everything and counts nothing.
struct End<C: Consume, E: 'static, const SLICED: bool> {
    /// Gone once it has ended.
    consume: Option<C>,
    teller: Teller<Demand, Result<C::Output, E>>,
    /// How many items until the next refill is due.
    left: u64,
}

impl<C: Consume, E: 'static, const SLICED: bool> End<C, E, SLICED> {
    fn end(&mut self, error: Option<E>) {
        let Some(consume) = self.consume.take() else { return };
        self.teller.end(match error {
            None => Ok(consume.finish()),
            Some(error) => Err(error),
        });
    }
}

impl<C: Consume, E: 'static, const SLICED: bool> Subscriber for End<C, E, SLICED> {
    type Item = C::Item;
    type Error = E;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if SLICED {
            self.teller.subscribed(subscription, C::DEMAND.min(slice()));
        } else {
            subscription.request(C::DEMAND);
        }
    }

    #[inline]
    fn on_next(&mut self, item: C::Item, subscription: &mut Subscription) {
        let Some(consume) = &mut self.consume else { return };
        if consume.item(item).is_break() {
            subscription.cancel();
            return self.end(None);
        }
        if SLICED {
            self.left -= 1;
            if self.left == 0 {
                let due = refill();
                self.left = due.get();
                self.teller.tell_seldom(due);
            }
        }
    }

    fn on_error(mut self, error: E, _unused: Option<Demand>) {
        self.end(Some(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(None);
    }
}
