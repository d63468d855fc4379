//! Every end of a pipeline and every bridge out of it as a subscriber. One line each.

use super::*;
use futures_util::{StreamExt, TryStreamExt, sink};
use reactive_streams_core::shim::Mutex;
use reactive_streams_tck::{
    Consumes, Hooks, Sink, SubscriberCapabilities, Upstream as Above, verify_subscriber,
};
use std::future::{Future, poll_fn, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// The future that runs the pipeline, out of its seat while it is polled.
#[derive(Default)]
struct Seat {
    body: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    left: bool,
}

/// A sink that is a future: it runs in a task, loses interest when it is dropped, and is done when it is ready.
fn awaited<F, T, E>(start: impl Fn(Flow<Above>) -> F) -> impl Consumes
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send,
    E: Send,
{
    bounded(SubscriberCapabilities::new(), start)
}

fn bounded<F, T, E>(capabilities: SubscriberCapabilities, start: impl Fn(Flow<Above>) -> F) -> impl Consumes
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send,
    E: Send,
{
    let connect = move |env: &Env, hooks: &Hooks, upstream: Above| {
        let (done, future) = (hooks.done(), start(Flow::from(upstream)));
        let body = Box::pin(async move { done.result(&future.await) });
        let seat = Arc::new(Mutex::new(Seat { body: Some(body), left: false }));
        let leaving = Arc::clone(&seat);
        hooks.on_leave(move || {
            let mut seat = leaving.lock();
            seat.left = true;
            let body = seat.body.take();
            drop(seat);
            drop(body);
        });
        env.executor().spawn(Box::pin(poll_fn(move |context| {
            let body = seat.lock().body.take();
            let Some(mut body) = body else { return Poll::Ready(()) };
            if body.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            let mut seat = seat.lock();
            if seat.left {
                return Poll::Ready(());
            }
            seat.body = Some(body);
            Poll::Pending
        })));
    };
    Sink::new(connect).with(capabilities)
}

fn conforms(sink: &impl Consumes) {
    verify_subscriber(sink).assert_conforms();
}

#[test]
fn for_each() {
    conforms(&awaited(|flow| flow.for_each(drop)));
}

#[test]
fn fold() {
    conforms(&awaited(|flow| flow.fold(0, |sum, item| sum + *item)));
}

#[test]
fn collect() {
    conforms(&awaited(|flow| flow.collect::<Vec<_>>()));
}

#[test]
fn count() {
    conforms(&awaited(|flow| flow.count()));
}

#[test]
fn first() {
    conforms(&bounded(SubscriberCapabilities::new().cancels_after(1), |flow| flow.first()));
}

#[test]
fn for_each_async() {
    conforms(&awaited(|flow| flow.for_each_async(|_| ready(()))));
}

#[test]
fn forward() {
    let into = sink::drain;
    conforms(&awaited(move |flow| flow.forward(into())));
}

#[test]
fn into_stream() {
    conforms(&awaited(|flow| flow.into_stream(4).try_for_each(|_| ready(Ok(())))));
    conforms(&awaited(|flow| flow.into_stream(1).try_for_each(|_| ready(Ok(())))));
}

#[test]
fn into_stream_that_is_taken_from() {
    let enough = SubscriberCapabilities::new().cancels_after(3);
    conforms(&bounded(enough, |flow| flow.into_stream(1).take(3).try_for_each(|_| ready(Ok(())))));
}
