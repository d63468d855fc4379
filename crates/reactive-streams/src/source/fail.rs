//! A failure.
//!
//! ```text
//! demand  ---------
//! out     X
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

/// No items, and `error`.
///
/// # Demand
///
/// None is needed and none is used.
///
/// # Completion and errors
///
/// Fails at once, right after `on_subscribe`.
///
/// # Cancellation
///
/// A cancel in `on_subscribe` still prevents the failure; the error is dropped.
///
/// # Examples
///
/// ```
/// use reactive_streams::fail;
/// use reactive_streams_test::probe;
///
/// assert_eq!(probe(fail::<u32, _>("broken")).error(), Some("broken"));
/// ```
#[inline]
pub fn fail<T: Send + 'static, E: Send + 'static>(error: E) -> Flow<Fail<T, E>> {
    Flow::from(Fail { error: Some(error), item: PhantomData })
}

/// See [`fail`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Fail<T, E> {
    /// Gone once it was signalled.
    error: Option<E>,
    item: PhantomData<fn() -> T>,
}

impl<T, E: Clone> Clone for Fail<T, E> {
    fn clone(&self) -> Self {
        Self { error: self.error.clone(), item: PhantomData }
    }
}

impl<T, E: fmt::Debug> fmt::Debug for Fail<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fail").field("error", &self.error).finish()
    }
}

impl<T: Send + 'static, E: Send + 'static> Publisher for Fail<T, E> {
    type Item = T;
    type Error = E;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        pull::subscribe(self, subscriber);
    }
}

impl<T: Send + 'static, E: Send + 'static> Pull for Fail<T, E> {
    type Item = T;
    type Error = E;

    #[inline]
    fn pull(&mut self) -> Pulled<T, E> {
        self.error.take().map_or(Pulled::End, Pulled::Fail)
    }

    #[inline]
    fn end(&mut self) -> Option<Result<(), E>> {
        self.error.take().map(Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fails_with_and_without_being_asked() {
        let mut asked = Fail::<u32, _> { error: Some("broken"), item: PhantomData };
        let mut unasked = asked.clone();
        assert!(matches!(asked.pull(), Pulled::Fail("broken")));
        assert!(matches!(unasked.end(), Some(Err("broken"))));
    }
}
