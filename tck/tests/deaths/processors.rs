//! A processor that passes everything on until it does its deed.

use crate::{Deed, On};
use reactive_streams_core::shim::thread_local;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Contract, Env, Item, ProcessorFixture, Upstream};
use std::cell::Cell;
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
        upstream.subscribe(Between { subscriber, subscribed: false, received: 0, held: Held { on, deed } });
    }
}

struct Between<S> {
    subscriber: S,
    subscribed: bool,
    received: u64,
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

thread_local! {
    /// So many stages are in the call of this one.
    static BEHIND: Cell<u64> = const { Cell::new(0) };
}

/// How many were in there before; they are again when this is dropped, also on a panic.
struct Entered(u64);

impl Entered {
    fn new() -> Self {
        Self(BEHIND.replace(BEHIND.get() + 1))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        BEHIND.set(self.0);
    }
}

/// Under so many frames, of a KiB each.
fn with_frames(frames: u64, call: impl FnOnce()) {
    under(frames, &mut Some(call));
}

#[inline(never)]
fn under(frames: u64, call: &mut Option<impl FnOnce()>) {
    let frame = black_box([1_u8; 1 << 10]);
    if frames > 0 {
        under(frames - 1, call);
    } else if let Some(call) = call.take() {
        call();
    }
    black_box(&frame);
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
        self.received += 1;
        let entered = Entered::new();
        let frames = match self.held.deed {
            Deed::LargeFrame => 32,
            Deed::NestsBehind if entered.0 == 1 => self.received,
            Deed::GrowsBehind => entered.0,
            _ => 0,
        };
        with_frames(frames, || self.subscriber.on_next(item, subscription));
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
