//! Counts the items.

use crate::Flow;
use crate::sink::terminal::{Consume, Terminal};
use reactive_streams_core::Publisher;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

impl<P: Publisher> Flow<P> {
    /// Counts the items.
    ///
    /// # Demand
    ///
    /// Everything at once when blocking, slices when awaited: see [`Terminal`].
    ///
    /// # Completion and errors
    ///
    /// Ends with upstream.
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
    /// assert_eq!(iter(0..9).filter(|n| n % 3 == 0).count().block(), Ok(3));
    /// ```
    #[inline]
    pub fn count(self) -> Terminal<P, Count<P::Item>> {
        Terminal::new(self.publisher, Count { count: 0, item: PhantomData })
    }
}

/// See [`Flow::count`].
pub struct Count<T> {
    count: u64,
    item: PhantomData<fn(T)>,
}

impl<T> fmt::Debug for Count<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Count { .. }")
    }
}

impl<T: 'static> Consume for Count<T> {
    type Item = T;
    type Output = u64;

    #[inline]
    fn item(&mut self, item: T) -> ControlFlow<()> {
        drop(item);
        self.count += 1;
        ControlFlow::Continue(())
    }

    fn finish(self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_counts() {
        let mut consume = Count { count: 0, item: PhantomData };
        assert!(consume.item("a").is_continue());
        assert_eq!(consume.finish(), 1);
    }
}
