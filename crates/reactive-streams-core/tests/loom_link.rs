//! Models of every race on the link. Run with `.ci/loom`, which also plants the bugs that each must find.
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use loom::thread;
use reactive_streams_core::{Demand, Handle, Resume, Subscription, Turn};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// What a model looks at afterwards.
#[derive(Default)]
struct Seen {
    emitted: AtomicUsize,
    running: AtomicBool,
    dropped: AtomicUsize,
    runs: AtomicUsize,
}

/// A publisher that emits whatever it is asked for, checks that it runs alone, and counts its own drops.
struct Source {
    seen: Arc<Seen>,
    /// Written by whoever runs, without synchronisation of its own: loom sees a race if two run at once, or if a
    /// run does not happen after the one before it.
    cell: loom::cell::UnsafeCell<usize>,
}

impl Source {
    fn parked(seen: &Arc<Seen>) -> Handle {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        subscription.park(Box::new(Self { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        handle
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        assert!(!self.seen.running.swap(true, SeqCst), "dropped while it runs");
        self.seen.dropped.fetch_add(1, SeqCst);
    }
}

#[allow(unsafe_code, reason = "loom's cell is how a model sees a data race")]
fn touch(cell: &loom::cell::UnsafeCell<usize>) {
    // SAFETY: the model asserts that only the holder of the permit gets here.
    cell.with_mut(|value| unsafe { *value += 1 });
}

impl Resume for Source {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        assert!(!self.seen.running.swap(true, SeqCst), "two run at once");
        self.seen.runs.fetch_add(1, SeqCst);
        while subscription.is_ready() {
            touch(&self.cell);
            // One unit of demand, without a subscriber.
            let left = subscription.outstanding().and_then(|d| d.less(1));
            let mut next = subscription.fork();
            if let Some(left) = left {
                next.request(left);
            }
            subscription = next;
            self.seen.emitted.fetch_add(1, SeqCst);
        }
        self.seen.running.store(false, SeqCst);
        Turn::Park(self, subscription)
    }
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

#[test]
fn two_requests_while_parked_lose_nothing() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let handle = Arc::new(Source::parked(&seen));
        let other = {
            let handle = handle.clone();
            thread::spawn(move || handle.request(Demand::of(2)))
        };
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.emitted.load(SeqCst), 3);
        drop(handle);
        assert_eq!(seen.dropped.load(SeqCst), 1);
    });
}

#[test]
fn request_while_emitting_is_served() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let handle = Arc::new(Source::parked(&seen));
        let other = {
            let handle = handle.clone();
            thread::spawn(move || {
                handle.request(Demand::ONE);
                handle.request(Demand::ONE);
            })
        };
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.emitted.load(SeqCst), 3);
    });
}

#[test]
fn request_against_parking_is_not_lost() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let handle = other.join().expect("no panic");
        assert_eq!(seen.emitted.load(SeqCst), 1);
        drop(handle);
        assert_eq!(seen.dropped.load(SeqCst), 1);
    });
}

#[test]
fn cancel_against_parking_drops_once() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.cancel();
            handle
        });
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let _handle = other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while the handle is still held");
        assert_eq!(seen.emitted.load(SeqCst), 0);
    });
}

#[test]
fn cancel_against_emission_drops_once() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let handle = Arc::new(Source::parked(&seen));
        let other = {
            let handle = handle.clone();
            thread::spawn(move || handle.cancel())
        };
        handle.request(Demand::of(2));
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while the handle is still held");
    });
}

#[test]
fn two_cancels_drop_once() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let handle = Arc::new(Source::parked(&seen));
        let other = {
            let handle = handle.clone();
            thread::spawn(move || handle.cancel())
        };
        handle.cancel();
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1);
    });
}

#[test]
fn canceller_against_request() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let canceller = subscription.canceller();
        let handle = subscription.handle();
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let other = thread::spawn(move || canceller.cancel());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1);
        assert!(seen.emitted.load(SeqCst) <= 1);
    });
}

#[test]
fn handle_dropped_while_parked_against_a_wake_up() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let waker = subscription.waker();
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let other = thread::spawn(move || {
            waker.wake_by_ref();
            waker
        });
        drop(handle);
        let _waker = other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1, "dropped while a waker is still held");
    });
}

#[test]
fn wake_up_against_parking_is_not_lost() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let waker = subscription.waker();
        let other = thread::spawn(move || {
            waker.wake_by_ref();
            waker
        });
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let waker = other.join().expect("no panic");
        assert_eq!(seen.runs.load(SeqCst), 1);
        assert_eq!(seen.dropped.load(SeqCst), 0, "the waker keeps it");
        drop(waker);
        assert_eq!(seen.dropped.load(SeqCst), 1);
    });
}

#[test]
fn wake_up_against_request_runs_one_at_a_time() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let waker = subscription.waker();
        subscription.park(Box::new(Source { seen: seen.clone(), cell: loom::cell::UnsafeCell::new(0) }));
        let other = thread::spawn(move || waker.wake());
        handle.request(Demand::ONE);
        other.join().expect("no panic");
        assert_eq!(seen.emitted.load(SeqCst), 1);
    });
}

/// Ends its own subscription from inside a run, while somebody else asks.
struct DropsHandle {
    handle: Arc<std::sync::Mutex<Option<Handle>>>,
    seen: Arc<Seen>,
}

impl Drop for DropsHandle {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, SeqCst);
    }
}

impl Resume for DropsHandle {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        let handle = self.handle.lock().expect("not poisoned").take();
        drop(handle);
        assert!(subscription.is_cancelled());
        assert!(!subscription.is_ready());
        Turn::Park(self, subscription)
    }
}

#[test]
fn handle_dropped_inside_a_callback_against_a_wake_up() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = Arc::new(std::sync::Mutex::new(Some(subscription.handle())));
        let (first, second) = (subscription.waker(), subscription.waker());
        subscription.park(Box::new(DropsHandle { handle, seen: seen.clone() }));
        let other = thread::spawn(move || first.wake());
        second.wake();
        other.join().expect("no panic");
        assert_eq!(seen.dropped.load(SeqCst), 1);
    });
}

/// A task's waker that counts.
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn request_against_a_task_that_goes_to_sleep() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        let counting = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(counting.clone());
        let first = subscription.poll_demand(&mut Context::from_waker(&waker));
        let _handle = other.join().expect("no panic");
        match first {
            Poll::Ready(demand) => assert_eq!(demand, Some(Demand::ONE)),
            Poll::Pending => assert_eq!(counting.0.load(SeqCst), 1, "asleep for ever"),
        }
    });
}

#[test]
fn give_up_against_a_task_that_goes_to_sleep() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            drop(handle.give_up());
        });
        let counting = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(counting.clone());
        let mut context = Context::from_waker(&waker);
        let mut woken = 0;
        let mut poll = subscription.poll_demand(&mut context);
        other.join().expect("no panic");
        while poll.is_pending() {
            assert!(counting.0.load(SeqCst) > woken, "asleep for ever");
            woken = counting.0.load(SeqCst);
            poll = subscription.poll_demand(&mut context);
        }
        assert_eq!(poll, Poll::Ready(Some(Demand::ONE)), "what was asked for before comes first");
        subscription = subscription.fork();
        assert_eq!(subscription.poll_demand(&mut context), Poll::Ready(None));
    });
}

#[test]
fn cancel_against_a_task_polled_twice() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle.cancel();
            handle
        });
        let counting = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(counting.clone());
        let mut context = Context::from_waker(&waker);
        let first = subscription.poll_cancelled(&mut context);
        let before = counting.0.load(SeqCst);
        let second = if first.is_pending() { subscription.poll_cancelled(&mut context) } else { first };
        let _handle = other.join().expect("no panic");
        if second.is_pending() {
            assert!(counting.0.load(SeqCst) > before || before == 2, "asleep for ever");
        }
    });
}

/// Finds no demand, and looks once more, for a cancel, before it parks.
struct LooksTwice {
    emitted: Arc<AtomicUsize>,
}

impl Resume for LooksTwice {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        if subscription.is_ready() {
            self.emitted.fetch_add(1, SeqCst);
            return Turn::Done;
        }
        assert!(!subscription.is_cancelled());
        Turn::Park(self, subscription)
    }
}

#[test]
fn request_against_the_last_look_before_parking_is_not_lost() {
    model(|| {
        let emitted = Arc::new(AtomicUsize::new(0));
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        subscription.run(Box::new(LooksTwice { emitted: emitted.clone() }));
        let _handle = other.join().expect("no panic");
        assert_eq!(emitted.load(SeqCst), 1, "asleep with demand in hand");
    });
}

#[test]
fn cancel_against_a_task_that_looks_before_it_goes_to_sleep() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle.cancel();
            handle
        });
        let counting = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(counting.clone());
        let asleep = subscription.poll_cancelled(&mut Context::from_waker(&waker)).is_pending()
            && !subscription.is_ready()
            && !subscription.is_cancelled();
        let _handle = other.join().expect("no panic");
        if asleep {
            assert!(counting.0.load(SeqCst) > 0, "asleep for ever");
        }
    });
}

#[test]
fn request_against_a_task_that_parks_again() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let first = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(first.clone());
        assert!(subscription.poll_demand(&mut Context::from_waker(&waker)).is_pending());
        let other = thread::spawn(move || {
            handle.request(Demand::ONE);
            handle
        });
        let last = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(last.clone());
        let second = subscription.poll_demand(&mut Context::from_waker(&waker));
        let _handle = other.join().expect("no panic");
        if second.is_pending() {
            assert_eq!(last.0.load(SeqCst), 1, "the waker of the last poll is the one that counts");
        }
    });
}

/// Emits one item a run, and keeps the demand that is left.
struct OneARun(Arc<Seen>);

impl Resume for OneARun {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        if subscription.is_ready() {
            let mut rest = subscription.fork();
            if let Some(left) = subscription.outstanding().and_then(|demand| demand.less(1)) {
                rest.request(left);
            }
            self.0.emitted.fetch_add(1, SeqCst);
            subscription = rest;
        }
        Turn::Park(self, subscription)
    }
}

#[test]
fn a_state_that_parks_where_a_task_has_ended_keeps_its_demand() {
    model(|| {
        let seen = Arc::new(Seen::default());
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let waker = subscription.waker();
        // The publisher before this one has waited as a task.
        assert!(subscription.poll_cancelled(&mut Context::from_waker(Waker::noop())).is_pending());
        let other = thread::spawn(move || {
            handle.request(Demand::of(2));
            handle
        });
        subscription.park(Box::new(OneARun(seen.clone())));
        let _handle = other.join().expect("no panic");
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert_eq!(seen.emitted.load(SeqCst), 2);
    });
}

#[test]
fn look_of_a_fork_against_a_task_that_parks_again() {
    model(|| {
        let mut subscription = Subscription::new();
        let handle = subscription.handle();
        let mut fork = subscription.fork();
        let counting = Arc::new(Counting(AtomicUsize::new(0)));
        let waker = Waker::from(counting.clone());
        let mut context = Context::from_waker(&waker);
        handle.request(Demand::ONE);
        let looking = thread::spawn(move || {
            fork.is_cancelled();
            fork.outstanding().map_or(0, Demand::get)
        });
        // Takes the first demand or finds that the fork has, and goes to sleep.
        let asleep = subscription.poll_cancelled(&mut context).is_pending();
        assert!(asleep);
        let before = (subscription.outstanding(), counting.0.load(SeqCst));
        handle.request(Demand::ONE);
        let woken = counting.0.load(SeqCst) > before.1;
        let seen = looking.join().expect("no panic") + subscription.outstanding().map_or(0, Demand::get);
        assert_eq!(seen, 2, "each demand is taken once");
        assert!(woken, "asleep for ever");
    });
}
