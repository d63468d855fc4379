//! Subscribers that ask in one pattern or another, and sum up.
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]

use reactive_streams::{Demand, Flow, Handle, Publisher, Subscriber, Subscription};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How a subscriber asks: a pattern is a type, so that each is compiled by itself, as in an application.
pub trait Pattern: Send + 'static {
    const FIRST: Option<Demand>;
    /// Items after which it asks again, for as many; none if it need not.
    const REFILL: Option<u64> = None;
    /// Whether somebody holds the handle meanwhile, so that there is a link to look at.
    const HELD: bool = false;
}

/// The same with the handle held elsewhere.
#[derive(Debug)]
pub struct Held<D>(PhantomData<D>);

#[derive(Debug)]
pub struct Unbounded;

#[derive(Debug)]
pub struct OneByOne;

/// 128, refilled at three quarters.
#[derive(Debug)]
pub struct Batches;

/// One, and whoever has the handle asks for more.
#[derive(Debug)]
pub struct Waits;

/// Whoever has the handle asks.
#[derive(Debug)]
pub struct Nothing;

impl<D: Pattern> Pattern for Held<D> {
    const FIRST: Option<Demand> = D::FIRST;
    const REFILL: Option<u64> = D::REFILL;
    const HELD: bool = true;
}

impl Pattern for Unbounded {
    const FIRST: Option<Demand> = Some(Demand::UNBOUNDED);
}

impl Pattern for OneByOne {
    const FIRST: Option<Demand> = Some(Demand::ONE);
    const REFILL: Option<u64> = Some(1);
}

impl Pattern for Batches {
    const FIRST: Option<Demand> = Some(Demand::of(128));
    const REFILL: Option<u64> = Some(96);
}

impl Pattern for Waits {
    const FIRST: Option<Demand> = Some(Demand::ONE);
    const HELD: bool = true;
}

impl Pattern for Nothing {
    const FIRST: Option<Demand> = None;
    const HELD: bool = true;
}

struct Sum<D> {
    sum: u64,
    used: u64,
    pattern: PhantomData<D>,
}

impl<D: Pattern> Subscriber for Sum<D> {
    type Item = u64;
    type Error = Infallible;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if D::HELD {
            keep(subscription.handle());
        }
        if let Some(first) = D::FIRST {
            subscription.request(first);
        }
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
        // One thread at a time has a subscriber: nothing of the measurement's own is locked.
        RESULT.store(RESULT.load(Relaxed).wrapping_add(self.sum), Relaxed);
    }
}

/// What the subscribers of one run have added up.
static RESULT: AtomicU64 = AtomicU64::new(0);

/// Downstream of all subscribers of this program.
static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);

#[cold]
fn keep(handle: Handle) {
    let earlier = HANDLE.lock().expect("nobody panics").replace(handle);
    drop(earlier);
}

/// The handle of the last subscriber that keeps one.
pub fn handle() -> Handle {
    HANDLE.lock().expect("nobody panics").take().expect("taken in on_subscribe")
}

/// Adds up what the stream brings.
#[inline(always)]
pub fn sum<D: Pattern>(flow: Flow<impl Publisher<Item = u64, Error = Infallible>>) {
    flow.subscribe(Sum { sum: 0, used: 0, pattern: PhantomData::<D> });
}

/// What has been added up since it was last asked.
pub fn result() -> u64 {
    RESULT.swap(0, Relaxed)
}

/// What the stream brings.
#[inline(always)]
pub fn total<D: Pattern>(flow: Flow<impl Publisher<Item = u64, Error = Infallible>>) -> u64 {
    sum::<D>(flow);
    result()
}

/// What the stream brings when it is asked for once it has gone as far as it can.
#[inline(always)]
pub fn total_later(flow: Flow<impl Publisher<Item = u64, Error = Infallible>>) -> u64 {
    sum::<Nothing>(flow);
    handle().request(Demand::UNBOUNDED);
    result()
}
