//! Folds all items into one value.

use crate::Flow;
use crate::sink::terminal::{Consume, Terminal};
use reactive_streams_core::Publisher;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

impl<P: Publisher> Flow<P> {
    /// Folds all items into one value, starting with `initial`.
    ///
    /// # Demand
    ///
    /// Everything at once when blocking, slices when awaited: see [`Terminal`].
    ///
    /// # Completion and errors
    ///
    /// Ends with upstream; without items, with `initial`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future cancels upstream.
    ///
    /// # Panics
    ///
    /// A panic of `f` cancels upstream and unwinds to who asked. Also when the pipeline was abandoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// assert_eq!(iter(1..=4).fold(0, |sum, n| sum + n).block(), Ok(10));
    /// ```
    #[inline]
    pub fn fold<A, F>(self, initial: A, f: F) -> Terminal<P, Fold<A, F, P::Item>>
    where
        A: Send + 'static,
        F: FnMut(A, P::Item) -> A + Send + 'static,
    {
        Terminal::new(self.publisher, Fold { value: Some(initial), f, item: PhantomData })
    }
}

/// See [`Flow::fold`].
pub struct Fold<A, F, T> {
    /// Gone only while `f` has it.
    value: Option<A>,
    f: F,
    item: PhantomData<fn(T)>,
}

impl<A, F, T> fmt::Debug for Fold<A, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fold { .. }")
    }
}

impl<A, F, T> Consume for Fold<A, F, T>
where
    A: Send + 'static,
    F: FnMut(A, T) -> A + Send + 'static,
    T: 'static,
{
    type Item = T;
    type Output = A;

    #[inline]
    fn item(&mut self, item: T) -> ControlFlow<()> {
        self.value = self.value.take().map(|value| (self.f)(value, item));
        ControlFlow::Continue(())
    }

    fn finish(self) -> A {
        self.value.expect("the closure returned the value, or unwound")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_goes_through_the_closure() {
        let mut consume =
            Fold { value: Some(1), f: |value: u32, item: u32| value * 10 + item, item: PhantomData };
        assert!(consume.item(2).is_continue());
        assert!(consume.item(3).is_continue());
        assert_eq!(consume.finish(), 123);
    }
}
