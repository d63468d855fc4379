//! Items of an iterator, each computed when it is asked for.
//!
//! ```text
//! demand  2------1---------
//! out     a-b----c|
//! ```
//!
//! Driver: pull.

use crate::Flow;
use crate::driver::pull::{self, Pull, Pulled};
use reactive_streams_core::{Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

/// The items of `items`, in order. The iterator's `next` is called once for each item asked for.
///
/// # Demand
///
/// One `next` for each unit.
///
/// # Completion and errors
///
/// Completes without demand once the iterator's `size_hint` says that nothing is left, otherwise when `next`
/// returns `None`. It cannot fail.
///
/// # Cancellation
///
/// The iterator is not called again, and dropped.
///
/// # Panics
///
/// A panic of the iterator cancels the subscription and unwinds to who asked.
///
/// # Examples
///
/// ```
/// use reactive_streams::iter;
/// use reactive_streams_test::probe;
///
/// let probe = probe(iter([1, 2, 3]));
/// probe.request(2);
/// assert_eq!(probe.items(), [1, 2]);
/// probe.request(1);
/// assert_eq!((probe.items(), probe.is_complete()), (vec![3], true));
/// ```
#[inline]
pub fn iter<I>(items: I) -> Flow<Iter<I::IntoIter>>
where
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
{
    Flow::from(Iter::new(items))
}

/// See [`iter`]. It never fails, whatever its error type is.
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Iter<I, E = Infallible> {
    items: I,
    error: PhantomData<fn() -> E>,
}

impl<I, E> Iter<I, E> {
    #[inline]
    pub(crate) fn new(items: impl IntoIterator<IntoIter = I>) -> Self {
        Self { items: items.into_iter(), error: PhantomData }
    }
}

impl<I: Clone, E> Clone for Iter<I, E> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), error: PhantomData }
    }
}

impl<I, E> fmt::Debug for Iter<I, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iter { .. }")
    }
}

impl<I, E> Publisher for Iter<I, E>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    type Item = I::Item;
    type Error = E;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = E> + Send + 'static,
    {
        pull::subscribe(self, subscriber);
    }
}

impl<I, E> Pull for Iter<I, E>
where
    I: Iterator<Item: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    type Item = I::Item;
    type Error = E;

    #[inline]
    fn pull(&mut self) -> Pulled<I::Item, E> {
        self.items.next().map_or(Pulled::End, Pulled::Item)
    }

    #[inline]
    fn end(&mut self) -> Option<Result<(), E>> {
        (self.items.size_hint().1 == Some(0)).then_some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_known_from_the_size_hint_only() {
        let mut sized = Iter::<_>::new([1]);
        assert!(sized.end().is_none());
        assert!(matches!(sized.pull(), Pulled::Item(1)));
        assert!(matches!(sized.end(), Some(Ok(()))));
        let mut unknown = Iter::<_>::new(std::iter::from_fn(|| None::<u32>));
        assert!(unknown.end().is_none());
        assert!(matches!(unknown.pull(), Pulled::End));
    }
}
