//! Publishers that keep every rule in ways that one does not expect.

use reactive_streams_core::{Alarm, Clock, Demand, Publisher, Resume, Spawn, Subscriber, Subscription, Turn};
use reactive_streams_tck::gallery::{Broken, Synchronous};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, conformance};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::task::Poll;
use std::time::Duration;

/// In which way it is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    /// Takes 64 items out of its source at a time.
    Batches,
    /// Serves a request only some time later.
    ServesLate,
    /// Holds the last three items back until it knows what follows.
    HoldsBack,
    /// Delivers one item a run, and wakes itself for the next one.
    OneARun,
    /// Completes only some time after its last item.
    EndsLate,
    /// Asks what is wanted once a run, and then looks before each item.
    Snapshot,
    /// Looks twice before it does anything.
    LooksTwice,
    /// Lets go by itself when nobody can ask any more.
    DropsEarly,
    /// Makes an item before it is asked for, one at a time.
    Prefetches,
    /// Moves its subscriber into a new box for each run.
    Moves,
    /// From item 700 on it delivers from within a frame of 128 KiB.
    OtherWay,
}

#[inline(never)]
fn in_a_large_frame(call: impl FnOnce()) {
    let frame = black_box([1_u8; 128 << 10]);
    call();
    black_box(&frame);
}

impl Fixture for Odd {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Strange { odd: *self, items: Box::new(env.items(length)), fails: false, env: env.clone() }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        let items = Box::new(env.items(Length::Exactly(k)));
        Some(Strange { odd: *self, items, fails: true, env: env.clone() })
    }
}

struct Strange {
    odd: Odd,
    items: Box<dyn Iterator<Item = Item> + Send>,
    fails: bool,
    env: Env,
}

impl Publisher for Strange {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        let held = VecDeque::new();
        let state = State { publisher: self, held, delivered: 0, due: None, alarm: None, subscriber };
        subscription.run(Box::new(state));
    }
}

struct State<S> {
    publisher: Strange,
    held: VecDeque<Item>,
    delivered: u64,
    due: Option<Duration>,
    alarm: Option<Alarm>,
    subscriber: S,
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> State<S> {
    fn has_item(&mut self) -> bool {
        let (enough, more) = match self.publisher.odd {
            Odd::Batches => (1, 64),
            Odd::HoldsBack => (4, 4),
            Odd::Prefetches => (2, 1),
            _ => (1, 1),
        };
        if self.held.len() < enough {
            self.held.extend(self.publisher.items.by_ref().take(more));
        }
        !self.held.is_empty()
    }

    /// Whether it waits for time; it then has an alarm.
    fn waits(&mut self, subscription: &mut Subscription) -> bool {
        let ended = !self.has_item();
        let late = match self.publisher.odd {
            Odd::ServesLate => subscription.is_ready() && !ended,
            Odd::EndsLate => ended,
            _ => false,
        };
        let clock = self.publisher.env.clock();
        let due = *self.due.get_or_insert(clock.now() + Duration::from_millis(30));
        if !late || clock.now() >= due {
            return false;
        }
        self.alarm = Some(clock.wake_at(due, subscription.waker()));
        true
    }
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for State<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        self.alarm = None;
        if self.publisher.odd == Odd::Moves {
            self = Box::new(*self);
        }
        if self.publisher.odd == Odd::DropsEarly && self.has_item() && subscription.is_abandoned() {
            return Turn::Done;
        }
        let mut wanted = subscription.wanted().unwrap_or(0);
        while self.has_item() && subscription.is_ready() {
            if self.publisher.odd == Odd::LooksTwice
                && (subscription.is_cancelled() || !subscription.is_ready())
            {
                break;
            }
            wanted = wanted.wrapping_sub(1);
            if self.publisher.odd == Odd::Snapshot && wanted == u64::MAX {
                let waker = subscription.waker();
                waker.wake();
                return Turn::Park(self, subscription);
            }
            if self.waits(&mut subscription) {
                return Turn::Park(self, subscription);
            }
            let Some(item) = self.held.pop_front() else { break };
            self.delivered += 1;
            match self.publisher.odd == Odd::OtherWay && self.delivered > 700 {
                true => in_a_large_frame(|| subscription.deliver(item, &mut self.subscriber)),
                false => subscription.deliver(item, &mut self.subscriber),
            }
            if self.publisher.odd == Odd::OneARun && self.has_item() {
                let waker = subscription.waker();
                waker.wake();
                return Turn::Park(self, subscription);
            }
        }
        if self.publisher.odd == Odd::ServesLate {
            self.due = None; // for the next request
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.has_item() || self.waits(&mut subscription) {
            return Turn::Park(self, subscription);
        }
        let Self { publisher, subscriber, .. } = *self;
        match publisher.fails {
            true => subscriber.on_error(Broken, subscription.outstanding()),
            false => subscriber.on_complete(subscription.outstanding()),
        }
        Turn::Done
    }
}

/// Subscribes in a task and some time later; one new task for each item.
struct Scattered<I> {
    items: I,
    env: Env,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Scattered<I> {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let (executor, clock) = (self.env.executor(), self.env.clock());
        executor.spawn(Box::pin(async move {
            let due = clock.now() + Duration::from_millis(3);
            let mut alarm = None;
            poll_fn(|context| {
                if clock.now() >= due {
                    return Poll::Ready(());
                }
                drop(alarm.replace(clock.wake_at(due, context.waker().clone())));
                Poll::Pending
            })
            .await;
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            hand_on(self.items, subscriber, subscription, self.env);
        }));
    }
}

fn hand_on<I, S>(mut items: I, mut subscriber: S, mut subscription: Subscription, env: Env)
where
    I: Iterator<Item = Item> + Send + 'static,
    S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
{
    let executor = env.executor();
    let mut next = items.next();
    executor.spawn(Box::pin(async move {
        if subscription.is_cancelled() {
            return;
        }
        if next.is_none() {
            return subscriber.on_complete(subscription.outstanding());
        }
        if poll_fn(|context| subscription.poll_demand(context)).await.is_none() {
            return;
        }
        if let Some(item) = next.take() {
            subscription.deliver(item, &mut subscriber);
        }
        let items = items.collect_later();
        hand_on(items, subscriber, subscription, env);
    }));
}

/// The same iterator, behind a pointer: otherwise its type would grow with each item.
trait CollectLater: Iterator<Item = Item> + Send + Sized + 'static {
    fn collect_later(self) -> Box<dyn Iterator<Item = Item> + Send> {
        Box::new(self)
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> CollectLater for I {}

struct ScatteredFixture;

impl Fixture for ScatteredFixture {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        let items: Box<dyn Iterator<Item = Item> + Send> = Box::new(env.items(length));
        Scattered { items, env: env.clone() }
    }
}

/// Items of no size, of a great size, and of a type that says nothing about itself.
struct Nothing;
struct Silent(#[allow(dead_code, reason = "it only has to be there")] Box<u64>);

struct NoSize;

impl Fixture for NoSize {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        Synchronous::new((0..length.get()).map(|_| Nothing))
    }
    fn create_shared(&self, _env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Synchronous::new((0..length.get()).map(|_| ())))
    }
}

struct Big;

impl Fixture for Big {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        Synchronous::new((0..length.get()).map(|number| [number; 1024]))
    }
}

struct Secret;

impl Fixture for Secret {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        Synchronous::new((0..length.get()).map(|number| Silent(Box::new(number))))
    }
    fn name(&self) -> String {
        "items that cannot be shown".to_owned()
    }
}

/// One item, on the spot, without a subscription that outlives it; refuses to be asked twice.
struct Only(Item);

impl Publisher for Only {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Waiting(Some(self.0), subscriber)));
    }
}

struct Waiting<S>(Option<Item>, S);

impl<S: Subscriber<Item = Item, Error = Broken> + Send + 'static> Resume for Waiting<S> {
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        if !subscription.is_ready() {
            return Turn::Park(self, subscription);
        }
        if let Some(item) = self.0.take() {
            subscription.deliver(item, &mut self.1);
        }
        if !subscription.is_cancelled() {
            self.1.on_complete(subscription.outstanding());
        }
        Turn::Done
    }
}

struct OnlyFixture;

impl Fixture for OnlyFixture {
    fn create(&self, env: &Env, _length: Length) -> impl Publisher {
        Only(env.item(7))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(1..=1).not_endless()
    }
}

/// Refuses everybody.
struct Refuses;

impl Publisher for Refuses {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        // Two looks in one: what is cancelled hears nothing more.
        if let Some(unused) = subscription.wanted() {
            subscriber.on_error(Broken, Demand::new(unused));
        }
    }
}

impl Fixture for Refuses {
    fn create(&self, _env: &Env, _length: Length) -> impl Publisher {
        Self
    }
    fn create_failing_at(&self, _env: &Env, _k: u64) -> Option<impl Publisher> {
        Some(Self)
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().not_finite().not_endless().failing_at(0..=0)
    }
}

conformance!(batches, Odd::Batches);
conformance!(serves_late, Odd::ServesLate);
conformance!(holds_back, Odd::HoldsBack);
conformance!(one_a_run, Odd::OneARun);
conformance!(ends_late, Odd::EndsLate);
conformance!(snapshot, Odd::Snapshot);
conformance!(looks_twice, Odd::LooksTwice);
conformance!(drops_early, Odd::DropsEarly);
conformance!(prefetches, Odd::Prefetches);
conformance!(moves, Odd::Moves);
conformance!(other_way, Odd::OtherWay);
conformance!(scattered, ScatteredFixture);
conformance!(no_size, NoSize);
conformance!(big, Big);
conformance!(secret, Secret);
conformance!(only, OnlyFixture);
conformance!(refuses, Refuses);
