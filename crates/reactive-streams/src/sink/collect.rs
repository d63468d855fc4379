//! Gathers all items into a collection.

use crate::Flow;
use crate::sink::terminal::{Consume, Terminal};
use reactive_streams_core::Publisher;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

impl<P: Publisher> Flow<P> {
    /// Gathers all items into a collection. It grows with the stream: bound it with `take`.
    ///
    /// # Demand
    ///
    /// Everything at once when blocking, slices when awaited: see [`Terminal`].
    ///
    /// # Completion and errors
    ///
    /// Ends with upstream; on an error, what was gathered is dropped.
    ///
    /// # Cancellation
    ///
    /// Dropping the future cancels upstream.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    ///
    /// assert_eq!(iter(0..3).collect::<Vec<_>>().block(), Ok(vec![0, 1, 2]));
    /// ```
    #[inline]
    pub fn collect<C>(self) -> Terminal<P, Collect<C, P::Item>>
    where
        C: Default + Extend<P::Item> + Send + 'static,
    {
        Terminal::new(self.publisher, Collect { gathered: C::default(), item: PhantomData })
    }
}

/// See [`Flow::collect`].
pub struct Collect<C, T> {
    gathered: C,
    item: PhantomData<fn(T)>,
}

impl<C, T> fmt::Debug for Collect<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collect { .. }")
    }
}

impl<C, T> Consume for Collect<C, T>
where
    C: Default + Extend<T> + Send + 'static,
    T: 'static,
{
    type Item = T;
    type Output = C;

    #[inline]
    fn item(&mut self, item: T) -> ControlFlow<()> {
        self.gathered.extend(std::iter::once(item));
        ControlFlow::Continue(())
    }

    fn finish(self) -> C {
        self.gathered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_gathered_in_order() {
        let mut consume = Collect { gathered: String::new(), item: PhantomData };
        assert!(consume.item('a').is_continue());
        assert!(consume.item('b').is_continue());
        assert_eq!(consume.finish(), "ab");
    }
}
