//! One item.
//!
//! ```text
//! demand  ---1-----
//! out     ---a|
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;

/// `item`, and nothing else.
///
/// # Demand
///
/// The item waits for one unit.
///
/// # Completion and errors
///
/// Completes right after the item. It cannot fail.
///
/// # Cancellation
///
/// The item is dropped.
///
/// # Examples
///
/// ```
/// use reactive_streams::{Demand, once};
/// use reactive_streams_test::probe;
///
/// let probe = probe(once("a"));
/// assert!(!probe.is_complete());
/// probe.request(3);
/// assert_eq!((probe.items(), probe.is_complete(), probe.unused()), (vec!["a"], true, Demand::new(2)));
/// ```
#[inline]
pub fn once<T: Send + 'static>(item: T) -> Flow<Once<T>> {
    Flow::from(Once { item: Some(item) })
}

/// See [`once`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Once<T> {
    item: Option<T>,
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once { .. }")
    }
}

impl<T: Send + 'static> Publisher for Once<T> {
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

impl<T: Send + 'static> Pull for Once<T> {
    type Item = T;
    type Error = Infallible;

    #[inline]
    fn pull(&mut self) -> Pulled<T, Infallible> {
        self.item.take().map_or(Pulled::End, Pulled::Item)
    }

    #[inline]
    fn end(&mut self) -> Option<Result<(), Infallible>> {
        self.item.is_none().then_some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_known_after_the_item() {
        let mut source = Once { item: Some(7) };
        assert!(source.end().is_none());
        assert!(matches!(source.pull(), Pulled::Item(7)));
        assert!(matches!(source.end(), Some(Ok(()))));
        assert!(matches!(source.pull(), Pulled::End));
    }
}
