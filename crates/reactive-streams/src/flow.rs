//! The handle that the operators hang on.

use reactive_streams_core::{Publisher, Subscriber};

/// A publisher with the operators of this crate as its methods; itself a [`Publisher`].
///
/// Every source returns one, every operator turns one into another, and any publisher becomes one with
/// [`Flow::from`]. It is as large as what it wraps.
///
/// ```
/// use reactive_streams::{Flow, Publisher, iter};
/// use std::convert::Infallible;
///
/// fn evens() -> impl Publisher<Item = u32, Error = Infallible> {
///     iter(0..10).filter(|n| n % 2 == 0)
/// }
///
/// assert_eq!(Flow::from(evens()).map(|n| n * n).collect::<Vec<_>>().block(), Ok(vec![0, 4, 16, 36, 64]));
/// ```
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Flow<P> {
    pub(crate) publisher: P,
}

impl<P: Publisher> From<P> for Flow<P> {
    fn from(publisher: P) -> Self {
        Self { publisher }
    }
}

impl<P: Publisher> Publisher for Flow<P> {
    type Item = P::Item;
    type Error = P::Error;

    #[inline]
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.publisher.subscribe(subscriber);
    }
}
