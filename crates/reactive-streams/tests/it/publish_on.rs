//! `publish_on`.

use crate::local::Local;
use proptest::prelude::*;
use reactive_streams::{
    Demand, Flow, Ledger, Publisher, Reason, Spawn, Subscriber, Subscription, Task, Threads, iter,
};
use reactive_streams_test::{Live, ManualExecutor, Probe, Script, Tracked, probe, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Hopped<T> = (Script<T, &'static str>, Probe<T, &'static str>, ManualExecutor, Ledger);

fn hopped<T: Send + 'static>(prefetch: usize) -> Hopped<T> {
    let (script, publisher) = scripted();
    let executor = ManualExecutor::new();
    let flow = Flow::from(publisher).publish_on(executor.clone(), prefetch);
    let ledger = flow.ledger();
    (script, probe(flow), executor, ledger)
}

#[test]
fn it_asks_for_the_prefetch_and_then_in_batches() {
    let (script, probe, executor, ledger) = hopped(4);
    assert_eq!(script.requested(), 4);
    for item in 0..4 {
        script.next(item).expect("asked for");
    }
    assert_eq!(script.next(4), Err(4));
    assert_eq!((ledger.depth(), ledger.high_water(), ledger.capacity()), (4, 4, Some(4)));
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), script.requested()), (vec![0], 4));
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), script.requested()), (vec![1], 6));
    probe.request(u64::MAX);
    executor.run();
    assert_eq!((probe.items(), script.requested()), (vec![2, 3], 8));
    assert_eq!((ledger.emitted(), ledger.depth()), (4, 0));
}

#[test]
fn a_request_wakes_the_task_and_an_item_does() {
    let (script, probe, executor, _) = hopped(2);
    assert_eq!(executor.run(), 1);
    script.next(1).expect("asked for");
    assert_eq!(executor.runnable(), 0, "without demand an item wakes nobody");
    probe.request(2);
    assert!(executor.run() > 0);
    assert_eq!(probe.items(), [1]);
    script.next(2).expect("asked for");
    assert!(executor.run() > 0);
    assert_eq!(probe.items(), [2]);
    assert_eq!(executor.run(), 0, "idle");
}

#[test]
fn completion_comes_after_the_items_and_without_demand() {
    let (script, probe, executor, _) = hopped(2);
    script.next(1).expect("asked for");
    script.complete();
    executor.run();
    assert!(!probe.is_complete());
    probe.request(1);
    executor.run();
    assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec![1], true, None));
    assert_eq!(executor.pending(), 0);
}

#[test]
fn an_error_comes_after_the_items_with_the_unused_demand() {
    let (script, probe, executor, _) = hopped(2);
    script.next(1).expect("asked for");
    script.fail("broken");
    probe.request(5);
    executor.run();
    assert_eq!((probe.items(), probe.error()), (vec![1], Some("broken")));
    assert_eq!(probe.unused(), Demand::new(4));
}

#[test]
fn an_empty_source_completes_without_demand() {
    let (script, probe, executor, _) = hopped::<()>(2);
    executor.run();
    script.complete();
    executor.run();
    assert!(probe.is_complete() && probe.is_dropped());
}

#[test]
fn a_cancel_drops_each_item_once_and_counts_it() {
    let live = Live::new();
    let (script, probe, executor, ledger) = hopped(4);
    for item in 0..3 {
        script.next(live.item(item)).expect("asked for");
    }
    probe.request(1);
    executor.run();
    probe.cancel();
    executor.run();
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((ledger.dropped(Reason::Cancelled), live.count()), (2, 1));
    assert!(ledger.is_balanced());
    assert_eq!((probe.items().len(), executor.pending()), (1, 0));
    assert_eq!(live.count(), 0);
}

#[test]
fn upstream_that_goes_without_a_terminal_takes_downstream_with_it() {
    let (script, probe, executor, ledger) = hopped(4);
    script.next(1).expect("asked for");
    drop(script);
    executor.run();
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
    assert_eq!((ledger.dropped(Reason::Cancelled), executor.pending()), (1, 0));
}

#[test]
fn an_executor_that_is_gone_cancels() {
    let live = Live::new();
    let (script, publisher) = scripted::<Tracked<u8>, ()>();
    let executor = ManualExecutor::new();
    let flow = Flow::from(publisher).publish_on(Arc::new(executor.clone()) as Arc<dyn Spawn>, 2);
    let ledger = flow.ledger();
    let probe = probe(flow);
    script.next(live.item(1)).expect("asked for");
    drop(executor);
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((live.count(), ledger.dropped(Reason::Cancelled)), (0, 1));
}

#[test]
fn an_executor_that_refuses_cancels_before_the_first_item() {
    struct Refuses;
    impl Spawn for Refuses {
        fn spawn(&self, task: Task) {
            drop(task);
        }
    }
    let (script, publisher) = scripted::<u8, ()>();
    let probe = probe(Flow::from(publisher).publish_on(Refuses, 2));
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!(script.requested(), 0);
}

#[test]
fn a_panic_downstream_cancels_upstream_and_releases_everything() {
    let live = Live::new();
    let (script, publisher) = scripted::<Tracked<u8>, ()>();
    let executor = ManualExecutor::new();
    let flow = Flow::from(publisher).publish_on(executor.clone(), 4);
    let ledger = flow.ledger();
    let probe = probe(flow.map(|item| assert_ne!(*item, 1, "as planned")));
    for item in 0..4 {
        script.next(live.item(item)).expect("asked for");
    }
    probe.request(4);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    assert!(script.is_cancelled() && probe.is_dropped());
    assert_eq!((live.count(), executor.pending(), probe.items().len()), (0, 0, 1));
    assert_eq!((ledger.emitted(), ledger.dropped(Reason::Cancelled)), (2, 2));
    assert!(ledger.is_balanced());
}

#[test]
fn a_panic_upstream_is_not_a_hang() {
    let executor = ManualExecutor::new();
    let probe =
        probe(iter(0..10).inspect(|n| assert_ne!(*n, 3, "as planned")).publish_on(executor.clone(), 2));
    probe.request(10);
    assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
    executor.run();
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_busy_task_lets_others_run() {
    let executor = ManualExecutor::new();
    let probe = probe(iter(0..1000).publish_on(executor.clone(), 1000));
    probe.request(u64::MAX);
    executor.run_one();
    assert!(probe.items().len() <= 256);
    executor.run();
    assert!(probe.is_complete());
}

/// Asks for two and keeps no handle.
struct Two {
    _alive: Arc<()>,
}

impl Subscriber for Two {
    type Item = u32;
    type Error = &'static str;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        subscription.request(Demand::of(2));
    }
    fn on_next(&mut self, _: u32, _: &mut Subscription) {}
    fn on_error(self, _: &'static str, _: Option<Demand>) {}
    fn on_complete(self, _: Option<Demand>) {}
}

#[test]
fn who_can_never_ask_again_is_let_go_when_there_is_more() {
    let (script, publisher) = scripted();
    let (executor, alive) = (ManualExecutor::new(), Arc::new(()));
    Flow::from(publisher).publish_on(executor.clone(), 3).subscribe(Two { _alive: alive.clone() });
    script.next(1).expect("asked for");
    script.next(2).expect("asked for");
    executor.run();
    assert_eq!((Arc::strong_count(&alive), executor.pending()), (2, 1), "it may still complete");
    script.next(3).expect("asked for");
    script.next(4).expect("asked for");
    drop(script);
    executor.run();
    assert_eq!((Arc::strong_count(&alive), executor.pending()), (1, 0));
}

#[test]
#[should_panic(expected = "a prefetch of at least one item")]
fn a_prefetch_of_zero_is_refused() {
    let _ = iter(0..1).publish_on(Threads, 0);
}

#[test]
fn order_is_kept_from_thread_to_thread() {
    for prefetch in [1, 2, 7, 1024] {
        let flow = iter(0..10_000).subscribe_on(Threads).publish_on(Threads, prefetch);
        let ledger = flow.ledger();
        assert_eq!(flow.collect::<Vec<_>>().block(), Ok((0..10_000).collect()));
        assert_eq!((ledger.received(), ledger.emitted()), (10_000, 10_000));
        assert!(ledger.is_balanced() && ledger.high_water() <= prefetch as u64);
    }
}

/// Threads that can be waited for.
#[derive(Clone, Default)]
struct Joined(Arc<reactive_streams_core::shim::Mutex<Vec<std::thread::JoinHandle<()>>>>);

impl Spawn for Joined {
    fn spawn(&self, task: Task) {
        self.0.lock().push(std::thread::spawn(move || reactive_streams_sync::block_on(task)));
    }
}

impl Joined {
    fn join(&self) {
        let threads = std::mem::take(&mut *self.0.lock());
        for thread in threads {
            thread.join().expect("no panic");
        }
    }
}

#[test]
fn a_cancel_from_another_thread_while_it_emits_a_thousand_times() {
    for round in 0..1000 {
        let (live, threads) = (Live::new(), Joined::default());
        let maker = live.clone();
        let flow = iter(0..).map(move |n| maker.item(n)).subscribe_on(threads.clone());
        let flow = flow.publish_on(threads.clone(), 1 + round % 16);
        let ledger = flow.ledger();
        let probe = probe(flow);
        probe.request(u64::MAX);
        while ledger.emitted() < round as u64 % 8 {
            std::thread::yield_now();
        }
        probe.cancel();
        threads.join();
        assert!(probe.is_dropped());
        drop(probe.items());
        assert_eq!(live.count(), 0, "round {round}");
        assert!(ledger.is_balanced(), "round {round}: {ledger:?}");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Next,
    Request(u64),
    Run,
    RunOne,
    Complete,
    Fail,
    Cancel,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => Just(Op::Next),
        4 => (0_u64..5).prop_map(Op::Request),
        3 => Just(Op::Run),
        3 => Just(Op::RunOne),
        1 => Just(Op::Complete),
        1 => Just(Op::Fail),
        1 => Just(Op::Cancel),
    ];
    proptest::collection::vec(op, 0..60)
}

proptest! {
    #[test]
    fn the_ten_invariants(prefetch in 1_usize..9, ops in ops()) {
        let live = Live::new();
        let (script, probe, executor, ledger) = hopped(prefetch);
        let (mut sent, mut asked, mut got) = (0_u64, 0_u64, 0_u64);
        let (mut ended, mut cancelled) = (false, false);
        for op in ops {
            match op {
                Op::Next => match script.next(live.item(sent)) {
                    Ok(()) => sent += 1,
                    Err(_) => prop_assert!(ended || cancelled || script.requested() == sent),
                },
                Op::Request(n) => { asked += if probe.is_active() { n } else { 0 }; probe.request(n) }
                Op::Run => drop(executor.run()),
                Op::RunOne => drop(executor.run_one()),
                Op::Complete => { script.complete(); ended = true }
                Op::Fail => { script.fail("broken"); ended = true }
                Op::Cancel => { probe.cancel(); cancelled = true }
            }
            for item in probe.items() {
                prop_assert_eq!(*item, got, "order");
                got += 1;
            }
            prop_assert!(got <= asked);
            prop_assert!(ledger.is_balanced(), "{:?}", ledger);
            prop_assert_eq!((ledger.received(), ledger.emitted()), (sent, got));
            prop_assert_eq!(ledger.depth() as usize, live.count());
            prop_assert!(ledger.high_water() <= prefetch as u64);
            // What is on its way has room: nothing else is asked for.
            prop_assert!(script.requested() - sent <= prefetch as u64 - ledger.depth());
        }
        executor.run();
        got += probe.items().len() as u64;
        if cancelled {
            prop_assert!(probe.is_dropped() && (script.is_cancelled() || ended));
            prop_assert_eq!(ledger.dropped(Reason::Cancelled), sent - got);
        } else if ended {
            prop_assert_eq!(probe.is_complete() || probe.is_failed(), got == sent);
            prop_assert!(got == sent || asked == got);
            if got == sent { prop_assert_eq!(probe.unused(), Demand::new(asked - got)) }
        } else {
            prop_assert_eq!(got, sent.min(asked));
        }
        drop((probe, script, executor));
        prop_assert_eq!(live.count(), 0);
    }
}

#[test]
fn a_hop_that_was_abandoned_ends_with_the_next_item() {
    let (script, publisher) = scripted::<u32, &str>();
    let executor = ManualExecutor::new();
    let (local, log) = Local::asking(0);
    std::mem::forget(log);
    Flow::from(publisher).publish_on(executor.clone(), 2).subscribe(local);
    executor.run();
    script.next(1).expect("asked for");
    executor.run();
    assert_eq!(executor.pending(), 0);
    assert!(script.is_cancelled());
}
