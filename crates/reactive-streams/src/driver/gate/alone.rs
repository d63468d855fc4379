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
//! * What others tell meanwhile waits in the gate, and who sits at the desk is called. It goes back before the next
//!   item, or at the end of the call.
//! * An input that runs asks through what it was lent. It takes its handle, and others come to know of it, when it will
//!   run no more without being asked, and when this thread goes back to the gate.
//! * The end, and whatever else is not an item or a request, is for the drain: this thread goes back to the gate first.
//! * If a call unwinds, what is on the desk is in the gate before anybody hears of it.

use super::collapse::Collapse;
use super::outlet::{Arrival, Inputs, Lent, Outlet};
use super::{Gate, Inner, Lost, Machine};
use reactive_streams_core::shim::{self, MutexGuard};
use reactive_streams_core::{Demand, Handle, Subscriber, Subscription};
use std::sync::Arc;

/// A machine with several inputs, while a thread has it for itself.
pub(crate) trait Shared: Machine {
    /// This input's publisher runs nowhere but in our calls.
    fn immediate(&mut self, input: usize);

    /// Whether each input that runs is immediate.
    fn may_be_lent(&self) -> bool;

    /// Whether there is nothing to do, whatever the demand.
    fn is_idle(&self) -> bool;

    /// Whether inputs are being subscribed to just now in a call of this thread, which brings back what it took.
    fn is_hosted(&self) -> bool;

    /// What to do next.
    fn step(&mut self, demand: Option<Demand>) -> Step<Self::Out>;

    /// An item of an input that runs has come, and this many are wanted: the short way for what goes out at once, or for
    /// what cannot go out yet.
    fn pass(&mut self, input: usize, item: Self::Lost, wanted: u64) -> Passed<Self::Out, Self::Lost>;

    /// What is wanted of an input that runs now.
    fn due(&mut self, input: usize) -> Due;

    /// From now on others can ask this input.
    fn attached(&mut self, input: usize);
}

/// What there is to do.
pub(crate) enum Step<T> {
    /// Deliver this. Said under demand only.
    Emit(T),
    /// Ask this input for more.
    Request(usize, Demand),
    Idle,
    /// Something else, which [`Machine::next`] says.
    Other,
}

/// What becomes of an item that comes while a thread has the machine for itself.
pub(crate) enum Passed<T, L> {
    /// This goes out, and the input is to be asked for more. `ends`: there may be something else to do.
    Through { item: T, more: Option<Demand>, ends: bool },
    /// It is held, and nothing else is to be done.
    Kept,
    /// It is to go the long way.
    Not(L),
}

/// What is wanted of an input that runs.
pub(crate) struct Due {
    pub(crate) more: Option<Demand>,
    /// It will run no more without being asked.
    pub(crate) dry: bool,
}

/// What lies on the desk.
pub(super) struct Alone<M, D> {
    machine: M,
    outlet: Box<Outlet<D>>,
}

type Laid<M, D> = Box<Alone<M, D>>;
type Locked<'a, M, D> = MutexGuard<'a, Inner<M, D>>;

impl<M, D> Alone<M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error>,
{
    /// Lets out what can go, and asks who can be asked. False: the rest is for the gate.
    fn go_on(&mut self, input: usize, mut lent: Option<&mut Subscription>) -> bool {
        let Self { machine, outlet } = self;
        loop {
            if shim::fuzz_coin(4) {
                return false;
            }
            let Some(demand) = outlet.subscription.wanted().map(Demand::new) else { return false };
            match machine.step(demand) {
                Step::Emit(item) => outlet.subscription.deliver(item, &mut outlet.downstream),
                Step::Request(to, more) => match &mut lent {
                    Some(lent) if to == input => lent.request(more),
                    // When the call that runs has returned.
                    _ => outlet.inputs.owe(to, more),
                },
                Step::Idle => {
                    let waits = demand.is_none() && machine.holds();
                    return !waits || shim::planted("alone-keeps-what-waits");
                }
                Step::Other => return false,
            }
        }
    }

    /// A call of an input that runs comes to its end: what is due, it is asked for. If it will run no more without being
    /// asked, others may.
    #[inline]
    fn settle(&mut self, input: usize, lent: &mut Subscription) {
        let due = self.machine.due(input);
        if let Some(more) = due.more {
            lent.request(more);
        } else if due.dry
            && let Some(handle) = take_handle(lent)
        {
            // Of an input before it, there may be a handle in its place, which does nothing any more.
            drop(self.outlet.inputs.accept(Arrival::New(input, handle)));
            self.machine.attached(input);
        }
    }
}

/// The machine, for the thread that has the outlet, if it can have it for itself.
pub(super) fn lend<M: Machine>(machine: &mut M, inputs: &Inputs) -> Option<M> {
    if machine.holds() || inputs.others_ask() { None } else { machine.lend() }
}

/// The handle, unless it was taken before or nothing is wanted any more.
fn take_handle(lent: &mut Subscription) -> Option<Handle> {
    (!lent.has_handle() && !lent.is_cancelled()).then(|| lent.handle())
}

impl<M, D> Gate<M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// An item has come, and goes the short way if there is one; otherwise it is given back.
    #[inline]
    pub(crate) fn pass_alone(
        self: &Arc<Self>,
        input: usize,
        item: M::Lost,
        lent: &mut Subscription,
    ) -> Option<M::Lost> {
        let Some(mut hands) = Hands::new(self) else { return Some(item) };
        let Some(Alone { machine, outlet }) = hands.laid.as_deref_mut() else { return Some(item) };
        let wanted = if self.desk.is_called() { None } else { outlet.subscription.wanted() };
        let (mut ends, mut back) = (false, None);
        match machine.pass(input, item, wanted.unwrap_or(0)) {
            Passed::Through { item, more, ends: last } => {
                if let Some(more) = more {
                    lent.request(more);
                }
                outlet.subscription.deliver(item, &mut outlet.downstream);
                ends = last || outlet.subscription.is_cancelled() || shim::fuzzing();
            }
            Passed::Kept => {}
            Passed::Not(item) => back = Some(item),
        }
        hands.lay_down();
        if ends {
            let nothing = |_: &mut M, _| ((), Lost::Nothing);
            let _told = self.tell_alone(input, Some(lent), nothing);
        }
        back
    }

    /// Tells the machine what has happened, if this thread has it for itself. `lent` is what the input was lent, where
    /// it is one that runs. Otherwise it gives `event` back.
    pub(crate) fn tell_alone<R, F>(
        self: &Arc<Self>,
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
        let idle = alone.machine.is_idle() || alone.go_on(input, lent.as_deref_mut());
        if idle && !self.desk.is_called() {
            if let Some(lent) = lent {
                alone.settle(input, lent);
            }
            hands.lay_down();
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

    /// Tells the machine what leads to nothing, if this thread has it for itself. Otherwise it gives `note` back.
    #[inline]
    pub(crate) fn note_alone<R, F: FnOnce(&mut M) -> R>(&self, note: F) -> Result<R, F> {
        let Some(mut laid) = self.desk.take() else { return Err(note) };
        let result = note(&mut laid.machine);
        self.lay_down(laid);
        Ok(result)
    }

    /// Asks an input that runs for what is due, if this thread has the machine for itself. False: it has not.
    #[inline]
    pub(crate) fn settle_alone(&self, input: usize, lent: &mut Subscription) -> bool {
        let Some(mut laid) = self.desk.take() else { return false };
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
        let refused = self.desk.sit(Box::new(Alone { machine, outlet })).err();
        let laid = refused.is_none();
        if let Some(refused) = refused {
            let (outlet, mut inner) = self.rejoin(*refused, None);
            inner.outlet = Some(outlet);
        }
        laid
    }

    #[inline]
    fn lay_down(&self, laid: Laid<M, D>) {
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
        let Alone { mut machine, outlet } = alone;
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
