//! `map_parallel`.

use crate::local::Local;
use reactive_streams::{Flow, Publisher, Reason, Threads, iter};
use reactive_streams_test::{Live, ManualExecutor, Tracked, probe, scripted};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};

#[test]
fn it_asks_for_what_may_be_in_flight_and_no_more() {
    let executor = ManualExecutor::new();
    let (script, publisher) = scripted::<u32, ()>();
    let flow = Flow::from(publisher).map_parallel(2, executor.clone(), |n| n * 10).in_flight(3);
    let ledger = flow.ledger();
    let probe = probe(flow);
    assert_eq!((script.requested(), executor.pending()), (3, 2));
    (1..=3).for_each(|n| script.next(n).expect("asked for"));
    assert!(script.next(4).is_err());
    executor.run();
    assert_eq!((probe.items(), ledger.depth(), script.requested()), (vec![], 3, 3), "results count, too");
    probe.request(2);
    assert_eq!((probe.items(), ledger.depth(), script.requested()), (vec![10, 20], 1, 5));
    script.complete();
    assert!(!probe.is_complete());
    probe.request(1);
    assert_eq!((probe.items(), probe.is_complete()), (vec![30], true));
    executor.run();
    assert_eq!((executor.pending(), ledger.is_balanced(), ledger.high_water()), (0, true, 3));
}

#[test]
fn a_worker_that_panics_while_another_delivers_is_heard_of_by_the_consumer() {
    let executor = ManualExecutor::new();
    let results = iter(1..=2).map_parallel(2, executor.clone(), |n| {
        assert_ne!(n, 2, "as planned");
        n
    });
    let other = executor.clone();
    let mut delivered = results.for_each(move |_| {
        other.run();
    });
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut delivered).poll(&mut context).is_pending());
    executor.run();
    let poll = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut delivered).poll(&mut context)));
    let payload = poll.expect_err("it goes on where it is waited for");
    let told = payload.downcast_ref::<String>().expect("a message");
    assert!(told.contains("as planned"), "{told}");
}

/// Two items at once, of which the first waits for the second to be computed.
fn overtaking(ordered: bool) -> Vec<u32> {
    let done = Arc::new(AtomicUsize::new(0));
    let flow = iter(1..=2_u32).map_parallel(2, Threads, move |n| {
        while n == 1 && done.load(SeqCst) == 0 {
            std::hint::spin_loop();
        }
        done.fetch_add(1, SeqCst);
        n
    });
    let flow = if ordered { flow } else { flow.unordered() };
    flow.collect::<Vec<_>>().block().expect("it cannot fail")
}

#[test]
fn ordered_results_wait_for_those_before_them() {
    assert_eq!(overtaking(true), [1, 2]);
    let mut unordered = overtaking(false);
    unordered.sort_unstable();
    assert_eq!(unordered, [1, 2]);
}

#[test]
fn as_many_run_at_once_as_there_are_tasks() {
    // None of them goes on before three have come.
    let barrier = Arc::new(Barrier::new(3));
    let flow = iter(0..9_u32).map_parallel(3, Threads, move |n| {
        barrier.wait();
        n
    });
    assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..9).collect()));
}

#[test]
fn many_items_over_threads_are_all_there() {
    let flow = iter(0..20_000_u32).map_parallel(3, Threads, |n| n + 1).in_flight(8);
    let ledger = flow.ledger();
    assert_eq!(flow.collect::<Vec<_>>().block().map(|all| (1..=20_000).eq(all)), Ok(true));
    assert_eq!((ledger.received(), ledger.emitted(), ledger.is_balanced()), (20_000, 20_000, true));
    let flow = iter(0..20_000_u32).map_parallel(3, Threads, u64::from).unordered();
    assert_eq!(flow.fold(0, |sum, n| sum + n).block(), Ok(20_000 * 19_999 / 2));
}

#[test]
fn an_error_waits_for_the_results_before_it() {
    let executor = ManualExecutor::new();
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).map_parallel(1, executor.clone(), |n| n));
    probe.request(5);
    (1..=2).for_each(|n| script.next(n).expect("asked for"));
    script.fail("broken");
    assert!(!probe.is_failed());
    executor.run();
    assert_eq!((probe.items(), probe.error(), executor.pending()), (vec![1, 2], Some("broken"), 0));
}

#[test]
fn a_cancel_drops_what_is_in_flight_and_lets_the_tasks_go() {
    let (executor, live) = (ManualExecutor::new(), Live::new());
    let (script, publisher) = scripted::<Tracked<u32>, ()>();
    let flow = Flow::from(publisher).map_parallel(2, executor.clone(), |item| item);
    let ledger = flow.ledger();
    let probe = probe(flow);
    (1..=2).for_each(|n| script.next(live.item(n)).expect("asked for"));
    executor.run();
    script.next(live.item(3)).expect("asked for");
    assert_eq!((live.count(), ledger.depth()), (3, 3));
    probe.cancel();
    assert_eq!((live.count(), ledger.dropped(Reason::Cancelled), ledger.is_balanced()), (0, 3, true));
    assert!(script.is_cancelled() && probe.is_dropped());
    executor.run();
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_cancel_in_the_middle_of_the_work_counts_its_item_when_it_is_done() {
    let (executor, live) = (ManualExecutor::new(), Live::new());
    let place = Arc::new(std::sync::OnceLock::new());
    let inner: Arc<std::sync::OnceLock<reactive_streams_test::Probe<Tracked<u32>, _>>> = Arc::clone(&place);
    let items: Vec<_> = (0..2).map(|n| live.item(n)).collect();
    let flow = iter(items).map_parallel(1, executor.clone(), move |item| {
        inner.get().expect("subscribed").cancel();
        item
    });
    let ledger = flow.ledger();
    assert!(place.set(probe(flow)).is_ok());
    place.get().expect("set").request(9);
    executor.run();
    assert_eq!((live.count(), executor.pending()), (0, 0));
    assert_eq!((ledger.received(), ledger.dropped(Reason::Cancelled), ledger.depth()), (2, 2, 0));
    assert!(place.get().expect("set").is_dropped());
}

#[test]
fn a_panic_of_the_closure_is_the_tasks_and_ends_the_stream() {
    let (executor, live) = (ManualExecutor::new(), Live::new());
    let items: Vec<_> = (0..5).map(|n| live.item(n)).collect();
    let flow = iter(items).map_parallel(2, executor.clone(), |item| {
        assert!(*item != 1, "as planned");
        item
    });
    let ledger = flow.ledger();
    let probe = probe(flow);
    probe.request(9);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    assert_eq!(probe.items().len(), 1);
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
    executor.run();
    assert_eq!((live.count(), executor.pending(), ledger.is_balanced()), (0, 0, true));
}

#[test]
fn tasks_that_the_executor_drops_end_the_stream() {
    let executor = ManualExecutor::new();
    let (script, publisher) = scripted::<u32, ()>();
    let probe = probe(Flow::from(publisher).map_parallel(2, executor.clone(), |n| n));
    script.next(1).expect("asked for");
    executor.drop_tasks();
    assert!(probe.is_dropped() && script.is_cancelled());
}

#[test]
fn a_subscriber_that_never_asks_again_is_let_go() {
    let (executor, (local, log)) = (ManualExecutor::new(), Local::asking(2));
    iter(0..9_u64).map_parallel(2, executor.clone(), |n| n).subscribe(local);
    executor.run();
    let log: Vec<_> = log.iter().collect();
    assert_eq!((log.len(), log.last().map(String::as_str)), (4, Some("drop")), "{log:?}");
    assert_eq!(executor.pending(), 0);
}

#[test]
fn nothing_at_all_needs_no_demand() {
    let probe = probe(iter(0..0_u32).map_parallel(2, ManualExecutor::new(), |n| n));
    assert!(probe.is_complete());
}

#[test]
#[should_panic(expected = "no task at all")]
fn no_tasks_are_refused() {
    let _ = iter(0..1).map_parallel(0, Threads, |n| n);
}
