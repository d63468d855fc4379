//! A publisher that is right until it does its deed.

use crate::{Deed, On};
use reactive_streams_core::{Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length};
use std::convert::Infallible;
use std::hint::black_box;
use std::iter::Peekable;
#[allow(clippy::disallowed_types, reason = "a lock that really deadlocks is what this is about")]
use std::sync::Mutex;

pub(crate) struct Doing(pub(crate) On, pub(crate) Deed);

impl Fixture for Doing {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let Self(on, deed) = *self;
        if on == On::Create {
            deed.perform(1_000_000);
        }
        if on == On::Task {
            env.executor().spawn(Box::pin(async move { deed.perform(1) }));
        }
        Source { items: env.items(length), on, deed }
    }

    fn capabilities(&self) -> Capabilities {
        if self.0 == On::Describe {
            self.1.perform(1);
        }
        Capabilities::new()
    }
}

impl Deed {
    /// Does it; `n` is how much there is to do.
    pub(crate) fn perform(self, n: u64) {
        match self {
            // A processor does it in its signals.
            Self::Nothing | Self::LargeFrame | Self::NestsBehind | Self::GrowsBehind => {}
            Self::Recurses => {
                black_box(count(n));
            }
            Self::DropsList => drop(list(100_000)),
            Self::Aborts => std::process::abort(),
            Self::Exits => std::process::exit(3),
            Self::PanicsTwice => panic!("once more"),
            Self::Spins => loop {
                std::hint::spin_loop();
            },
            Self::Deadlocks => deadlock(),
            Self::Naps => loop {
                std::thread::park_timeout(std::time::Duration::from_micros(1));
            },
        }
    }
}

/// A count that needs a frame for each.
fn count(n: u64) -> u64 {
    if n == 0 { 0 } else { 1 + black_box(count(black_box(n - 1))) }
}

#[allow(clippy::disallowed_types, reason = "a lock that really deadlocks is what this is about")]
fn deadlock() {
    let lock = Mutex::new(());
    let _first = lock.lock();
    drop(lock.lock());
}

struct Node(Option<Box<Node>>);

impl Drop for Node {
    fn drop(&mut self) {
        let frame = [0_u8; 256];
        drop(self.0.take());
        black_box(&frame);
    }
}

/// So long that dropping one from within the other overflows any stack of some megabytes, optimized or not.
fn list(n: usize) -> Option<Box<Node>> {
    (0..n).fold(None, |rest, _| Some(Box::new(Node(rest))))
}

struct Source<I> {
    items: I,
    on: On,
    deed: Deed,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Source<I> {
    type Item = Item;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
    {
        let Self { items, on, deed } = self;
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if on == On::Subscribe {
            deed.perform(10_000_000);
        }
        let held = Held { on, deed };
        subscription.run(Box::new(Running { items: items.peekable(), subscriber, held, resumed: 0 }));
    }
}

struct Running<I: Iterator, S> {
    items: Peekable<I>,
    subscriber: S,
    held: Held,
    resumed: u64,
}

impl<I, S> Resume for Running<I, S>
where
    I: Iterator<Item = Item> + Send + 'static,
    S: Subscriber<Item = Item, Error = Infallible> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.resumed += 1;
        if self.held.on == On::Request && self.resumed > 1 {
            self.held.deed.perform(10_000_000);
        }
        while subscription.is_ready() {
            let Some(item) = self.items.next() else { break };
            subscription.deliver(item, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.items.peek().is_some() {
            return Turn::Park(self, subscription);
        }
        self.held.on = On::Complete; // nothing is cancelled any more
        self.subscriber.on_complete(subscription.outstanding());
        Turn::Done
    }
}

/// What goes with the state.
struct Held {
    on: On,
    deed: Deed,
}

impl Drop for Held {
    fn drop(&mut self) {
        match self.on {
            On::Cancel => self.deed.perform(1),
            On::Unwind if std::thread::panicking() => self.deed.perform(1),
            _ => {}
        }
    }
}
