//! No items.
//!
//! ```text
//! demand  ---------
//! out     |
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

/// No items.
///
/// # Demand
///
/// None is needed and none is used.
///
/// # Completion and errors
///
/// Completes at once, right after `on_subscribe`. It cannot fail.
///
/// # Cancellation
///
/// A cancel in `on_subscribe` still prevents the completion.
///
/// # Examples
///
/// ```
/// use reactive_streams::empty;
/// use reactive_streams_test::probe;
///
/// assert!(probe(empty::<u32>()).is_complete());
/// ```
#[inline]
pub fn empty<T: Send + 'static>() -> Flow<Empty<T>> {
    Flow::from(Empty { item: PhantomData })
}

/// See [`empty`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Empty<T> {
    item: PhantomData<fn() -> T>,
}

impl<T> Clone for Empty<T> {
    fn clone(&self) -> Self {
        Self { item: PhantomData }
    }
}

impl<T> fmt::Debug for Empty<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Empty")
    }
}

impl<T: Send + 'static> Publisher for Empty<T> {
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

impl<T: Send + 'static> Pull for Empty<T> {
    type Item = T;
    type Error = Infallible;

    #[inline]
    fn pull(&mut self) -> Pulled<T, Infallible> {
        Pulled::End
    }

    #[inline]
    fn end(&mut self) -> Option<Result<(), Infallible>> {
        Some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_and_without_being_asked() {
        let mut source = Empty::<u32> { item: PhantomData };
        assert!(matches!(source.end(), Some(Ok(()))));
        assert!(matches!(source.pull(), Pulled::End));
    }
}
