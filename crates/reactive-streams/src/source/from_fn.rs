//! Items of a closure.
//!
//! ```text
//! demand  2------1---1-
//! out     a-b----c---|
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;

/// The items that `next` returns, until it returns `None`.
///
/// # Demand
///
/// One call for each unit.
///
/// # Completion and errors
///
/// Completes when `next` returns `None`, which it is asked under demand only; that unit is left unused. It cannot
/// fail.
///
/// # Cancellation
///
/// `next` is not called again, and dropped.
///
/// # Panics
///
/// A panic of `next` cancels the subscription and unwinds to who asked.
///
/// # Examples
///
/// ```
/// use reactive_streams::from_fn;
/// use reactive_streams_test::probe;
///
/// let mut count = 0;
/// let probe = probe(from_fn(move || {
///     count += 1;
///     (count < 3).then_some(count)
/// }));
/// probe.request(2);
/// assert_eq!((probe.items(), probe.is_complete()), (vec![1, 2], false));
/// probe.request(1);
/// assert!(probe.is_complete());
/// ```
#[inline]
pub fn from_fn<F, T>(next: F) -> Flow<FromFn<F>>
where
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    Flow::from(FromFn { next })
}

/// See [`from_fn`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FromFn<F> {
    next: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn { .. }")
    }
}

impl<F, T> Publisher for FromFn<F>
where
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    type Item = T;
    type Error = Infallible;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = T, Error = Infallible> + Send + 'static,
    {
        pull::subscribe(self, subscriber);
    }
}

impl<F, T> Pull for FromFn<F>
where
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    type Item = T;
    type Error = Infallible;

    #[inline]
    fn pull(&mut self) -> Pulled<T, Infallible> {
        (self.next)().map_or(Pulled::End, Pulled::Item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_the_end_and_is_only_known_by_asking() {
        let mut items = vec![1];
        let mut source = FromFn { next: move || items.pop() };
        assert!(matches!(source.pull(), Pulled::Item(1)));
        assert!(source.end().is_none());
        assert!(matches!(source.pull(), Pulled::End));
    }
}
