//! The first item.

use crate::Flow;
use crate::sink::terminal::{Consume, Terminal};
use reactive_streams_core::{Demand, Publisher};
use std::fmt;
use std::ops::ControlFlow;

impl<P: Publisher> Flow<P> {
    /// The first item, or `None` when there is none.
    ///
    /// # Demand
    ///
    /// One.
    ///
    /// # Completion and errors
    ///
    /// Ends at the first item, or with upstream.
    ///
    /// # Cancellation
    ///
    /// The first item cancels upstream, and so does dropping the future.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{empty, iter};
    ///
    /// assert_eq!(iter(7..).first().block(), Ok(Some(7)));
    /// assert_eq!(empty::<u32>().first().block(), Ok(None));
    /// ```
    #[inline]
    pub fn first(self) -> Terminal<P, First<P::Item>> {
        Terminal::new(self.publisher, First { item: None })
    }
}

/// See [`Flow::first`].
pub struct First<T> {
    item: Option<T>,
}

impl<T> fmt::Debug for First<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("First { .. }")
    }
}

impl<T> Consume for First<T>
where
    T: Send + 'static,
{
    type Item = T;
    type Output = Option<T>;
    const DEMAND: Demand = Demand::ONE;

    #[inline]
    fn item(&mut self, item: T) -> ControlFlow<()> {
        self.item = Some(item);
        ControlFlow::Break(())
    }

    fn finish(self) -> Option<T> {
        self.item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_item_is_enough() {
        let mut consume = First { item: None };
        assert!(consume.item(7).is_break());
        assert_eq!(consume.finish(), Some(7));
    }
}
