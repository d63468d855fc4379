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

/// The items of `items`, in order. The iterator's `next` is called once for each item asked for.
///
/// # Demand
///
/// One `next` for each unit. It completes without demand once the iterator's `size_hint` says that nothing is left.
///
/// # Panics
///
/// A panic of the iterator cancels the subscription and unwinds to who asked.
///
/// # Examples
///
/// ```
/// use reactive_streams::iter;
///
/// assert_eq!(iter([1, 2, 3]).collect::<Vec<_>>().block(), Ok(vec![1, 2, 3]));
/// ```
#[inline]
pub fn iter<I>(items: I) -> Flow<Iter<I::IntoIter>>
where
    I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'static>,
{
    Flow::from(Iter { items: items.into_iter() })
}

/// See [`iter`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Iter<I> {
    items: I,
}

impl<I> fmt::Debug for Iter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iter { .. }")
    }
}

impl<I: Iterator<Item: Send + 'static> + Send + 'static> Publisher for Iter<I> {
    type Item = I::Item;
    type Error = Infallible;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = Infallible> + Send + 'static,
    {
        pull::subscribe(self, subscriber);
    }
}

impl<I: Iterator<Item: Send + 'static> + Send + 'static> Pull for Iter<I> {
    type Item = I::Item;
    type Error = Infallible;

    #[inline]
    fn pull(&mut self) -> Pulled<I::Item, Infallible> {
        self.items.next().map_or(Pulled::End, Pulled::Item)
    }

    fn is_at_end(&self) -> bool {
        self.items.size_hint().1 == Some(0)
    }
}
