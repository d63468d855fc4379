//! Publishers whose type is erased.
//!
//! Terminals take the subscriber by value, which cannot be called on a trait object. So each of the two traits has
//! one private twin here, which takes `self: Box<Self>`.

use crate::Flow;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::any::Any;
use std::fmt;

impl<P: Publisher> Flow<P> {
    /// Erases the type, so that publishers of several kinds fit into one variable, field or collection. What is boxed
    /// already stays as it is.
    ///
    /// It costs two allocations, one here and one at the subscription, and a call through a pointer for each signal.
    ///
    /// # Demand
    ///
    /// Passes through; so do completion, errors and cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{empty, iter, once};
    ///
    /// let all = [iter(1..3).boxed(), once(7).boxed(), empty().boxed()];
    /// let counts = all.map(|numbers| numbers.count().block());
    /// assert_eq!(counts, [Ok(2), Ok(1), Ok(0)]);
    /// ```
    #[allow(
        clippy::missing_panics_doc,
        reason = "it was boxed before or is boxed here: nothing else is left"
    )]
    pub fn boxed(self) -> Flow<BoxPublisher<P::Item, P::Error>>
    where
        P: Send + 'static,
    {
        let mut publisher = Some(self.publisher);
        let boxed = (&mut publisher as &mut dyn Any)
            .downcast_mut::<Option<BoxPublisher<P::Item, P::Error>>>()
            .and_then(Option::take)
            .or_else(|| publisher.map(|publisher| BoxPublisher { erased: Box::new(publisher) }));
        Flow::from(boxed.expect("one of the two"))
    }
}

/// See [`Flow::boxed`].
#[must_use = "publishers do nothing unless subscribed to"]
pub struct BoxPublisher<T, E> {
    erased: Box<dyn ErasedPublisher<T, E>>,
}

impl<T, E> fmt::Debug for BoxPublisher<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxPublisher { .. }")
    }
}

impl<T: Send + 'static, E: Send + 'static> Publisher for BoxPublisher<T, E> {
    type Item = T;
    type Error = E;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = T, Error = E> + Send + 'static,
    {
        self.erased.subscribe(BoxSubscriber { erased: Box::new(subscriber) });
    }
}

trait ErasedPublisher<T, E>: Send {
    fn subscribe(self: Box<Self>, subscriber: BoxSubscriber<T, E>);
}

impl<P: Publisher + Send> ErasedPublisher<P::Item, P::Error> for P {
    fn subscribe(self: Box<Self>, subscriber: BoxSubscriber<P::Item, P::Error>) {
        Publisher::subscribe(*self, subscriber);
    }
}

struct BoxSubscriber<T, E> {
    erased: Box<dyn ErasedSubscriber<T, E> + Send>,
}

trait ErasedSubscriber<T, E> {
    fn on_subscribe(&mut self, subscription: &mut Subscription);
    fn hears_of_immediate(&self) -> bool;
    fn on_next(&mut self, item: T, subscription: &mut Subscription);
    fn on_error(self: Box<Self>, error: E, unused: Option<Demand>);
    fn on_complete(self: Box<Self>, unused: Option<Demand>);
}

impl<S: Subscriber> ErasedSubscriber<S::Item, S::Error> for S {
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        Subscriber::on_subscribe(self, subscription);
    }

    fn hears_of_immediate(&self) -> bool {
        Subscriber::hears_of_immediate(self)
    }

    fn on_next(&mut self, item: S::Item, subscription: &mut Subscription) {
        Subscriber::on_next(self, item, subscription);
    }

    fn on_error(self: Box<Self>, error: S::Error, unused: Option<Demand>) {
        Subscriber::on_error(*self, error, unused);
    }

    fn on_complete(self: Box<Self>, unused: Option<Demand>) {
        Subscriber::on_complete(*self, unused);
    }
}

impl<T, E> Subscriber for BoxSubscriber<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.erased.on_subscribe(subscription);
    }

    fn hears_of_immediate(&self) -> bool {
        self.erased.hears_of_immediate()
    }

    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        self.erased.on_next(item, subscription);
    }

    fn on_error(self, error: E, unused: Option<Demand>) {
        self.erased.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.erased.on_complete(unused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iter;
    use std::convert::Infallible;
    use std::sync::mpsc::{Sender, channel};

    struct Tell(Sender<&'static str>);

    impl Subscriber for Tell {
        type Item = u32;
        type Error = u32;
        fn on_subscribe(&mut self, subscription: &mut Subscription) {
            subscription.request(Demand::of(3));
        }
        fn on_next(&mut self, _: u32, _: &mut Subscription) {
            self.0.send("next").expect("heard");
        }
        fn on_error(self, _: u32, unused: Option<Demand>) {
            assert_eq!(unused, Demand::new(1));
            self.0.send("error").expect("heard");
        }
        fn on_complete(self, unused: Option<Demand>) {
            assert_eq!(unused, Demand::new(1));
            self.0.send("complete").expect("heard");
        }
    }

    /// Two items to a boxed subscriber, and then the end.
    fn drive(end: impl FnOnce(BoxSubscriber<u32, u32>, Option<Demand>)) -> Vec<&'static str> {
        let (sender, log) = channel();
        let mut subscriber = BoxSubscriber { erased: Box::new(Tell(sender)) };
        let mut subscription = Subscription::new();
        Subscriber::on_subscribe(&mut subscriber, &mut subscription);
        for item in 0..2 {
            assert!(subscription.is_ready());
            subscription.deliver(item, &mut subscriber);
        }
        end(subscriber, subscription.outstanding());
        log.iter().collect()
    }

    #[test]
    fn a_boxed_subscriber_is_driven_to_completion_and_to_an_error() {
        let completed = drive(|subscriber, unused| subscriber.on_complete(unused));
        assert_eq!(completed, ["next", "next", "complete"]);
        assert_eq!(drive(|subscriber, unused| subscriber.on_error(7, unused)), ["next", "next", "error"]);
    }

    #[test]
    fn boxing_what_is_boxed_does_nothing() {
        let address = |flow: &Flow<BoxPublisher<u32, Infallible>>| {
            std::ptr::from_ref(&*flow.publisher.erased).cast::<()>()
        };
        let once = iter([1, 2]).boxed();
        let before = address(&once);
        let twice = once.boxed();
        assert_eq!(address(&twice), before);
        assert_eq!(twice.collect::<Vec<_>>().block(), Ok(vec![1, 2]));
    }
}
