//! What a thread that has machine and outlet [for itself](super::alone) does with them.

use super::hold::Run;
use super::outlet::{Arrival, Lent, Outlet};
use super::shared::{Shared, Step};
use reactive_streams_core::shim;
use reactive_streams_core::{Demand, Handle, Subscriber, Subscription};

/// What lies on the desk.
pub(super) struct Alone<M, D> {
    pub(super) machine: M,
    pub(super) outlet: Box<Outlet<D>>,
    /// Of the input that has it in its hands.
    pub(super) run: Run,
}

/// What becomes of it.
pub(super) enum On {
    /// It may stay at the desk.
    Rest,
    /// The rest is for the gate.
    Rejoin,
    /// Another input is to be asked first, which runs in that call.
    Ask(Lent, Demand),
}

impl<M, D> Alone<M, D> {
    #[inline]
    pub(super) fn parts(&mut self) -> (&mut M, &mut Outlet<D>, &mut Run) {
        (&mut self.machine, &mut self.outlet, &mut self.run)
    }
}

impl<M, D> Alone<M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error>,
{
    /// Lets out what can go, and asks who can be asked; one that runs within this call, if `within`.
    pub(super) fn go_on(&mut self, input: usize, mut lent: Option<&mut Subscription>, within: bool) -> On {
        let Self { machine, outlet, .. } = self;
        loop {
            if shim::fuzz_coin(4) {
                return On::Rejoin;
            }
            let Some(demand) = outlet.subscription.wanted().map(Demand::new) else { return On::Rejoin };
            match machine.step(demand) {
                Step::Emit(item) => outlet.subscription.deliver(item, &mut outlet.downstream),
                Step::Request(to, more) => match &mut lent {
                    Some(lent) if to == input => lent.request(more),
                    // It brings what the items of this one wait for; what need not wait for it goes out first.
                    Some(_) if M::OF_ALL && within && !machine.holds() => {
                        if let Some(lent) = outlet.inputs.lend_within(to, more, 1) {
                            return On::Ask(lent, more);
                        }
                    }
                    // When the call that runs has returned.
                    _ => outlet.inputs.owe(to, more),
                },
                Step::Idle => {
                    let waits = demand.is_none() && machine.holds();
                    return if waits && !shim::planted("alone-keeps-what-waits") {
                        On::Rejoin
                    } else {
                        On::Rest
                    };
                }
                Step::Other => return On::Rejoin,
            }
        }
    }

    /// A call of an input that runs comes to its end: what is due, it is asked for. If it will run no more without being
    /// asked, others may.
    #[inline]
    pub(super) fn settle(&mut self, input: usize, lent: &mut Subscription) {
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

/// The handle, unless it was taken before or nothing is wanted any more.
pub(super) fn take_handle(lent: &mut Subscription) -> Option<Handle> {
    (!lent.has_handle() && !lent.is_cancelled()).then(|| lent.handle())
}
