//! One upstream, many downstreams: `share`.
//!
//! ```text
//!                      / queue -> subscriber
//! upstream -> Inlet ->   queue -> subscriber
//!                      \ queue -> subscriber
//! ```
//!
//! Each subscriber is a *lane*: a valve of its own with its queue, its demand and its ledger. All lanes and the
//! upstream's handle are one box, the *core*, and owning the core is the permit to drain: one drain serves all lanes,
//! so that no item costs a lock for each of them.
//!
//! # Invariants
//!
//! * Whoever takes the core out of the fan is the one that drains. All others leave what they bring (an item, a lane, a
//!   handle, an end, or only a ring) under the lock, set `news`, and go. The one that drains puts the core back in a
//!   locked section in which there are no news, after each lane's link knows a bell of ours. No event is lost.
//! * The one that drains may ask upstream, which may run in that call, down to the inlet. For that time the core is
//!   *lent* to this thread ([`lease`]): the inlet takes it, serves all lanes, asks for more through the subscription
//!   that it was lent itself, and gives the core back. On another thread it finds nothing, and leaves its item.
//! * Upstream is asked for what the lane with the most demand waits for, and for no more than the fullest of those that
//!   wait has room for, nor than an empty one can hold. So what is on its way has room in each of them; a lane that
//!   joins is empty, and has room for what was asked for before it came.
//! * A lane sees each item that upstream brings after it has joined, in order, and then the end; one that joins after
//!   the end sees that. When the last lane has gone, upstream is cancelled, and that is the end.
//! * Subscribers, destructors and clones of items run with the lock released. If one of them panics, the core goes with
//!   the stack that unwinds: upstream is cancelled, and all lanes are dropped, their items counted.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §1.10 §1.11 §2.8 §3.2 §3.3 §3.6 §3.9 for each subscriber by itself.

mod lane;
mod lease;

use crate::driver::gate::Cancels;
use lane::Lane;
pub(crate) use lane::Queued;
use reactive_streams_core::shim::atomic::{AtomicBool, Ordering::Relaxed};
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription};
use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) struct Fan<T, E> {
    state: Mutex<State<T, E>>,
    /// Something was left under the lock, or somebody rang. It is written under the lock; who is lent the core looks at
    /// it without, and then takes the lock.
    news: AtomicBool,
}

struct State<T, E> {
    /// Here while nobody drains.
    core: Option<Box<Core<T, E>>>,
    left: Left<T, E>,
    /// The core has gone with a panic.
    dead: bool,
}

/// What others have brought while somebody drained.
struct Left<T, E> {
    lanes: Vec<Box<dyn Lane<T, E>>>,
    items: VecDeque<T>,
    handle: Option<Handle>,
    end: Option<End<E>>,
}

impl<T, E> Default for Left<T, E> {
    fn default() -> Self {
        Self { lanes: Vec::new(), items: VecDeque::new(), handle: None, end: None }
    }
}

#[derive(Clone)]
enum End<E> {
    Complete,
    Fail(E),
    /// Upstream has gone without a terminal, or was cancelled with the last lane.
    Gone,
}

struct Core<T, E> {
    lanes: Vec<Box<dyn Lane<T, E>>>,
    /// With the one that asks for the time of the call.
    upstream: Option<Handle>,
    /// When nobody was left who could ask, the handle was given up for this.
    given_up: Option<Cancels>,
    /// Asked for and not received; `u64::MAX` is everything.
    asked: u64,
    /// The most that is on its way at once.
    most: u64,
    /// It is time to ask again when no more than so many are on their way.
    low: u64,
    /// Upstream has subscribed its inlet.
    started: bool,
    end: Option<End<E>>,
}

impl<T: Clone, E: Clone> Core<T, E> {
    /// One item for all lanes. False: they are to be looked after.
    #[inline]
    fn put(&mut self, item: T) -> bool {
        if self.asked != u64::MAX {
            self.asked = self.asked.saturating_sub(1);
        }
        if shim::fuzz_coin(3) && !self.lanes.is_empty() {
            self.lanes.rotate_left(1);
        }
        let Some((last, others)) = self.lanes.split_last_mut() else { return false };
        let mut calm = true;
        others.iter_mut().for_each(|lane| calm &= lane.put(item.clone()));
        calm & last.put(item)
    }

    /// Takes in what was left, in an order in which no lane misses an item that came after it.
    fn take_in(&mut self, left: Left<T, E>) {
        let Left { lanes, items, handle, end } = left;
        for mut lane in lanes {
            self.tell_end(&mut *lane);
            self.lanes.push(lane);
        }
        if let Some(handle) = handle {
            self.attach(handle);
        }
        for item in items {
            // It is run after that.
            let _calm = self.put(item);
        }
        if let Some(end) = end
            && self.end.is_none()
        {
            self.close(end);
            let mut lanes = std::mem::take(&mut self.lanes);
            lanes.iter_mut().for_each(|lane| self.tell_end(&mut **lane));
            self.lanes = lanes;
        }
    }

    fn attach(&mut self, handle: Handle) {
        (self.upstream, self.started) = (Some(handle), true);
    }

    fn tell_end(&self, lane: &mut dyn Lane<T, E>) {
        match &self.end {
            Some(End::Complete) => lane.end(Ok(())),
            Some(End::Fail(error)) => lane.end(Err(error.clone())),
            Some(End::Gone) | None => {}
        }
    }

    fn close(&mut self, end: End<E>) {
        (self.upstream, self.given_up) = (None, None);
        (self.asked, self.end) = (0, Some(end));
    }

    /// Lets each lane deliver what it can, and go if it is over.
    fn run(&mut self) {
        if let Some(End::Gone) = self.end {
            self.lanes.clear();
        }
        self.lanes.retain_mut(|lane| lane.run());
    }

    /// Nobody is left to serve: upstream is cancelled by the drop of its handle.
    fn is_deserted(&mut self) -> bool {
        if !self.started || !self.lanes.is_empty() {
            return false;
        }
        match self.end {
            None => self.close(End::Gone),
            Some(_) => (self.upstream, self.given_up) = (None, None),
        }
        true
    }

    /// The handle, if nobody is left who could ask: it is to be given up. Upstream goes on with what it was asked for,
    /// and may come to its end; if only demand could bring it there, it lets its inlet go.
    fn abandoned(&mut self) -> Option<Handle> {
        let alone = self.upstream.is_some() && self.lanes.iter_mut().all(|lane| lane.is_abandoned());
        if alone { self.upstream.take() } else { None }
    }

    /// What to ask upstream for: counted as asked. Nobody needs to be looked at while enough is on its way.
    #[inline]
    fn want(&mut self) -> Option<Demand> {
        if self.asked > self.low && !shim::fuzz_coin(3) { None } else { self.ask() }
    }

    fn ask(&mut self) -> Option<Demand> {
        if self.end.is_some() {
            return None;
        }
        let (mut room, mut demand) = (self.most, 0);
        for lane in &mut self.lanes {
            let (free, asked) = lane.room();
            (room, demand) = (room.min(free), demand.max(asked));
        }
        let more = Demand::new(room.min(demand).saturating_sub(self.asked))?;
        self.asked = self.asked.saturating_add(more.get());
        self.low = self.asked / 4;
        Some(more)
    }
}

impl<T, E> Fan<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    /// `most` is the most that is on its way at once: the capacity of a lane that waits.
    pub(crate) fn new(most: u64) -> Arc<Self> {
        let core = Core {
            lanes: Vec::new(),
            upstream: None,
            given_up: None,
            asked: 0,
            most,
            low: 0,
            started: false,
            end: None,
        };
        let state = State { core: Some(Box::new(core)), left: Left::default(), dead: false };
        Arc::new(Self { state: Mutex::new(state), news: AtomicBool::new(false) })
    }

    /// One subscriber more, which has had its `on_subscribe`.
    pub(crate) fn join(self: &Arc<Self>, lane: impl Lane<T, E> + 'static) {
        let lane = Box::new(lane);
        self.tell(|left| left.lanes.push(lane));
    }

    /// Leaves something, and drains unless somebody else does.
    fn tell(self: &Arc<Self>, leave: impl FnOnce(&mut Left<T, E>)) {
        let core = {
            let mut state = self.state.lock();
            leave(&mut state.left);
            if state.dead {
                let left = std::mem::take(&mut state.left);
                drop(state);
                return drop(left);
            }
            self.news.store(!shim::planted("fan-leaves-without-news"), Relaxed);
            state.core.take()
        };
        if let Some(core) = core {
            self.drain(core, None);
        }
    }

    /// A lane has demand, or has been cancelled.
    fn ring(self: &Arc<Self>) {
        self.tell(|_| {});
    }

    /// An item that is brought on a thread to which the core is not lent.
    fn bring(self: &Arc<Self>, item: T, upstream: &mut Subscription) {
        let mut state = self.state.lock();
        let Some(mut core) = state.core.take() else {
            if state.dead {
                drop(state);
                return upstream.cancel();
            }
            state.left.items.push_back(item);
            self.news.store(true, Relaxed);
            return;
        };
        drop(state);
        let unwinding = Unwinding(self);
        if core.put(item) {
            if let Some(more) = core.want() {
                upstream.request(more);
            }
            // All bells hang, unless there are news. When nothing is on its way, somebody may have to be let go.
            let mut state = self.state.lock();
            if core.asked > 0 && !self.news.load(Relaxed) {
                state.core = Some(core);
                return std::mem::forget(unwinding);
            }
        }
        std::mem::forget(unwinding);
        self.drain(core, Some(upstream));
    }

    /// Subscribes to upstream, which may run in that call.
    pub(crate) fn connect<P: Publisher<Item = T, Error = E>>(self: &Arc<Self>, source: P) {
        let inlet = Inlet { fan: Arc::clone(self), subscribed: false, ended: false };
        let core = self.state.lock().core.take();
        let Some(core) = core else { return source.subscribe(inlet) };
        let unwinding = Unwinding(self);
        if let Some(core) = lease::lend(self.whose(), core, || source.subscribe(inlet)) {
            std::mem::forget(unwinding);
            self.drain(core, None);
        }
    }

    fn whose(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }

    /// Serves all lanes until there is nothing to do, and puts the core back. `lent` is upstream's subscription, where
    /// it is upstream that calls.
    fn drain(self: &Arc<Self>, mut core: Box<Core<T, E>>, mut lent: Option<&mut Subscription>) {
        let unwinding = Unwinding(self);
        loop {
            self.attend(&mut core);
            if core.is_deserted()
                && let Some(upstream) = &mut lent
            {
                upstream.cancel();
            }
            if lent.is_some() || core.upstream.is_some() {
                let more = core.want();
                match (more, &mut lent, core.upstream.take()) {
                    (Some(more), Some(lent), handle) => {
                        lent.request(more);
                        core.upstream = handle;
                    }
                    (Some(more), None, Some(handle)) => {
                        match lease::lend(self.whose(), core, || handle.request(more)) {
                            Some(back) => core = back,
                            // It has unwound below us, and somebody has caught that.
                            None => return,
                        }
                        if core.end.is_none() {
                            core.upstream = Some(handle);
                        }
                        continue;
                    }
                    (_, _, handle) => core.upstream = handle,
                }
            }
            let mut watched = false;
            core.lanes.iter_mut().for_each(|lane| watched |= lane.watch(self));
            if watched && !shim::planted("fan-rests-before-the-bell") {
                // What came before the bell was hung has not rung.
                continue;
            }
            if let Some(handle) = core.abandoned() {
                core.given_up = Some(Cancels::new(handle.give_up()));
                continue;
            }
            let mut state = self.state.lock();
            if self.news.load(Relaxed) && !shim::planted("fan-rests-with-news") {
                continue;
            }
            state.core = Some(core);
            return std::mem::forget(unwinding);
        }
    }

    /// Takes in what was left and serves all lanes.
    fn attend(&self, core: &mut Core<T, E>) {
        let left = {
            let mut state = self.state.lock();
            self.news.store(false, Relaxed);
            std::mem::take(&mut state.left)
        };
        shim::assert_unlocked();
        core.take_in(left);
        core.run();
    }
}

/// Marks the fan dead if somebody unwinds with the core.
struct Unwinding<'a, T, E>(&'a Arc<Fan<T, E>>);

impl<T, E> Drop for Unwinding<'_, T, E> {
    fn drop(&mut self) {
        let (core, left) = {
            let mut state = self.0.state.lock();
            state.dead = true;
            (state.core.take(), std::mem::take(&mut state.left))
        };
        drop((core, left));
    }
}

/// What upstream sees.
pub(crate) struct Inlet<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    fan: Arc<Fan<T, E>>,
    subscribed: bool,
    ended: bool,
}

impl<T, E> Inlet<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    fn end(&mut self, end: End<E>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.fan.tell(|left| left.end = Some(end));
        }
    }
}

impl<T, E> Subscriber for Inlet<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        let (handle, whose) = (subscription.handle(), self.fan.whose());
        let Some(mut core) = lease::take::<Core<T, E>>(whose) else {
            return self.fan.tell(|left| left.handle = Some(handle));
        };
        core.attach(handle);
        if let Some(more) = core.want() {
            subscription.request(more);
        }
        lease::give(whose, core);
    }

    #[inline]
    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        let whose = self.fan.whose();
        let Some(mut core) = lease::take::<Core<T, E>>(whose) else {
            return self.fan.bring(item, subscription);
        };
        let mut deserted = false;
        if !core.put(item) || self.fan.news.load(Relaxed) {
            self.fan.attend(&mut core);
            deserted = core.is_deserted();
        }
        if deserted {
            subscription.cancel();
        } else if let Some(more) = core.want() {
            subscription.request(more);
        }
        lease::give(whose, core);
    }

    fn on_error(mut self, error: E, _unused: Option<Demand>) {
        self.end(End::Fail(error));
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.end(End::Complete);
    }
}

impl<T, E> Drop for Inlet<T, E>
where
    T: Clone + Send + 'static,
    E: Clone + Send + 'static,
{
    fn drop(&mut self) {
        self.end(End::Gone);
    }
}
