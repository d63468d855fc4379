//! `futures` streams, and receivers that are such.

use super::task::{InTask, Next, Source};
use super::{ASKED, Adapt, Adapted};
use crate::{Env, Length};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use reactive_streams_core::Publisher;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::Context;

/// A stream as a publisher of its items.
///
/// It is polled in a task on the kit's executor. Its end is known when it says so: a `size_hint` of nothing does not say
/// that it will. A stream that has to be fed is fed from a task of its own, which `env.executor()` runs, too.
///
/// ```
/// use futures_util::{StreamExt, future::ready, stream::iter};
/// use reactive_streams_tck::{adapt::stream, verify_publisher};
///
/// let doubled = stream(|env, length| iter(env.items(length)).then(|item| ready(*item * 2)));
/// verify_publisher(&doubled).assert_conforms();
/// ```
pub fn stream<X, C>(create: C) -> Adapted<Streamed, C>
where
    C: Fn(&Env, Length) -> X,
    X: Stream<Item: Send + 'static> + Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// A stream of results as a publisher of its items, up to the first error, with which it fails.
///
/// ```
/// use futures_util::{StreamExt, stream::{iter, once}};
/// use reactive_streams_tck::{adapt::try_stream, verify_publisher};
/// use std::fmt::Error;
///
/// let numbers = try_stream(|env, length| iter(env.items(length).map(Ok::<_, Error>)));
/// let numbers = numbers.failing(|_, k| iter((0..k).map(Ok)).chain(once(async { Err(Error) })));
/// verify_publisher(&numbers).assert_conforms();
/// ```
pub fn try_stream<X, T, E, C>(create: C) -> Adapted<TryStreamed, C>
where
    C: Fn(&Env, Length) -> X,
    X: Stream<Item = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// A stream that says when it has ended, and is taken at its word, as `select!` does: once `is_terminated` is true it is
/// not polled again. One that is pending for ever may say so, too, and then counts as ended.
///
/// ```
/// use futures_util::{StreamExt, stream::iter};
/// use reactive_streams_tck::{adapt::fused_stream, verify_publisher};
///
/// verify_publisher(&fused_stream(|env, length| iter(env.items(length)).fuse())).assert_conforms();
/// ```
pub fn fused_stream<X, C>(create: C) -> Adapted<Fused, C>
where
    C: Fn(&Env, Length) -> X,
    X: FusedStream<Item: Send + 'static> + Send + 'static,
{
    Adapted::new(ASKED, create)
}

/// The way of [`stream`].
#[derive(Debug)]
pub struct Streamed(());

impl<X: Stream<Item: Send + 'static> + Send + 'static> Adapt<X> for Streamed {
    fn publisher(env: &Env, source: X) -> impl Publisher {
        InTask::new(env, Polled::new(source, |_| false, Ok::<X::Item, Infallible>))
    }
}

/// The way of [`try_stream`].
#[derive(Debug)]
pub struct TryStreamed(());

impl<X, T, E> Adapt<X> for TryStreamed
where
    X: Stream<Item = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    fn publisher(env: &Env, source: X) -> impl Publisher {
        InTask::new(env, Polled::new(source, |_| false, std::convert::identity))
    }
}

/// The way of [`fused_stream`].
#[derive(Debug)]
pub struct Fused(());

impl<X: FusedStream<Item: Send + 'static> + Send + 'static> Adapt<X> for Fused {
    fn publisher(env: &Env, source: X) -> impl Publisher {
        InTask::new(env, Polled::new(source, X::is_terminated, Ok::<X::Item, Infallible>))
    }
}

struct Polled<X: Stream, T, E> {
    stream: Pin<Box<X>>,
    terminated: fn(&X) -> bool,
    lift: fn(X::Item) -> Result<T, E>,
}

impl<X: Stream, T, E> Polled<X, T, E> {
    fn new(stream: X, terminated: fn(&X) -> bool, lift: fn(X::Item) -> Result<T, E>) -> Self {
        Self { stream: Box::pin(stream), terminated, lift }
    }
}

impl<X, T, E> Source for Polled<X, T, E>
where
    X: Stream + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type Item = T;
    type Error = E;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next<T, E> {
        let lift = self.lift;
        self.stream.as_mut().poll_next(context).map(|next| next.map(lift))
    }

    fn has_ended(&self) -> bool {
        (self.terminated)(&self.stream)
    }
}
