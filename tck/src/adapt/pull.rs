//! Sources that are asked on the thread that asks for items: iterators, and receivers that wait.

use super::{ASKED, Adapt, Adapted};
use crate::{Env, Length};
use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
use std::convert::Infallible;

/// An iterator as a publisher of its items.
///
/// `next` is called under demand only; without demand the end is known once `size_hint` says that nothing is left.
///
/// ```
/// use reactive_streams_tck::{adapt::iterator, verify_publisher};
///
/// let evens = iterator(|env, length| env.items(length).filter(|item| **item % 2 == 0));
/// verify_publisher(&evens.capable(|can| can.lossy())).assert_conforms();
/// ```
pub fn iterator<I, C>(create: C) -> Adapted<Iterated, C>
where
    C: Fn(&Env, Length) -> I,
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
{
    Adapted::new(ASKED, create)
}

/// An iterator of results as a publisher of its items, up to the first error, with which it fails.
///
/// ```
/// use reactive_streams_tck::{adapt::try_iterator, verify_publisher};
/// use std::iter::once;
///
/// let numbers = try_iterator(|env, length| env.items(length).map(Ok::<_, String>));
/// let numbers = numbers.failing(|_, k| (0..k).map(Ok).chain(once(Err("no more".to_owned()))));
/// verify_publisher(&numbers).assert_conforms();
/// ```
pub fn try_iterator<I, T, E, C>(create: C) -> Adapted<TryIterated, C>
where
    C: Fn(&Env, Length) -> I,
    I: IntoIterator<Item = Result<T, E>, IntoIter: Send + 'static>,
    T: Send + 'static,
    E: Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// The receiving end of a channel, as a closure that waits for the next item and returns `None` when the channel
/// has ended.
///
/// It waits on the thread that asks, so what it waits for must be there or come from another thread. If it does, say
/// `real_threads()`, since the kit cannot tell when that thread has come to rest, and put it through
/// [`stress_publisher`](crate::stress_publisher).
///
/// ```
/// use reactive_streams_tck::{adapt::receiver, verify_publisher};
/// use std::sync::mpsc;
///
/// let prefilled = receiver(|env, length| {
///     let (sender, receiver) = mpsc::channel();
///     env.items(length).for_each(|item| sender.send(item).unwrap());
///     move || receiver.recv().ok()
/// });
/// verify_publisher(&prefilled.capable(|can| can.not_endless())).assert_conforms();
/// ```
pub fn receiver<F, T, C>(create: C) -> Adapted<Received, C>
where
    C: Fn(&Env, Length) -> F,
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// The way of [`iterator`].
#[derive(Debug)]
pub struct Iterated(());

impl<I> Adapt<I> for Iterated
where
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
{
    fn publisher(_env: &Env, source: I) -> impl Publisher {
        Asked { source: source.into_iter(), lift: Ok::<I::Item, Infallible> }
    }
}

/// The way of [`try_iterator`].
#[derive(Debug)]
pub struct TryIterated(());

impl<I, T, E> Adapt<I> for TryIterated
where
    I: IntoIterator<Item = Result<T, E>, IntoIter: Send + 'static>,
    T: Send + 'static,
    E: Send + 'static,
{
    fn publisher(_env: &Env, source: I) -> impl Publisher {
        Asked { source: source.into_iter(), lift: std::convert::identity }
    }
}

/// The way of [`receiver`].
#[derive(Debug)]
pub struct Received(());

impl<F, T> Adapt<F> for Received
where
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    fn publisher(_env: &Env, source: F) -> impl Publisher {
        Asked { source: std::iter::from_fn(source), lift: Ok::<T, Infallible> }
    }
}

struct Asked<I: Iterator, T, E> {
    source: I,
    lift: fn(I::Item) -> Result<T, E>,
}

impl<I, T, E> Publisher for Asked<I, T, E>
where
    I: Iterator + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type Item = T;
    type Error = E;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Asking { asked: self, subscriber }));
    }
}

struct Asking<I: Iterator, T, E, S> {
    asked: Asked<I, T, E>,
    subscriber: S,
}

impl<I, T, E, S> Resume for Asking<I, T, E, S>
where
    I: Iterator + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    S: Subscriber<Item = T, Error = E> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while let Some(wanted) = subscription.wanted() {
            let ended = self.asked.source.size_hint().1 == Some(0);
            if wanted == 0 && !ended {
                return Turn::Park(self, subscription);
            }
            let next = if ended { None } else { self.asked.source.next() };
            // The source is foreign code: anything may have happened meanwhile.
            if subscription.is_cancelled() {
                break;
            }
            match next.map(self.asked.lift) {
                Some(Ok(item)) => subscription.deliver(item, &mut self.subscriber),
                Some(Err(error)) => {
                    self.subscriber.on_error(error, subscription.outstanding());
                    break;
                }
                None => {
                    self.subscriber.on_complete(subscription.outstanding());
                    break;
                }
            }
        }
        Turn::Done
    }
}
