//! Operators as a stranger writes them, by the contract alone.

use reactive_streams::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_core::{Home, Resumption, WeakSubscription};
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// The second goes on with the subscription of the first.
pub(crate) struct Then<A, B>(pub(crate) A, pub(crate) B);

struct First<D, B> {
    downstream: D,
    second: B,
    place: WeakSubscription,
}

/// Passes on everything but `on_subscribe`, which `arrive` does.
struct Passes<D, F> {
    downstream: D,
    arrive: F,
}

impl<D, F> Subscriber for Passes<D, F>
where
    D: Subscriber,
    F: FnMut(&mut D, &mut Subscription),
{
    type Item = D::Item;
    type Error = D::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        (self.arrive)(&mut self.downstream, subscription);
    }

    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        self.downstream.on_next(item, subscription);
    }

    fn on_error(self, error: D::Error, unused: Option<Demand>) {
        self.downstream.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.downstream.on_complete(unused);
    }
}

impl<A, B> Publisher for Then<A, B>
where
    A: Publisher,
    B: Publisher<Item = A::Item, Error = A::Error> + Send + 'static,
{
    type Item = A::Item;
    type Error = A::Error;

    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = A::Item, Error = A::Error> + Send + 'static,
    {
        let Self(first, second) = self;
        first.subscribe(First { downstream, second, place: Subscription::new().downgrade() });
    }
}

impl<D, B> Subscriber for First<D, B>
where
    D: Subscriber + Send + 'static,
    B: Publisher<Item = D::Item, Error = D::Error>,
{
    type Item = D::Item;
    type Error = D::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.downstream.on_subscribe(subscription);
        self.place = subscription.downgrade();
    }

    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        self.downstream.on_next(item, subscription);
        if !self.place.is_current(subscription) {
            self.place = subscription.downgrade();
        }
    }

    fn on_error(self, error: D::Error, unused: Option<Demand>) {
        self.downstream.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        let mut kept = Some(self.place.upgrade(unused));
        let arrive = move |_: &mut D, lent: &mut Subscription| *lent = kept.take().expect("once");
        self.second.subscribe(Passes { downstream: self.downstream, arrive });
    }
}

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Subscribes when its job is run.
pub(crate) struct Later<P>(pub(crate) P, pub(crate) Sender<Job>);

impl<P: Publisher + Send + 'static> Publisher for Later<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self(source, jobs) = self;
        jobs.send(Box::new(move || source.subscribe(downstream))).expect("the test keeps the jobs");
    }
}

/// Panics once it has subscribed.
pub(crate) struct Panics<P>(pub(crate) P);

impl<P: Publisher> Publisher for Panics<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        self.0.subscribe(downstream);
        panic!("as planned");
    }
}

/// What is asked for later comes on a thread of its own.
pub(crate) struct ResumeElsewhere<P>(pub(crate) P);

struct ThreadEach;

impl Home for ThreadEach {
    fn resume(&self, resumption: Resumption) {
        std::thread::spawn(move || resumption.run());
    }

    fn cancelled(&self) {}
}

impl<P: Publisher> Publisher for ResumeElsewhere<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let mut homes = Vec::new();
        let arrive = move |downstream: &mut S, lent: &mut Subscription| {
            downstream.on_subscribe(lent);
            homes.push(lent.resume_at(Arc::new(ThreadEach)));
        };
        self.0.subscribe(Passes { downstream, arrive });
    }
}
