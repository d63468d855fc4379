//! Models of the races on a pool: its workers against items, the end and a cancel.
#![cfg(loom)]

use loom::thread;
use reactive_streams::Flow;
use reactive_streams_test::{Live, ManualExecutor, Tracked, probe, scripted};

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

/// Runs the tasks on a thread of their own, for as long as one is runnable.
fn running(executor: &ManualExecutor) -> thread::JoinHandle<usize> {
    let executor = executor.clone();
    thread::spawn(move || executor.run())
}

#[test]
fn an_item_against_a_worker_that_falls_asleep_is_worked_on() {
    model(|| {
        let (executor, (script, publisher)) = (ManualExecutor::new(), scripted::<u32, ()>());
        let probe = probe(Flow::from(publisher).map_parallel(1, executor.clone(), |n| n));
        probe.request(1);
        let tasks = running(&executor);
        script.next(1).expect("asked for");
        tasks.join().expect("no panic");
        executor.run();
        assert_eq!(probe.items(), [1]);
    });
}

#[test]
fn the_end_against_a_worker_that_falls_asleep_lets_it_go() {
    model(|| {
        let (executor, (script, publisher)) = (ManualExecutor::new(), scripted::<u32, ()>());
        let probe = probe(Flow::from(publisher).map_parallel(1, executor.clone(), |n| n));
        let tasks = running(&executor);
        script.complete();
        tasks.join().expect("no panic");
        executor.run();
        assert_eq!((probe.is_complete(), executor.pending()), (true, 0));
    });
}

#[test]
fn a_cancel_against_a_worker_counts_its_item() {
    model(|| {
        let live = Live::new();
        let (executor, (script, publisher)) = (ManualExecutor::new(), scripted::<Tracked<u32>, ()>());
        let flow = Flow::from(publisher).map_parallel(1, executor.clone(), |item| item);
        let ledger = flow.ledger();
        let probe = probe(flow);
        script.next(live.item(1)).expect("asked for");
        let tasks = running(&executor);
        probe.cancel();
        tasks.join().expect("no panic");
        executor.run();
        assert_eq!((live.count(), ledger.depth(), ledger.is_balanced()), (0, 0, true));
        assert_eq!((executor.pending(), script.is_cancelled()), (0, true));
    });
}
