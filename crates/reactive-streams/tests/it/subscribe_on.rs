//! `subscribe_on`.

use proptest::prelude::*;
use reactive_streams::{Demand, Flow, Publisher, Subscriber, Subscription, Threads, iter};
use reactive_streams_test::{Live, ManualExecutor, Probe, Script, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Moved<T> = (Script<T, &'static str>, Probe<T, &'static str>, ManualExecutor);

fn moved<T: Send + 'static>() -> Moved<T> {
    let (script, publisher) = scripted();
    let executor = ManualExecutor::new();
    (script, probe(Flow::from(publisher).subscribe_on(executor.clone())), executor)
}

#[test]
fn the_source_is_subscribed_to_and_asked_in_the_task() {
    let executor = ManualExecutor::new();
    let (calls, called) = std::sync::mpsc::channel();
    let flow = iter(0..10).inspect(move |n| calls.send(*n).expect("the test listens"));
    let probe = probe(flow.subscribe_on(executor.clone()));
    probe.request(2);
    assert_eq!(called.try_iter().count(), 0);
    executor.run();
    assert_eq!(called.try_iter().count(), 2);
    probe.request(3);
    assert_eq!(called.try_iter().count(), 0);
    executor.run();
    assert_eq!(called.try_iter().count(), 3);
    assert_eq!(probe.items(), [0, 1, 2, 3, 4]);
    assert_eq!(executor.run(), 0, "idle");
}

#[test]
fn a_cancel_before_the_task_runs_leaves_the_source_alone() {
    let (script, probe, executor) = moved::<u8>();
    probe.cancel();
    executor.run();
    assert!(probe.is_dropped());
    assert_eq!((script.requested(), executor.pending()), (0, 0));
}

#[test]
fn a_cancel_is_seen_before_the_next_item_and_by_the_task() {
    let live = Live::new();
    let (script, probe, executor) = moved();
    probe.request(5);
    executor.run();
    script.next(live.item(1)).expect("asked for");
    assert_eq!(probe.items().len(), 0, "it waits for the task");
    executor.run();
    script.next(live.item(2)).expect("asked for");
    probe.cancel();
    assert!(script.next(live.item(3)).is_ok(), "the task has not looked yet");
    executor.run();
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((executor.pending(), live.count(), probe.items().len()), (0, 1, 1));

    let (script, probe, executor) = moved::<u8>();
    probe.request(5);
    executor.run();
    probe.cancel();
    executor.run();
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!(executor.pending(), 0);
}

#[test]
fn demand_that_the_task_has_not_brought_yet_is_unused_at_the_end() {
    let (script, probe, executor) = moved();
    probe.request(3);
    executor.run();
    script.next(1).expect("asked for");
    probe.request(4);
    script.complete();
    assert!(!probe.is_complete(), "the end comes in the task");
    probe.request(5);
    executor.run();
    assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec![1], true, Demand::new(11)));
    assert_eq!(executor.pending(), 0);
}

#[test]
fn unbounded_demand_stays_unbounded() {
    let (script, probe, executor) = moved();
    probe.request(3);
    executor.run();
    probe.request(u64::MAX);
    executor.run();
    for item in 0..5 {
        script.next(item).expect("asked for");
    }
    script.fail("broken");
    executor.run();
    assert_eq!((probe.items().len(), probe.error()), (5, Some("broken")));
    assert_eq!(probe.unused(), Some(Demand::UNBOUNDED));
}

#[test]
fn a_source_that_goes_without_a_terminal_takes_downstream_with_it() {
    let (script, probe, executor) = moved::<u8>();
    executor.run();
    drop(script);
    executor.run();
    assert!(probe.is_dropped());
    assert_eq!(executor.pending(), 0);
}

#[test]
fn an_executor_that_is_gone_cancels() {
    let (script, publisher) = scripted::<u8, ()>();
    let executor = ManualExecutor::new();
    let probe = probe(Flow::from(publisher).subscribe_on(executor.clone()));
    executor.run();
    drop(executor);
    assert!(script.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_panic_of_the_source_ends_the_task_and_downstream() {
    let executor = ManualExecutor::new();
    let flow = iter(0..9).inspect(|n| assert_ne!(*n, 3, "as planned"));
    let probe = probe(flow.subscribe_on(executor.clone()));
    executor.run();
    probe.request(9);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!((probe.items(), executor.pending()), (vec![0, 1, 2], 0));
}

#[test]
fn one_by_one_from_inside_on_next() {
    let executor = ManualExecutor::new();
    let flow = iter(0..100).subscribe_on(executor.clone()).flat_map_iter(|n| [n]);
    let probe = probe(flow);
    probe.request(u64::MAX);
    executor.run();
    assert!(probe.is_complete());
    assert!(probe.items().into_iter().eq(0..100));
}

#[test]
fn upstreams_that_follow_one_another_are_each_at_home_where_they_belong() {
    let (inner, outer) = (ManualExecutor::new(), ManualExecutor::new());
    // `take` ends the first in the call that brings its last item: the second begins before the first has ended.
    let first = iter(1..=10).subscribe_on(inner.clone()).take(3);
    let all = first.chain(iter(11..=12).subscribe_on(inner.clone())).chain(iter(21..=25));
    let probe = probe(all.subscribe_on(outer.clone()));
    let mut items = Vec::new();
    for item in [1, 2, 3, 11, 12, 21, 22, 23, 24, 25] {
        probe.request(1);
        let mut ran = 1;
        while ran > 0 {
            ran = outer.run() + inner.run();
        }
        items.extend(probe.items());
        assert_eq!(items.last(), Some(&item));
        // What follows on the second is at home with the outer one again.
        assert_eq!(inner.pending() > 0, item < 12, "at {item}");
    }
    assert!(probe.is_complete());
    assert_eq!((inner.pending(), outer.pending()), (0, 0));
}

/// Panics when it is dropped, unless the thread does already.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "as planned");
    }
}

#[test]
fn a_destructor_of_downstream_that_panics_ends_the_task_all_the_same() {
    let executor = ManualExecutor::new();
    let bomb = Bomb;
    let flow = iter(0..9).subscribe_on(executor.clone()).inspect(move |_| {
        let _held = &bomb;
    });
    let probe = probe(flow);
    executor.run();
    assert!(catch_unwind(AssertUnwindSafe(|| probe.cancel())).is_err());
    executor.run();
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_cancel_in_on_subscribe_from_elsewhere_leaves_the_source_alone() {
    let executor = ManualExecutor::new();
    let (script, publisher) = scripted::<u8, ()>();
    Flow::from(publisher).subscribe_on(executor.clone()).subscribe(CancelsElsewhere);
    executor.run();
    assert_eq!((script.requested(), executor.pending()), (0, 0));
    assert!(!script.is_cancelled(), "it was never subscribed to");
}

/// Hands its handle to another thread, which drops it.
struct CancelsElsewhere;

impl Subscriber for CancelsElsewhere {
    type Item = u8;
    type Error = ();
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let handle = subscription.handle();
        subscription.request(Demand::ONE);
        std::thread::spawn(move || drop(handle)).join().expect("no panic");
    }
    fn on_next(&mut self, _: u8, _: &mut Subscription) {}
    fn on_error(self, _: (), _: Option<Demand>) {}
    fn on_complete(self, _: Option<Demand>) {}
}

#[test]
fn it_runs_on_a_thread() {
    assert_eq!(iter(0..10_000_u64).subscribe_on(Threads).fold(0, |sum, n| sum + n).block(), Ok(49_995_000));
}

proptest! {
    #[test]
    fn every_unit_of_demand_reaches_the_source_once(ops in proptest::collection::vec((0_u8..4, 1_u64..4), 0..60)) {
        let (script, probe, executor) = moved();
        let (mut sent, mut asked, mut arrived) = (0_u64, 0_u64, 0_u64);
        let delivered = |arrived: &mut u64| {
            *arrived += probe.items().len() as u64;
            *arrived
        };
        for (op, n) in ops {
            match op {
                0 => { probe.request(n); asked += n }
                1 => drop(executor.run()),
                2 => sent += (0..n).take_while(|_| script.next(()).is_ok()).count() as u64,
                _ => { executor.run_one(); }
            }
            prop_assert!(script.requested() <= asked);
            prop_assert!(delivered(&mut arrived) <= sent);
        }
        executor.run();
        prop_assert_eq!(delivered(&mut arrived), sent);
        prop_assert_eq!(script.requested(), asked);
        let left = std::iter::from_fn(|| script.next(()).ok()).count() as u64;
        executor.run();
        prop_assert_eq!((delivered(&mut arrived), sent + left), (asked, asked));
        probe.request(2);
        script.complete();
        executor.run();
        prop_assert_eq!(probe.unused(), Demand::new(2));
    }
}
