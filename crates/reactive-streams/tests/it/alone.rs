//! Who has the inputs of a `merge`, a `zip` or a `flat_map_unordered` for itself, and who only seems to.

use crate::listener::{Ear, Heard, ask, handed, soon, waiting};
use crate::strangers::{Job, Later, Panics, ResumeElsewhere, Then};
use reactive_streams::{BoxPublisher, Demand, Flow, Publisher, empty, iter, merge_all};
use reactive_streams_core::shim;
use reactive_streams_test::scripted;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::thread::{scope, spawn, yield_now};

/// Opens what waits for the item 1, and something at hand for each other one.
fn inners<I>(waits: I) -> impl FnMut(u32) -> Flow<BoxPublisher<u32, Infallible>> + Send
where
    I: Iterator<Item = u32> + Send + 'static,
{
    let mut waits = Some(waits);
    move |n| match waits.take_if(|_| n == 1) {
        Some(waits) => iter(waits).boxed(),
        None => iter([n * 100]).boxed(),
    }
}

fn sorted(mut items: Vec<u32>) -> Vec<u32> {
    items.sort_unstable();
    items
}

#[test]
fn an_item_waits_for_no_upstream_that_another_thread_is_in() {
    let (send, [left, right], asked) = waiting();
    for send in &send {
        send.send(1).expect("it waits");
    }
    let (down, ear) = handed(0);
    iter(left).merge(iter(right)).prefetch(1).subscribe(down);
    assert_eq!((soon(&asked, "one"), soon(&asked, "the other")), (0, 1));
    let handle = ear.handle();
    let one = ask(&handle, 1);
    ear.item("the first that is held");
    let first = soon(&asked, "the first thread is in an upstream");
    let other = ask(&handle, 5);
    ear.item("the second that is held");
    let second = soon(&asked, "the other thread is in the other upstream");
    assert_eq!(first + second, 1);
    send[first].send(11).expect("it waits");
    assert_eq!(ear.item("there is demand, and the other upstream waits"), 11);
    send[second].send(21).expect("it waits");
    assert_eq!(ear.item("there is demand, and the first upstream waits"), 21);
    drop(send);
    assert_eq!(ear.rest(), [0; 0]);
    one.join().expect("no panic");
    other.join().expect("no panic");
}

#[test]
fn an_item_of_the_outer_opens_an_inner_while_another_thread_is_in_one() {
    let ([outer, inner], [outers, waits], asked) = waiting();
    inner.send(7).expect("it waits");
    outer.send(1).expect("it waits");
    let (down, ear) = handed(0);
    let flow = iter(outers).flat_map_unordered(2, inners(waits)).prefetch(1);
    let subscribes = spawn(move || flow.subscribe(down));
    let names = [(); 3].map(|()| soon(&asked, "the outer, its inner, and the outer again"));
    assert_eq!(names, [0, 1, 0]);
    let asks = ask(&ear.handle(), 50);
    assert_eq!(ear.item("it was held"), 7);
    assert_eq!(soon(&asked, "the other thread is in the inner"), 1);
    outer.send(2).expect("it waits");
    assert_eq!(ear.item("the inner at hand"), 200);
    inner.send(8).expect("it waits");
    assert_eq!(ear.item("the inner that waits"), 8);
    drop((inner, outer));
    assert_eq!(ear.rest(), [0; 0]);
    subscribes.join().expect("no panic");
    asks.join().expect("no panic");
}

#[test]
fn a_cancel_reaches_the_second_publisher_of_a_strangers_input() {
    let (script, second) = scripted::<u32, Infallible>();
    let (down, ear) = handed(1000);
    Flow::from(Then(iter(0..2), second)).merge(empty()).subscribe(down);
    assert_eq!([ear.item("at once"), ear.item("at once")], [0, 1]);
    ear.handle().cancel();
    assert!(script.is_cancelled());
    assert_eq!(soon(&ear.heard, "the drop"), Heard::Dropped);
}

#[test]
fn the_second_publisher_of_a_strangers_outer_opens_inners() {
    let (script, second) = scripted::<u32, Infallible>();
    let ([inner], [waits], asked) = waiting();
    inner.send(7).expect("it waits");
    let (down, ear) = handed(0);
    Flow::from(Then(iter([1]), second)).flat_map_unordered(4, inners(waits)).prefetch(1).subscribe(down);
    soon(&asked, "the inner, in advance");
    let asks = ask(&ear.handle(), 50);
    assert_eq!(ear.item("it was held"), 7);
    soon(&asked, "the other thread is in the inner");
    script.next(2).expect("the outer is asked for as many as may be open");
    assert_eq!(ear.item("the inner at hand"), 200);
    script.complete();
    drop(inner);
    assert_eq!(ear.rest(), [0; 0]);
    asks.join().expect("no panic");
}

#[test]
fn an_input_that_is_subscribed_to_later_on_the_same_thread_is_heard_to_its_end() {
    let (jobs, later) = channel::<Job>();
    let (down, ear) = handed(1000);
    Flow::from(Later(iter(0..100), jobs)).zip(iter(0..100)).subscribe(down);
    soon(&later, "its job")();
    assert!(ear.rest().into_iter().eq((0..100).map(|n| (n, n))));
}

#[test]
fn an_input_that_resumes_elsewhere_waits_for_no_upstream_of_the_asking_thread() {
    if shim::fuzzing() {
        return; // it expects both held items before an upstream is asked
    }
    let (send, [elsewhere, here], asked) = waiting();
    for send in &send {
        send.send(1).expect("it waits");
    }
    let (down, ear) = handed(0);
    Flow::from(ResumeElsewhere(iter(elsewhere))).merge(iter(here)).prefetch(1).subscribe(down);
    assert_eq!((soon(&asked, "one"), soon(&asked, "the other")), (0, 1));
    let asks = ask(&ear.handle(), 9);
    ear.item("it was held");
    ear.item("so was the other");
    assert_eq!(soon(&asked, "one of them") + soon(&asked, "the other"), 1);
    send[0].send(21).expect("it waits");
    assert_eq!(ear.item("it comes on a thread of its own"), 21);
    drop(send);
    assert_eq!(ear.rest(), [0; 0]);
    asks.join().expect("no panic");
}

#[test]
fn what_is_held_goes_out_on_a_request_from_elsewhere_while_an_upstream_waits() {
    let (send, [left, right], asked) = waiting();
    send[0].send(10).expect("it waits");
    send[1].send(20).expect("it waits");
    let (down, ear) = handed(0);
    iter(left).merge(iter(right)).prefetch(1).subscribe(down);
    assert_eq!((soon(&asked, "one"), soon(&asked, "the other")), (0, 1));
    let handle = ear.handle();
    let one = ask(&handle, 2);
    let first = ear.item("it was held");
    soon(&asked, "the first thread is in an upstream");
    let other = ask(&handle, 1);
    assert_eq!(sorted(vec![first, ear.item("so was the other")]), [10, 20]);
    drop(send);
    assert_eq!(ear.rest(), [0; 0]);
    one.join().expect("no panic");
    other.join().expect("no panic");
}

#[test]
fn a_pair_that_is_held_goes_out_on_a_request_from_elsewhere_while_an_input_waits() {
    if shim::fuzzing() {
        return; // it expects that no input is asked before a quarter is due
    }
    let (send, [left], asked) = waiting();
    (0..8).for_each(|n| send[0].send(n).expect("it waits"));
    let (down, ear) = handed(2);
    let runs = spawn(move || iter(left).zip(iter(0..100)).prefetch(8).subscribe(down));
    assert_eq!((ear.item("the first"), ear.item("the second")), ((0, 0), (1, 1)));
    for _ in 0..9 {
        soon(&asked, "the last time, it waits");
    }
    let asks = ask(&ear.handle(), 1);
    assert_eq!(ear.item("the third is held"), (2, 2));
    asks.join().expect("no panic");
    drop(send);
    let asks = ask(&ear.handle(), 100);
    assert!(ear.rest().into_iter().eq((3..8).map(|n| (n, n))));
    runs.join().expect("no panic");
    asks.join().expect("no panic");
}

/// What downstream hears last of pairs in whose subscription a call unwinds.
fn last_of_an_unwinding<P, Q>(left: P, right: Q) -> Option<Heard<(u32, u32)>>
where
    P: Publisher<Item = u32, Error = Infallible>,
    Q: Publisher<Item = u32, Error = Infallible>,
{
    let unwinding = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&unwinding);
    let (down, ear) = handed(1000);
    let flow = Flow::from(left).zip(right).inspect(move |_| {
        counts.fetch_add(std::thread::panicking().into(), SeqCst);
    });
    assert!(catch_unwind(AssertUnwindSafe(|| flow.subscribe(down))).is_err());
    assert_eq!(unwinding.load(SeqCst), 0);
    ear.heard.try_iter().last()
}

#[test]
fn nothing_is_delivered_while_a_call_unwinds() {
    assert_eq!(last_of_an_unwinding(Panics(iter(0..100)), iter(0..100)), Some(Heard::Dropped));
    // Here all pairs go out before.
    assert_eq!(last_of_an_unwinding(iter(0..100), Panics(iter(0..100))), Some(Heard::Complete));
}

/// Yields to other threads at places that differ from run to run.
fn uneven(seed: u64) -> impl Fn(u32) -> u32 + Clone + Send + 'static {
    let state = Arc::new(AtomicU64::new(seed));
    move |n| {
        let mixed = state.fetch_add(0x9E37_79B9_7F4A_7C15, SeqCst).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        if (mixed >> 32).is_multiple_of(3) {
            yield_now();
        }
        n
    }
}

/// Two threads ask while a third one subscribes. All items up to `most` come, each once.
fn check_two_that_ask(flow: Flow<BoxPublisher<u32, Infallible>>, most: u32, step: u64) {
    let (down, ear): (_, Ear<u32>) = handed(0);
    let asked = AtomicU64::new(0);
    scope(|scope| {
        scope.spawn(move || flow.subscribe(down));
        let handle = ear.handle();
        for step in [step, step + 1] {
            let (handle, asked) = (Arc::clone(&handle), &asked);
            scope.spawn(move || {
                while asked.fetch_add(step, SeqCst) < u64::from(most) + step {
                    handle.request(Demand::of(step));
                    yield_now();
                }
            });
        }
    });
    assert!(sorted(ear.rest()).into_iter().eq(0..most));
}

#[test]
fn no_item_is_lost_or_doubled_while_two_threads_ask_and_a_third_subscribes() {
    for round in 0..20 {
        let (prefetch, step) = (1 + round % 4, 1 + round as u64 % 3);
        let slow = uneven(round as u64);
        let inner = slow.clone();
        let opened = iter((0..40).map(slow.clone()))
            .flat_map_unordered(3, move |n| iter((n * 5..n * 5 + 5).map(inner.clone())));
        check_two_that_ask(opened.prefetch(prefetch).boxed(), 200, step);
        let merged = merge_all((0..3).map(|n| iter((n * 40..n * 40 + 40).map(slow.clone()))));
        check_two_that_ask(merged.prefetch(prefetch).boxed(), 120, step);
        let zipped = iter((0..60).map(slow.clone())).zip(iter((0..70).map(slow))).prefetch(prefetch);
        let same = zipped.map(|(left, right)| {
            assert_eq!(left, right);
            left
        });
        check_two_that_ask(same.boxed(), 60, step);
    }
}
