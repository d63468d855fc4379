//! Models of the races at a boundary: upstream in a thread of its own, the task or the stream in another. Run with
//! `.ci/loom`, which also plants the bugs that each must find.
#![cfg(loom)]
#![allow(clippy::disallowed_types, reason = "the models use loom's own")]

use futures_core::Stream;
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};
use reactive_streams::{Demand, Flow, Handle, Publisher, Reason, Spawn, Subscriber, Subscription, Task};
use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

/// What is only looked at after all threads are joined, and must not order them.
type Plain<T> = Arc<std::sync::Mutex<T>>;

fn set<T>(plain: &Plain<T>, value: T) {
    *plain.lock().expect("not poisoned") = value;
}

fn get<T: Clone>(plain: &Plain<T>) -> T {
    plain.lock().expect("not poisoned").clone()
}

/// An executor of one future; a lost wake-up is a deadlock, which loom reports.
#[derive(Default)]
struct Executor {
    woken: Mutex<bool>,
    condition: Condvar,
}

impl Executor {
    fn run<F: Future>(future: F) -> F::Output {
        let executor = Arc::new(Self::default());
        let waker = Waker::from(executor.clone());
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            let mut woken = executor.woken.lock().expect("not poisoned");
            while !*woken {
                woken = executor.condition.wait(woken).expect("not poisoned");
            }
            *woken = false;
        }
    }
}

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().expect("not poisoned") = true;
        self.condition.notify_one();
    }
}

/// Keeps the task for the model to run.
#[derive(Clone, Default)]
struct Kept(Plain<Option<Task>>);

impl Spawn for Kept {
    fn spawn(&self, task: Task) {
        set(&self.0, Some(task));
    }
}

impl Kept {
    fn take(&self) -> Task {
        self.0.lock().expect("not poisoned").take().expect("it was spawned")
    }
}

enum End {
    Completes,
    /// Drops its subscriber.
    Goes,
    /// Keeps it, as a parked publisher does.
    Stays,
}

/// Emits `items` as it is asked, in a thread that starts after `on_subscribe`, or before, and then ends.
struct Source {
    thread: Running,
    subscribes_there: bool,
    items: usize,
    end: End,
}

type Running = Plain<Option<JoinHandle<Left>>>;

/// What the thread has left: its subscriber, and its subscription.
type Left = (Option<Box<dyn Any + Send>>, Subscription);

impl Source {
    fn new(items: usize, end: End) -> (Self, Running) {
        let thread = Plain::default();
        (Self { thread: thread.clone(), subscribes_there: false, items, end }, thread)
    }
}

fn join(thread: &Running) -> Left {
    let thread = thread.lock().expect("not poisoned").take().expect("it was subscribed to");
    thread.join().expect("no panic")
}

impl Publisher for Source {
    type Item = Box<usize>;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Box<usize>, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        if !self.subscribes_there {
            subscriber.on_subscribe(&mut subscription);
        }
        let thread = thread::spawn(move || {
            if self.subscribes_there {
                subscriber.on_subscribe(&mut subscription);
            }
            for item in 0..self.items {
                if subscription.is_ready() {
                    subscription.deliver(Box::new(item), &mut subscriber);
                }
            }
            let cancelled = subscription.is_cancelled();
            match self.end {
                End::Completes if !cancelled => subscriber.on_complete(subscription.outstanding()),
                End::Completes | End::Goes => drop(subscriber),
                End::Stays => return (Some(Box::new(subscriber) as Box<dyn Any + Send>), subscription),
            }
            (None, subscription)
        });
        set(&self.thread, Some(thread));
    }
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

#[test]
fn push_and_completion_against_a_stream_that_goes_to_sleep() {
    model(|| {
        let (source, thread) = Source::new(2, End::Completes);
        let mut stream = Flow::from(source).into_stream(2);
        Executor::run(async {
            assert_eq!(next(&mut stream).await, Some(Ok(Box::new(0))));
            assert_eq!(next(&mut stream).await, Some(Ok(Box::new(1))));
            assert_eq!(next(&mut stream).await, None);
        });
        drop(join(&thread));
    });
}

#[test]
fn drop_of_a_stream_against_push() {
    model(|| {
        let (source, thread) = Source::new(2, End::Completes);
        let mut stream = Flow::from(source).into_stream(2);
        let ledger = stream.ledger();
        let first = Pin::new(&mut stream).poll_next(&mut Context::from_waker(Waker::noop()));
        drop(stream);
        drop(join(&thread));
        assert_eq!(ledger.emitted(), u64::from(matches!(first, Poll::Ready(Some(_)))));
        assert_eq!(ledger.received(), ledger.emitted() + ledger.dropped(Reason::Cancelled));
    });
}

#[test]
fn drop_of_a_stream_against_on_subscribe() {
    model(|| {
        let (mut source, thread) = Source::new(0, End::Stays);
        source.subscribes_there = true;
        let mut stream = Flow::from(source).into_stream(1);
        assert!(Pin::new(&mut stream).poll_next(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(stream);
        let (_subscriber, mut subscription) = join(&thread);
        assert!(subscription.is_cancelled(), "kept alive by its own handle");
    });
}

/// What became of a downstream.
#[derive(Clone, Default, PartialEq, Debug)]
struct Seen {
    items: usize,
    unused: Option<Option<Demand>>,
    dropped: bool,
}

/// Asks for `first`, leaves its handle.
struct Sink {
    first: Option<Demand>,
    handle: Plain<Option<Handle>>,
    seen: Plain<Seen>,
}

impl Sink {
    fn new(first: u64) -> (Self, Plain<Option<Handle>>, Plain<Seen>) {
        let (handle, seen) = (Plain::default(), Plain::default());
        (Self { first: Demand::new(first), handle: handle.clone(), seen: seen.clone() }, handle, seen)
    }
}

fn take(handle: &Plain<Option<Handle>>) -> Handle {
    handle.lock().expect("not poisoned").take().expect("it was subscribed")
}

impl Subscriber for Sink {
    type Item = Box<usize>;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        set(&self.handle, Some(subscription.handle()));
        if let Some(first) = self.first {
            subscription.request(first);
        }
    }
    fn on_next(&mut self, item: Box<usize>, _: &mut Subscription) {
        let mut seen = self.seen.lock().expect("not poisoned");
        assert_eq!(*item, seen.items, "order");
        seen.items += 1;
    }
    fn on_error(self, error: Infallible, _: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.seen.lock().expect("not poisoned").unused = Some(unused);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.seen.lock().expect("not poisoned").dropped = true;
    }
}

#[test]
fn a_request_against_a_task_that_goes_to_sleep_over_an_item() {
    model(|| {
        let (source, thread) = Source::new(1, End::Completes);
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        Flow::from(source).publish_on(kept.clone(), 1).subscribe(sink);
        let handle = take(&handle);
        let asking = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        Executor::run(kept.take());
        drop(join(&thread));
        let _handle = asking.join().expect("no panic");
        assert_eq!(get(&seen), Seen { items: 1, unused: Some(None), dropped: true });
    });
}

#[test]
fn upstream_that_goes_without_a_terminal_against_a_task_without_demand() {
    model(|| {
        let (source, thread) = Source::new(0, End::Goes);
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        Flow::from(source).publish_on(kept.clone(), 1).subscribe(sink);
        Executor::run(kept.take());
        drop(join(&thread));
        drop(take(&handle));
        assert_eq!(get(&seen), Seen { items: 0, unused: None, dropped: true });
    });
}

#[test]
fn a_cancel_against_a_task_that_goes_to_sleep() {
    model(|| {
        let (source, thread) = Source::new(1, End::Completes);
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        let flow = Flow::from(source).publish_on(kept.clone(), 1);
        let ledger = flow.ledger();
        flow.subscribe(sink);
        let handle = take(&handle);
        let cancelling = thread::spawn(move || drop(handle));
        Executor::run(kept.take());
        drop(join(&thread));
        cancelling.join().expect("no panic");
        assert_eq!(get(&seen), Seen { items: 0, unused: None, dropped: true });
        assert_eq!(ledger.received(), ledger.dropped(Reason::Cancelled));
    });
}

#[test]
fn the_end_of_a_source_elsewhere_against_a_request() {
    model(|| {
        let (source, thread) = Source::new(1, End::Completes);
        let ((sink, handle, seen), kept) = (Sink::new(1), Kept::default());
        Flow::from(source).subscribe_on(kept.clone()).subscribe(sink);
        let handle = take(&handle);
        let asking = thread::spawn(move || {
            handle.request(Demand::of(2));
            handle
        });
        Executor::run(kept.take());
        drop(join(&thread));
        let _handle = asking.join().expect("no panic");
        let seen = get(&seen);
        assert_eq!((seen.items, seen.dropped), (1, true));
        // The request came before the end or after it.
        assert!(seen.unused == Some(None) || seen.unused == Some(Demand::new(2)), "{seen:?}");
    });
}

#[test]
fn a_request_before_the_end_of_a_source_elsewhere_is_all_unused() {
    model(|| {
        let (source, thread) = Source::new(0, End::Completes);
        let ((sink, handle, seen), kept) = (Sink::new(1), Kept::default());
        Flow::from(source).subscribe_on(kept.clone()).subscribe(sink);
        let handle = take(&handle);
        handle.request(Demand::of(2));
        Executor::run(kept.take());
        drop(join(&thread));
        assert_eq!(get(&seen).unused, Some(Demand::new(3)));
    });
}

#[test]
fn drop_of_the_task_against_on_subscribe_elsewhere() {
    model(|| {
        let (mut source, thread) = Source::new(1, End::Stays);
        source.subscribes_there = true;
        let ((sink, handle, seen), kept) = (Sink::new(2), Kept::default());
        Flow::from(source).subscribe_on(kept.clone()).subscribe(sink);
        let mut task = kept.take();
        assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(task);
        let (subscriber, mut subscription) = join(&thread);
        assert!(subscription.is_cancelled(), "kept alive by its own handle");
        drop(subscriber);
        let seen = get(&seen);
        assert!(seen.dropped && seen.unused.is_none(), "{seen:?}");
        drop(take(&handle));
    });
}

/// Numbers that are made where they are asked for.
fn boxes(n: usize) -> Flow<impl Publisher<Item = Box<usize>, Error = Infallible>> {
    reactive_streams::iter((0..n).map(Box::new))
}

#[test]
fn a_request_against_a_source_that_parks_in_its_task() {
    model(|| {
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        boxes(2).subscribe_on(kept.clone()).subscribe(sink);
        let handle = take(&handle);
        let asking = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle.request(Demand::ONE);
            handle
        });
        Executor::run(kept.take());
        assert_eq!(get(&seen), Seen { items: 2, unused: Some(None), dropped: true });
        drop(asking.join().expect("no panic"));
    });
}

#[test]
fn a_cancel_against_a_task_whose_source_does_not_look() {
    model(|| {
        let (source, thread) = Source::new(0, End::Stays);
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        Flow::from(source).subscribe_on(kept.clone()).subscribe(sink);
        let handle = take(&handle);
        let cancelling = thread::spawn(move || drop(handle));
        Executor::run(kept.take());
        cancelling.join().expect("no panic");
        // The task may have heard of it before it subscribed to the source.
        let left = thread.lock().expect("not poisoned").take();
        drop(left.map(JoinHandle::join));
        assert_eq!(get(&seen), Seen { items: 0, unused: None, dropped: true });
    });
}

#[test]
fn drop_of_the_task_against_a_request() {
    model(|| {
        let ((sink, handle, seen), kept) = (Sink::new(0), Kept::default());
        boxes(2).subscribe_on(kept.clone()).subscribe(sink);
        let handle = take(&handle);
        let mut task = kept.take();
        assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let asking = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        drop(task);
        let handle = asking.join().expect("no panic");
        assert_eq!((get(&seen).dropped, get(&seen).unused), (true, None), "with the handle still held");
        drop(handle);
    });
}

#[test]
fn drop_of_the_task_against_the_end_of_its_source() {
    model(|| {
        let (source, thread) = Source::new(0, End::Completes);
        let ((sink, handle, seen), kept) = (Sink::new(1), Kept::default());
        Flow::from(source).subscribe_on(kept.clone()).subscribe(sink);
        let mut task = kept.take();
        let _ = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(task);
        drop(join(&thread));
        let (handle, seen) = (take(&handle), get(&seen));
        assert!(seen.dropped);
        assert_eq!(
            seen.unused.is_none(),
            handle.is_cancelled(),
            "who completes may go on with the subscription"
        );
    });
}

#[test]
fn what_comes_after_sources_elsewhere_is_at_home_where_it_is_asked() {
    model(|| {
        let ((sink, handle, seen), first, second) = (Sink::new(0), Kept::default(), Kept::default());
        let there = boxes(1).subscribe_on(first.clone());
        let then = boxes(2).skip(1).subscribe_on(second.clone());
        there.chain(then).chain(boxes(3).skip(2)).subscribe(sink);
        let handle = take(&handle);
        let asking = thread::spawn(move || {
            handle.request(Demand::of(2));
            handle
        });
        Executor::run(first.take());
        Executor::run(second.take());
        let handle = asking.join().expect("no panic");
        handle.request(Demand::ONE);
        assert_eq!(get(&seen), Seen { items: 3, unused: Some(None), dropped: true });
    });
}

#[test]
fn what_follows_a_source_elsewhere_before_that_has_ended_against_a_request() {
    model(|| {
        let ((sink, handle, seen), kept) = (Sink::new(1), Kept::default());
        let there = boxes(2).subscribe_on(kept.clone()).take(1);
        there.chain(boxes(2).skip(1)).subscribe(sink);
        let mut task = kept.take();
        let handle = take(&handle);
        let asking = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready(), "its source has ended in this call");
        drop(task);
        let _handle = asking.join().expect("no panic");
        assert_eq!(get(&seen), Seen { items: 2, unused: Some(None), dropped: true });
    });
}
