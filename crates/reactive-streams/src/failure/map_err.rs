//! Turns the failure into another.
//!
//! ```text
//! in      a--b--x
//! out     a--b--X
//! ```
//!
//! Driver: step.

use crate::Flow;
use crate::driver::step::{Logic, Stage, Step};
use reactive_streams_core::{Publisher, Subscriber};
use std::fmt;
use std::marker::PhantomData;

impl<P: Publisher> Flow<P> {
    /// Turns the error, if it comes, into `f(error)`.
    ///
    /// # Demand
    ///
    /// Passes through.
    ///
    /// # Completion and errors
    ///
    /// Completion passes through, and errors through `f`, with the demand that was not used.
    ///
    /// # Cancellation
    ///
    /// Passes through.
    ///
    /// # Panics
    ///
    /// A panic of `f` drops downstream and unwinds to who asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::fail;
    /// use reactive_streams_test::probe;
    ///
    /// let probe = probe(fail::<u32, _>("404").map_err(|code| code.parse::<u32>()));
    /// assert_eq!(probe.error(), Some(Ok(404)));
    /// ```
    #[inline]
    pub fn map_err<F, E>(self, f: F) -> Flow<MapErr<P, F>>
    where
        F: FnOnce(P::Error) -> E + Send + 'static,
        E: Send + 'static,
    {
        Flow::from(MapErr { source: self.publisher, f })
    }
}

/// See [`Flow::map_err`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct MapErr<P, F> {
    source: P,
    f: F,
}

impl<P: fmt::Debug, F> fmt::Debug for MapErr<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapErr").field("source", &self.source).finish_non_exhaustive()
    }
}

impl<P, F, E> Publisher for MapErr<P, F>
where
    P: Publisher,
    F: FnOnce(P::Error) -> E + Send + 'static,
    E: Send + 'static,
{
    type Item = P::Item;
    type Error = E;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = E> + Send + 'static,
    {
        self.source.subscribe(Stage::new(Translate { f: self.f, types: PhantomData }, subscriber));
    }
}

struct Translate<F, T, E> {
    f: F,
    types: PhantomData<fn(E) -> T>,
}

impl<F, T, E, U> Logic for Translate<F, T, E>
where
    F: FnOnce(E) -> U + Send + 'static,
    T: Send + 'static,
    E: 'static,
    U: Send + 'static,
{
    type In = T;
    type InError = E;
    type Out = T;
    type Error = U;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        Step::Emit(item)
    }

    fn on_error(self, error: E) -> U {
        (self.f)(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_pass_and_the_error_is_translated() {
        let mut logic = Translate { f: |n: u8| u32::from(n) + 1, types: PhantomData::<fn(u8) -> char> };
        assert!(matches!(logic.on_next('a'), Step::Emit('a')));
        assert_eq!(logic.on_error(1), 2);
    }
}
