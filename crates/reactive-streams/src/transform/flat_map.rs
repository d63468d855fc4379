//! Turns each item into a publisher, one after the other.
//!
//! ```text
//! in      a--------b----|
//! f(a)    a1-a2-|
//! f(b)             b1-|
//! out     a1-a2----b1---|
//! ```
//!
//! Driver: baton.

use crate::Flow;
use crate::driver::baton::{self, After, Course};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns each item into a publisher and passes on what these emit, one publisher after the other, in order.
    /// For several at a time see `flat_map_unordered`; for plain collections `flat_map_iter` is faster.
    ///
    /// # Demand
    ///
    /// Asks upstream for one item at a time. Downstream's demand goes to the inner publisher of the moment, and what
    /// one leaves unused to the next.
    ///
    /// # Completion and errors
    ///
    /// Completes when upstream and the last inner have. An error of an inner cancels upstream; an error of upstream
    /// waits for the inner of the moment.
    ///
    /// # Cancellation
    ///
    /// Cancels the inner of the moment, and upstream.
    ///
    /// # Panics
    ///
    /// A panic of `f` cancels both and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// let flow = iter([1, 2, 3]).flat_map(|n| iter(0..n));
    /// assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![0, 0, 1, 0, 1, 2]));
    /// ```
    pub fn flat_map<F, Q>(self, f: F) -> Flow<FlatMap<P, F>>
    where
        F: FnMut(P::Item) -> Q + Send + 'static,
        Q: Publisher<Error = P::Error> + Send + 'static,
    {
        Flow::from(FlatMap { source: self.publisher, f })
    }
}

/// See [`Flow::flat_map`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct FlatMap<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for FlatMap<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatMap").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, Q> Publisher for FlatMap<P, F>
where
    P: Publisher,
    F: FnMut(P::Item) -> Q + Send + 'static,
    Q: Publisher<Error = P::Error> + Send + 'static,
{
    type Item = Q::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Q::Item, Error = P::Error> + Send + 'static,
    {
        let course = Flattened { f: self.f, types: PhantomData };
        if let Some(outer) = baton::outer(course, subscriber) {
            self.source.subscribe(outer);
        }
    }
}

struct Flattened<F, T, Q> {
    f: F,
    types: PhantomData<fn(T) -> Q>,
}

impl<F, T, Q> Course for Flattened<F, T, Q>
where
    F: FnMut(T) -> Q + Send + 'static,
    T: Send + 'static,
    Q: Publisher + 'static,
{
    type Mail = T;
    type Inner = Q;
    type Error = Q::Error;

    fn next(&mut self, item: T) -> Q {
        (self.f)(item)
    }

    fn after(&mut self, end: Result<(), Q::Error>) -> After<Self> {
        end.map_or_else(After::Fail, |()| After::Outer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fail;

    #[test]
    fn an_inner_that_fails_ends_it_and_one_that_completes_makes_room() {
        let mut course = Flattened { f: |n: u32| fail::<u32, u32>(n), types: PhantomData };
        assert!(matches!(course.after(Ok(())), After::Outer));
        assert!(matches!(course.after(Err(7)), After::Fail(7)));
    }
}
