//! What goes wrong in real life: panics, drops, races, absurd demand. Nothing hangs, and no item is left alive.

use crate::local::Local;
use reactive_streams::{Canceller, Demand, Flow, Handle, Publisher, Subscriber, Subscription, from_fn, iter};
use reactive_streams_core::shim::Mutex;
use reactive_streams_test::{Live, Tracked, probe, scripted};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};

/// A subscriber made of two closures.
struct Closures<T, F, G> {
    on_subscribe: Option<F>,
    on_next: G,
    types: PhantomData<fn(T)>,
}

fn closures<T, F, G>(on_subscribe: F, on_next: G) -> Closures<T, F, G>
where
    F: FnOnce(&mut Subscription) + Send,
    G: FnMut(T, &mut Subscription) + Send,
{
    Closures { on_subscribe: Some(on_subscribe), on_next, types: PhantomData }
}

impl<T, F, G> Subscriber for Closures<T, F, G>
where
    F: FnOnce(&mut Subscription) + Send,
    G: FnMut(T, &mut Subscription) + Send,
{
    type Item = T;
    type Error = Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.on_subscribe.take().expect("once")(subscription);
    }
    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        (self.on_next)(item, subscription);
    }
    fn on_error(self, error: Infallible, _: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, _: Option<Demand>) {}
}

/// Counted items without end.
fn endless(live: &Live) -> Flow<impl Publisher<Item = Tracked<u64>, Error = Infallible> + use<>> {
    let live = live.clone();
    iter(0..).map(move |n| live.item(n))
}

fn panics<R>(run: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

#[test]
fn a_panic_in_a_closure_unwinds_to_who_asked_and_cancels() {
    let live = Live::new();
    let held = live.item(99);
    let probe = probe(endless(&live).map(move |n| {
        assert!(*n < 3, "as planned {held}");
        n
    }));
    probe.request(2);
    assert_eq!(probe.items().len(), 2);
    assert!(panics(|| probe.request(5)));
    assert!(probe.is_dropped() && !probe.is_complete() && !probe.is_failed());
    assert_eq!(probe.items().len(), 1);
    assert_eq!(live.count(), 0);
    probe.request(1);
    probe.cancel();
}

#[test]
fn a_panic_in_a_subscriber_cancels_its_handle_and_drops_everything() {
    let live = Live::new();
    let handle = Arc::new(OnceLock::new());
    let (keep, token) = (Arc::clone(&handle), live.item(0));
    endless(&live).subscribe(closures(
        move |subscription| drop(keep.set(subscription.handle())),
        move |item: Tracked<u64>, _| assert!(*item < 2 + *token, "as planned"),
    ));
    let handle: &Handle = handle.get().expect("it was taken");
    assert!(panics(|| handle.request(Demand::of(9))));
    assert!(handle.is_cancelled());
    assert_eq!(live.count(), 0);
    handle.request(Demand::ONE);
}

#[test]
fn a_panic_in_on_subscribe_drops_the_source() {
    let live = Live::new();
    let source = iter([live.item(1)]);
    let subscriber = closures(|_| panic!("as planned"), |_: Tracked<u64>, _| {});
    assert!(panics(|| source.subscribe(subscriber)));
    assert_eq!(live.count(), 0);
}

#[test]
fn a_subscriber_that_is_cut_off_mid_stream_gets_nothing_more() {
    for after in 0..4 {
        let live = Live::new();
        let (local, log) = Local::cancelling_at(9, after);
        endless(&live).filter(|n| **n % 2 == 0).subscribe(local);
        let log: Vec<_> = log.iter().collect();
        assert_eq!(log.len() as u64, after + 2);
        assert_eq!((log.last().map(String::as_str), live.count()), (Some("drop"), 0));
    }
}

#[test]
fn a_handle_that_is_dropped_mid_stream_releases_the_parked_items() {
    let live = Live::new();
    let items: Vec<_> = (0..9).map(|n| live.item(n)).collect();
    let probe = probe(iter(items).map(|n| n).take(5).skip(1));
    probe.request(2);
    assert_eq!(probe.items().len(), 2);
    assert_eq!(live.count(), 6);
    drop(probe);
    assert_eq!(live.count(), 0);
}

#[test]
fn a_thousand_cancels_from_another_thread_while_emitting() {
    for _ in 0..1000 {
        let live = Live::new();
        let emitting = Arc::new(AtomicBool::new(false));
        let (began, canceller) = (Arc::clone(&emitting), Arc::new(OnceLock::<Canceller>::new()));
        let keep = Arc::clone(&canceller);
        let subscriber = closures(
            move |subscription| {
                drop(keep.set(subscription.canceller()));
                subscription.request(Demand::UNBOUNDED);
            },
            move |_: Tracked<u64>, _| began.store(true, SeqCst),
        );
        std::thread::scope(|scope| {
            scope.spawn(|| endless(&live).filter(|n| **n % 3 == 0).subscribe(subscriber));
            while !emitting.load(SeqCst) {
                std::hint::spin_loop();
            }
            canceller.get().expect("it was taken before the first item").cancel();
        });
        assert_eq!(live.count(), 0);
    }
}

#[test]
fn a_cancel_from_another_thread_while_requests_come_from_a_third() {
    for round in 0..300 {
        let live = Live::new();
        let probe = probe(endless(&live).map(|n| *n));
        std::thread::scope(|scope| {
            scope.spawn(|| (0..50).for_each(|_| probe.request(3)));
            scope.spawn(|| {
                (0..round % 50).for_each(|_| std::hint::spin_loop());
                probe.cancel();
            });
        });
        assert!(probe.is_dropped());
        let items = probe.items();
        assert!(items.len() <= 150 && items.iter().copied().eq(0..items.len() as u64));
        assert_eq!(live.count(), 0);
    }
}

#[test]
fn requests_from_on_subscribe_and_on_next_are_served_without_recursion() {
    let live = Live::new();
    let (deepest, depth) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (max, now) = (Arc::clone(&deepest), Arc::clone(&depth));
    let (seen, count) = (Arc::new(AtomicU64::new(0)), 1_000_000);
    let counter = Arc::clone(&seen);
    endless(&live).take(count).subscribe(closures(
        |subscription| subscription.request(Demand::ONE),
        move |_: Tracked<u64>, subscription| {
            max.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            counter.fetch_add(1, SeqCst);
            subscription.request(Demand::ONE);
            now.fetch_sub(1, SeqCst);
        },
    ));
    assert_eq!((seen.load(SeqCst), deepest.load(SeqCst), live.count()), (count, 1, 0));
}

#[test]
fn a_handle_behind_a_lock_may_be_used_from_on_next() {
    let live = Live::new();
    let shared = Arc::new(Mutex::new(None::<Arc<Handle>>));
    let seen = Arc::new(AtomicU64::new(0));
    let (keep, asks, counter) = (Arc::clone(&shared), Arc::clone(&shared), Arc::clone(&seen));
    endless(&live).subscribe(closures(
        move |subscription| *keep.lock() = Some(Arc::new(subscription.handle())),
        move |item: Tracked<u64>, _| {
            counter.fetch_add(1, SeqCst);
            let handle = asks.lock().clone().expect("it was put there");
            if *item < 9 { handle.request(Demand::ONE) } else { handle.cancel() }
        },
    ));
    // Shared by the subscriber itself, as careless users do: the cancel breaks the cycle.
    let handle = shared.lock().clone().expect("it was put there");
    handle.request(Demand::ONE);
    assert_eq!((seen.load(SeqCst), handle.is_cancelled(), live.count()), (10, true, 0));
    drop(shared.lock().take());
}

#[test]
fn demand_past_two_to_the_sixty_three_saturates() {
    let live = Live::new();
    let items: Vec<_> = (0..100).map(|n| live.item(n)).collect();
    let half_asked = probe(iter(items).take(50));
    half_asked.request(1);
    for _ in 0..5 {
        half_asked.request(u64::MAX / 2 + 1);
    }
    assert_eq!((half_asked.items().len(), half_asked.is_complete()), (50, true));
    assert_eq!(live.count(), 0);
    let (script, publisher) = scripted::<u64, Infallible>();
    let asked = probe(Flow::from(publisher).filter(|n| *n > 0));
    for _ in 0..5 {
        asked.request(u64::MAX / 2 + 1);
    }
    assert_eq!(script.requested(), u64::MAX);
    script.next(0).expect("there is demand");
    script.complete();
    assert_eq!(asked.unused(), Some(Demand::UNBOUNDED));
}

#[test]
fn a_consumer_that_never_asks_gets_nothing_and_is_let_go() {
    let live = Live::new();
    let (local, log) = Local::asking(0);
    let held = live.item(7);
    from_fn(move || Some(*held)).map(|n| n + 1).filter(|_| true).subscribe(local);
    assert_eq!(log.iter().collect::<Vec<_>>(), ["subscribe", "drop"]);
    assert_eq!(live.count(), 0);
    let never = probe(endless(&live));
    assert!(never.is_active() && never.items().is_empty());
    drop(never);
    assert_eq!((live.made(), live.count()), (1, 0));
}

#[test]
fn a_pipeline_that_is_simply_dropped_leaves_nothing() {
    let live = Live::new();
    let items: Vec<_> = (0..9).map(|n| live.item(n)).collect();
    drop(iter(items).map(|n| n).take(3).boxed().collect::<Vec<_>>());
    assert_eq!(live.count(), 0);
    let (script, publisher) = scripted::<_, Infallible>();
    let probe = probe(Flow::from(publisher).map(|n: Tracked<u64>| n).skip(1));
    probe.request(3);
    for n in 0..3 {
        script.next(live.item(n)).expect("there is demand");
    }
    drop(script);
    assert!(probe.is_dropped() && !probe.is_complete());
    assert_eq!(probe.items().len(), 2);
    assert_eq!(live.count(), 0);
}

#[test]
fn a_panic_in_the_destructor_of_a_closure_leaves_no_items() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("as planned");
            }
        }
    }
    let live = Live::new();
    let items: Vec<_> = (0..3).map(|n| live.item(n)).collect();
    let bomb = Bomb;
    let probe = probe(iter(items).inspect(move |_| {
        let _bomb = &bomb;
    }));
    probe.request(1);
    assert!(panics(|| probe.cancel()));
    drop(probe.items());
    assert!(probe.is_dropped());
    assert_eq!(live.count(), 0);
}
