//! A processor that passes everything on until it does its deed.

use crate::{Deed, On};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Contract, Env, Item, ProcessorFixture, Upstream};
use std::hint::black_box;

pub(crate) struct Stages(pub(crate) On, pub(crate) Deed);

impl ProcessorFixture for Stages {
    fn create(&self, _env: &Env, upstream: Upstream) -> impl Publisher {
        let Self(on, deed) = *self;
        if on == On::Create {
            deed.perform(1);
        }
        Behind { upstream, on, deed }
    }

    fn contract(&self) -> Contract {
        if self.0 == On::Describe {
            self.1.perform(1);
        }
        Contract::identity()
    }
}

struct Behind {
    upstream: Upstream,
    on: On,
    deed: Deed,
}

impl Publisher for Behind {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let Self { upstream, on, deed } = self;
        upstream.subscribe(Between { subscriber, subscribed: false, held: Held { on, deed } });
    }
}

struct Between<S> {
    subscriber: S,
    subscribed: bool,
    held: Held,
}

struct Held {
    on: On,
    deed: Deed,
}

impl Held {
    fn at(&self, on: On) {
        if self.on == on {
            self.deed.perform(10_000_000);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.at(On::Cancel);
    }
}

/// In a function of its own, so that it is not the frame of who does not call it.
#[inline(never)]
fn with_a_large_frame(call: impl FnOnce()) {
    let large = black_box([1_u8; 32 << 10]);
    call();
    black_box(&large);
}

impl<S: Subscriber<Item = Item, Error = Broken>> Subscriber for Between<S> {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        self.subscriber.on_subscribe(subscription);
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.held.at(On::Next);
        self.held.at(On::Request);
        if self.held.deed == Deed::LargeFrame {
            with_a_large_frame(|| self.subscriber.on_next(item, subscription));
        } else {
            self.subscriber.on_next(item, subscription);
        }
    }

    fn on_error(self, error: Broken, unused: Option<Demand>) {
        let Self { subscriber, mut held, .. } = self;
        held.on = On::Error; // nothing is cancelled any more
        subscriber.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        let Self { subscriber, mut held, .. } = self;
        held.at(On::Complete);
        held.on = On::Error; // nothing is cancelled any more
        subscriber.on_complete(unused);
    }
}
