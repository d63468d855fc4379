//! What travels with the permit to drain: downstream and all that ends with it.

use reactive_streams_core::{Alarm, Canceller, Demand, Handle, Subscription};
use reactive_streams_sync::here;

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
///
/// One input is all that most have, and one thread that asks: there is a place for each, and another one for all that
/// comes beyond.
#[derive(Default)]
pub(super) struct Inputs {
    first: Input,
    /// The thread that has a handle out; zero is none.
    asks: usize,
    loans: u64,
    beyond: Option<Box<Beyond>>,
}

#[derive(Default)]
struct Beyond {
    /// All inputs but the first.
    slots: Vec<Input>,
    owing: Vec<(usize, Demand)>,
    /// Which other threads have a handle out.
    asking: Vec<usize>,
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
    fn beyond(&mut self) -> &mut Beyond {
        self.beyond.get_or_insert_default()
    }

    #[inline]
    fn slot(&mut self, input: usize) -> Option<&mut Input> {
        match input.checked_sub(1) {
            None => Some(&mut self.first),
            Some(place) => self.beyond.as_mut()?.slots.get_mut(place),
        }
    }

    fn slots(&mut self) -> impl Iterator<Item = &mut Input> {
        [&mut self.first].into_iter().chain(self.beyond.iter_mut().flat_map(|beyond| &mut beyond.slots))
    }

    /// Which threads have a handle out.
    fn asking(&self) -> impl Iterator<Item = usize> {
        let beyond = self.beyond.iter().flat_map(|beyond| beyond.asking.iter().copied());
        Some(self.asks).filter(|thread| *thread != 0).into_iter().chain(beyond)
    }

    fn forgive(&mut self, input: usize) {
        if let Some(beyond) = &mut self.beyond {
            beyond.owing.retain(|(owed, _)| *owed != input);
        }
    }

    /// Takes it in. Gives out what has lost its place: its drop cancels, which is not for under the lock.
    #[must_use = "dropped under no lock"]
    pub(super) fn accept(&mut self, arrival: Arrival) -> Option<Input> {
        match arrival {
            Arrival::New(input, handle) => {
                if input > 0 {
                    let slots = &mut self.beyond().slots;
                    if slots.len() < input {
                        slots.resize_with(input, Input::default);
                    }
                }
                self.forgive(input);
                let slot = self.slot(input)?;
                Some(std::mem::replace(slot, Input::from(handle)))
            }
            Arrival::Back(lent) => {
                if self.asks == lent.thread {
                    self.asks = 0;
                } else if let Some(beyond) = &mut self.beyond
                    && let Some(place) = beyond.asking.iter().position(|thread| *thread == lent.thread)
                {
                    beyond.asking.swap_remove(place);
                }
                if let Some(slot) = self.slot(lent.input)
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
        let busy = self.asking().filter(|asking| *asking == thread).count() > calls;
        match self.slot(input)? {
            slot @ Input::Here(..) if !busy => {
                let Input::Here(handle, canceller) = std::mem::take(slot) else { return None };
                let loan = self.loans + 1;
                self.loans = loan;
                if let Some(slot) = self.slot(input) {
                    *slot = Input::Out(loan, Cancels::new(canceller));
                }
                if self.asks == 0 && thread != 0 {
                    self.asks = thread;
                } else {
                    self.beyond().asking.push(thread);
                }
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
        let owing = &mut self.beyond().owing;
        match owing.iter_mut().find(|(owed, _)| *owed == input) {
            Some((_, owed)) => *owed = owed.saturating_add(demand),
            None => owing.push((input, demand)),
        }
    }

    /// What is owed to this input, which runs, so that it can be told.
    pub(super) fn owed_to(&mut self, input: usize) -> Option<Demand> {
        let owing = &mut self.beyond.as_mut()?.owing;
        let place = owing.iter().position(|(owed, _)| *owed == input)?;
        Some(owing.remove(place).1)
    }

    /// What is owed to an input that can be asked now.
    pub(super) fn owed(&mut self) -> Option<(usize, Demand)> {
        if self.beyond.as_ref()?.owing.is_empty() {
            return None;
        }
        let thread = here();
        if self.asking().any(|asking| asking == thread) {
            return None;
        }
        let Self { first, beyond, .. } = self;
        let Beyond { slots, owing, .. } = &mut **beyond.as_mut()?;
        let here = |(input, _): &(usize, Demand)| {
            let slot = input.checked_sub(1).map_or(Some(&*first), |place| slots.get(place));
            matches!(slot, Some(Input::Here(..)))
        };
        let place = owing.iter().position(here)?;
        Some(owing.remove(place))
    }

    /// Whether an upstream may run in a call of another thread.
    pub(super) fn others_ask(&self) -> bool {
        let thread = here();
        self.asking().any(|asking| asking != thread)
    }

    /// Nothing is wanted of `input` any more.
    #[must_use = "dropped under no lock"]
    pub(super) fn cancel(&mut self, input: usize) -> Input {
        self.forgive(input);
        self.slot(input).map(std::mem::take).unwrap_or_default()
    }

    /// Whether there is somebody to ask.
    pub(super) fn can_ask(&mut self) -> bool {
        self.slots().any(|input| matches!(input, Input::Here(..)))
    }

    /// Nobody will ask any more. An upstream that only waits for that may go now; others go on to their end.
    pub(super) fn give_up(&mut self) {
        for input in self.slots() {
            if matches!(input, Input::Here(..))
                && let Input::Here(handle, _) = std::mem::take(input)
            {
                *input = Input::GivenUp { _cancels: Cancels::new(handle.give_up()) };
            }
        }
    }
}
