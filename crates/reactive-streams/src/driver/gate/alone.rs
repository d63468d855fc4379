//! A thread that has the machine and the outlet for itself, under no lock, for the time of a call into an upstream.
//!
//! While all inputs are immediate (their publishers run nowhere but inside our own calls of `subscribe` and `request`),
//! nothing can happen but what happens inside such a call, on its thread. So that thread takes both out of the gate for
//! the time of the call and lays them on the desk, where the inlets find them.
//!
//! # Invariants
//!
//! * The machine says whether it may be lent: only while each input that was subscribed to, and has not ended, is
//!   immediate. Who finds out, at the desk, that one is not goes back to the gate at once.
//! * It is lent only within a call of ours, which brings it back, and only while no other thread is in such a call: the
//!   machine knows who subscribes, the outlet who asks. One that is may bring an item at any moment.
//! * It is lent only while nothing is held. What is held at the desk and could go out, if only it were asked for, is in
//!   the gate before the upstream runs on: whoever brings demand finds it there. Demand that comes while nothing waits
//!   for it is seen before the next item, and so is a cancel, as in any pipeline that runs on one thread.
//! * Where what goes out is made of an item of each input, another input may be asked within the item of one that runs, and
//!   runs in that call: only while nothing is held that could go out, and one call deep.
//! * What others tell meanwhile waits in the gate, and who sits at the desk is called. It goes back before the next
//!   item, or at the end of the call.
//! * An input that runs asks through what it was lent. It takes its handle, and others come to know of it, when it will
//!   run no more without being asked, and when this thread goes back to the gate.
//! * The end, and whatever else is not an item or a request, is for the drain: this thread goes back to the gate first.
//! * If a call unwinds, what is on the desk is in the gate before anybody hears of it.

use super::collapse::Collapse;
use super::hold::{Hold, Run};
use super::laid::{Alone, On, take_handle};
use super::outlet::{Arrival, Inputs, Lent, Outlet};
use super::shared::{Passed, Shared};
use super::{Gate, Inner, Lost, Machine};
use reactive_streams_core::shim::{self, MutexGuard};
use reactive_streams_core::{Demand, Subscriber, Subscription};
use std::sync::Arc;

pub(super) type Laid<M, D> = Box<Alone<M, D>>;
type Locked<'a, M, D> = MutexGuard<'a, Inner<M, D>>;

/// The machine, for the thread that has the outlet, if it can have it for itself.
pub(super) fn lend<M: Machine>(machine: &mut M, inputs: &Inputs) -> Option<M> {
    if machine.holds() || inputs.others_ask() { None } else { machine.lend() }
}

impl<M, D> Gate<M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// An item has come, and goes the short way if there is one; otherwise it is given back. The next ones may go the
    /// same way, in a run of this input.
    #[inline]
    pub(crate) fn pass_alone(
        self: &Arc<Self>,
        hold: Option<&mut Hold<M, D>>,
        input: usize,
        item: M::Lost,
        lent: &mut Subscription,
    ) -> Option<M::Lost> {
        let Some(mut hands) = Hands::new(self) else { return Some(item) };
        let Some(Alone { machine, outlet, .. }) = hands.laid.as_deref_mut() else { return Some(item) };
        let wanted = if self.desk.is_called() { None } else { outlet.subscription.wanted() };
        let keeps = match machine.pass(input, item, wanted.unwrap_or(0)) {
            Passed::Through { item, more, ends } => {
                if let Some(more) = more {
                    lent.request(more);
                }
                outlet.subscription.deliver(item, &mut outlet.downstream);
                if ends || outlet.subscription.is_cancelled() || shim::fuzzing() {
                    hands.lay_down();
                    self.look_alone(hold, input, lent);
                    return None;
                }
                false
            }
            Passed::Kept => true,
            Passed::Not(item) => {
                hands.lay_down();
                return Some(item);
            }
        };
        if let Some(laid) = hands.empty() {
            self.lay_down_or_hold(laid, hold, input, keeps, lent);
        }
        None
    }

    /// Does what is to be done, if this thread has the machine for itself. The next items of this input may pass then.
    pub(crate) fn look_alone(
        self: &Arc<Self>,
        hold: Option<&mut Hold<M, D>>,
        input: usize,
        lent: &mut Subscription,
    ) {
        let nothing = |_: &mut M, _| ((), Lost::Nothing);
        let _told = self.tell_alone(hold, input, Some(lent), nothing);
    }

    /// Tells the machine what has happened, if this thread has it for itself. `lent` is what the input was lent, where
    /// it is one that runs. Otherwise it gives `event` back.
    pub(crate) fn tell_alone<R, F>(
        self: &Arc<Self>,
        hold: Option<&mut Hold<M, D>>,
        input: usize,
        mut lent: Option<&mut Subscription>,
        event: F,
    ) -> Result<R, F>
    where
        F: FnOnce(&mut M, Option<Demand>) -> (R, Lost<M::Lost>),
    {
        let Some(mut hands) = Hands::new(self) else { return Err(event) };
        let Some(alone) = &mut hands.laid else { return Err(event) };
        shim::assert_unlocked();
        let (result, lost) = event(&mut alone.machine, alone.outlet.subscription.outstanding());
        self.losses.lose(lost);
        let rests = loop {
            let Some(alone) = &mut hands.laid else { return Ok(result) };
            if alone.machine.is_idle() {
                break true;
            }
            match alone.go_on(input, lent.as_deref_mut(), !self.desk.is_called()) {
                On::Rest => break true,
                On::Rejoin => break false,
                On::Ask(asked, more) => {
                    hands.lay_down();
                    match self.ask_within(asked, more, input, lent.as_deref_mut()) {
                        Some(back) => hands = back,
                        None => return Ok(result),
                    }
                }
            }
        };
        let Some(alone) = &mut hands.laid else { return Ok(result) };
        if rests && !self.desk.is_called() {
            if let Some(lent) = &mut lent {
                alone.settle(input, lent);
            }
            if let Some(laid) = hands.empty() {
                match lent {
                    Some(lent) => self.lay_down_or_hold(laid, hold, input, false, lent),
                    None => self.lay_down(laid),
                }
            }
            return Ok(result);
        }
        if let Some(mut laid) = hands.empty() {
            let arrival = lent.and_then(take_handle).map(|handle| Arrival::New(input, handle));
            if arrival.is_some() {
                laid.machine.attached(input);
            }
            let (outlet, inner) = self.rejoin(*laid, arrival);
            self.drain(outlet, inner);
        }
        Ok(result)
    }

    /// Asks another input, which runs in this call and finds the machine at the desk, as `input` does afterwards. None: it
    /// has gone back to the gate, and what is to be done is done.
    fn ask_within(
        self: &Arc<Self>,
        asked: Lent,
        more: Demand,
        input: usize,
        lent: Option<&mut Subscription>,
    ) -> Option<Hands<'_, M, D>> {
        asked.handle.request(more);
        let Some(mut hands) = Hands::new(self) else {
            // From now on others may ask this input.
            if let Some(handle) = lent.and_then(take_handle) {
                self.attach(input, handle, |machine| machine.attached(input));
            }
            if let Some(outlet) = self.asked(asked) {
                self.drain(outlet, self.inner.lock());
            }
            return None;
        };
        let inputs = &mut hands.laid.as_mut()?.outlet.inputs;
        let (replaced, owed) = (inputs.accept(Arrival::Back(asked)), inputs.owed_to(input));
        // Of an input that has ended meanwhile.
        drop(replaced);
        if let (Some(lent), Some(more)) = (lent, owed) {
            lent.request(more);
        }
        Some(hands)
    }

    /// Tells the machine what leads to nothing, if this thread has it for itself. Otherwise it gives `note` back.
    #[inline]
    pub(crate) fn note_alone<R, F: FnOnce(&mut M) -> R>(&self, note: F) -> Result<R, F> {
        let Some(mut laid) = self.desk.take() else { return Err(note) };
        let result = note(&mut laid.machine);
        self.lay_down(laid);
        Ok(result)
    }

    /// Asks an input that runs for what is due, if this thread has the machine for itself. False: it has not, or not any
    /// more, since an input that has begun in this call may run elsewhere.
    #[inline]
    pub(crate) fn settle_alone(self: &Arc<Self>, input: usize, lent: &mut Subscription) -> bool {
        let Some(mut laid) = self.desk.take() else { return false };
        if !laid.machine.may_be_lent() {
            let (outlet, inner) = self.rejoin(*laid, None);
            self.drain(outlet, inner);
            return false;
        }
        laid.settle(input, lent);
        self.lay_down(laid);
        true
    }

    /// An input that is immediate begins to run on this thread, and is asked for what is due. False: the thread has not
    /// the machine for itself.
    pub(crate) fn enter(self: &Arc<Self>, input: usize, lent: &mut Subscription) -> bool {
        if let Some(mut laid) = self.desk.take() {
            laid.machine.immediate(input);
            laid.settle(input, lent);
            self.lay_down(laid);
            return true;
        }
        self.lend(input) && self.settle_alone(input, lent)
    }

    /// The first of all inputs that run begins to do so on this thread.
    fn lend(self: &Arc<Self>, input: usize) -> bool {
        let mut guard = self.inner.lock();
        let inner = &mut *guard;
        if !inner.machine.is_hosted() {
            return false;
        }
        inner.machine.immediate(input);
        let Some(outlet) = &mut inner.outlet else { return false };
        if inner.ended {
            return false;
        }
        let Some(machine) = lend(&mut inner.machine, &outlet.inputs) else { return false };
        let replaced: Vec<_> =
            inner.arrivals.drain(..).filter_map(|arrival| outlet.inputs.accept(arrival)).collect();
        let outlet = inner.outlet.take();
        drop(guard);
        drop(replaced);
        outlet.is_some_and(|outlet| self.lay(machine, outlet))
    }

    /// Whether this thread has the machine for itself.
    pub(crate) fn is_alone(&self) -> bool {
        self.desk.is_mine()
    }

    /// Runs `call`, in which an input may [enter](Self::enter). Afterwards this thread has the machine for itself only
    /// if it had before, and still may.
    pub(crate) fn hosting(self: &Arc<Self>, call: impl FnOnce()) {
        let host = Host { gate: self, before: self.is_alone() };
        call();
        drop(host);
    }
}

impl<M, D> Gate<M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// Asks an upstream, which runs in this call and alone. None: somebody else drains, or the stream has ended.
    pub(super) fn ask_alone(
        self: &Arc<Self>,
        machine: M,
        outlet: Box<Outlet<D>>,
        lent: Lent,
        more: Demand,
    ) -> Option<Box<Outlet<D>>> {
        self.lay(machine, outlet);
        let leaving = Leaving(self);
        lent.handle.request(more);
        drop(leaving);
        self.asked(lent)
    }

    /// False: it is in the gate again, since the desk is not free; but that it is when the machine was lent.
    fn lay(&self, machine: M, outlet: Box<Outlet<D>>) -> bool {
        let refused = self.desk.sit(Box::new(Alone { machine, outlet, run: Run::NONE })).err();
        let laid = refused.is_none();
        if let Some(refused) = refused {
            let (outlet, mut inner) = self.rejoin(*refused, None);
            inner.outlet = Some(outlet);
        }
        laid
    }

    #[inline]
    pub(super) fn lay_down(&self, laid: Laid<M, D>) {
        // It cannot fail: this thread sits there.
        let _put = self.desk.put(laid);
    }

    /// Puts all that this thread has for itself into the gate, without a look at what is to be done. False: it has
    /// nothing.
    pub(crate) fn stand_up(&self) -> bool {
        let Some(laid) = self.desk.take() else { return false };
        let (outlet, mut inner) = self.rejoin(*laid, None);
        inner.outlet = Some(outlet);
        true
    }

    /// The machine is in the gate again, and knows what was told meanwhile. Whoever has the outlet drains.
    fn rejoin(&self, alone: Alone<M, D>, arrival: Option<Arrival>) -> (Box<Outlet<D>>, Locked<'_, M, D>) {
        self.desk.leave();
        let Alone { mut machine, outlet, .. } = alone;
        let mut inner = self.inner.lock();
        while inner.machine.has_missed() {
            let missed = inner.machine.missed();
            drop(inner);
            if !shim::planted("alone-forgets-what-was-told") {
                missed.into_iter().for_each(|event| self.losses.lose(event(&mut machine)));
            }
            inner = self.inner.lock();
        }
        inner.arrivals.extend(arrival);
        inner.machine.give_back(machine);
        (outlet, inner)
    }
}

/// What lies on the desk otherwise, while it is worked on.
struct Hands<'a, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    gate: &'a Arc<Gate<M, D>>,
    laid: Option<Laid<M, D>>,
}

impl<'a, M, D> Hands<'a, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    #[inline]
    fn new(gate: &'a Arc<Gate<M, D>>) -> Option<Self> {
        let laid = gate.desk.take()?;
        Some(Self { gate, laid: Some(laid) })
    }

    #[inline]
    fn empty(mut self) -> Option<Laid<M, D>> {
        let laid = self.laid.take();
        std::mem::forget(self);
        laid
    }

    #[inline]
    fn lay_down(self) {
        let gate = self.gate;
        if let Some(laid) = self.empty() {
            gate.lay_down(laid);
        }
    }
}

impl<M, D> Drop for Hands<'_, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn drop(&mut self) {
        // Downstream has panicked: as in the drain, the outlet goes with the stack that unwinds.
        if let Some(laid) = self.laid.take() {
            let (_unwinds, mut inner) = self.gate.rejoin(*laid, None);
            inner.collapse = Collapse::No;
            drop(inner);
            self.gate.close();
        }
    }
}

/// Goes back to the gate after a call, also when that unwinds: then the drain below closes it.
struct Leaving<'a, M, D>(&'a Gate<M, D>)
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static;

impl<M, D> Drop for Leaving<'_, M, D>
where
    M: Machine,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn drop(&mut self) {
        self.0.stand_up();
    }
}

/// Goes back to the gate after a call, and drains.
struct Host<'a, M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    gate: &'a Arc<Gate<M, D>>,
    /// This thread had the machine for itself before.
    before: bool,
}

impl<M, D> Drop for Host<'_, M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Whoever called closes the gate.
            self.gate.stand_up();
            return;
        }
        let Some(laid) = self.gate.desk.take() else { return };
        if self.before && laid.machine.may_be_lent() {
            self.gate.lay_down(laid);
        } else {
            let (outlet, inner) = self.gate.rejoin(*laid, None);
            self.gate.drain(outlet, inner);
        }
    }
}
