//! `from_stream` and `from_try_stream`: demand, ends, cancels, turns with other tasks.

use futures_util::stream::{self, Stream, poll_fn};
use reactive_streams::{Demand, Spawn, from_stream, from_try_stream};
use reactive_streams_test::{Live, ManualExecutor, probe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll};

/// A stream that counts how often it was polled. Its size is not known.
fn counting(last: u32) -> (Arc<AtomicU32>, impl Stream<Item = u32>) {
    let polled = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&polled);
    let stream = poll_fn(move |_| {
        let n = count.fetch_add(1, SeqCst);
        Poll::Ready((n < last).then_some(n))
    });
    (polled, stream)
}

#[test]
fn it_is_polled_only_under_demand() {
    let executor = ManualExecutor::new();
    let (polled, stream) = counting(3);
    let probe = probe(from_stream(stream, executor.clone()));
    executor.run();
    assert_eq!(polled.load(SeqCst), 0);
    probe.request(2);
    executor.run();
    assert_eq!((probe.items(), polled.load(SeqCst)), (vec![0, 1], 2));
    // That nothing is left can only be known by asking.
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), probe.is_complete()), (vec![2], false));
    probe.request(1);
    executor.run();
    assert!(probe.is_complete() && probe.is_dropped());
    assert_eq!((probe.unused(), executor.pending()), (Demand::new(1), 0));
}

#[test]
fn an_end_that_is_known_needs_no_demand() {
    let executor = ManualExecutor::new();
    let nothing = probe(from_stream(stream::iter(Vec::<u32>::new()), executor.clone()));
    let some = probe(from_stream(stream::iter([1, 2]), executor.clone()));
    some.request(2);
    executor.run();
    assert!(nothing.is_complete());
    assert_eq!((some.items(), some.is_complete(), some.unused()), (vec![1, 2], true, None));
}

#[test]
fn the_first_error_ends_it() {
    let executor = ManualExecutor::new();
    let results = stream::iter([Ok(1), Err("broken"), Ok(2)]);
    let probe = probe(from_try_stream(results, executor.clone()));
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), probe.is_failed()), (vec![1], false));
    probe.request(2);
    executor.run();
    assert_eq!((probe.items(), probe.error(), probe.unused()), (vec![], Some("broken"), Demand::new(2)));
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_cancel_drops_a_stream_that_is_pending() {
    let (executor, live) = (ManualExecutor::new(), Live::new());
    let held = live.item(());
    let stream = poll_fn(move |_| {
        let _held = &held;
        Poll::<Option<u32>>::Pending
    });
    let probe = probe(from_stream(stream, executor.clone()));
    probe.request(1);
    executor.run();
    probe.request(1);
    executor.run();
    assert_eq!(live.count(), 1);
    probe.cancel();
    executor.run();
    assert_eq!((live.count(), executor.pending(), probe.is_dropped()), (0, 0, true));
}

#[test]
fn a_cancel_between_two_items_is_seen_before_the_next() {
    let executor = ManualExecutor::new();
    let (polled, stream) = counting(9);
    let probe = probe(from_stream(stream, executor.clone()).take(2));
    probe.request(5);
    executor.run();
    assert_eq!((probe.items(), polled.load(SeqCst), executor.pending()), (vec![0, 1], 2, 0));
    assert!(probe.is_complete());
}

#[test]
fn a_stream_that_is_always_ready_lets_other_tasks_run() {
    let executor = ManualExecutor::new();
    let endless = stream::iter(0u32..);
    let probe = probe(from_stream(endless, executor.clone()));
    probe.request(u64::MAX);
    let ran = Arc::new(AtomicU32::new(0));
    let other = Arc::clone(&ran);
    executor.spawn(Box::pin(async move {
        other.store(1, SeqCst);
    }));
    assert!(executor.run_one() && executor.run_one());
    assert_eq!(ran.load(SeqCst), 1);
    let first = probe.items().len();
    assert!(executor.run_one());
    assert_eq!(probe.items().len(), first);
    probe.cancel();
    executor.run();
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_panic_of_the_stream_drops_the_subscriber() {
    let executor = ManualExecutor::new();
    let stream = poll_fn(|_| -> Poll<Option<u32>> { panic!("as planned") });
    let probe = probe(from_stream(stream, executor.clone()));
    probe.request(1);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    assert!(probe.is_dropped() && !probe.is_complete());
}

/// Says that nothing is left, whatever it has.
struct Understates<S>(S);

impl<S: Stream + Unpin> Stream for Understates<S> {
    type Item = S::Item;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut self.0).poll_next(context)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(0))
    }
}

#[test]
fn a_stream_without_items_that_does_not_end_goes_on() {
    let executor = ManualExecutor::new();
    let probe = probe(from_stream(stream::pending::<u32>(), executor.clone()));
    executor.run();
    probe.request(1);
    executor.run();
    assert!(!probe.is_complete() && !probe.is_dropped());
    probe.cancel();
    executor.run();
    assert_eq!((probe.is_dropped(), executor.pending()), (true, 0));
}

#[test]
fn what_comes_though_nothing_is_left_waits_for_demand() {
    let executor = ManualExecutor::new();
    let probe = probe(from_stream(Understates(stream::iter([1, 2])), executor.clone()));
    executor.run();
    assert!(probe.items().is_empty());
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), probe.is_complete()), (vec![1], false));
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), probe.is_complete()), (vec![2], true));
}
