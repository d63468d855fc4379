//! Sources that must be polled, each in a task of its own: `from_future`, `from_stream`.
//!
//! The task owns the source and downstream. It polls the source while there is demand; in between the link holds its
//! waker, so that a request, the source and a cancel each wake it. A cancel ends the task, and both go with it; so
//! does an executor that drops the task.
//!
//! Left to this driver: §1.1 §1.3 §1.5 §1.7 §1.8 §3.3 §3.12 §3.13, and the contract's 3-i to 3-v.

use crate::driver::panics;
use crate::driver::pull::Pulled;
use reactive_streams_core::{Demand, Spawn, Subscriber, Subscription, shim};
use std::future::poll_fn;
use std::task::{Context, Poll};

/// How many items a task delivers before it lets others run.
const BUDGET: usize = if shim::fuzzing() { 1 } else { 256 };

/// A source, pinned where it runs.
pub(crate) trait Feed {
    type Item;
    type Error;

    /// The next item. It is called under demand only, and not again after the end.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Pulled<Self::Item, Self::Error>>;

    /// The end, when it is known without asking for an item: then it is signalled without demand.
    fn end(&mut self, context: &mut Context<'_>) -> Option<Result<(), Self::Error>>;
}

/// Subscribes `subscriber`, and spawns what `task` makes of it and its subscription unless it wants nothing.
pub(crate) fn spawn<X, S, F>(spawner: &X, mut subscriber: S, task: impl FnOnce(S, Subscription) -> F)
where
    X: Spawn,
    S: Subscriber,
    F: Future<Output = ()> + Send + 'static,
{
    let mut subscription = Subscription::new();
    subscriber.on_subscribe(&mut subscription);
    if !subscription.is_cancelled() {
        spawner.spawn(Box::pin(task(subscriber, subscription)));
    }
}

/// Runs `feed` to its end.
pub(crate) async fn run<G, S>(feed: G, subscriber: S, subscription: Subscription)
where
    G: Feed,
    S: Subscriber<Item = G::Item, Error = G::Error>,
{
    let mut held = Some((feed, subscriber, subscription));
    poll_fn(|context| panics::contain(&mut held, |held| turn(held, context)).unwrap_or(Poll::Ready(())))
        .await;
}

fn turn<G, S>(held: &mut Option<(G, S, Subscription)>, context: &mut Context<'_>) -> Poll<()>
where
    G: Feed,
    S: Subscriber<Item = G::Item, Error = G::Error>,
{
    let Some((feed, subscriber, subscription)) = held else { return Poll::Ready(()) };
    let end = std::task::ready!(deliver(feed, subscriber, subscription, context));
    if let Some((_feed, subscriber, mut subscription)) = held.take() {
        let unused = subscription.outstanding();
        match end {
            None => drop(subscriber),
            Some(Ok(())) => subscriber.on_complete(unused),
            Some(Err(error)) => subscriber.on_error(error, unused),
        }
    }
    Poll::Ready(())
}

type End<E> = Option<Result<(), E>>;

fn deliver<G, S>(
    feed: &mut G,
    subscriber: &mut S,
    subscription: &mut Subscription,
    context: &mut Context<'_>,
) -> Poll<End<G::Error>>
where
    G: Feed,
    S: Subscriber<Item = G::Item, Error = G::Error>,
{
    for _ in 0..BUDGET {
        if !subscription.is_cancelled()
            && let Some(end) = feed.end(context)
        {
            return Poll::Ready(Some(end));
        }
        let demand: Option<Demand> = std::task::ready!(subscription.poll_demand(context));
        if demand.is_none() {
            return Poll::Ready(None);
        }
        match feed.poll(context) {
            Poll::Ready(Pulled::Item(item)) => subscription.deliver(item, subscriber),
            Poll::Ready(Pulled::End) => return Poll::Ready(Some(Ok(()))),
            Poll::Ready(Pulled::Fail(error)) => return Poll::Ready(Some(Err(error))),
            Poll::Pending => return subscription.poll_cancelled(context).map(|()| None),
        }
    }
    context.waker().wake_by_ref();
    Poll::Pending
}
