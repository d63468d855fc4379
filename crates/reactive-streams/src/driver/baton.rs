//! One upstream after another for one downstream: `flat_map`, `retry`, `chain`, `or_else`.
//!
//! Downstream is *carried*: it moves to the upstream of the moment and comes back with the demand that this one
//! did not use (3-i). While it is there, items reach it without a stop: the upstream emits against downstream's own
//! subscription, which [`Carry::board`] puts in the place of the one it lent.
//!
//! # Invariants of the baton
//!
//! * The *load* (downstream, its subscription, the operator's logic) is one box, and whoever has it drives. It is with
//!   the inner upstream, or at rest between two outer items, or in the hands of the one that drives.
//! * At rest it is with the outer's subscriber, [`Outer`], if it came to rest there; then nothing is locked from item
//!   to item. It is in the baton if an inner ended when the call of the outer had returned. Only the outer's subscriber
//!   takes it out of there.
//! * An inner that ends inside its own `subscribe` only hands the load back to the call below it, by a [relay]: the loop
//!   there goes on, and the stack does not grow. One that ends elsewhere drives. The pass of the relay is in the load.
//! * The outer is asked for one item when the load comes to rest, so none comes while it is away. What the outer ends
//!   with meanwhile is left in the baton, and who brings the load to rest finds it, under the same lock.
//! * Who can cancel from elsewhere has a link, and the outer is tied to that: a cancel finds the load with the inner,
//!   or reaches the outer, whose subscriber goes and takes the load at rest with it. A load that comes to rest after
//!   that is dropped.
//! * If the load goes, be it that the inner drops its subscriber without a terminal, the outer goes: its handle is
//!   dropped with the load's ticket.
//!
//! Left to this driver: §1.3 §1.7 §1.9 §2.12 §3.2 §3.3 §3.8 §4.2 and 3-i.

mod leg;

use leg::{Aboard, Leg};
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription, Tie, WeakSubscription};
use reactive_streams_sync::{Pass, Relay, relay};
use std::sync::Arc;

/// Downstream and its subscription, between two upstreams.
pub(crate) struct Ashore<D> {
    downstream: D,
    subscription: Subscription,
}

impl<D: Subscriber> Ashore<D> {
    /// Subscribes `downstream` to nothing yet. None: it wants nothing.
    pub(crate) fn new(mut downstream: D) -> Option<Self> {
        let mut subscription = Subscription::new();
        downstream.on_subscribe(&mut subscription);
        if subscription.is_cancelled() { None } else { Some(Self { downstream, subscription }) }
    }

    /// Goes to the next upstream.
    #[inline]
    pub(crate) fn depart(self) -> Carry<D> {
        Carry { downstream: self.downstream, subscription: self.subscription, lent: None }
    }
}

/// Downstream and its subscription, with an upstream.
pub(crate) struct Carry<D> {
    pub(crate) downstream: D,
    /// Until that upstream lends its own.
    subscription: Subscription,
    /// From then on. Weak: the upstream parks us in the link.
    lent: Option<WeakSubscription>,
}

impl<D: Subscriber> Carry<D> {
    /// For the `on_subscribe` of the upstream: it emits against downstream's own subscription from now on.
    #[inline]
    pub(crate) fn board(&mut self, lent: &mut Subscription) {
        if self.lent.is_some() {
            return lent.cancel(); // rule 2.5
        }
        self.lent = Some(self.subscription.downgrade());
        *lent = std::mem::take(&mut self.subscription);
    }

    #[inline(always)]
    pub(crate) fn on_next(&mut self, item: D::Item, lent: &mut Subscription) {
        self.downstream.on_next(item, lent);
        // Downstream may have cancelled, or taken a handle or a canceller, just now. Should upstream still end, the
        // next one finds it so.
        if !lent.is_bare() && !self.lent.as_ref().is_some_and(|known| known.is_current(lent)) {
            self.lent = Some(lent.downgrade());
        }
    }

    /// Back from an upstream that ended without using this.
    #[inline]
    pub(crate) fn alight(self, unused: Option<Demand>) -> Ashore<D> {
        let unused = unused.filter(|_| !shim::planted("baton-forgets-unused-demand"));
        let subscription = match self.lent {
            Some(lent) => lent.upgrade(unused),
            None => self.subscription,
        };
        Ashore { downstream: self.downstream, subscription }
    }
}

/// Carries downstream to its last upstream.
pub(crate) struct Boarding<D>(pub(crate) Carry<D>);

impl<D: Subscriber> Subscriber for Boarding<D> {
    type Item = D::Item;
    type Error = D::Error;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.board(subscription);
    }

    #[inline]
    fn on_next(&mut self, item: D::Item, subscription: &mut Subscription) {
        self.0.on_next(item, subscription);
    }

    fn on_error(self, error: D::Error, unused: Option<Demand>) {
        self.0.downstream.on_error(error, unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.0.downstream.on_complete(unused);
    }
}

/// What comes after an inner upstream.
pub(crate) enum After<C: Course> {
    /// An inner made of this.
    Start(C::Mail),
    /// Whatever the outer upstream brings.
    Outer,
    Complete,
    Fail(C::Error),
}

/// The logic of an operator that goes from upstream to upstream. It is called with no lock held.
pub(crate) trait Course: Sized + Send + 'static {
    /// What the next inner is made of: an item of the outer upstream.
    type Mail: Send + 'static;
    type Inner: Publisher;
    type Error: Send + 'static;

    /// The next inner upstream.
    fn next(&mut self, mail: Self::Mail) -> Self::Inner;

    /// An inner has ended.
    fn after(&mut self, end: Result<(), <Self::Inner as Publisher>::Error>) -> After<Self>;
}

type Out<C> = <<C as Course>::Inner as Publisher>::Item;
type InnerError<C> = <<C as Course>::Inner as Publisher>::Error;

/// What travels.
struct Load<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    course: C,
    /// Beside the box while an inner has the load: then its items reach downstream without a way through it.
    ashore: Option<Ashore<D>>,
    tie: Option<Tie>,
    /// How the last inner ended, until that is dealt with.
    ended: Option<Result<(), InnerError<C>>>,
    ticket: Ticket<C, D>,
    /// Beside the box, too, while an inner has the load.
    pass: Option<Pass<Box<Self>>>,
}

type Boxed<C, D> = Box<Load<C, D>>;

/// The way back to the baton. The outer goes with it.
struct Ticket<C, D>(Arc<Baton<C, D>>)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static;

impl<C, D> Drop for Ticket<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn drop(&mut self) {
        let outer = self.0.state.lock().outer.take();
        // Who asks it just now holds it, too.
        if let Some(outer) = outer {
            outer.cancel();
        }
    }
}

struct State<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    /// At rest, away from the outer's subscriber.
    load: Option<Boxed<C, D>>,
    /// What the outer has ended with while the load was elsewhere.
    end: Option<End<C::Error>>,
    outer: Option<Arc<Handle>>,
}

enum End<E> {
    Complete,
    Fail(E),
    Abandon,
}

pub(crate) struct Baton<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    state: Mutex<State<C, D>>,
    /// Where an inner that ends inside its own `subscribe` hands the load back.
    relay: Relay<Boxed<C, D>>,
}

/// How a drive has ended.
enum Driven<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    /// With the load in hand: it waits for an item of the outer.
    Rest(Boxed<C, D>),
    /// An inner has the load, and whoever it ends on drives.
    Away,
    /// Downstream has had its last signal.
    Over,
}

/// Subscribes `downstream` to what `course` leads to, beginning with `first`.
pub(crate) fn go<C, D>(course: C, downstream: D, first: C::Mail)
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    if let Some((baton, load)) = Baton::start(course, downstream) {
        baton.go_on(load, Some(first));
    }
}

/// What subscribes to the outer upstream, each of whose items leads to an inner. None: `downstream` wants nothing.
pub(crate) fn outer<C, D>(course: C, downstream: D) -> Option<Outer<C, D>>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    let (baton, load) = Baton::start(course, downstream)?;
    Some(Outer { baton, load: Some(load), subscribed: false, ended: false })
}

impl<C, D> Baton<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn start(course: C, downstream: D) -> Option<(Arc<Self>, Boxed<C, D>)> {
        let ashore = Some(Ashore::new(downstream)?);
        let (relay, pass) = relay();
        let state = Mutex::new(State { load: None, end: None, outer: None });
        let baton = Arc::new(Self { state, relay });
        let ticket = Ticket(Arc::clone(&baton));
        let load = Load { course, ashore, tie: None, ended: None, ticket, pass: Some(pass) };
        Some((baton, Box::new(load)))
    }

    /// Goes from inner to inner, as long as these end inside their own `subscribe`. Inlined into both callers, and the
    /// inner into it: one that ends there takes no call.
    #[inline(always)]
    fn drive(self: &Arc<Self>, mut load: Boxed<C, D>, mut mail: Option<C::Mail>) -> Driven<C, D> {
        loop {
            shim::assert_unlocked();
            let Some(Ashore { subscription, .. }) = &mut load.ashore else { return Driven::Over };
            if let Some(end) = load.ended.take() {
                if subscription.is_linked() {
                    // The last inner may have left its waker there.
                    subscription.forget_waker();
                }
                match load.course.after(end) {
                    After::Start(next) => mail = Some(next),
                    After::Outer => {}
                    After::Complete => return Self::finish(*load, End::Complete),
                    After::Fail(error) => return Self::finish(*load, End::Fail(error)),
                }
            }
            if subscription.is_cancelled() {
                return Self::finish(*load, End::Abandon);
            }
            let Some(next) = mail.take() else { return Driven::Rest(load) };
            let inner = load.course.next(next);
            let Some(mut pass) = load.pass.take() else { return Driven::Over };
            let waiting = self.relay.wait(&mut pass);
            let Some(ashore) = load.ashore.take() else { return Driven::Over };
            inner.subscribe(Leg(Some(Aboard { carry: ashore.depart(), load, pass })));
            let Some((pass, back)) = waiting.end() else { return Driven::Away };
            load = back;
            load.pass = Some(pass);
        }
    }

    /// Goes on where no call of the outer's is below: the load comes to rest in the baton.
    fn go_on(self: &Arc<Self>, load: Boxed<C, D>, mail: Option<C::Mail>) {
        let Driven::Rest(mut load) = self.drive(load, mail) else { return };
        if !self.tie(&mut load) {
            Self::finish(*load, End::Abandon);
            return;
        }
        let mut state = self.state.lock();
        if let Some(end) = state.end.take()
            && !shim::planted("baton-rests-without-a-look")
        {
            drop(state);
            Self::finish(*load, end);
            return;
        }
        state.load = Some(load);
        let outer = state.outer.clone();
        drop(state);
        if let Some(outer) = outer {
            outer.request(Demand::ONE);
        }
    }

    /// Sees to it that a cancel reaches the outer. False: it has come already.
    #[inline]
    fn tie(&self, load: &mut Load<C, D>) -> bool {
        let linked = load.ashore.as_ref().is_some_and(|ashore| ashore.subscription.is_linked());
        load.tie.is_some() || !linked || self.tie_anew(load)
    }

    #[cold]
    fn tie_anew(&self, load: &mut Load<C, D>) -> bool {
        let Some(Ashore { subscription, .. }) = &mut load.ashore else { return false };
        let canceller = self.state.lock().outer.as_ref().map(|outer| outer.canceller());
        if let Some(canceller) = canceller
            && !shim::planted("baton-rests-untied")
        {
            load.tie = subscription.tie(canceller);
        }
        !subscription.is_cancelled()
    }

    fn finish(load: Load<C, D>, end: End<C::Error>) -> Driven<C, D> {
        let Load { course, ashore, tie, ticket, .. } = load;
        let Some(Ashore { downstream, mut subscription }) = ashore else { return Driven::Over };
        // Upstream is cancelled before the terminal.
        drop((tie, ticket, course));
        match end {
            _ if subscription.is_cancelled() => drop(downstream),
            End::Complete => downstream.on_complete(subscription.outstanding()),
            End::Fail(error) => downstream.on_error(error, subscription.outstanding()),
            End::Abandon => drop(downstream),
        }
        Driven::Over
    }

    /// The outer has ended. The load is at rest, or who brings it to rest finds the end.
    fn end(&self, load: Option<Boxed<C, D>>, end: End<C::Error>) {
        let (load, end, outer) = {
            let mut state = self.state.lock();
            let outer = state.outer.take();
            match load.or_else(|| state.load.take()) {
                Some(load) => (Some(load), Some(end), outer),
                None if shim::planted("baton-loses-an-end-while-it-drives") => (None, Some(end), outer),
                None => (None, state.end.replace(end), outer),
            }
        };
        drop(outer);
        if let (Some(load), Some(end)) = (load, end) {
            Self::finish(*load, end);
        }
    }
}

/// The subscriber of the outer upstream.
pub(crate) struct Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    baton: Arc<Baton<C, D>>,
    load: Option<Boxed<C, D>>,
    subscribed: bool,
    ended: bool,
}

impl<C, D> Subscriber for Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    type Item = C::Mail;
    type Error = C::Error;

    fn on_subscribe(&mut self, lent: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return lent.cancel(); // rule 2.5
        }
        let handle = Arc::new(lent.handle());
        self.baton.state.lock().outer = Some(handle);
        self.rest(lent);
    }

    fn on_next(&mut self, item: C::Mail, lent: &mut Subscription) {
        let load = self.load.take().or_else(|| self.baton.state.lock().load.take());
        // None: it has sent more than it was asked for.
        let Some(load) = load else { return };
        match self.baton.drive(load, Some(item)) {
            Driven::Rest(load) => {
                self.load = Some(load);
                self.rest(lent);
            }
            Driven::Away => {}
            Driven::Over => lent.cancel(),
        }
    }

    fn on_error(mut self, error: C::Error, _unused: Option<Demand>) {
        self.ended = true;
        self.baton.end(self.load.take(), End::Fail(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.ended = true;
        self.baton.end(self.load.take(), End::Complete);
    }
}

impl<C, D> Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    /// The load rests here: asking through what is lent is an addition.
    #[inline]
    fn rest(&mut self, lent: &mut Subscription) {
        if let Some(load) = &mut self.load {
            if self.baton.tie(load) { lent.request(Demand::ONE) } else { lent.cancel() }
        }
    }
}

impl<C, D> Drop for Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if !self.ended {
            self.baton.end(self.load.take(), End::Abandon);
        }
    }
}
