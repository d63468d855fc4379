//! What travels with the permit to drain: downstream and all that ends with it.

use reactive_streams_core::{Alarm, Canceller, Demand, Handle, Subscription};
use reactive_streams_sync::here;
use std::collections::VecDeque;

pub(super) struct Outlet<D> {
    pub(super) downstream: D,
    pub(super) subscription: Subscription,
    pub(super) inputs: Inputs,
    /// Gone before the clock's hold on the gate.
    pub(super) alarm: Option<Alarm>,
}

/// The handles of the upstreams.
///
/// Asking may run an upstream, down to its inlet. So the handle is *out* for that call while the outlet is in the gate,
/// where the inlet finds it and delivers as items come. What else is to be asked for on the way is *owed*, and
/// asked for when the call has returned: a thread that asks for a gate does not ask again from inside, so that the
/// stack does not grow with the number of inputs.
#[derive(Default)]
pub(super) struct Inputs {
    slots: Vec<Input>,
    owing: VecDeque<(usize, Demand)>,
    /// Which threads have a handle out.
    asking: Vec<usize>,
    loans: u64,
}

#[derive(Default)]
pub(super) enum Input {
    /// Not here yet, or not wanted any more.
    #[default]
    Absent,
    Here(Handle, Canceller),
    /// With the one that asks. The number tells it from the handle of an input that takes its place. The upstream may
    /// run for long in that call, so it is cancelled from here.
    Out(u64, Cancels),
    /// Nobody will ask any more.
    GivenUp {
        _cancels: Cancels,
    },
}

/// Cancels when dropped, as a handle does.
pub(crate) struct Cancels(Option<Canceller>);

impl Cancels {
    pub(crate) fn new(canceller: Canceller) -> Self {
        Self(Some(canceller))
    }

    fn disarm(&mut self) -> Option<Canceller> {
        self.0.take()
    }
}

impl Drop for Cancels {
    fn drop(&mut self) {
        if let Some(canceller) = self.disarm() {
            canceller.cancel();
        }
    }
}

/// A handle on loan.
pub(super) struct Lent {
    input: usize,
    loan: u64,
    thread: usize,
    pub(super) handle: Handle,
}

impl From<Lent> for Input {
    fn from(lent: Lent) -> Self {
        Self::from(lent.handle)
    }
}

impl From<Handle> for Input {
    fn from(handle: Handle) -> Self {
        let canceller = handle.canceller();
        Self::Here(handle, canceller)
    }
}

/// A handle on its way into the outlet.
pub(super) enum Arrival {
    New(usize, Handle),
    Back(Lent),
}

impl Inputs {
    /// Takes it in. Gives out what has lost its place: its drop cancels, which is not for under the lock.
    #[must_use = "dropped under no lock"]
    pub(super) fn accept(&mut self, arrival: Arrival) -> Option<Input> {
        match arrival {
            Arrival::New(input, handle) => {
                if self.slots.is_empty() {
                    // One input is all that most have.
                    self.slots.reserve_exact(input + 1);
                }
                if self.slots.len() <= input {
                    self.slots.resize_with(input + 1, Input::default);
                }
                self.owing.retain(|(owed, _)| *owed != input);
                Some(std::mem::replace(&mut self.slots[input], Input::from(handle)))
            }
            Arrival::Back(lent) => {
                if let Some(asking) = self.asking.iter().position(|thread| *thread == lent.thread) {
                    self.asking.swap_remove(asking);
                }
                if let Some(slot) = self.slots.get_mut(lent.input)
                    && let Input::Out(loan, cancels) = slot
                    && *loan == lent.loan
                    && let Some(canceller) = cancels.disarm()
                {
                    *slot = Input::Here(lent.handle, canceller);
                    return None;
                }
                Some(Input::from(lent))
            }
        }
    }

    /// The handle to ask `input` for more. None: it is owed, or there is nobody to ask.
    pub(super) fn lend(&mut self, input: usize, demand: Demand) -> Option<Lent> {
        self.lend_within(input, demand, 0)
    }

    /// As [`lend`](Self::lend), for who may ask within a call that asks, if that is not within another one.
    pub(super) fn lend_within(&mut self, input: usize, demand: Demand, calls: usize) -> Option<Lent> {
        let thread = here();
        let busy = self.asking.iter().filter(|asking| **asking == thread).count() > calls;
        match self.slots.get_mut(input)? {
            slot @ Input::Here(..) if !busy => {
                let Input::Here(handle, canceller) = std::mem::take(slot) else { return None };
                self.loans += 1;
                let loan = self.loans;
                *slot = Input::Out(loan, Cancels::new(canceller));
                if self.asking.is_empty() {
                    self.asking.reserve_exact(1);
                }
                self.asking.push(thread);
                Some(Lent { input, loan, thread, handle })
            }
            Input::Here(..) | Input::Out(..) => {
                self.owe(input, demand);
                None
            }
            Input::Absent | Input::GivenUp { .. } => None,
        }
    }

    pub(super) fn owe(&mut self, input: usize, demand: Demand) {
        match self.owing.iter_mut().find(|(owed, _)| *owed == input) {
            Some((_, owed)) => *owed = owed.saturating_add(demand),
            None => self.owing.push_back((input, demand)),
        }
    }

    /// What is owed to this input, which runs, so that it can be told.
    pub(super) fn owed_to(&mut self, input: usize) -> Option<Demand> {
        let place = self.owing.iter().position(|(owed, _)| *owed == input)?;
        self.owing.remove(place).map(|(_, demand)| demand)
    }

    /// What is owed to an input that can be asked now.
    pub(super) fn owed(&mut self) -> Option<(usize, Demand)> {
        if self.owing.is_empty() || self.asking.contains(&here()) {
            return None;
        }
        let here = |(input, _): &(usize, Demand)| matches!(self.slots.get(*input), Some(Input::Here(..)));
        let place = self.owing.iter().position(here)?;
        self.owing.remove(place)
    }

    /// Whether an upstream may run in a call of another thread.
    pub(super) fn others_ask(&self) -> bool {
        let thread = here();
        self.asking.iter().any(|asking| *asking != thread)
    }

    /// Nothing is wanted of `input` any more.
    #[must_use = "dropped under no lock"]
    pub(super) fn cancel(&mut self, input: usize) -> Input {
        self.owing.retain(|(owed, _)| *owed != input);
        self.slots.get_mut(input).map(std::mem::take).unwrap_or_default()
    }

    /// Whether there is somebody to ask.
    pub(super) fn can_ask(&self) -> bool {
        self.slots.iter().any(|input| matches!(input, Input::Here(..)))
    }

    /// Nobody will ask any more. An upstream that only waits for that may go now; others go on to their end.
    pub(super) fn give_up(&mut self) {
        for input in &mut self.slots {
            if matches!(input, Input::Here(..))
                && let Input::Here(handle, _) = std::mem::take(input)
            {
                *input = Input::GivenUp { _cancels: Cancels::new(handle.give_up()) };
            }
        }
    }
}
