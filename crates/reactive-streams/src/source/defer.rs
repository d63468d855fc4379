//! A publisher that is made when it is subscribed to.
//!
//! It hands the subscriber over to what the closure makes; so it needs no driver.

use crate::Flow;
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;

/// What `make` returns, made at the subscription: fresh state for each subscriber of a clone.
///
/// # Demand
///
/// That of the publisher made; so are completion, errors and cancellation.
///
/// # Panics
///
/// A panic of `make` unwinds to who subscribed; the subscriber is dropped.
///
/// # Examples
///
/// ```
/// use reactive_streams::{defer, iter};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// static MADE: AtomicU32 = AtomicU32::new(0);
/// let numbers = defer(|| iter(0..=MADE.fetch_add(1, Relaxed)));
/// assert_eq!(numbers.clone().collect::<Vec<_>>().block(), Ok(vec![0]));
/// assert_eq!(numbers.collect::<Vec<_>>().block(), Ok(vec![0, 1]));
/// ```
#[inline]
pub fn defer<F, P>(make: F) -> Flow<Defer<F>>
where
    F: FnOnce() -> P,
    P: Publisher,
{
    Flow::from(Defer { make })
}

/// See [`defer`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Defer<F> {
    make: F,
}

impl<F> fmt::Debug for Defer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Defer { .. }")
    }
}

impl<F, P> Publisher for Defer<F>
where
    F: FnOnce() -> P,
    P: Publisher,
{
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        (self.make)().subscribe(subscriber);
    }
}
