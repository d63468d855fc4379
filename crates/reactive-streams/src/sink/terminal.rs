//! The end of a pipeline: a future, or a call that blocks.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a terminal makes of the items, as a plain value.
pub trait Consume: Send + 'static {
    /// What it takes.
    type Item;
    /// What comes of it.
    type Output: Send + 'static;

    /// Takes one item; `Break` wants no more.
    fn item(&mut self, item: Self::Item) -> ControlFlow<()>;

    /// The result.
    fn finish(self) -> Self::Output;
}

/// A pipeline with its end: run it with [`block`](Self::block).
#[derive(Debug)]
#[must_use = "a pipeline does nothing until it is run: call `block`"]
pub struct Terminal<P, C> {
    publisher: P,
    consume: C,
}

impl<P, C> Terminal<P, C>
where
    P: Publisher,
    C: Consume<Item = P::Item>,
{
    pub(crate) fn new(publisher: P, consume: C) -> Self {
        Self { publisher, consume }
    }

    /// Runs the pipeline and waits for its end on this thread.
    ///
    /// # Errors
    ///
    /// The pipeline's error.
    ///
    /// # Panics
    ///
    /// When the pipeline was abandoned: a stage panicked, or was dropped, on another thread.
    pub fn block(self) -> Result<C::Output, P::Error> {
        let outcome = Arc::new(Mutex::new(None));
        self.publisher.subscribe(End {
            consume: Some(self.consume),
            outcome: Arc::clone(&outcome),
            error: PhantomData,
        });
        let taken = outcome.lock().take();
        taken.expect("the pipeline ended")
    }
}

struct End<C: Consume, E> {
    consume: Option<C>,
    outcome: Arc<Mutex<Option<Result<C::Output, E>>>>,
    error: PhantomData<fn() -> E>,
}

impl<C: Consume, E> End<C, E> {
    fn end(&mut self, error: Option<E>) {
        let Some(consume) = self.consume.take() else { return };
        let outcome = match error {
            None => Ok(consume.finish()),
            Some(error) => Err(error),
        };
        *self.outcome.lock() = Some(outcome);
    }
}

impl<C: Consume, E> Subscriber for End<C, E> {
    type Item = C::Item;
    type Error = E;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        subscription.request(Demand::UNBOUNDED);
    }

    #[inline]
    fn on_next(&mut self, item: C::Item, subscription: &mut Subscription) {
        if let Some(consume) = &mut self.consume
            && consume.item(item).is_break()
        {
            subscription.cancel();
            self.end(None);
        }
    }

    fn on_error(mut self, error: E, _unused: Option<Demand>) {
        self.end(Some(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(None);
    }
}
