//! What a subscription, its handle and its cancellers do: the dynamic half of the contract.
#![cfg(not(any(loom, shuttle)))]
#![allow(missing_docs, reason = "tests")]

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Publisher, Resume, Subscriber, Subscription, Turn};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// What has become of a subscriber.
#[derive(Default)]
struct Seen {
    items: AtomicU64,
    completed: AtomicU64,
    unused: AtomicU64,
    dropped: AtomicU64,
}

impl Seen {
    fn items(&self) -> u64 {
        self.items.load(SeqCst)
    }
    fn completed(&self) -> u64 {
        self.completed.load(SeqCst)
    }
    fn dropped(&self) -> u64 {
        self.dropped.load(SeqCst)
    }
}

/// A subscriber that does what two closures say.
struct Acts<A, B> {
    seen: Arc<Seen>,
    first: A,
    each: B,
}

fn acts<A, B>(first: A, each: B) -> (Arc<Seen>, Acts<A, B>)
where
    A: FnMut(&mut Subscription) + Send + 'static,
    B: FnMut(u64, &mut Subscription) + Send + 'static,
{
    let seen = Arc::new(Seen::default());
    (seen.clone(), Acts { seen, first, each })
}

impl<A: FnMut(&mut Subscription), B: FnMut(u64, &mut Subscription)> Subscriber for Acts<A, B> {
    type Item = u64;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        (self.first)(subscription);
    }
    fn on_next(&mut self, item: u64, subscription: &mut Subscription) {
        assert_eq!(item, self.seen.items.fetch_add(1, SeqCst), "in order, without a gap");
        (self.each)(item, subscription);
    }
    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.seen.completed.fetch_add(1, SeqCst);
        self.seen.unused.store(unused.map_or(0, Demand::get), SeqCst);
    }
}

impl<A, B> Drop for Acts<A, B> {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, SeqCst);
    }
}

/// Counts from zero up to its end.
struct Count(u64);

struct Counting<S> {
    next: u64,
    end: u64,
    subscriber: S,
}

impl Publisher for Count {
    type Item = u64;
    type Error = Infallible;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = u64, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Counting { next: 0, end: self.0, subscriber }));
    }
}

impl<S: Subscriber<Item = u64> + Send + 'static> Resume for Counting<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while self.next < self.end && subscription.is_ready() {
            self.next += 1;
            subscription.deliver(self.next - 1, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.next == self.end {
            self.subscriber.on_complete(subscription.outstanding());
            return Turn::Done;
        }
        Turn::Park(self, subscription)
    }
}

/// Far more than a stack of 64 KiB could hold as frames.
const ITEMS: u64 = if cfg!(miri) { 1_000 } else { 1_000_000 };

/// Where a subscriber leaves its handle for the test.
type Shelf = Arc<Mutex<Option<Handle>>>;

fn shelf() -> (Shelf, impl FnMut(&mut Subscription) + Send + 'static) {
    let shelf = Shelf::default();
    (shelf.clone(), move |s: &mut Subscription| {
        let handle = s.handle();
        assert!(shelf.lock().replace(handle).is_none());
    })
}

fn also_request(
    mut first: impl FnMut(&mut Subscription) + Send + 'static,
    demand: Demand,
) -> impl FnMut(&mut Subscription) + Send + 'static {
    move |s| {
        first(s);
        s.request(demand);
    }
}

fn taken(shelf: &Shelf) -> Handle {
    shelf.lock().take().expect("the subscriber took its handle")
}

#[test]
fn spec_1_02_a_terminal_carries_the_unused_demand() {
    let (seen, subscriber) = acts(|s| s.request(Demand::of(5)), |_, _| {});
    Count(2).subscribe(subscriber);
    assert_eq!((seen.items(), seen.completed(), seen.unused.load(SeqCst)), (2, 1, 3));

    let (seen, subscriber) = acts(|s| s.request(Demand::UNBOUNDED), |_, _| {});
    Count(2).subscribe(subscriber);
    assert_eq!(seen.unused.load(SeqCst), u64::MAX);

    let (seen, subscriber) = acts(|_| {}, |_, _| {});
    Count(0).subscribe(subscriber);
    assert_eq!((seen.completed(), seen.unused.load(SeqCst)), (1, 0), "a terminal needs no demand");
}

#[test]
fn spec_3_06_a_request_after_a_cancel_does_nothing() {
    let mut subscription = Subscription::new();
    let handle = subscription.handle();
    subscription.request(Demand::of(2));
    subscription.cancel();
    subscription.request(Demand::of(3));
    handle.request(Demand::of(4));
    assert!(subscription.is_cancelled() && !subscription.is_ready());
    assert_eq!(subscription.outstanding(), None);

    let mut subscription = Subscription::new();
    let handle = subscription.handle();
    handle.cancel();
    handle.request(Demand::of(4));
    subscription.request(Demand::ONE);
    assert_eq!(subscription.outstanding(), None);
    assert!(subscription.is_cancelled() && handle.is_cancelled());
}

#[test]
fn spec_3_17_sums_past_two_to_the_63_saturate() {
    let half = Demand::of(1 << 63);
    let mut subscription = Subscription::new();
    subscription.request(Demand::of(half.get() - 2));
    subscription.request(Demand::ONE);
    assert_eq!(subscription.outstanding(), Demand::new(half.get() - 1), "exact as far as it goes");
    subscription.request(Demand::ONE);
    assert_eq!(subscription.outstanding(), Some(Demand::UNBOUNDED));
    subscription.request(half);
    assert_eq!(subscription.outstanding(), Some(Demand::UNBOUNDED));

    let mut subscription = Subscription::new();
    let handle = subscription.handle();
    handle.request(Demand::of(1 << 58));
    assert_eq!(subscription.outstanding(), Demand::new(1 << 58));
    handle.request(half);
    handle.request(half);
    assert_eq!(subscription.outstanding(), Some(Demand::UNBOUNDED));
    handle.cancel();
    assert!(subscription.is_cancelled(), "the count never reaches the flags");
}

#[test]
fn spec_3_13_a_handle_dropped_inside_a_callback_is_a_cancel() {
    let (shelf, first) = shelf();
    let inside = shelf.clone();
    let (seen, subscriber) = acts(also_request(first, Demand::of(10)), move |item, _| {
        if item == 2 {
            drop(taken(&inside));
        }
    });
    Count(10).subscribe(subscriber);
    assert!(shelf.lock().is_none());
    assert_eq!((seen.items(), seen.completed(), seen.dropped()), (3, 0, 1));
}

#[test]
fn a_state_that_nobody_can_reach_is_dropped_as_it_parks() {
    let (seen, subscriber) = acts(|s| s.request(Demand::of(3)), |_, _| {});
    Count(10).subscribe(subscriber);
    assert_eq!((seen.items(), seen.completed(), seen.dropped()), (3, 0, 1));

    let canceller = Arc::new(Mutex::new(None));
    let out = canceller.clone();
    let (seen, subscriber) = acts(move |s| *out.lock() = Some(s.canceller()), |_, _| {});
    Count(10).subscribe(subscriber);
    assert_eq!(seen.dropped(), 1, "a canceller keeps nothing alive");
    let canceller = canceller.lock().take().expect("taken in on_subscribe");
    canceller.cancel();
}

#[test]
fn a_canceller_drops_what_is_parked_and_does_nothing_when_dropped() {
    let mut subscription = Subscription::new();
    let (handle, canceller) = (subscription.handle(), subscription.canceller());
    let (seen, subscriber) = acts(|_| {}, |_, _| {});
    subscription.park(Box::new(Counting { next: 0, end: 10, subscriber }));
    drop(canceller.clone());
    assert_eq!(seen.dropped(), 0);
    canceller.cancel();
    canceller.cancel();
    assert_eq!(seen.dropped(), 1, "while the handle is still held");
    assert!(handle.is_cancelled());
}

#[test]
fn a_state_that_is_parked_before_its_first_run_meets_the_demand_of_on_subscribe() {
    let mut subscription = Subscription::new();
    let (seen, mut subscriber) = acts(|subscription| subscription.request(Demand::of(2)), |_, _| {});
    subscriber.on_subscribe(&mut subscription);
    subscription.park(Box::new(Counting { next: 0, end: 2, subscriber }));
    assert_eq!((seen.items(), seen.completed()), (2, 1));
}

#[test]
fn a_waker_keeps_a_parked_state_alive_and_runs_it() {
    let mut subscription = Subscription::new();
    let waker = subscription.waker();
    let (seen, subscriber) = acts(|_| {}, |_, _| {});
    subscription.park(Box::new(Counting { next: 0, end: 0, subscriber }));
    let other = waker.clone();
    drop(waker);
    assert_eq!(seen.dropped(), 0);
    other.wake_by_ref();
    assert_eq!((seen.completed(), seen.dropped()), (1, 1));

    let mut subscription = Subscription::new();
    let waker = subscription.waker();
    let (seen, subscriber) = acts(|_| {}, |_, _| {});
    subscription.park(Box::new(Counting { next: 0, end: 1, subscriber }));
    assert_eq!(seen.dropped(), 0);
    drop(waker);
    assert_eq!(seen.dropped(), 1, "with the last of those that could wake it");
}

#[test]
fn a_panic_under_a_request_cancels_drops_and_unwinds_to_the_caller() {
    let (shelf, first) = shelf();
    let (seen, subscriber) = acts(first, |item, _| assert!(item < 2, "the third item"));
    Count(10).subscribe(subscriber);
    let handle = taken(&shelf);
    handle.request(Demand::ONE);
    assert_eq!((seen.items(), seen.dropped()), (1, 0));
    let payload = catch_unwind(AssertUnwindSafe(|| handle.request(Demand::of(5)))).expect_err("unwinds");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the third item"));
    assert!(handle.is_cancelled());
    assert_eq!((seen.items(), seen.completed(), seen.dropped()), (3, 0, 1), "while the handle is held");
    handle.request(Demand::ONE);
    assert_eq!(seen.items(), 3);
}

#[test]
fn a_panic_in_on_subscribe_cancels_the_handle_that_got_away() {
    let (shelf, mut first) = shelf();
    let (seen, subscriber) = acts(
        move |s| {
            first(s);
            panic!("refused");
        },
        |_, _| {},
    );
    catch_unwind(AssertUnwindSafe(|| Count(10).subscribe(subscriber))).expect_err("unwinds");
    assert!(taken(&shelf).is_cancelled());
    assert_eq!(seen.dropped(), 1);
}

#[test]
fn a_publisher_emits_against_the_subscription_that_replaced_its_own() {
    let mut mine = Subscription::new();
    let handle = mine.handle();
    mine.request(Demand::of(2));
    let mut mine = Some(mine);
    let (seen, subscriber) = acts(
        move |lent| {
            lent.request(Demand::UNBOUNDED);
            *lent = mine.take().expect("on_subscribe comes once");
        },
        |_, _| {},
    );
    Count(5).subscribe(subscriber);
    assert_eq!(seen.items(), 2, "the demand of the lent one went with it");
    handle.request(Demand::of(9));
    assert_eq!((seen.items(), seen.completed(), seen.unused.load(SeqCst)), (5, 1, 6));
}

#[test]
fn spec_3_03_a_million_requests_from_inside_need_no_stack() {
    let run = || {
        let (shelf, first) = shelf();
        let (seen, subscriber) = acts(also_request(first, Demand::ONE), move |item, lent| {
            if item % 2 == 0 {
                return lent.request(Demand::ONE);
            }
            let handle = taken(&shelf);
            handle.request(Demand::ONE);
            *shelf.lock() = Some(handle);
        });
        Count(ITEMS).subscribe(subscriber);
        seen
    };
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    let seen = small.spawn(run).expect("a thread").join().expect("no overflow");
    assert_eq!((seen.items(), seen.completed(), seen.unused.load(SeqCst)), (ITEMS, 1, 1));
}

/// Wakes itself before it parks, again and again.
struct Restless {
    left: u64,
    runs: Arc<AtomicU64>,
}

impl Resume for Restless {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.runs.fetch_add(1, SeqCst);
        if self.left == 0 {
            return Turn::Done;
        }
        self.left -= 1;
        subscription.waker().wake();
        Turn::Park(self, subscription)
    }
}

#[test]
fn parking_is_a_trampoline() {
    let runs = Arc::new(AtomicU64::new(0));
    let state = Box::new(Restless { left: ITEMS, runs: runs.clone() });
    let run = || Subscription::new().run(state);
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    small.spawn(run).expect("a thread").join().expect("no overflow");
    assert_eq!(runs.load(SeqCst), ITEMS + 1);
}

/// Finds no demand; is then asked for one item; and takes that out of the word as it asks about a cancel.
struct Overtaken {
    handle: Shelf,
    runs: Arc<AtomicU64>,
}

impl Resume for Overtaken {
    fn resume(self: Box<Self>, mut subscription: Subscription) -> Turn {
        if subscription.is_ready() {
            self.runs.fetch_add(1, SeqCst);
            return Turn::Done;
        }
        let handle = taken(&self.handle);
        handle.request(Demand::ONE);
        *self.handle.lock() = Some(handle);
        assert!(!subscription.is_cancelled());
        Turn::Park(self, subscription)
    }
}

#[test]
fn demand_that_a_later_look_took_keeps_a_state_from_parking() {
    let mut subscription = Subscription::new();
    let (handle, runs) = (Shelf::default(), Arc::new(AtomicU64::new(0)));
    *handle.lock() = Some(subscription.handle());
    subscription.run(Box::new(Overtaken { handle: handle.clone(), runs: runs.clone() }));
    assert_eq!(runs.load(SeqCst), 1, "it went to sleep with demand in hand");
    drop(taken(&handle));
}

/// A task's waker that counts, and owns a handle as a task does.
#[derive(Default)]
struct Task {
    wakes: AtomicU64,
    handle: Shelf,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_task_is_woken_by_a_request_and_by_a_cancel() {
    let task = Arc::new(Task::default());
    let waker = Waker::from(task.clone());
    let mut context = Context::from_waker(&waker);
    let mut subscription = Subscription::new();
    let handle = subscription.handle();
    assert_eq!(subscription.poll_demand(&mut context), Poll::Pending);
    handle.request(Demand::of(2));
    assert_eq!(task.wakes.load(SeqCst), 1);
    assert_eq!(subscription.poll_demand(&mut context), Poll::Ready(Demand::new(2)));
    assert_eq!(subscription.poll_cancelled(&mut context), Poll::Pending);
    handle.request(Demand::ONE);
    assert_eq!(task.wakes.load(SeqCst), 2);
    assert_eq!(subscription.poll_cancelled(&mut context), Poll::Pending);
    assert_eq!(subscription.poll_demand(&mut context), Poll::Ready(Demand::new(3)), "taken, and not lost");
    assert!(subscription.is_ready(), "no look takes the wake-up away");
    handle.cancel();
    assert_eq!(task.wakes.load(SeqCst), 3);
    assert_eq!(subscription.poll_cancelled(&mut context), Poll::Ready(()));
    assert_eq!(subscription.poll_demand(&mut context), Poll::Ready(None));
}

#[test]
fn a_task_that_nobody_can_ask_learns_it_at_once() {
    let mut context = Context::from_waker(Waker::noop());
    let mut subscription = Subscription::new();
    assert_eq!(subscription.poll_cancelled(&mut context), Poll::Pending);
    assert_eq!(subscription.poll_demand(&mut context), Poll::Ready(None));
    assert!(subscription.is_abandoned() && !subscription.is_linked() && !subscription.has_handle());
}

#[test]
fn the_waker_of_an_earlier_poll_is_dropped_under_no_lock() {
    let (mut first, mut second) = (Subscription::new(), Subscription::new());
    let (_handle, other) = (first.handle(), second.handle());
    let (seen, subscriber) = acts(|_| {}, |_, _| {});
    second.park(Box::new(Counting { next: 0, end: 1, subscriber }));
    let task = Arc::new(Task::default());
    *task.handle.lock() = Some(other);
    let waker = Waker::from(task);
    assert_eq!(first.poll_demand(&mut Context::from_waker(&waker)), Poll::Pending);
    drop(waker);
    assert_eq!(seen.dropped(), 0);
    assert_eq!(first.poll_demand(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    assert_eq!(seen.dropped(), 1, "the last clone of the waker went, and what it held with it");
}

#[test]
fn a_fork_shares_the_link_and_no_demand() {
    let mut subscription = Subscription::new();
    let handle = subscription.handle();
    subscription.request(Demand::of(3));
    let mut fork = subscription.fork();
    assert_eq!((fork.outstanding(), subscription.outstanding()), (None, Demand::new(3)));
    assert!(fork.has_handle() && fork.is_linked());
    handle.request(Demand::of(2));
    assert_eq!((fork.outstanding(), subscription.outstanding()), (Demand::new(2), Demand::new(3)));
    fork.cancel();
    handle.request(Demand::of(7));
    assert_eq!(fork.outstanding(), None, "what is in the word is not for the cancelled one");
    assert_eq!(subscription.outstanding(), Demand::new(10));
    handle.cancel();
    assert!(subscription.is_cancelled() && fork.is_cancelled());
}

#[test]
fn spec_2_07_there_is_one_handle() {
    let mut subscription = Subscription::new();
    let _handle = subscription.handle();
    let mut fork = subscription.fork();
    catch_unwind(AssertUnwindSafe(|| subscription.handle())).expect_err("taken before");
    catch_unwind(AssertUnwindSafe(|| fork.handle())).expect_err("a fork does not get round it");
}

#[test]
#[cfg(debug_assertions)]
fn spec_1_01_delivering_without_demand_is_caught_in_debug_builds() {
    let (seen, mut subscriber) = acts(|_| {}, |_, _| {});
    let mut subscription = Subscription::new();
    let deliver = AssertUnwindSafe(|| subscription.deliver(0, &mut subscriber));
    let payload = catch_unwind(deliver).expect_err("there is no demand");
    assert!(payload.downcast_ref::<&str>().is_some_and(|text| text.contains("1.1")));
    assert_eq!(seen.items(), 0);
}
