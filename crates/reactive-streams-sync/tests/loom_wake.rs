//! Models of every race on going to sleep. Run with `.ci/loom`, which also plants the bugs that each must find.
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::disallowed_types, reason = "the models use loom's own")]

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use loom::sync::{Condvar, Mutex};
use loom::thread;
use reactive_streams_sync::{WakeCell, block_on, ring};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

fn join<T>(handle: thread::JoinHandle<T>) -> T {
    handle.join().expect("no panic")
}

/// An executor of one task; a lost wake-up is a deadlock, which loom reports. (Not `block_on`, because a thread
/// that is unparked while it waits for a lock goes on without it, in loom 0.7.)
#[derive(Default)]
struct Executor {
    woken: Mutex<bool>,
    condition: Condvar,
}

impl Executor {
    fn run<R>(poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
        let executor = Arc::new(Self::default());
        let waker = Waker::from(executor.clone());
        let mut future = pin!(poll_fn(poll));
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

#[test]
fn wake_up_against_going_to_sleep() {
    model(|| {
        let shared = Arc::new((WakeCell::new(), AtomicBool::new(false)));
        let waking = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.store(true, Relaxed);
                shared.0.wake();
            })
        };
        Executor::run(|context| shared.0.poll(context, || shared.1.load(Relaxed).then_some(())));
        join(waking);
    });
}

#[test]
fn two_who_wake_against_a_sleeper_that_lies_down_again() {
    model(|| {
        let shared = Arc::new((WakeCell::new(), AtomicUsize::new(0)));
        let waking = [(), ()].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.fetch_add(1, Relaxed);
                shared.0.wake();
            })
        });
        Executor::run(|context| shared.0.poll(context, || (shared.1.load(Relaxed) == 2).then_some(())));
        waking.into_iter().for_each(join);
    });
}

#[test]
fn a_sleeper_polled_for_another_reason_against_two_who_wake() {
    model(|| {
        let shared = Arc::new((WakeCell::new(), AtomicUsize::new(0)));
        let waking = [(), ()].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.fetch_add(1, Relaxed);
                shared.0.wake();
            })
        });
        let mut polls = 0;
        Executor::run(|context| {
            polls += 1;
            let done = shared.0.poll(context, || (shared.1.load(Relaxed) == 2).then_some(()));
            if polls == 1 {
                context.waker().wake_by_ref();
            }
            done
        });
        waking.into_iter().for_each(join);
    });
}

#[test]
fn push_against_a_consumer_that_goes_to_sleep() {
    model(|| {
        let (mut producer, mut consumer) = ring(1.try_into().expect("not zero"), ());
        let cell = Arc::new(WakeCell::new());
        let waking = {
            let cell = cell.clone();
            thread::spawn(move || {
                producer.push(Box::new(5)).expect("room");
                cell.wake();
                producer
            })
        };
        let item = Executor::run(|context| cell.poll(context, || consumer.pop()));
        assert_eq!(*item, 5);
        let _producer = join(waking);
    });
}

#[test]
fn close_against_a_consumer_that_goes_to_sleep() {
    model(|| {
        let (mut producer, mut consumer) = ring(1.try_into().expect("not zero"), ());
        let cell = Arc::new(WakeCell::new());
        let waking = {
            let cell = cell.clone();
            thread::spawn(move || {
                producer.push(Box::new(5)).expect("room");
                drop(producer);
                cell.wake();
            })
        };
        let mut seen = 0;
        Executor::run(|context| {
            cell.poll(context, || {
                let alone = consumer.is_alone();
                seen += usize::from(consumer.pop().is_some());
                (alone && consumer.is_empty()).then_some(())
            })
        });
        assert_eq!(seen, 1);
        join(waking);
    });
}

/// Polls until it is on. The thread that sleeps does nothing else, and is itself joined.
fn wait_for(flag: &AtomicBool, mut leave_waker: impl FnMut(&Waker)) {
    block_on(poll_fn(|context| {
        if flag.load(Relaxed) {
            return Poll::Ready(());
        }
        leave_waker(context.waker());
        Poll::Pending
    }));
}

#[test]
fn a_thread_is_woken_before_during_or_after_it_parks() {
    model(|| {
        let sleeping = thread::spawn(|| {
            let flag = Arc::new(AtomicBool::new(false));
            let mut waking = None;
            wait_for(&flag, |waker| {
                let (waker, flag) = (waker.clone(), flag.clone());
                waking.get_or_insert_with(|| {
                    thread::spawn(move || {
                        flag.store(true, Relaxed);
                        waker.wake();
                    })
                });
            });
            waking
        });
        join(join(sleeping).expect("it slept"));
    });
}

#[test]
fn a_thread_is_woken_twice_for_one_reason_and_sleeps_for_the_next() {
    model(|| {
        let sleeping = thread::spawn(|| {
            let flag = Arc::new(AtomicBool::new(false));
            let mut waking = None;
            wait_for(&flag, |waker| {
                let (waker, flag) = (waker.clone(), flag.clone());
                waking.get_or_insert_with(|| {
                    thread::spawn(move || {
                        waker.wake_by_ref();
                        flag.store(true, Relaxed);
                        waker.wake();
                    })
                });
            });
            waking
        });
        join(join(sleeping).expect("it slept"));
    });
}
