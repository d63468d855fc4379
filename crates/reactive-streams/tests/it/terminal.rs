//! What all terminals have in common: slices, yields, wake-ups, cancels, abandonment.

use futures_util::StreamExt;
use reactive_streams::{Flow, Publisher, Spawn, Subscriber, Terminal, Threads, from_future, iter, pending};
use reactive_streams_core::shim;
use reactive_streams_test::{Live, ManualExecutor, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// How many times a spawned future was polled before it was done.
fn polls<T: Send>(run: impl Future<Output = T> + Send + 'static) -> usize {
    let (executor, done) = (ManualExecutor::new(), Arc::new(AtomicBool::new(false)));
    let finished = Arc::clone(&done);
    executor.spawn(Box::pin(async move {
        let _ = run.await;
        finished.store(true, Relaxed);
    }));
    let polls = executor.run();
    assert!(done.load(Relaxed));
    polls
}

#[test]
fn a_short_synchronous_pipeline_is_done_in_its_first_poll() {
    if shim::fuzzing() {
        return; // its slices are shorter
    }
    assert_eq!(polls(iter(0..700).count()), 1);
}

#[test]
fn a_long_synchronous_pipeline_yields_between_slices() {
    if shim::fuzzing() {
        return; // its slices are shorter
    }
    assert_eq!(polls(iter(0..1024 + 3 * 768).count()), 4);
}

#[test]
fn an_asynchronous_source_is_asked_again_at_three_quarters() {
    if shim::fuzzing() {
        return; // its slices are shorter
    }
    let (script, publisher) = scripted::<u32, u32>();
    let mut count = pin!(Flow::from(publisher).count());
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut context = Context::from_waker(&waker);
    assert!(count.as_mut().poll(&mut context).is_pending());
    assert_eq!(script.requested(), 1024);
    for item in 0..767 {
        script.next(item).expect("there is demand");
    }
    assert_eq!((wakes.0.load(Relaxed), script.requested()), (0, 1024));
    script.next(767).expect("there is demand");
    assert_eq!(wakes.0.load(Relaxed), 1);
    assert!(count.as_mut().poll(&mut context).is_pending());
    assert_eq!(script.requested(), 1024 + 768);
    script.complete();
    assert_eq!(wakes.0.load(Relaxed), 2);
    assert_eq!(count.as_mut().poll(&mut context), Poll::Ready(Ok(768)));
}

#[test]
fn blocking_asks_for_everything() {
    let (script, publisher) = scripted::<u32, u32>();
    std::thread::scope(|scope| {
        let counted = scope.spawn(|| Flow::from(publisher).count().block());
        while script.next(1).is_err() {
            std::thread::yield_now();
        }
        assert_eq!(script.requested(), u64::MAX);
        script.next(2).expect("there is demand");
        script.complete();
        assert_eq!(counted.join().expect("it counts"), Ok(2));
    });
}

#[test]
fn dropping_the_future_cancels_started_or_not() {
    let (script, publisher) = scripted::<u32, u32>();
    let mut count = Box::pin(Flow::from(publisher).count());
    assert!(count.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(count);
    assert!(script.is_cancelled());
    let live = Live::new();
    drop(iter([live.item(1)]).count());
    assert_eq!(live.count(), 0);
}

#[test]
fn dropping_the_future_of_a_synchronous_pipeline_between_slices_drops_the_source() {
    let live = Live::new();
    let held = live.item(());
    let mut count = Box::pin(iter(0..5000).inspect(move |_| assert!(held.clone() == ())).count());
    assert!(count.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(live.count(), 1);
    drop(count);
    assert_eq!(live.count(), 0);
}

#[test]
fn a_future_that_was_begun_can_be_finished_by_blocking() {
    let mut count = iter(0..5000).count();
    assert!(pin!(&mut count).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(count.block(), Ok(5000));
}

/// Drops its subscriber after `on_subscribe`.
struct Careless;

impl Publisher for Careless {
    type Item = u32;
    type Error = u32;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = u32, Error = u32> + Send + 'static,
    {
        subscriber.on_subscribe(&mut reactive_streams::Subscription::new());
    }
}

fn message<R>(run: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).err().expect("it panics");
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a message")
}

#[test]
fn an_abandoned_pipeline_panics_in_the_consumer() {
    let expected = "the pipeline was abandoned: its subscriber was dropped without a terminal";
    assert!(message(|| Flow::from(Careless).count().block()).starts_with(expected));
    let awaited = || futures_executor::block_on(Flow::from(Careless).count());
    assert!(message(awaited).starts_with(expected));
    let each = || Flow::from(Careless).for_each_async(|_| std::future::ready(())).block();
    assert!(message(each).starts_with(expected));
}

#[test]
fn a_source_that_goes_while_a_thread_waits_wakes_it() {
    let (script, publisher) = scripted::<u32, u32>();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| message(|| Flow::from(publisher).count().block()));
        while script.requested() == 0 {
            std::thread::yield_now();
        }
        drop(script);
        assert!(waiting.join().expect("the panic was caught").contains("abandoned"));
    });
}

#[test]
fn a_stage_that_panics_on_another_thread_is_named_as_the_cause() {
    let (script, publisher) = scripted::<u32, u32>();
    std::thread::scope(|scope| {
        let run = || Flow::from(publisher).map(|_| -> u32 { panic!("as planned") }).count().block();
        let waiting = scope.spawn(|| message(run));
        while script.requested() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(message(|| script.next(1)), "as planned");
        let told = waiting.join().expect("the panic was caught");
        assert!(told.starts_with("the pipeline was abandoned: a stage panicked"), "{told}");
    });
}

#[test]
fn a_panic_in_a_task_resumes_in_the_consumer_that_waits() {
    fn boom<const AT: u32>(n: u32) -> u32 {
        assert_ne!(n, AT, "as planned");
        n
    }
    type Case = (&'static str, fn() -> String);
    let panics: [Case; 7] = [
        ("source", || message(|| iter(0..9).map(boom::<3>).subscribe_on(Threads).count().block())),
        ("stage", || message(|| iter(0..9).publish_on(Threads, 2).map(boom::<3>).count().block())),
        ("three boundaries", || {
            let there = iter(0..99).map(boom::<50>).subscribe_on(Threads).publish_on(Threads, 2);
            message(|| there.publish_on(Threads, 3).count().block())
        }),
        ("a worker", || message(|| iter(0..9).map_parallel(2, Threads, boom::<3>).count().block())),
        ("awaited", || {
            let there = iter(0..9).map(boom::<3>).publish_on(Threads, 2).map(boom::<4>);
            message(|| futures_executor::block_on(there.count()))
        }),
        ("a stream", || {
            let mut stream = iter(0..9).map(boom::<3>).subscribe_on(Threads).into_stream(2);
            message(|| futures_executor::block_on(async { while stream.next().await.is_some() {} }))
        }),
        ("a future", || {
            message(|| from_future(async { boom::<0>(0) }, Threads).publish_on(Threads, 1).first().block())
        }),
    ];
    for (name, run) in panics {
        let told = run();
        assert!(told.contains("as planned"), "{name}: {told}");
    }
}

#[test]
fn a_panic_that_a_task_catches_itself_ends_the_wait_of_its_own_consumer() {
    let (script, publisher) = scripted::<u32, u32>();
    std::thread::scope(|scope| {
        let run = || Flow::from(publisher).map(|_| -> u32 { panic!("as planned") }).count().block();
        let waiting = scope.spawn(|| message(run));
        while script.requested() == 0 {
            std::thread::yield_now();
        }
        let task = iter(0..1).publish_on(Threads, 1).map(move |n| message(|| script.next(n)));
        assert_eq!(task.collect::<Vec<_>>().block(), Ok(vec!["as planned".to_owned()]));
        let told = waiting.join().expect("the panic was caught");
        assert!(told.starts_with("the pipeline was abandoned: a stage panicked"), "{told}");
    });
}

#[test]
fn an_executor_that_is_gone_is_no_hang() {
    let executor = ManualExecutor::new();
    let (script, publisher) = scripted::<u32, u32>();
    executor.spawn(Box::pin(async move {
        let _ = Flow::from(publisher).count().await;
    }));
    executor.run();
    drop(executor);
    assert!(script.is_cancelled());
}

#[test]
fn a_terminal_is_send_when_its_parts_are() {
    fn check<T: Send>(_: &T) {}
    let count: Terminal<_, _> = pending::<u32>().count();
    check(&count);
    check(&iter(0..1).for_each_async(|_| std::future::ready(())));
}
