//! `from_future`: demand, ends, cancels.

use reactive_streams::{Demand, Publisher, Subscriber, Subscription, from_future};
use reactive_streams_test::{Live, ManualExecutor, probe};
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

#[test]
fn the_future_is_polled_when_its_item_is_asked_for() {
    let (executor, polls) = (ManualExecutor::new(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&polls);
    let future = poll_fn(move |context| match count.fetch_add(1, SeqCst) {
        0 => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        n => Poll::Ready(n),
    });
    let probe = probe(from_future(future, executor.clone()));
    executor.run();
    assert_eq!((polls.load(SeqCst), executor.pending()), (0, 1));
    probe.request(3);
    assert!(probe.items().is_empty());
    executor.run();
    assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec![1], true, Demand::new(2)));
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_cancel_drops_the_future_before_and_while_it_runs() {
    for demand in [0, 1] {
        let (executor, live) = (ManualExecutor::new(), Live::new());
        let item = live.item(());
        let future = async move {
            pending::<()>().await;
            item
        };
        let probe = probe(from_future(future, executor.clone()));
        executor.run();
        probe.request(demand);
        executor.run();
        assert_eq!((live.count(), executor.pending()), (1, 1));
        probe.cancel();
        executor.run();
        assert_eq!((live.count(), executor.pending(), probe.is_dropped()), (0, 0, true));
        assert!(!probe.is_complete());
    }
}

#[test]
fn an_executor_that_goes_takes_the_subscriber_with_it() {
    let executor = ManualExecutor::new();
    let probe = probe(from_future(pending::<u32>(), executor.clone()));
    probe.request(1);
    executor.run();
    drop(executor);
    assert!(probe.is_dropped() && !probe.is_complete());
}

#[test]
fn a_panic_of_the_future_drops_the_subscriber() {
    let executor = ManualExecutor::new();
    let probe = probe(from_future(async { panic!("as planned") }, executor.clone()).map(|n: u32| n));
    probe.request(1);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!(executor.pending(), 0);
}

/// Wants nothing: `cancel` says so, otherwise it only never asks.
struct Unwilling {
    cancel: bool,
}

impl Subscriber for Unwilling {
    type Item = u32;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if self.cancel {
            subscription.cancel();
        }
    }
    fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
    fn on_error(self, _error: Infallible, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

#[test]
fn where_nobody_can_ask_the_task_ends_or_never_begins() {
    let executor = ManualExecutor::new();
    from_future(pending(), executor.clone()).subscribe(Unwilling { cancel: true });
    assert_eq!(executor.pending(), 0);
    from_future(pending(), executor.clone()).subscribe(Unwilling { cancel: false });
    executor.run();
    assert_eq!(executor.pending(), 0);
}
