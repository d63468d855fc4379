//! What a third party writes for a subscriber.

use crate::gallery::Broken;
use crate::run::FixtureFault;
use crate::upstream::Upstream;
use crate::{Env, Hooks, Item, run};
use reactive_streams_core::{Demand, Subscriber, Subscription};
use std::fmt;
use std::marker::PhantomData;
use std::panic::resume_unwind;

/// Makes the subscribers that the kit judges.
///
/// A subscriber of other items or errors goes into [`Fed`]; a sink that takes the publisher, instead of being a
/// subscriber, is a [`Sink`].
///
/// ```
/// use reactive_streams_core::Subscriber;
/// use reactive_streams_tck::gallery::{Broken, Consuming};
/// use reactive_streams_tck::{Env, Hooks, Item, SubscriberFixture, verify_subscriber};
///
/// struct MySubscriber;
///
/// impl SubscriberFixture for MySubscriber {
///     fn create(
///         &self,
///         _env: &Env,
///         hooks: &Hooks,
///     ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static {
///         let (subscriber, remote) = Consuming::new(8, hooks.done()); // yours instead
///         hooks.on_leave(move || remote.leave());
///         subscriber
///     }
/// }
///
/// verify_subscriber(&MySubscriber).assert_conforms();
/// ```
pub trait SubscriberFixture {
    /// A fresh subscriber. With `hooks` the kit makes it ask and leave, and learns of its end.
    fn create(
        &self,
        env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static;

    /// What reports call it: the name of its type, unless you say otherwise.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// What the subscriber does, and what cannot be seen of it.
    fn capabilities(&self) -> SubscriberCapabilities {
        SubscriberCapabilities::new()
    }
}

/// What a subscriber does of its own accord. It starts as one that takes all there is and has every hook; what is
/// taken away is not judged, and the report says so.
///
/// ```
/// use reactive_streams_tck::SubscriberCapabilities;
///
/// // It is satisfied with the first three items, and only its user knows when it is done.
/// let _ = SubscriberCapabilities::new().cancels_after(3).unobserved();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SubscriberCapabilities {
    pub(crate) enough: Option<u64>,
    pub(crate) fails: bool,
    pub(crate) leaves: bool,
    pub(crate) observed: bool,
    pub(crate) told: bool,
    /// It was seen to cancel, and never while it waited for items.
    pub(crate) frugal: bool,
    /// It was seen to cancel by itself after so many items, which are fewer than it says.
    pub(crate) early: Option<u64>,
    /// It was seen to ask for too little, though nobody had told it to leave.
    pub(crate) stalls: bool,
    pub(crate) excluded: Vec<(&'static str, &'static str)>,
}

impl SubscriberCapabilities {
    /// It takes items until a terminal, can be told of a failure and made to leave, and tells when it is done.
    pub const fn new() -> Self {
        Self {
            enough: None,
            fails: true,
            leaves: true,
            observed: true,
            told: false,
            frugal: false,
            early: None,
            stalls: false,
            excluded: Vec::new(),
        }
    }

    /// It cancels by itself at this item, counted from one.
    pub const fn cancels_after(mut self, items: u64) -> Self {
        self.enough = Some(items);
        self
    }

    /// Its error type has no value: no failure is signalled.
    pub const fn cannot_fail(mut self) -> Self {
        self.fails = false;
        self
    }

    /// It asks only when it is told to: then [`Hooks::on_more`] is called whenever it asks for nothing. Without this a
    /// subscriber that stops asking has stalled, though there be such a hook.
    pub const fn asks_when_told(mut self) -> Self {
        self.told = true;
        self
    }

    /// Nothing makes it lose interest: there is no [`Hooks::on_leave`].
    pub const fn never_leaves(mut self) -> Self {
        self.leaves = false;
        self
    }

    /// Nobody sees that it is done: there is no [`Hooks::done`].
    pub const fn unobserved(mut self) -> Self {
        self.observed = false;
        self
    }

    /// Leaves one check, as `"2.5/2"`, or all of a rule, as `"2.5"`, out of every report, and says why.
    pub fn exclude(mut self, id: &'static str, reason: &'static str) -> Self {
        self.excluded.push((id, reason));
        self
    }
}

impl Default for SubscriberCapabilities {
    fn default() -> Self {
        Self::new()
    }
}

/// Whatever can be put behind the kit's publisher: a [`SubscriberFixture`], or a [`Sink`].
pub trait Consumes {
    #[doc(hidden)]
    fn connect(&self, env: &Env, hooks: &Hooks, upstream: Upstream);

    #[doc(hidden)]
    fn wants(&self) -> SubscriberCapabilities;

    #[doc(hidden)]
    fn called(&self) -> String;
}

impl<F: SubscriberFixture> Consumes for F {
    fn connect(&self, env: &Env, hooks: &Hooks, upstream: Upstream) {
        let subscriber = run::blamed_for("subscriber", || self.create(env, hooks), "create");
        match subscriber {
            Ok(subscriber) => reactive_streams_core::Publisher::subscribe(upstream, subscriber),
            Err(FixtureFault(fault)) => resume_unwind(Box::new(FixtureFault(fault))),
        }
    }

    fn wants(&self) -> SubscriberCapabilities {
        self.capabilities()
    }

    fn called(&self) -> String {
        self.name()
    }
}

/// A sink that takes the publisher, as methods of pipelines do.
///
/// ```
/// use reactive_streams_tck::gallery::Consuming;
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::{Sink, verify_subscriber};
///
/// let sink = Sink::new(|_env, hooks, upstream| {
///     let (subscriber, remote) = Consuming::new(1, hooks.done());
///     hooks.on_leave(move || remote.leave());
///     upstream.subscribe(subscriber); // or: spawn `pipeline(upstream).for_each(..)` on env.executor()
/// });
/// verify_subscriber(&sink).assert_conforms();
/// ```
pub struct Sink<C> {
    connect: C,
    capabilities: SubscriberCapabilities,
}

impl<C: Fn(&Env, &Hooks, Upstream)> Sink<C> {
    /// A sink that this closure puts behind the publisher which it is given.
    pub const fn new(connect: C) -> Self {
        Self { connect, capabilities: SubscriberCapabilities::new() }
    }

    /// With these capabilities.
    #[must_use]
    pub fn with(self, capabilities: SubscriberCapabilities) -> Self {
        Self { capabilities, ..self }
    }
}

impl<C: Fn(&Env, &Hooks, Upstream)> Consumes for Sink<C> {
    fn connect(&self, env: &Env, hooks: &Hooks, upstream: Upstream) {
        (self.connect)(env, hooks, upstream);
    }

    fn wants(&self) -> SubscriberCapabilities {
        self.capabilities.clone()
    }

    fn called(&self) -> String {
        std::any::type_name::<C>().to_owned()
    }
}

impl<C> fmt::Debug for Sink<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("capabilities", &self.capabilities).finish_non_exhaustive()
    }
}

/// Feeds a subscriber of other items and errors with the kit's.
///
/// ```
/// use reactive_streams_core::{Demand, Subscriber, Subscription};
/// use reactive_streams_tck::gallery::Broken;
/// use reactive_streams_tck::{Env, Fed, Hooks, Item, Sink, SubscriberCapabilities, verify_subscriber};
/// use reactive_streams_core::Publisher;
/// use std::convert::Infallible;
///
/// struct Sum(u64);
///
/// impl Subscriber for Sum {
///     type Item = u64;
///     type Error = Infallible;
///     fn on_subscribe(&mut self, subscription: &mut Subscription) {
///         # if self.0 > 0 { return subscription.cancel() } else { self.0 = 1 }
///         subscription.request(Demand::UNBOUNDED);
///     }
///     fn on_next(&mut self, item: u64, _: &mut Subscription) {
///         self.0 += item;
///     }
///     fn on_error(self, error: Infallible, _: Option<Demand>) {
///         match error {}
///     }
///     fn on_complete(self, _: Option<Demand>) {}
/// }
///
/// let sink = Sink::new(|_env, _hooks, upstream| {
///     upstream.subscribe(Fed::new(Sum(0), |item: Item| *item, |_: Broken| unreachable!("it cannot fail")));
/// });
/// let capabilities = SubscriberCapabilities::new().cannot_fail().never_leaves().unobserved();
/// verify_subscriber(&sink.with(capabilities)).assert_conforms();
/// ```
pub struct Fed<S: Subscriber, I, J> {
    subscriber: S,
    item: I,
    error: J,
    fed: PhantomData<fn(S::Item, S::Error)>,
}

impl<S, I, J> Fed<S, I, J>
where
    S: Subscriber,
    I: FnMut(Item) -> S::Item,
    J: FnOnce(Broken) -> S::Error,
{
    /// `item` and `error` make the subscriber's own of the kit's.
    pub const fn new(subscriber: S, item: I, error: J) -> Self {
        Self { subscriber, item, error, fed: PhantomData }
    }
}

impl<S, I, J> Subscriber for Fed<S, I, J>
where
    S: Subscriber,
    I: FnMut(Item) -> S::Item,
    J: FnOnce(Broken) -> S::Error,
{
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.subscriber.on_subscribe(subscription);
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.subscriber.on_next((self.item)(item), subscription);
    }

    fn on_error(self, error: Broken, unused: Option<Demand>) {
        self.subscriber.on_error((self.error)(error), unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.subscriber.on_complete(unused);
    }
}

impl<S: Subscriber + fmt::Debug, I, J> fmt::Debug for Fed<S, I, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fed").field("subscriber", &self.subscriber).finish_non_exhaustive()
    }
}
