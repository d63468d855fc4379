//! This crate, under three patterns of demand.
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]

use reactive_streams::{Demand, Flow, Handle, Publisher, Subscriber, Subscription, iter, once};
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// How a subscriber asks: a pattern is a type, so that each is compiled by itself, as in an application.
pub trait Pattern: Send + 'static {
    const FIRST: Demand;
    /// Items after which it asks again, for as many; none if it need not.
    const REFILL: Option<u64>;
    /// Whether somebody holds the handle meanwhile, so that there is a link to look at.
    const HELD: bool = false;
}

/// The same with the handle held elsewhere.
#[derive(Debug)]
pub struct Held<D>(std::marker::PhantomData<D>);

impl<D: Pattern> Pattern for Held<D> {
    const FIRST: Demand = D::FIRST;
    const REFILL: Option<u64> = D::REFILL;
    const HELD: bool = true;
}

/// Downstream of all subscribers of this program.
static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);

#[derive(Debug)]
pub struct Unbounded;

#[derive(Debug)]
pub struct OneByOne;

#[derive(Debug)]
pub struct Batches;

impl Pattern for Unbounded {
    const FIRST: Demand = Demand::UNBOUNDED;
    const REFILL: Option<u64> = None;
}

impl Pattern for OneByOne {
    const FIRST: Demand = Demand::ONE;
    const REFILL: Option<u64> = Some(1);
}

/// 128, refilled at three quarters.
impl Pattern for Batches {
    const FIRST: Demand = Demand::of(128);
    const REFILL: Option<u64> = Some(96);
}

struct Sum<D> {
    sum: u64,
    used: u64,
    result: Arc<AtomicU64>,
    pattern: std::marker::PhantomData<D>,
}

impl<D: Pattern> Subscriber for Sum<D> {
    type Item = u64;
    type Error = Infallible;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if D::HELD {
            keep(subscription.handle());
        }
        subscription.request(D::FIRST);
    }

    #[inline]
    fn on_next(&mut self, item: u64, subscription: &mut Subscription) {
        self.sum = self.sum.wrapping_add(item);
        if let Some(refill) = D::REFILL {
            self.used += 1;
            if self.used == refill {
                self.used = 0;
                subscription.request(Demand::of(refill));
            }
        }
    }

    #[inline]
    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    #[inline]
    fn on_complete(self, _unused: Option<Demand>) {
        self.result.fetch_add(self.sum, Relaxed);
    }
}

#[cold]
fn keep(handle: Handle) {
    let earlier = HANDLE.lock().expect("nobody panics").replace(handle);
    drop(earlier);
}

#[inline(always)]
fn sum<D: Pattern>(result: &Arc<AtomicU64>, flow: Flow<impl Publisher<Item = u64, Error = Infallible>>) {
    let subscriber =
        Sum { sum: 0, used: 0, result: Arc::clone(result), pattern: std::marker::PhantomData::<D> };
    flow.subscribe(subscriber);
}

fn result(run: impl FnOnce(&Arc<AtomicU64>)) -> u64 {
    let result = Arc::new(AtomicU64::new(0));
    run(&result);
    result.load(Relaxed)
}

#[inline(never)]
pub fn map_filter_map<D: Pattern>(n: u64) -> u64 {
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
    result(|to| sum::<D>(to, flow))
}

/// One item for each call of the handle: the publisher is parked and resumed each time.
#[inline(never)]
pub fn park_and_resume(n: u64) -> u64 {
    struct Waits;
    impl Pattern for Waits {
        const FIRST: Demand = Demand::ONE;
        const REFILL: Option<u64> = None;
        const HELD: bool = true;
    }
    let flow = iter(0..n).map(|i| black_box(i).wrapping_mul(3)).filter(|x| x & 1 == 0).map(|x| x ^ 5);
    result(|to| {
        sum::<Waits>(to, flow);
        let handle = HANDLE.lock().expect("nobody panics").take().expect("taken in on_subscribe");
        (0..n / 2).for_each(|_| handle.request(Demand::ONE));
    })
}

#[inline(never)]
pub fn ten_maps<D: Pattern>(n: u64) -> u64 {
    let flow = iter(0..n)
        .map(|i| black_box(i) ^ 0x55)
        .map(|x| x.wrapping_mul(3))
        .map(|x| x.rotate_left(5))
        .map(|x| x ^ 0x77)
        .map(|x| x.wrapping_mul(7))
        .map(|x| x.rotate_left(9))
        .map(|x| x ^ 0x99)
        .map(|x| x.wrapping_mul(11))
        .map(|x| x.rotate_left(3))
        .map(|x| x ^ 0x1234);
    result(|to| sum::<D>(to, flow))
}

#[inline(never)]
pub fn one_item(n: u64) -> u64 {
    result(|to| (0..n).for_each(|i| sum::<Unbounded>(to, once(black_box(i)))))
}

#[inline(never)]
pub fn flat_map_one(n: u64) -> u64 {
    result(|to| sum::<Unbounded>(to, iter(0..n).flat_map(|i| iter([black_box(i)]))))
}

#[inline(never)]
pub fn flat_map_iter_one(n: u64) -> u64 {
    result(|to| sum::<Unbounded>(to, iter(0..n).flat_map_iter(|i| [black_box(i)])))
}
