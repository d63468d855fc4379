//! What travels with the permit to drain: downstream and all that ends with it.

use reactive_streams_core::shim::thread::{self, ThreadId};
use reactive_streams_core::{Alarm, Canceller, Demand, Handle, Subscription};
use std::collections::VecDeque;
use std::sync::Arc;

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
    asking: Vec<ThreadId>,
    loans: u64,
}

#[derive(Default)]
pub(super) enum Input {
    /// Not here yet, or not wanted any more.
    #[default]
    Absent,
    Here(Held),
    /// With the one that asks, too: a cancel must not wait for that. The number tells it from the handle of an input
    /// that takes its place.
    Out(u64, Held),
    /// Nobody will ask any more.
    GivenUp {
        _cancels: GivenUp,
    },
}

/// A handle, and perhaps on loan. Cancels when dropped, as a handle does, though that be still out.
pub(super) struct Held(Option<Arc<Handle>>);

impl Held {
    fn new(handle: Handle) -> Self {
        Self(Some(Arc::new(handle)))
    }

    /// None while it is on loan.
    fn into_inner(mut self) -> Option<Handle> {
        self.0.take().and_then(|handle| Arc::try_unwrap(handle).ok())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.cancel();
        }
    }
}

/// Cancels when dropped, as a handle does.
pub(super) struct GivenUp(Canceller);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A handle on loan.
pub(super) struct Lent {
    input: usize,
    loan: u64,
    thread: ThreadId,
    pub(super) handle: Arc<Handle>,
}

impl From<Lent> for Input {
    fn from(lent: Lent) -> Self {
        Self::Here(Held(Some(lent.handle)))
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
                if self.slots.len() <= input {
                    self.slots.resize_with(input + 1, Input::default);
                }
                self.owing.retain(|(owed, _)| *owed != input);
                Some(std::mem::replace(&mut self.slots[input], Input::Here(Held::new(handle))))
            }
            Arrival::Back(lent) => {
                if let Some(asking) = self.asking.iter().position(|thread| *thread == lent.thread) {
                    self.asking.swap_remove(asking);
                }
                let slot = self.slots.get_mut(lent.input);
                let Some(slot) =
                    slot.filter(|slot| matches!(slot, Input::Out(loan, _) if *loan == lent.loan))
                else {
                    return Some(Input::from(lent));
                };
                if let Input::Out(_, held) = std::mem::take(slot) {
                    *slot = Input::Here(held);
                }
                None
            }
        }
    }

    /// The handle to ask `input` for more. None: it is owed, or there is nobody to ask.
    pub(super) fn lend(&mut self, input: usize, demand: Demand) -> Option<Lent> {
        let thread = thread::current().id();
        let busy = self.asking.contains(&thread);
        match self.slots.get_mut(input)? {
            slot @ Input::Here(_) if !busy => {
                self.loans += 1;
                let loan = self.loans;
                let Input::Here(held) = std::mem::take(slot) else { return None };
                let handle = held.0.clone()?;
                *slot = Input::Out(loan, held);
                self.asking.push(thread);
                Some(Lent { input, loan, thread, handle })
            }
            Input::Here(_) | Input::Out(..) => {
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

    /// What is owed to an input that can be asked now.
    pub(super) fn owed(&mut self) -> Option<(usize, Demand)> {
        if self.owing.is_empty() || self.asking.contains(&thread::current().id()) {
            return None;
        }
        let here = |(input, _): &(usize, Demand)| matches!(self.slots.get(*input), Some(Input::Here(_)));
        let place = self.owing.iter().position(here)?;
        self.owing.remove(place)
    }

    /// Nothing is wanted of `input` any more.
    #[must_use = "dropped under no lock"]
    pub(super) fn cancel(&mut self, input: usize) -> Input {
        self.owing.retain(|(owed, _)| *owed != input);
        self.slots.get_mut(input).map(std::mem::take).unwrap_or_default()
    }

    /// Whether there is somebody to ask.
    pub(super) fn can_ask(&self) -> bool {
        self.slots.iter().any(|input| matches!(input, Input::Here(_)))
    }

    /// Nobody will ask any more. An upstream that only waits for that may go now; others go on to their end.
    pub(super) fn give_up(&mut self) {
        for input in &mut self.slots {
            if matches!(input, Input::Here(_))
                && let Input::Here(held) = std::mem::take(input)
                && let Some(handle) = held.into_inner()
            {
                *input = Input::GivenUp { _cancels: GivenUp(handle.give_up()) };
            }
        }
    }
}
