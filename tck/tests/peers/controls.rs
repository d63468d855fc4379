//! Subscribers and processors that are unusual and keep every rule: none may be accused.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Canceller, Demand, Handle, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{
    Contract, Done, End, Env, Errors, Hooks, Item, Operator, Sink, SubscriberCapabilities, Upstream, Wired,
    verify_processor, verify_subscriber,
};
use std::mem;
use std::sync::{Arc, Weak};

/// How it asks and leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Three at each item.
    MoreAndMore,
    /// Sums that mean unbounded long before the end.
    Huge,
    /// For thousands at once, and for half as many when half of them have come.
    FarAhead,
    /// A handle in a task asks for each item, one turn later.
    FromATask,
    /// The handle is given up for a canceller.
    GivesUp,
    /// Leaves by dropping its handle.
    DropsHandle,
    /// Cancels in on_subscribe.
    WantsNothing,
    /// Takes seven items of its own accord, and has asked for many more.
    AsksForTooMany,
    /// Asks for so many at once, and looks before it asks again whether it is to leave.
    Looks(u64),
    /// Asks for all, and looks at each item of a multiple of this number whether it is to leave.
    LooksSeldom(u64),
}

/// The hooks' end.
#[derive(Default)]
struct Ends {
    handle: Option<Arc<Handle>>,
    canceller: Option<Canceller>,
    left: bool,
}

struct Odd {
    manner: Manner,
    ends: Weak<Mutex<Ends>>,
    env: Env,
    done: Done,
    subscribed: bool,
    received: u64,
    over: Arc<Mutex<bool>>,
}

impl Odd {
    fn has_left(&self) -> bool {
        self.ends.upgrade().is_none_or(|ends| ends.lock().left)
    }

    fn end(&mut self, end: End) {
        if !mem::replace(&mut *self.over.lock(), true) {
            self.done.with(end);
        }
    }
}

impl Subscriber for Odd {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        if self.manner == Manner::WantsNothing {
            *self.over.lock() = true;
            return subscription.cancel();
        }
        let looks = matches!(self.manner, Manner::Looks(_) | Manner::LooksSeldom(_));
        let handle = (!looks).then(|| subscription.handle());
        subscription.request(match self.manner {
            Manner::Huge => Demand::of(1 << 62),
            Manner::GivesUp | Manner::LooksSeldom(_) => Demand::UNBOUNDED,
            Manner::Looks(batch) => Demand::of(batch),
            Manner::AsksForTooMany => Demand::of(50),
            Manner::FarAhead => Demand::of(20_000),
            _ => Demand::ONE,
        });
        let (Some(handle), Some(ends)) = (handle, self.ends.upgrade()) else { return };
        let mut ends = ends.lock();
        match self.manner {
            Manner::GivesUp => {
                drop(ends);
                let canceller = handle.give_up();
                if let Some(ends) = self.ends.upgrade() {
                    ends.lock().canceller = Some(canceller);
                }
            }
            _ => ends.handle = Some(Arc::new(handle)),
        }
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        drop(item);
        self.received += 1;
        match self.manner {
            Manner::MoreAndMore => subscription.request(Demand::of(3)),
            Manner::Huge => subscription.request(Demand::of((1 << 63) - 1)),
            Manner::FarAhead if self.received.is_multiple_of(10_000) => {
                subscription.request(Demand::of(10_000))
            }
            Manner::DropsHandle => subscription.request(Demand::ONE),
            Manner::Looks(batch) if self.received.is_multiple_of(batch) => match self.has_left() {
                true => subscription.cancel(),
                false => subscription.request(Demand::of(batch)),
            },
            Manner::LooksSeldom(n) if self.received.is_multiple_of(n) && self.has_left() => {
                subscription.cancel();
            }
            Manner::AsksForTooMany if self.received == 7 => {
                subscription.cancel();
                self.end(End::Completed);
            }
            Manner::FromATask => {
                let (ends, over) = (self.ends.clone(), Arc::clone(&self.over));
                self.env.executor().spawn(Box::pin(async move {
                    crate::subscribers::turn().await;
                    let handle = ends.upgrade().and_then(|ends| ends.lock().handle.clone());
                    let over = *over.lock();
                    if let Some(handle) = handle.filter(|_| !over) {
                        handle.request(Demand::ONE);
                    }
                }));
            }
            _ => {}
        }
    }

    fn on_error(mut self, _error: Broken, _unused: Option<Demand>) {
        self.end(End::Failed);
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(End::Completed);
    }
}

fn odd(manner: Manner) -> Sink<impl Fn(&Env, &Hooks, Upstream)> {
    Sink::new(move |env: &Env, hooks: &Hooks, upstream: Upstream| {
        let ends = Arc::<Mutex<Ends>>::default();
        let weak = Arc::downgrade(&ends);
        hooks.on_leave(move || {
            let left = mem::replace(&mut *ends.lock(), Ends { left: true, ..Ends::default() });
            if let Some(canceller) = &left.canceller {
                canceller.cancel();
            }
            drop(left);
        });
        let (done, over) = (hooks.done(), Arc::default());
        let (env, subscribed, received) = (env.clone(), false, 0);
        upstream.subscribe(Odd { manner, ends: weak, env, done, subscribed, received, over });
    })
}

#[test]
fn odd_subscribers_pass() {
    let looking = [Manner::Looks(1), Manner::Looks(8), Manner::Looks(300), Manner::LooksSeldom(3)];
    let looking = looking.into_iter().chain([Manner::LooksSeldom(500)]);
    let others = [Manner::MoreAndMore, Manner::Huge, Manner::FarAhead, Manner::FromATask, Manner::GivesUp];
    for manner in others.into_iter().chain([Manner::DropsHandle]).chain(looking) {
        let report = verify_subscriber(&odd(manner));
        assert!(report.conforms(), "{manner:?}\n{report}");
    }
    for (manner, enough) in [(Manner::AsksForTooMany, 7), (Manner::WantsNothing, 0)] {
        let capabilities = SubscriberCapabilities::new().cancels_after(enough);
        let capabilities = if enough == 0 { capabilities.never_leaves().unobserved() } else { capabilities };
        let report = verify_subscriber(&odd(manner).with(capabilities));
        assert!(report.conforms(), "{manner:?}\n{report}");
    }
}

/// Downstream without its type.
trait Downstream: Send {
    fn on_subscribe(&mut self, subscription: &mut Subscription);
    fn on_next(&mut self, item: Item, subscription: &mut Subscription);
    fn end(self: Box<Self>, error: Option<Broken>, unused: Option<Demand>);
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send> Downstream for S {
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        Subscriber::on_subscribe(self, subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        Subscriber::on_next(self, item, subscription);
    }
    fn end(self: Box<Self>, error: Option<Broken>, unused: Option<Demand>) {
        match error {
            None => self.on_complete(unused),
            Some(error) => self.on_error(error, unused),
        }
    }
}

/// A processor that is a value: its clones share who has subscribed.
#[derive(Clone, Default)]
struct Relay {
    waiting: Arc<Mutex<Option<Box<dyn Downstream>>>>,
    downstream: Arc<Mutex<Option<Box<dyn Downstream>>>>,
}

impl Publisher for Relay {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        *self.waiting.lock() = Some(Box::new(subscriber));
    }
}

impl Relay {
    /// Under no lock.
    fn with(&self, signal: impl FnOnce(&mut dyn Downstream)) {
        let downstream = self.downstream.lock().take();
        if let Some(mut downstream) = downstream {
            signal(&mut *downstream);
            *self.downstream.lock() = Some(downstream);
        }
    }
}

impl Subscriber for Relay {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        let waiting = self.waiting.lock().take();
        let Some(waiting) = waiting else { return subscription.cancel() };
        *self.downstream.lock() = Some(waiting);
        self.with(|downstream| downstream.on_subscribe(subscription));
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.with(|downstream| downstream.on_next(item, subscription));
    }
    fn on_error(self, error: Broken, unused: Option<Demand>) {
        let downstream = self.downstream.lock().take();
        downstream.into_iter().for_each(|downstream| downstream.end(Some(error), unused));
    }
    fn on_complete(self, unused: Option<Demand>) {
        let downstream = self.downstream.lock().take();
        downstream.into_iter().for_each(|downstream| downstream.end(None, unused));
    }
}

/// Holds each item until the next one has come, or the end.
struct OneBehind<S> {
    downstream: S,
    held: Option<Item>,
    subscribed: bool,
}

impl<S: Subscriber<Item = u64, Error = u8>> Subscriber for OneBehind<S> {
    type Item = Item;
    type Error = Broken;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if mem::replace(&mut self.subscribed, true) {
            return subscription.cancel();
        }
        self.downstream.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        match self.held.replace(item) {
            Some(before) => self.downstream.on_next(*before, subscription),
            None => subscription.request(Demand::ONE),
        }
    }
    fn on_error(self, _error: Broken, unused: Option<Demand>) {
        self.downstream.on_error(7, unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.downstream.on_complete(unused);
    }
}

/// Never passes its last item on.
struct ButTheLast(Upstream);

impl Publisher for ButTheLast {
    type Item = u64;
    type Error = u8;
    fn subscribe<S>(self, downstream: S)
    where
        S: Subscriber<Item = u64, Error = u8> + Send + 'static,
    {
        self.0.subscribe(OneBehind { downstream, held: None, subscribed: false });
    }
}

#[test]
fn odd_processors_pass() {
    let value = Operator::new(Contract::identity(), |_, upstream| Wired::new(upstream, Relay::default()));
    verify_processor(&value).assert_conforms();
    let but_the_last = Contract::whole(|items, _| items[..items.len().saturating_sub(1)].to_vec()).bound(1);
    let lazily = but_the_last.errors(Errors::Translated).capable(|out| out.lazy_completion().lazy_failure());
    verify_processor(&Operator::new(lazily, |_, upstream| ButTheLast(upstream))).assert_conforms();
}
