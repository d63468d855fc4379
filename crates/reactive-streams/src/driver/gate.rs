//! The one drain loop of everything that holds items back: valves, timed valves, several inputs.
//!
//! An operator is a [`Machine`], a plain value that is told what has happened and says what to do next. The gate
//! keeps it under a lock and the *outlet* beside it: downstream, its subscription, the handles of the upstreams,
//! the alarm. What must end together travels in that one box.
//!
//! # Invariants
//!
//! * Whoever takes the outlet out of the gate is the one that drains; all others only tell the machine and leave.
//! * Who tells takes the outlet, if it is in the gate, in the same locked section, and decides there what to do: an item
//!   for which there is no demand costs one section, one that goes out two.
//! * Nobody drains if the machine says that it [is calm](Machine::is_calm) after it was told, and what it holds can be asked
//!   for: the one that drained before has seen what was asked and cancelled until then, and a call of our waker drains
//!   whatever the machine says.
//! * An item that is lost leaves between two sections, with the outlet in the gate; one without a destructor, of which no
//!   hook hears, is gone once it is counted.
//! * The one that drains puts the outlet back in the same locked section in which the machine said [`Act::Idle`], or
//!   [`Act::Request`], for the time in which it asks that upstream, which may run in the call; and after its waker is
//!   known to downstream's link. So whatever is told, asked or cancelled
//!   later finds the outlet in the gate, and whatever came earlier was seen: no event is lost.
//! * Downstream, handles, hooks, alarms and the destructors of items are called with the lock released.
//! * Once ended, the machine is closed: it hands out what it held, and counts what is told later as late.
//! * If a callback or a hook panics, a guard closes the machine and marks the end; the outlet goes with the stack that
//!   unwinds. That drops downstream and cancels the upstreams.
//! * If it is another one that drains, or an input or a worker that unwinds, the end is a *collapse*: who drains leaves the
//!   outlet here at its next look, and once the panic is caught, its payload goes to downstream as it is dropped (3-vii).
//!   If nobody has looked by then, the payload waits here for who drains.
//! * What is replaced goes with the lock released as well: the handle of an input whose place another one takes,
//!   and the waker that an earlier publisher left in downstream's link.

mod alone;
mod collapse;
mod hold;
mod laid;
mod machine;
mod open;
mod outlet;
mod shared;
#[cfg(test)]
mod tests;

pub(crate) use crate::driver::losses::{Hook, Lost};
use crate::driver::losses::{Losses, contained};
use crate::driver::panics::Payload;
use crate::ledger::Reason;
use collapse::{Collapse, Telling};
pub(crate) use hold::{Hold, Ran, Run};
use laid::Alone;
pub(crate) use machine::{Act, Machine, Missed};
pub(crate) use outlet::Cancels;
use outlet::{Arrival, Input, Lent, Outlet};
use reactive_streams_core::shim::{self, Mutex, MutexGuard};
use reactive_streams_core::{Clock, Demand, Handle, Subscriber, Subscription};
use reactive_streams_sync::Desk;
pub(crate) use shared::{Due, Passed, Shared, Step};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

pub(crate) struct Gate<M: Machine, D> {
    inner: Mutex<Inner<M, D>>,
    losses: Losses<M::Lost>,
    /// Where a thread has the machine and the outlet for itself.
    desk: Desk<Box<Alone<M, D>>>,
}

struct Inner<M, D> {
    machine: M,
    /// Here while nobody drains and the stream has not ended.
    outlet: Option<Box<Outlet<D>>>,
    /// Handles that came, or came back, while somebody drained.
    arrivals: Vec<Arrival>,
    /// Downstream's link knows our waker and has not called it.
    registered: bool,
    /// The outlet is gone for good, or it will be once it is seen.
    ended: bool,
    collapse: Collapse,
}

impl<M: Machine, D> Inner<M, D> {
    /// Something is held that nobody can ever ask for: that is an end.
    fn is_forsaken(&mut self) -> bool {
        let abandoned = |outlet: &mut Box<Outlet<D>>| outlet.subscription.is_abandoned();
        self.machine.holds() && self.outlet.as_mut().is_some_and(abandoned)
    }

    /// What to do next, for the one with the outlet.
    fn decide(&mut self, outlet: &mut Outlet<D>, demand: Option<Demand>) -> Act<M::Out, M::Error, M::Lost> {
        if self.ended || outlet.subscription.is_cancelled() {
            return Act::Abandon;
        }
        match self.machine.next(demand) {
            Act::Idle if outlet.subscription.is_abandoned() && self.machine.holds() => Act::Abandon,
            Act::Idle => outlet.inputs.owed().map_or(Act::Idle, |(input, more)| Act::Request(input, more)),
            act => act,
        }
    }
}

impl<M, D> Gate<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// An input has subscribed. None: nothing is wanted any more, and it is cancelled by the drop of its handle.
    pub(crate) fn attach<R>(
        self: &Arc<Self>,
        input: usize,
        handle: Handle,
        attached: impl FnOnce(&mut M) -> R,
    ) -> Option<R> {
        let mut inner = self.inner.lock();
        if inner.ended && !shim::planted("gate-attach-after-the-end") {
            drop(inner);
            drop(handle);
            return None;
        }
        inner.arrivals.push(Arrival::New(input, handle));
        let result = attached(&mut inner.machine);
        self.told(inner, Lost::Nothing, false);
        Some(result)
    }

    /// Tells the machine what has happened, and drains unless somebody else does. The second argument is the
    /// demand that can be met at once: none while somebody else drains.
    #[inline]
    pub(crate) fn tell<R>(
        self: &Arc<Self>,
        event: impl FnOnce(&mut M, Option<Demand>) -> (R, Lost<M::Lost>),
    ) -> R {
        let mut inner = self.inner.lock();
        let direct = inner.outlet.as_mut().and_then(|outlet| outlet.subscription.outstanding());
        let held = inner.machine.holds();
        let (result, lost) = event(&mut inner.machine, direct);
        // Who held something before has been looked at by the last drain; a handle that is given up calls our waker.
        let calm = inner.machine.is_calm(direct) && (held || !inner.is_forsaken());
        self.told(inner, lost, calm);
        result
    }

    /// The machine was told something in this locked section, and had to lose something. If it is calm, nothing else is
    /// to be done.
    #[inline(always)]
    fn told<'a>(
        self: &'a Arc<Self>,
        mut inner: MutexGuard<'a, Inner<M, D>>,
        lost: Lost<M::Lost>,
        calm: bool,
    ) {
        if inner.machine.has_missed() {
            self.desk.call();
        }
        let (lost, waiting) = (self.losses.of(lost), inner.machine.waiting());
        // Whoever drains sees what was told.
        let settled = calm || inner.outlet.is_none();
        if matches!(lost, Lost::Nothing) && waiting.is_none() {
            if !settled && let Some(outlet) = inner.outlet.take() {
                self.drain(outlet, inner);
            }
            return;
        }
        drop(inner);
        // Hook and wakers come first: were one to panic, the outlet would still be in the gate. It may be a clock that
        // tells, so that no upstream would end the stream as it unwinds.
        let unwinding = Telling(self);
        self.losses.lose(lost);
        if let Some(waiting) = waiting {
            wake_all(waiting);
        }
        std::mem::forget(unwinding);
        if !settled {
            self.come_back();
        }
    }

    /// Drains unless somebody else does.
    #[inline(never)]
    fn come_back(self: &Arc<Self>) {
        let mut inner = self.inner.lock();
        if let Some(outlet) = inner.outlet.take() {
            self.drain(outlet, inner);
        }
    }

    /// `inner` is the locked section in which the outlet was taken: the first act is decided in it.
    #[inline(never)]
    fn drain<'a>(self: &'a Arc<Self>, mut outlet: Box<Outlet<D>>, inner: MutexGuard<'a, Inner<M, D>>) {
        let unwinding = Unwinding(self);
        let mut locked = Some(inner);
        loop {
            if shim::fuzz_coin(4) {
                // The fuzzing mode leaves now and then, as if it had come to rest, and comes back.
                let mut inner = locked.take().unwrap_or_else(|| self.inner.lock());
                inner.outlet = Some(outlet);
                drop(inner);
                let Some(back) = self.inner.lock().outlet.take() else { return std::mem::forget(unwinding) };
                outlet = back;
            }
            let mut replaced = Vec::new();
            let act = {
                let mut inner = locked.take().unwrap_or_else(|| self.inner.lock());
                if !inner.arrivals.is_empty() {
                    for arrival in std::mem::take(&mut inner.arrivals) {
                        replaced.extend(outlet.inputs.accept(arrival));
                    }
                }
                if inner.ended && inner.collapse.is_due() {
                    inner.outlet = Some(outlet);
                    return std::mem::forget(unwinding);
                }
                let demand = outlet.subscription.outstanding();
                let act = inner.decide(&mut outlet, demand);
                // Who will never ask may give its handles up first, under no lock.
                let rests = matches!(act, Act::Idle)
                    && !(outlet.subscription.is_abandoned() && outlet.inputs.can_ask());
                if rests {
                    if shim::planted("gate-idle-in-two-steps") {
                        drop(inner);
                        inner = self.inner.lock();
                    }
                    // The handle may have been given up since, and our waker have come too late to hear of it.
                    let left = |outlet: &mut Outlet<D>, machine: &M| {
                        outlet.subscription.is_abandoned() && (outlet.inputs.can_ask() || machine.holds())
                    };
                    if self.sleep(&mut inner, &mut outlet, demand) && !left(&mut outlet, &inner.machine) {
                        inner.machine.rest();
                        inner.outlet = Some(outlet);
                        std::mem::forget(unwinding);
                        return;
                    }
                    continue;
                }
                if let Act::Request(input, more) = act {
                    let Some(lent) = outlet.inputs.lend(input, more) else { continue };
                    if let Some(machine) = alone::lend(&mut inner.machine, &outlet.inputs) {
                        drop((inner, replaced));
                        match self.ask_alone(machine, outlet, lent, more) {
                            Some(back) => outlet = back,
                            None => return std::mem::forget(unwinding),
                        }
                        continue;
                    }
                    if shim::planted("gate-asks-in-two-steps") {
                        drop(inner);
                        inner = self.inner.lock();
                    }
                    if !self.sleep(&mut inner, &mut outlet, demand) {
                        outlet.inputs.owe(input, more);
                        replaced.extend(outlet.inputs.accept(Arrival::Back(lent)));
                        continue;
                    }
                    inner.outlet = Some(outlet);
                    drop((inner, replaced));
                    match self.ask(lent, more) {
                        Some(back) => outlet = back,
                        None => return std::mem::forget(unwinding),
                    }
                    continue;
                }
                act
            };
            drop(replaced);
            match act {
                Act::Emit(item) => outlet.subscription.deliver(item, &mut outlet.downstream),
                // Done already, in the locked section.
                Act::Request(..) => {}
                Act::Cancel(input) => drop(outlet.inputs.cancel(input)),
                Act::Lose(lost) => self.losses.lose(lost),
                Act::Time(clock) => {
                    let now = clock.now();
                    let lost = self.inner.lock().machine.tick(now);
                    self.losses.lose(lost);
                }
                Act::WakeAt(clock, at) => {
                    outlet.alarm = None;
                    let ring = Ring { gate: Arc::clone(self), clock: Arc::clone(&clock) };
                    outlet.alarm = Some(clock.wake_at(at, Waker::from(Arc::new(ring))));
                }
                Act::Wake(waker) => waker.wake(),
                Act::Complete => return self.finish(*outlet, Some(Ok(()))),
                Act::Fail(error) => return self.finish(*outlet, Some(Err(error))),
                Act::Abandon => return self.finish(*outlet, None),
                Act::Idle => outlet.inputs.give_up(),
            }
        }
    }

    /// Asks an upstream, which may run in this call; the outlet is in the gate. None: somebody else drains, or the
    /// stream has ended.
    fn ask(self: &Arc<Self>, lent: Lent, more: Demand) -> Option<Box<Outlet<D>>> {
        lent.handle.request(more);
        self.asked(lent)
    }

    /// An upstream was asked; its handle is back.
    fn asked(&self, lent: Lent) -> Option<Box<Outlet<D>>> {
        let mut inner = self.inner.lock();
        if inner.ended {
            // An outlet that waits for a collapse stays.
            drop(inner);
            drop(Input::from(lent));
            return None;
        }
        let Some(mut outlet) = inner.outlet.take() else {
            inner.arrivals.push(Arrival::Back(lent));
            return None;
        };
        let replaced = outlet.inputs.accept(Arrival::Back(lent));
        drop(inner);
        drop(replaced);
        Some(outlet)
    }

    /// Makes sure that a request or a cancel comes to [`Wake::wake`]; false when one has come already.
    fn sleep(
        self: &Arc<Self>,
        inner: &mut Inner<M, D>,
        outlet: &mut Outlet<D>,
        demand: Option<Demand>,
    ) -> bool {
        if !inner.registered && outlet.subscription.is_linked() {
            if !self.register(&mut outlet.subscription) {
                return false;
            }
            inner.registered = true;
        }
        if shim::planted("gate-sleep-without-recheck") {
            return true;
        }
        outlet.subscription.outstanding() == demand && !outlet.subscription.is_cancelled()
    }

    /// Leaves our waker with downstream's link; false if it has been cancelled.
    fn register(self: &Arc<Self>, subscription: &mut Subscription) -> bool {
        let waker = Waker::from(Arc::clone(self));
        subscription.poll_cancelled(&mut Context::from_waker(&waker)).is_pending()
    }

    /// The end: shows the hook what was held, lets go of the rest, and wakes who waits in vain. Where it comes from
    /// a thread that does not drain, the outlet may still be here.
    #[cold]
    #[inline(never)]
    fn close(&self) {
        let (lost, remains) = {
            let mut inner = self.inner.lock();
            inner.ended = true;
            let lost = inner.machine.close(Reason::Cancelled);
            (lost, (inner.machine.unsaid(), std::mem::take(&mut inner.arrivals), inner.outlet.take()))
        };
        self.losses.lose(lost);
        drop(remains);
        // Not before: if the hook unwinds, the guard comes here again and finds them.
        let waiting = self.inner.lock().machine.waiting();
        if let Some(waiting) = waiting
            && !shim::planted("gate-ends-without-a-wake")
        {
            wake_all(waiting);
        }
    }

    /// The end, with the outlet in hand: it never goes back.
    fn finish(&self, outlet: Outlet<D>, end: Option<Result<(), M::Error>>) {
        // Of a panic that nobody waits for, its own thread has said all there is to say.
        let _nobodys = self.finish_or_collapse(outlet, end);
    }

    /// Gives out the payload of a collapse when nobody waits for it.
    fn finish_or_collapse(&self, outlet: Outlet<D>, end: Option<Result<(), M::Error>>) -> Option<Payload> {
        let Outlet { downstream, mut subscription, inputs, alarm } = outlet;
        self.close();
        // Upstreams are cancelled before the terminal, so that nothing runs for a stream that has ended.
        drop((alarm, inputs));
        if subscription.is_linked() {
            // Downstream's handle may outlive this stream: it need not keep us, and what the hook has captured.
            let _parked = subscription.poll_cancelled(&mut Context::from_waker(Waker::noop()));
        }
        match end {
            None => return self.let_down(downstream),
            Some(Ok(())) => downstream.on_complete(subscription.outstanding()),
            Some(Err(error)) => downstream.on_error(error, subscription.outstanding()),
        }
        None
    }
}

fn wake_all(wakers: VecDeque<Waker>) {
    contained(|| wakers.into_iter().for_each(Waker::wake));
}

/// Closes the machine if a callback unwinds through the drain.
struct Unwinding<'a, M, D>(&'a Arc<Gate<M, D>>)
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static;

impl<M, D> Drop for Unwinding<'_, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The outlet unwinds further up on this stack, so that no collapse will find it.
            self.0.inner.lock().collapse = Collapse::No;
            self.0.close();
        }
    }
}

impl<M, D> Wake for Gate<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        if shim::planted("gate-wake-leaves-it-to-the-next") {
            self.inner.lock().registered = false;
            return;
        }
        let mut inner = self.inner.lock();
        inner.registered = shim::planted("gate-wake-stays-registered");
        self.told(inner, Lost::Nothing, false);
    }
}

/// What the clock calls: reads the time outside the lock, then tells it.
struct Ring<M: Machine, D> {
    gate: Arc<Gate<M, D>>,
    clock: Arc<dyn Clock>,
}

impl<M, D> Wake for Ring<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn wake(self: Arc<Self>) {
        let now = self.clock.now();
        self.gate.tell(|machine, _| ((), machine.tick(now)));
    }
}
