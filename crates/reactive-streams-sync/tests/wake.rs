//! Sleeping and waking, as one thread sees it.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "tests")]

use reactive_streams_sync::{WakeCell, block_on};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn it_wakes_once_and_only_who_sleeps() {
    let cell = WakeCell::new();
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    let mut context = Context::from_waker(&waker);
    cell.wake();
    assert_eq!(cell.poll(&mut context, || Some(1)), Poll::Ready(1));
    cell.wake();
    assert_eq!(counting.0.load(SeqCst), 0);
    assert!(cell.poll(&mut context, || None::<()>).is_pending());
    cell.wake();
    cell.wake();
    assert_eq!(counting.0.load(SeqCst), 1);
}

#[test]
fn what_is_found_at_the_second_look_keeps_it_awake() {
    let cell = WakeCell::new();
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    let mut looks = 0;
    let found = cell.poll(&mut Context::from_waker(&waker), || {
        looks += 1;
        (looks == 2).then_some("late")
    });
    assert_eq!(found, Poll::Ready("late"));
    cell.wake();
    assert_eq!(counting.0.load(SeqCst), 0);
}

#[test]
fn a_thread_that_waits_is_woken_by_another() {
    let shared = Arc::new((WakeCell::new(), AtomicUsize::new(0)));
    let waking = std::thread::spawn({
        let shared = shared.clone();
        move || {
            for _ in 0..1000 {
                shared.1.fetch_add(1, SeqCst);
                shared.0.wake();
            }
        }
    });
    for target in [1, 10, 1000] {
        block_on(poll_fn(|context| {
            shared.0.poll(context, || (shared.1.load(SeqCst) >= target).then_some(()))
        }));
    }
    waking.join().expect("no panic");
}

#[test]
fn a_panic_of_the_future_reaches_the_thread_that_waits() {
    let panic = std::panic::catch_unwind(|| block_on(async { panic!("mine") }));
    assert!(panic.is_err());
}
