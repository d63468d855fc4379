//! Sources that are polled in a task, one item a poll of the task, so that others can come in between.

use super::{ASKED, Adapt, Adapted};
use crate::gallery::yield_now;
use crate::{Env, Length};
use reactive_streams_core::shim::atomic::{AtomicUsize, Ordering::SeqCst};
use reactive_streams_core::{Alarm, Clock, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_test::VirtualClock;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

/// What can be polled for its next item.
pub(super) trait Source: Send + 'static {
    type Item: Send + 'static;
    type Error: Send + 'static;

    /// It is called under demand only, and not again after the end.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Next<Self::Item, Self::Error>;

    /// Whether the source says that nothing is left, without being polled.
    fn has_ended(&self) -> bool {
        false
    }
}

pub(super) type Next<T, E> = Poll<Offer<T, E>>;

/// An item, a failure, or the end.
type Offer<T, E> = Option<Result<T, E>>;

/// Polls `source` in a task on `spawner`.
pub(super) struct InTask<X> {
    source: X,
    spawner: Arc<dyn Spawn>,
}

impl<X: Source> InTask<X> {
    pub(super) fn new(env: &Env, source: X) -> Self {
        Self { source, spawner: Arc::new(env.executor()) }
    }
}

impl<X: Source> Publisher for InTask<X> {
    type Item = X::Item;
    type Error = X::Error;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = X::Item, Error = X::Error> + Send + 'static,
    {
        let Self { source, spawner } = self;
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if !subscription.is_cancelled() {
            spawner.spawn(Box::pin(run(source, subscriber, subscription)));
        }
    }
}

async fn run<X, S>(source: X, mut subscriber: S, mut subscription: Subscription)
where
    X: Source,
    S: Subscriber<Item = X::Item, Error = X::Error>,
{
    let (mut source, wakers) = (pin!(source), Wakers::default());
    while let Some(next) = poll_fn(|context| step(source.as_mut(), &mut subscription, &wakers, context)).await
    {
        // The source is foreign code: anything may have happened meanwhile.
        if subscription.is_cancelled() {
            return;
        }
        match next {
            Some(Ok(item)) => subscription.deliver(item, &mut subscriber),
            Some(Err(error)) => return subscriber.on_error(error, subscription.outstanding()),
            None => return subscriber.on_complete(subscription.outstanding()),
        }
        yield_now().await;
    }
}

/// What the source has next, or `None` when nobody wants it any more.
fn step<X: Source>(
    source: Pin<&mut X>,
    subscription: &mut Subscription,
    wakers: &Wakers,
    context: &mut Context<'_>,
) -> Poll<Option<Offer<X::Item, X::Error>>> {
    if source.has_ended() {
        return Poll::Ready(Some(None));
    }
    if ready!(subscription.poll_demand(context)).is_none() {
        return Poll::Ready(None);
    }
    match source.poll(&mut Context::from_waker(&wakers.next(context.waker()))) {
        Poll::Ready(next) => Poll::Ready(Some(next)),
        Poll::Pending => subscription.poll_cancelled(context).map(|()| None),
    }
}

/// A waker of its own for each poll of the source. As the contract of `Future::poll` says, only that of the latest poll has
/// to wake the task; here no other one does, so that a source that goes on with an earlier one stalls.
#[derive(Default)]
struct Wakers(Arc<AtomicUsize>);

impl Wakers {
    fn next(&self, task: &Waker) -> Waker {
        let latest = Arc::clone(&self.0);
        let number = latest.fetch_add(1, SeqCst) + 1;
        Waker::from(Arc::new(OfOnePoll { task: task.clone(), number, latest }))
    }
}

struct OfOnePoll {
    task: Waker,
    number: usize,
    latest: Arc<AtomicUsize>,
}

impl Wake for OfOnePoll {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        if self.latest.load(SeqCst) == self.number {
            self.task.wake_by_ref();
        }
    }
}

/// The receiving end of a channel, as a closure that tries it: an item, the end as `None`, or `Poll::Pending` when there
/// is nothing yet. Then it is tried again a virtual millisecond later.
///
/// ```
/// use reactive_streams_core::Spawn;
/// use reactive_streams_tck::{adapt::try_receiver, verify_publisher};
/// use std::sync::mpsc::{TryRecvError, sync_channel};
/// use std::task::Poll;
///
/// let channel = try_receiver(|env, length| {
///     let (sender, receiver) = sync_channel(64);
///     let mut items = env.items(length);
///     // Ends when the channel is full, or has no receiver any more.
///     env.executor().spawn(Box::pin(async move { _ = items.all(|item| sender.try_send(item).is_ok()) }));
///     move || match receiver.try_recv() {
///         Ok(item) => Poll::Ready(Some(item)),
///         Err(TryRecvError::Empty) => Poll::Pending,
///         Err(TryRecvError::Disconnected) => Poll::Ready(None),
///     }
/// });
/// verify_publisher(&channel.capable(|can| can.lengths(0..=64).not_endless())).assert_conforms();
/// ```
pub fn try_receiver<F, T, C>(create: C) -> Adapted<Tried, C>
where
    C: Fn(&Env, Length) -> F,
    F: FnMut() -> Poll<Option<T>> + Send + 'static,
    T: Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// The way of [`try_receiver`].
#[derive(Debug)]
pub struct Tried(());

impl<F, T> Adapt<F> for Tried
where
    F: FnMut() -> Poll<Option<T>> + Send + 'static,
    T: Send + 'static,
{
    fn publisher(env: &Env, source: F) -> impl Publisher {
        InTask::new(env, Trying { attempt: Box::new(source), clock: env.clock(), again: None })
    }
}

struct Trying<F> {
    attempt: Box<F>,
    clock: VirtualClock,
    again: Option<Alarm>,
}

impl<F, T> Source for Trying<F>
where
    F: FnMut() -> Poll<Option<T>> + Send + 'static,
    T: Send + 'static,
{
    type Item = T;
    type Error = Infallible;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next<T, Infallible> {
        let next = (self.attempt)();
        self.again = None;
        if next.is_pending() {
            let due = self.clock.now() + Duration::from_millis(1);
            self.again = Some(self.clock.wake_at(due, context.waker().clone()));
        }
        next.map(|next| next.map(Ok))
    }
}
