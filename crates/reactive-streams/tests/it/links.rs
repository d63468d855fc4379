//! A canceller that downstream once took leads to whatever publisher runs now, and no longer than somebody may ask.

use crate::listener::{Heard, listener};
use reactive_streams::{
    Canceller, Demand, Flow, Overflow, Publisher, Subscription, defer, fail, iter, pending,
};
use std::convert::Infallible;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};

/// `first`, and then a second publisher that has downstream cancelled before its third item. Downstream takes nothing
/// but a canceller, at its item number `taken`, or before all.
fn cancelled_in_the_second<P>(first: Flow<P>, taken: u32) -> Vec<Heard<u32>>
where
    P: Publisher<Item = u32, Error = Infallible> + Send + 'static,
{
    let canceller = Arc::new(OnceLock::<Canceller>::new());
    let cancels = Arc::clone(&canceller);
    let second = iter((10..15).inspect(move |n| {
        if *n == 12 {
            canceller.get().into_iter().for_each(Canceller::cancel);
        }
    }));
    let (down, heard) = listener(move |items, subscription: &mut Subscription| {
        if items == taken {
            cancels.set(subscription.canceller()).expect("once");
        }
        if items == 0 {
            subscription.request(Demand::UNBOUNDED);
        }
    });
    first.chain(second).subscribe(down);
    heard.try_iter().collect()
}

/// Whenever downstream takes its canceller in the first publisher, that one reaches the second.
fn keeps_the_link<P>(what: &str, first: impl Fn() -> Flow<P>)
where
    P: Publisher<Item = u32, Error = Infallible> + Send + 'static,
{
    for taken in 0.. {
        let heard = cancelled_in_the_second(first(), taken);
        let of_the_first = heard.iter().filter(|heard| matches!(heard, Heard::Item(0..10))).count();
        if taken as usize > of_the_first {
            assert!(taken > 1, "{what}: an item of the first goes out");
            return;
        }
        assert!(!heard.contains(&Heard::Item(13)), "{what}, taken at {taken}: {heard:?}");
        assert_eq!(heard.last(), Some(&Heard::Dropped), "{what}, taken at {taken}");
    }
}

#[test]
fn a_canceller_lives_on_after_what_sees_the_excess() {
    keeps_the_link("on_backpressure_drop", || iter(0..3).on_backpressure_drop(|_| ()));
    keeps_the_link("then take", || iter(0..9).on_backpressure_drop(|_| ()).take(3));
    keeps_the_link("after chunks", || {
        iter(0..5).chunks(2).on_backpressure_drop(|_| ()).map(|chunk| chunk[0])
    });
}

#[test]
fn a_canceller_that_is_taken_with_an_incomplete_chunk_lives_on() {
    keeps_the_link("chunks", || iter(0..3).chunks(2).map(|chunk| chunk[0]));
    keeps_the_link("after take", || iter(0..5).take(3).chunks(2).map(|chunk| chunk[0]));
    keeps_the_link("after a hook", || {
        iter(0..5).on_backpressure_drop(|_| ()).chunks(2).map(|chunk| chunk[0])
    });
    keeps_the_link("in flat_map", || iter(0..2).flat_map(|_| iter(0..3).chunks(2).map(|chunk| chunk[0])));
}

#[test]
fn a_canceller_lives_on_after_each_operator() {
    keeps_the_link("iter", || iter(0..3));
    keeps_the_link("map", || iter(0..3).map(|n| n));
    keeps_the_link("scan", || iter(0..3).scan(0, |_, n| Some(n)));
    keeps_the_link("take", || iter(0..9).take(3));
    keeps_the_link("take_while", || iter(0..3).take_while(|n| *n < 2));
    keeps_the_link("take_until", || iter(0..2).take_until(pending::<u32>()));
    keeps_the_link("buffer", || iter(0..3).buffer(2));
    keeps_the_link("conflate", || iter(0..3).conflate(|_, new| new));
    keeps_the_link("latest", || iter(0..3).latest());
    keeps_the_link("limit_rate", || iter(0..3).limit_rate(2, 1));
    keeps_the_link("share", || iter(0..2).share(3, Overflow::Wait));
    keeps_the_link("flat_map", || iter(0..2).flat_map(|_| iter(0..2)));
    keeps_the_link("flat_map_iter", || iter(0..2).flat_map_iter(|_| 0..2));
    keeps_the_link("flat_map_unordered", || iter(0..2).flat_map_unordered(2, |_| iter(0..2)));
    keeps_the_link("merge", || iter(0..2).merge(iter(0..2)));
    keeps_the_link("zip", || iter(0..2).zip(iter(0..2)).map(|(left, _)| left));
    keeps_the_link("chain", || iter(0..2).chain(iter(0..2)));
    keeps_the_link("defer", || defer(|| iter(0..2)));
    keeps_the_link("boxed", || iter(0..2).boxed());
    keeps_the_link("or_else", || fail::<u32, u8>(1).or_else(|_| iter(0..2)));
}

/// What a downstream that asks for nothing hears once the canceller that it took is gone.
fn once_the_canceller_is_gone<P>(flow: Flow<P>) -> Vec<Heard<u32>>
where
    P: Publisher<Item = u32, Error = Infallible>,
{
    let (hand, canceller) = channel();
    let (down, heard) = listener(move |_, subscription: &mut Subscription| {
        hand.send(subscription.canceller()).expect("the test keeps the other end");
    });
    flow.subscribe(down);
    drop(canceller.recv().expect("it was taken"));
    heard.try_iter().collect()
}

#[test]
fn who_can_never_ask_is_dropped() {
    assert_eq!(once_the_canceller_is_gone(pending().buffer(2)), [Heard::Dropped]);
    assert_eq!(once_the_canceller_is_gone(pending().on_backpressure_drop(|_| ())), [Heard::Dropped]);
}
