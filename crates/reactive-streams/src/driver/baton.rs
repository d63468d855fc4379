//! One upstream after another for one downstream: `flat_map`, `retry`, `chain`, `or_else`.
//!
//! Downstream is *carried*: it moves to the upstream of the moment and comes back with the demand that this one
//! did not use (3-i). While it is there, items reach it without a stop: the upstream emits against downstream's own
//! subscription, which [`Carry::board`] puts in the place of the one it lent.
//!
//! # Invariants of the baton
//!
//! * The *load* (downstream, its subscription, the handle of the outer upstream, the operator's logic) is one box. It
//!   is with the inner upstream, or in the baton, or in the hands of the one that drives.
//! * `driving` is set while one drives. Who brings something (an outer item, an end, the load itself, a wake-up)
//!   drives if the load is there and nobody else drives; otherwise it leaves what it brought, and the one that
//!   drives, or brings the load back, finds it. An inner that ends inside its own `subscribe` therefore only puts
//!   the load back: the loop below it goes on, and the stack does not grow.
//! * If the inner drops its subscriber without a terminal, the load goes: downstream with it, and the outer.
//!
//! Left to this driver: §1.3 §1.7 §1.9 §2.12 §3.2 §3.3 §3.8 §4.2 and 3-i.

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription, WeakSubscription};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// Downstream and its subscription, on the way from upstream to upstream.
pub(crate) struct Carry<D> {
    pub(crate) downstream: D,
    /// Between two upstreams; empty while one of them has it.
    subscription: Subscription,
    /// While one of them has it. Weak: that one parks us in the link.
    lent: WeakSubscription,
    /// One of them has it.
    aboard: bool,
}

impl<D: Subscriber> Carry<D> {
    /// Subscribes `downstream` to nothing yet. None: it wants nothing.
    pub(crate) fn new(mut downstream: D) -> Option<Self> {
        let mut subscription = Subscription::new();
        downstream.on_subscribe(&mut subscription);
        let lent = subscription.downgrade();
        if subscription.is_cancelled() {
            None
        } else {
            Some(Self { downstream, subscription, lent, aboard: false })
        }
    }

    /// For the `on_subscribe` of the next upstream: it emits against downstream's own subscription from now on.
    #[inline]
    pub(crate) fn board(&mut self, lent: &mut Subscription) {
        if std::mem::replace(&mut self.aboard, true) {
            return lent.cancel(); // rule 2.5
        }
        self.lent = self.subscription.downgrade();
        *lent = std::mem::take(&mut self.subscription);
    }

    #[inline]
    pub(crate) fn on_next(&mut self, item: D::Item, lent: &mut Subscription) {
        self.downstream.on_next(item, lent);
        // Downstream may have cancelled, or taken a handle or a canceller, just now. Should upstream still end, the
        // next one finds it so.
        if !self.lent.is_current(lent) {
            self.lent = lent.downgrade();
        }
    }

    /// Back from an upstream that ended without using this.
    #[inline]
    pub(crate) fn alight(&mut self, unused: Option<Demand>) {
        let unused = unused.filter(|_| !shim::planted("baton-forgets-unused-demand"));
        self.subscription = self.lent.upgrade(unused);
        self.aboard = false;
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
struct Load<C: Course, D> {
    course: C,
    carry: Carry<D>,
    outer: Option<Handle>,
    /// The outer was asked for an item that has not come.
    asked: bool,
    /// How the last inner ended, until that is dealt with.
    ended: Option<Result<(), InnerError<C>>>,
}

/// What the outer upstream has brought, and where the load is.
struct State<C: Course, D> {
    load: Option<Box<Load<C, D>>>,
    driving: bool,
    item: Option<C::Mail>,
    end: Option<End<C::Error>>,
}

enum End<E> {
    Complete,
    Fail(E),
    Abandon,
}

pub(crate) struct Baton<C: Course, D> {
    state: Mutex<State<C, D>>,
}

enum Job<C: Course, D> {
    Start(Box<Load<C, D>>, C::Mail),
    Ask(Box<Load<C, D>>),
    End(Box<Load<C, D>>, End<C::Error>),
}

impl<C, D> Baton<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    /// Subscribes `downstream` to what `course` leads to, beginning with `first`, or with what `outer` brings.
    pub(crate) fn start(course: C, downstream: D, first: Option<C::Mail>) -> Option<Arc<Self>> {
        let carry = Carry::new(downstream)?;
        let load = Box::new(Load { course, carry, outer: None, asked: false, ended: None });
        let state = State { load: Some(load), driving: false, item: first, end: None };
        Some(Arc::new(Self { state: Mutex::new(state) }))
    }

    /// Brings something, and drives unless somebody does.
    fn bring(self: &Arc<Self>, bring: impl FnOnce(&mut State<C, D>)) {
        self.bring_lent(bring, None);
    }

    /// The same, with the subscription that the outer upstream has lent for the call, if it is the one that brings:
    /// asking through that is an addition, where the handle would be an atomic update and a look at it.
    fn bring_lent(self: &Arc<Self>, bring: impl FnOnce(&mut State<C, D>), lent: Option<&mut Subscription>) {
        let load = {
            let mut state = self.state.lock();
            bring(&mut state);
            if state.driving { None } else { state.take_to_drive() }
        };
        if let Some(load) = load {
            self.drive(load, lent);
        }
    }

    /// Begins with the first mail.
    pub(crate) fn go(self: &Arc<Self>) {
        self.bring(|_| {});
    }

    fn drive(self: &Arc<Self>, mut load: Box<Load<C, D>>, mut lent: Option<&mut Subscription>) {
        loop {
            let after = load.ended.take().map(|end| load.course.after(end));
            let job = match after {
                Some(After::Start(mail)) => Job::Start(load, mail),
                Some(After::Complete) => Job::End(load, End::Complete),
                Some(After::Fail(error)) => Job::End(load, End::Fail(error)),
                Some(After::Outer) | None => match self.outer_job(load, lent.as_deref_mut()) {
                    Some(job) => job,
                    None => return,
                },
            };
            shim::assert_unlocked();
            match job {
                Job::Ask(asking) => {
                    load = asking;
                    if let Some(outer) = &load.outer {
                        outer.request(Demand::ONE);
                    }
                }
                Job::End(load, end) => return self.finish(*load, end),
                Job::Start(mut starting, mail) => {
                    let inner = starting.course.next(mail);
                    inner.subscribe(Leg { baton: Arc::clone(self), load: Some(starting) });
                    let mut state = self.state.lock();
                    state.driving = false;
                    if shim::planted("baton-leaves-without-a-look") {
                        return;
                    }
                    // It has come back already, or somebody drives when it does.
                    match state.take_to_drive() {
                        Some(back) => load = back,
                        None => return,
                    }
                }
            }
        }
    }

    /// What the outer upstream has brought. None: nothing, and the load rests in the baton.
    fn outer_job(
        self: &Arc<Self>,
        mut load: Box<Load<C, D>>,
        lent: Option<&mut Subscription>,
    ) -> Option<Job<C, D>> {
        // The last inner may have left its waker there, and it is replaced below.
        load.carry.subscription.forget_waker();
        let mut state = self.state.lock();
        if load.carry.subscription.is_cancelled() {
            return Some(Job::End(load, End::Abandon));
        }
        if let Some(mail) = state.item.take() {
            load.asked = false;
            return Some(Job::Start(load, mail));
        }
        if let Some(end) = state.end.take() {
            return Some(Job::End(load, end));
        }
        if !load.asked && load.outer.is_some() {
            load.asked = true;
            match lent {
                Some(outer) => outer.request(Demand::ONE),
                None => return Some(Job::Ask(load)),
            }
        }
        if shim::planted("baton-rests-without-a-waker") {
            state.load = Some(load);
            state.driving = false;
            return None;
        }
        // At rest: a cancel must find us.
        if load.carry.subscription.is_linked() {
            let waker = Waker::from(Arc::clone(self));
            if load.carry.subscription.poll_cancelled(&mut Context::from_waker(&waker)).is_ready() {
                return Some(Job::End(load, End::Abandon));
            }
        }
        state.load = Some(load);
        state.driving = false;
        None
    }

    fn finish(&self, load: Load<C, D>, end: End<C::Error>) {
        let Load { carry, outer, .. } = load;
        let Carry { downstream, mut subscription, .. } = carry;
        let left = self.state.lock().item.take();
        drop((left, outer));
        match end {
            End::Complete => downstream.on_complete(subscription.outstanding()),
            End::Fail(error) => downstream.on_error(error, subscription.outstanding()),
            End::Abandon => drop(downstream),
        }
    }

    /// What the outer upstream subscribes.
    pub(crate) fn outer(self: &Arc<Self>) -> Outer<C, D> {
        Outer { baton: Arc::clone(self), subscribed: false, ended: false }
    }
}

impl<C: Course, D> State<C, D> {
    fn take_to_drive(&mut self) -> Option<Box<Load<C, D>>> {
        let load = self.load.take()?;
        self.driving = true;
        Some(load)
    }
}

impl<C, D> Wake for Baton<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn wake(self: Arc<Self>) {
        self.go();
    }
}

/// The subscriber of an inner upstream.
struct Leg<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    baton: Arc<Baton<C, D>>,
    load: Option<Box<Load<C, D>>>,
}

impl<C, D> Leg<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn back(self, end: Result<(), InnerError<C>>, unused: Option<Demand>) {
        if let Some(mut load) = self.load {
            load.carry.alight(unused);
            load.ended = Some(end);
            self.baton.bring(|state| state.load = Some(load));
        }
    }
}

impl<C, D> Subscriber for Leg<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    type Item = Out<C>;
    type Error = InnerError<C>;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if let Some(load) = &mut self.load {
            load.carry.board(subscription);
        }
    }

    #[inline]
    fn on_next(&mut self, item: Out<C>, subscription: &mut Subscription) {
        if let Some(load) = &mut self.load {
            load.carry.on_next(item, subscription);
        }
    }

    fn on_error(self, error: InnerError<C>, unused: Option<Demand>) {
        self.back(Err(error), unused);
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.back(Ok(()), unused);
    }
}

/// The subscriber of the outer upstream.
pub(crate) struct Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    baton: Arc<Baton<C, D>>,
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

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        let mut handle = Some(subscription.handle());
        self.baton.bring(|state| {
            if let Some(load) = &mut state.load {
                load.outer = handle.take();
            }
        });
    }

    fn on_next(&mut self, item: C::Mail, subscription: &mut Subscription) {
        let mut displaced = None;
        self.baton.bring_lent(|state| displaced = state.item.replace(item), Some(subscription));
        drop(displaced);
    }

    fn on_error(mut self, error: C::Error, _unused: Option<Demand>) {
        self.ended = true;
        self.baton.bring(|state| state.end = Some(End::Fail(error)));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.ended = true;
        self.baton.bring(|state| {
            if !(state.driving && shim::planted("baton-loses-an-end-while-it-drives")) {
                state.end = Some(End::Complete);
            }
        });
    }
}

impl<C, D> Drop for Outer<C, D>
where
    C: Course,
    D: Subscriber<Item = Out<C>, Error = C::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if !self.ended {
            self.baton.bring(|state| state.end = Some(End::Abandon));
        }
    }
}
