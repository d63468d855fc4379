//! Publishers, a subscriber and a processor that are wrong in one way each, so that one can see what a failure looks like.

use reactive_streams_core::{Demand, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Capabilities, Done, End, Env, Fixture, Item, Length};
use std::convert::Infallible;
use std::hint::black_box;
use std::vec;

/// What is wrong with a publisher.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    OneTooMany,
    NeverCompletes,
    Deaf,
    Hungry,
    Clinging,
    Bottomless,
}

/// A publisher of a list, with a flaw.
pub(crate) struct Flawed {
    items: vec::IntoIter<Item>,
    flaw: Flaw,
}

impl Flawed {
    pub(crate) fn fixture(name: &'static str, flaw: Flaw) -> impl Fixture {
        Named { name, flaw }
    }
}

struct Named {
    name: &'static str,
    flaw: Flaw,
}

impl Fixture for Named {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Flawed { items: env.items(length).collect::<Vec<_>>().into_iter(), flaw: self.flaw }
    }

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().not_endless()
    }
}

impl Publisher for Flawed {
    type Item = Item;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let Self { items, flaw } = self;
        let list = if flaw == Flaw::Bottomless { Element::list(100_000) } else { None };
        subscription.run(Box::new(Signalling { items, flaw, subscriber: Some(subscriber), list }));
    }
}

/// One element of a list, which drops the rest of it from within its own drop.
struct Element(Option<Box<Self>>);

impl Drop for Element {
    fn drop(&mut self) {
        let frame = [0_u8; 256];
        drop(self.0.take());
        black_box(&frame);
    }
}

impl Element {
    fn list(length: usize) -> Option<Box<Self>> {
        (0..length).fold(None, |rest, _| Some(Box::new(Self(rest))))
    }
}

struct Signalling<S> {
    items: vec::IntoIter<Item>,
    flaw: Flaw,
    /// Out of it only at the end.
    subscriber: Option<S>,
    #[allow(dead_code, reason = "it is dropped with this")]
    list: Option<Box<Element>>,
}

impl<S: Subscriber<Item = Item, Error = Infallible>> Signalling<S> {
    fn signal(&mut self, subscription: &mut Subscription) {
        let wanted = subscription.wanted().unwrap_or(0);
        for signalled in 0.. {
            let ready = subscription.is_ready();
            let may = match self.flaw {
                Flaw::OneTooMany => ready || wanted > 1 && signalled == wanted,
                Flaw::Deaf => ready || signalled < wanted,
                Flaw::Hungry => ready && wanted > 1,
                Flaw::NeverCompletes | Flaw::Clinging | Flaw::Bottomless => ready,
            };
            let Some(subscriber) = self.subscriber.as_mut().filter(|_| may) else { return };
            let Some(item) = self.items.next() else { return };
            if ready {
                subscription.deliver(item, subscriber);
            } else {
                subscriber.on_next(item, subscription);
            }
        }
    }
}

impl<S> Resume for Signalling<S>
where
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.signal(&mut subscription);
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.items.len() > 0 || self.flaw == Flaw::NeverCompletes {
            return Turn::Park(self, subscription);
        }
        if let Some(subscriber) = self.subscriber.take() {
            subscriber.on_complete(subscription.outstanding());
        }
        Turn::Done
    }
}

impl<S> Drop for Signalling<S> {
    fn drop(&mut self) {
        if self.flaw == Flaw::Clinging {
            std::mem::forget(self.subscriber.take());
        }
    }
}

/// Takes the subscription, and asks for nothing.
pub(crate) struct Unasking(pub(crate) Done);

impl Subscriber for Unasking {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}

    fn on_next(&mut self, _item: Item, _subscription: &mut Subscription) {}

    fn on_error(self, _error: Broken, _unused: Option<Demand>) {
        self.0.with(End::Failed);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.0.with(End::Completed);
    }
}

/// Passes everything on, and a failure as an end.
pub(crate) struct Silenced<P>(pub(crate) P);

impl<P: Publisher> Publisher for Silenced<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.0.subscribe(Silencing(subscriber));
    }
}

struct Silencing<S>(S);

impl<S: Subscriber> Subscriber for Silencing<S> {
    type Item = S::Item;
    type Error = S::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }

    fn on_next(&mut self, item: S::Item, subscription: &mut Subscription) {
        self.0.on_next(item, subscription);
    }

    fn on_error(self, _error: S::Error, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}
