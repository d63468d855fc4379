//! Looks at each item on its way.
//!
//! ```text
//! in      a--b--c-|
//! out     a--b--c-|
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Calls `f` with each item, right before it is passed on.
    ///
    /// # Demand
    ///
    /// Passes through.
    ///
    /// # Completion and errors
    ///
    /// Pass through.
    ///
    /// # Cancellation
    ///
    /// Passes through.
    ///
    /// # Panics
    ///
    /// A panic of `f` cancels upstream, drops downstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use reactive_streams_test::probe;
    /// use std::sync::mpsc::channel;
    ///
    /// let (seen, log) = channel();
    /// let probe = probe(iter(1..9).inspect(move |n| seen.send(*n).unwrap()));
    /// probe.request(2);
    /// assert_eq!(log.try_iter().collect::<Vec<_>>(), probe.items());
    /// ```
    #[inline]
    pub fn inspect<F>(self, f: F) -> Flow<Inspect<P, F>>
    where
        F: FnMut(&P::Item) + Send + 'static,
    {
        Flow::from(Inspect { source: self.publisher, f })
    }
}

/// See [`Flow::inspect`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Inspect<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for Inspect<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspect").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F> Publisher for Inspect<P, F>
where
    P: Publisher,
    F: FnMut(&P::Item) + Send + 'static,
{
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Look { f: self.f, types: PhantomData }, subscriber));
    }
}

struct Look<F, T, E> {
    f: F,
    types: PhantomData<fn(T) -> E>,
}

impl<F, T, E> Logic for Look<F, T, E>
where
    F: FnMut(&T) + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = T;
    type Error = E;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        (self.f)(&item);
        Step::Emit(item)
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_seen_and_passed_on() {
        let (sender, seen) = std::sync::mpsc::channel();
        let f = move |n: &u32| sender.send(*n).expect("the test listens");
        let mut logic = Look { f, types: PhantomData::<fn(u32) -> ()> };
        assert!(matches!(logic.on_next(1), Step::Emit(1)));
        assert_eq!(seen.try_recv(), Ok(1));
    }
}
