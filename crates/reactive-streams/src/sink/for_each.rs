//! Calls a closure with each item.

use crate::Flow;
use crate::sink::terminal::{Consume, Terminal};
use reactive_streams_core::Publisher;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

impl<P: Publisher> Flow<P> {
    /// Calls `f` with each item.
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
    /// A panic of `f` cancels upstream and unwinds to who asked. Also when the pipeline was abandoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::iter;
    /// use std::sync::mpsc::channel;
    ///
    /// let (sender, receiver) = channel();
    /// iter(1..4).for_each(move |n| sender.send(n).unwrap()).block().unwrap();
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    #[inline]
    pub fn for_each<F>(self, f: F) -> Terminal<P, ForEach<F, P::Item>>
    where
        F: FnMut(P::Item) + Send + 'static,
    {
        Terminal::new(self.publisher, ForEach { f, item: PhantomData })
    }
}

/// See [`Flow::for_each`].
pub struct ForEach<F, T> {
    f: F,
    item: PhantomData<fn(T)>,
}

impl<F, T> fmt::Debug for ForEach<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForEach { .. }")
    }
}

impl<F, T> Consume for ForEach<F, T>
where
    F: FnMut(T) + Send + 'static,
    T: 'static,
{
    type Item = T;
    type Output = ();

    #[inline]
    fn item(&mut self, item: T) -> ControlFlow<()> {
        (self.f)(item);
        ControlFlow::Continue(())
    }

    fn finish(self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_seen() {
        let (sender, seen) = std::sync::mpsc::channel();
        let mut consume = ForEach { f: move |n: u32| sender.send(n).expect("heard"), item: PhantomData };
        assert!(consume.item(7).is_continue());
        consume.finish();
        assert_eq!(seen.iter().collect::<Vec<_>>(), [7]);
    }
}
