//! Each item becomes several at once: `flat_map_iter`.
//!
//! The *state* (what spreads, downstream, downstream's own subscription) stays in upstream's subscriber from item to
//! item, so that a synchronous pipeline is one loop over locals, with no lock and nothing in the heap.
//!
//! # Invariants
//!
//! * The state is in one of three places: in upstream's subscriber, the [`Inlet`], between two items and while it
//!   delivers; with the rest of an iterator, parked in downstream's link or running out of it, while it waits for
//!   demand ([`Waiting`]); in the *berth*, when the wait is over and upstream has been asked for the next item. Only
//!   the inlet takes it out of the berth.
//! * Upstream is asked for an item when an iterator has ended, so none comes while the state waits. What upstream ends
//!   with meanwhile is left in the berth, and whoever brings the state there finds it, under the same lock.
//! * Who can cancel from elsewhere has a link, and upstream is tied to that: a cancel finds the parked state in the
//!   link, or reaches upstream, which drops the inlet and with it the state, be that in the inlet or in the berth. A
//!   state that comes to a berth whose inlet has gone is dropped.
//! * Without a link nobody can ask, either: a state that needs demand then goes, as a cancel by abandonment.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.4 §2.5 §2.8 §3.2 §3.3 §4.2 and 3-i.

use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Resume, Subscriber, Subscription, Tie, Turn};
use std::sync::Arc;

/// What becomes of an item.
pub(crate) trait Spread: Send + 'static {
    type In: Send + 'static;
    type Items: Iterator<Item: Send + 'static> + Send + 'static;
    type Error: Send + 'static;

    /// Called with no lock held.
    fn spread(&mut self, item: Self::In) -> Self::Items;
}

type Out<S> = <<S as Spread>::Items as Iterator>::Item;

struct State<S, D> {
    spread: S,
    downstream: D,
    /// Downstream's. Elsewhere while the state is parked in it.
    subscription: Subscription,
}

enum Next {
    /// The iterator has ended.
    More,
    /// It has not, and there is no demand.
    Wait,
    /// Downstream wants no more.
    Stop,
}

enum End<E> {
    Complete,
    Fail(E),
    Abandon,
}

impl<S, D> State<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    #[inline(always)]
    fn emit(&mut self, items: &mut S::Items) -> Next {
        while self.subscription.is_ready() {
            match items.next() {
                Some(item) => self.subscription.deliver(item, &mut self.downstream),
                None => return Next::More,
            }
        }
        if self.subscription.is_cancelled() {
            return Next::Stop;
        }
        // The end is known: upstream may have another item, or a terminal, that needs no demand.
        if items.size_hint().1 == Some(0) { Next::More } else { Next::Wait }
    }

    /// What upstream is asked for after an iterator, or before the first: all of it, once downstream wants all.
    #[inline(always)]
    fn more(&mut self) -> Demand {
        match self.subscription.outstanding() {
            Some(Demand::UNBOUNDED) => Demand::UNBOUNDED,
            _ => Demand::ONE,
        }
    }

    fn finish(self, end: End<S::Error>) {
        let Self { spread, downstream, mut subscription } = self;
        shim::assert_unlocked();
        drop(spread);
        match end {
            _ if subscription.is_cancelled() => drop(downstream),
            End::Abandon => drop(downstream),
            End::Complete => downstream.on_complete(subscription.outstanding()),
            End::Fail(error) => downstream.on_error(error, subscription.outstanding()),
        }
    }
}

/// The subscriber of upstream.
pub(crate) struct Inlet<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    state: Option<State<S, D>>,
    mooring: Mooring<S, D>,
    subscribed: bool,
}

/// The inlet's hold on the berth, of which there is one as soon as downstream has a link. Should the inlet go without a
/// terminal, the berth learns of it from here: a destructor of the inlet's own would lend all of it to a call.
struct Mooring<S, D>(Option<Arc<Berth<S, D>>>)
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static;

/// What upstream subscribes to spread its items for `downstream`. None: that wants nothing.
#[inline]
pub(crate) fn inlet<S, D>(spread: S, mut downstream: D) -> Option<Inlet<S, D>>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    let mut subscription = Subscription::new();
    downstream.on_subscribe(&mut subscription);
    if subscription.is_cancelled() {
        return None;
    }
    let state = State { spread, downstream, subscription };
    Some(Inlet { state: Some(state), mooring: Mooring(None), subscribed: false })
}

struct Berth<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    upstream: Handle,
    place: Mutex<Place<S, D>>,
}

struct Place<S: Spread, D> {
    state: Option<State<S, D>>,
    /// What upstream has ended with while the state was elsewhere.
    end: Option<End<S::Error>>,
    tie: Option<Tie>,
}

impl<S, D> Berth<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    /// From an iterator that has ended: asks for the next item, unless upstream has ended.
    fn moor(&self, mut state: State<S, D>) {
        let more = state.more();
        if shim::planted("spread-asks-before-it-moors") {
            self.upstream.request(more);
        }
        let mut place = self.place.lock();
        if let Some(end) = place.end.take()
            && !shim::planted("spread-moors-without-a-look")
        {
            let tie = place.tie.take();
            drop(place);
            drop(tie);
            return state.finish(end);
        }
        place.state = Some(state);
        drop(place);
        // Upstream may run in this call. It finds the state here.
        if !shim::planted("spread-asks-before-it-moors") {
            self.upstream.request(more);
        }
    }

    /// Upstream has ended. The state is here, or with the inlet, which brings it, or it will come.
    fn end(&self, state: Option<State<S, D>>, end: End<S::Error>) {
        let (state, end, tie) = {
            let mut place = self.place.lock();
            let state = state.or_else(|| place.state.take());
            match &state {
                Some(_) => (state, Some(end), place.tie.take()),
                None if shim::planted("spread-loses-an-end-while-it-waits") => (None, Some(end), None),
                None => (None, place.end.replace(end), None),
            }
        };
        drop(tie);
        if let (Some(state), Some(end)) = (state, end) {
            state.finish(end);
        }
    }

    /// The state will not come back: nothing is wanted of upstream, unless that has ended.
    fn cancel(&self) {
        let ended = self.place.lock().end.is_some();
        if !ended {
            self.upstream.cancel();
        }
    }
}

/// The cold halves take by value what they need: nothing that an emission loop keeps in registers is lent to them.
#[cold]
#[inline(never)]
fn unmoor<S, D>(berth: Option<Arc<Berth<S, D>>>) -> Option<State<S, D>>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    berth?.place.lock().state.take()
}

/// Downstream has a link by now: ties upstream to it, and makes the berth.
#[cold]
#[inline(never)]
fn tie<S, D>(mut lent: Subscription, mut state: State<S, D>) -> (Subscription, State<S, D>, Arc<Berth<S, D>>)
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    let upstream = lent.handle();
    let bound = state.subscription.tie(upstream.canceller());
    let tie = bound.filter(|_| !shim::planted("spread-is-not-tied"));
    // It may have been cancelled before.
    if state.subscription.is_cancelled() {
        lent.cancel();
    }
    let place = Mutex::new(Place { state: None, end: None, tie });
    (lent, state, Arc::new(Berth { upstream, place }))
}

/// Parks the state until there is demand. False: none can come.
#[cold]
#[inline(never)]
fn wait<S, D>(mut state: State<S, D>, items: S::Items, berth: Option<Arc<Berth<S, D>>>) -> bool
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    let Some(berth) = berth.filter(|_| !state.subscription.is_abandoned()) else { return false };
    let subscription = std::mem::take(&mut state.subscription);
    subscription.park(Box::new(Waiting { rest: Some((state, items)), berth, moored: false }));
    true
}

#[cold]
#[inline(never)]
fn end<S, D>(state: Option<State<S, D>>, berth: Option<Arc<Berth<S, D>>>, end: End<S::Error>)
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    match (state, berth) {
        (state, Some(berth)) => berth.end(state, end),
        (Some(state), None) => state.finish(end),
        (None, None) => {}
    }
}

impl<S, D> Subscriber for Inlet<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    type Item = S::In;
    type Error = S::Error;

    #[inline]
    fn on_subscribe(&mut self, lent: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return lent.cancel(); // rule 2.5
        }
        self.tie_if_linked(lent);
        if let Some(state) = &mut self.state {
            lent.request(state.more());
        }
    }

    #[inline(always)]
    fn on_next(&mut self, item: S::In, lent: &mut Subscription) {
        // A local while it delivers: the loop over an iterator keeps it in registers.
        let state = self.state.take();
        let state = if state.is_none() { unmoor(self.mooring.0.clone()) } else { state };
        // None: it has sent more than it was asked for.
        let Some(mut state) = state else { return };
        let mut items = state.spread.spread(item);
        match state.emit(&mut items) {
            Next::More => {
                lent.request(state.more());
                self.state = Some(state);
                self.tie_if_linked(lent);
            }
            Next::Wait => {
                self.state = Some(state);
                self.tie_if_linked(lent);
                if let Some(state) = self.state.take()
                    && !wait(state, items, self.mooring.0.clone())
                {
                    lent.cancel();
                }
            }
            Next::Stop => {
                lent.cancel();
                drop(state);
            }
        }
    }

    #[inline]
    fn on_error(mut self, error: S::Error, _unused: Option<Demand>) {
        end(self.state.take(), self.mooring.0.take(), End::Fail(error));
    }

    #[inline]
    fn on_complete(mut self, _unused: Option<Demand>) {
        end(self.state.take(), self.mooring.0.take(), End::Complete);
    }
}

impl<S, D> Inlet<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    #[inline(always)]
    fn tie_if_linked(&mut self, lent: &mut Subscription) {
        if self.mooring.0.is_none()
            && self.state.as_ref().is_some_and(|state| state.subscription.is_linked())
            && let Some(state) = self.state.take()
        {
            let (given_back, state, berth) = tie(std::mem::take(lent), state);
            *lent = given_back;
            self.state = Some(state);
            self.mooring.0 = Some(berth);
        }
    }
}

impl<S, D> Drop for Mooring<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            end(None, self.0.take(), End::Abandon);
        }
    }
}

/// The state with the rest of an iterator, parked in downstream's link.
struct Waiting<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    /// Gone while it runs: then it is a local.
    rest: Option<(State<S, D>, S::Items)>,
    berth: Arc<Berth<S, D>>,
    moored: bool,
}

impl<S, D> Resume for Waiting<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    fn resume(mut self: Box<Self>, subscription: Subscription) -> Turn {
        let Some((mut state, mut items)) = self.rest.take() else { return Turn::Done };
        state.subscription = subscription;
        match state.emit(&mut items) {
            Next::More => {
                drop(items);
                self.moored = true;
                self.berth.moor(state);
                Turn::Done
            }
            Next::Wait if !state.subscription.is_abandoned() => {
                let subscription = std::mem::take(&mut state.subscription);
                self.rest = Some((state, items));
                Turn::Park(self, subscription)
            }
            Next::Wait | Next::Stop => Turn::Done,
        }
    }
}

/// A cancel, or a panic of what runs.
impl<S, D> Drop for Waiting<S, D>
where
    S: Spread,
    D: Subscriber<Item = Out<S>, Error = S::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if !self.moored {
            self.berth.cancel();
        }
    }
}
