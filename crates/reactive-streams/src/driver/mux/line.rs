//! What the upstreams see.

use super::{Join, Mux, State};
use crate::driver::gate::{Gate, Hold, Lost, Ran, Shared};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use reactive_streams_sync::here;
use std::marker::PhantomData;
use std::sync::Arc;

/// Runs `call`, in which inputs are [fed](feed): until it has returned, no other thread has the machine for itself.
pub(crate) fn calling<J, D>(gate: &Arc<Gate<Mux<J>, D>>, call: impl FnOnce())
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let thread = here();
    note(gate, move |state| state.books.call_begins(thread));
    let calling = Calling(gate);
    call();
    std::mem::forget(calling);
    note(gate, move |state| state.books.call_ends(thread));
}

/// The end if a call unwinds: who panics in a call of ours may have left an input behind that runs.
struct Calling<'a, J: Join, D>(&'a Arc<Gate<Mux<J>, D>>)
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static;

impl<J: Join, D> Drop for Calling<'_, J, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    fn drop(&mut self) {
        self.0.gone(Mux::abandon);
    }
}

/// Subscribes `source` as this input, unless the stream has ended, in a [call](calling) that is known. `wrap` tells the
/// items of one input from those of another; it runs under no lock.
pub(crate) fn feed<J, D, P, W>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, source: P, wrap: W)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
    P: Publisher<Error = J::Error>,
    W: Fn(P::Item) -> J::In + Send + 'static,
{
    feed_with(gate, input, |line| source.subscribe(Inlet { line, wrap, types: PhantomData }));
}

/// Lets `subscribe` subscribe to this input, unless the stream has ended, in a [call](calling) that is known.
pub(crate) fn feed_with<J, D>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, subscribe: impl FnOnce(Line<J, D>))
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let begins = move |state: &mut State<J>| {
        state.books.begin(input);
        state.has_ended()
    };
    if note(gate, begins) != Some(true) {
        go(gate, input, subscribe);
    }
}

/// Subscribes `source` as this input, which has [begun](super::Books::begin), within a call of an input that is known
/// itself, and which [settles](Line::settle) afterwards.
pub(crate) fn feed_begun<J, D, P>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, source: P)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
    P: Publisher<Item = J::In, Error = J::Error>,
{
    let subscribe = |line| source.subscribe(Inlet { line, wrap: |item| item, types: PhantomData });
    if gate.is_alone() {
        // Who has the machine for itself need not tell; whether it may keep it, the one that settles sees.
        subscribe(Line::new(Arc::clone(gate), input));
    } else {
        calling(gate, || go(gate, input, subscribe));
    }
}

fn go<J, D>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, subscribe: impl FnOnce(Line<J, D>))
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    gate.hosting(|| subscribe(Line::new(Arc::clone(gate), input)));
}

/// Tells what leads to nothing that goes out.
fn note<J, D, R>(
    gate: &Arc<Gate<Mux<J>, D>>,
    event: impl FnOnce(&mut State<J>) -> R + Send + 'static,
) -> Option<R>
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let note = |mux: &mut Mux<J>| mux.on(|state| (event(state), Lost::Nothing));
    gate.note_alone(note).unwrap_or_else(|note| gate.tell(|mux, _| (note(mux), Lost::Nothing))).0
}

/// One input's line to the gate. An input that goes without a terminal tells so. It is taken and given back by value, with
/// what its publisher lent, so that nothing that the emission loop around it keeps in registers is lent to anybody.
pub(crate) struct Line<J: Join, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    /// None: its end has been told, or needs no telling.
    gate: Option<Arc<Gate<Mux<J>, D>>>,
    /// What this thread has for itself, between two items of a run of this input.
    hold: Hold<Mux<J>, D>,
    input: usize,
    attached: bool,
    /// An item has come already: to begin a run is not worth it for one.
    again: bool,
    /// The stream goes on without it, if it goes without a terminal and not by a panic.
    pub(crate) expendable: bool,
}

impl<J: Join, D> Line<J, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    pub(crate) fn new(gate: Arc<Gate<Mux<J>, D>>, input: usize) -> Self {
        let (attached, again, expendable) = (false, false, false);
        Self { gate: Some(gate), hold: Hold::NOTHING, input, attached, again, expendable }
    }

    /// None once its end has been told.
    pub(crate) fn gate(&self) -> Option<&Arc<Gate<Mux<J>, D>>> {
        self.gate.as_ref()
    }

    pub(crate) fn attach(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.attached, true) {
            return subscription.cancel(); // rule 2.5
        }
        let Some(gate) = &self.gate else { return subscription.cancel() };
        if subscription.is_immediate() && gate.enter(self.input, subscription) {
            return;
        }
        // Another thread may tell from now on.
        if gate.stand_up() {
            note(gate, |state| state.books.mixed());
        }
        hold_on(gate, self.input, subscription);
    }

    /// A call of this input comes to its end: what else is wanted of it?
    pub(crate) fn settle(&self, subscription: &mut Subscription) {
        if let Some(gate) = &self.gate {
            settle(gate, self.input, subscription);
        }
    }

    /// Tells what has happened, at its end.
    pub(crate) fn end<R>(&mut self, event: impl FnOnce(&mut State<J>) -> R + Send + 'static) {
        let Some(gate) = self.gate.take() else { return };
        gate.end_run(&mut self.hold, self.input);
        let event = |mux: &mut Mux<J>, _| mux.on(|state| (event(state), Lost::Nothing));
        // What comes back of it, or from who has the state for itself, is dropped here, under no lock.
        let _told = gate.tell_alone(None, self.input, None, event).unwrap_or_else(|event| gate.tell(event));
    }

    /// Tells what leads to nothing that goes out.
    pub(crate) fn note<R>(&self, event: impl FnOnce(&mut State<J>) -> R + Send + 'static) -> Option<R> {
        note(self.gate.as_ref()?, event)
    }

    #[inline]
    fn take(&mut self) -> Self {
        Self { gate: self.gate.take(), hold: self.hold.take(), ..*self }
    }

    /// An item has come.
    #[inline(always)]
    fn put(&mut self, item: J::In, lent: &mut Subscription) {
        let Self { gate: Some(gate), hold, input, .. } = self else { return lent.cancel() };
        (*self, *lent) = match gate.pass_held(hold, *input, item, lent) {
            Ran::Done => return,
            Ran::Last => self.take().put_last(std::mem::take(lent)),
            Ran::Not(item) => self.take().put_alone(item, std::mem::take(lent)),
        };
    }

    /// The last one of a run has come.
    #[inline(never)]
    fn put_last(mut self, mut lent: Subscription) -> (Self, Subscription) {
        if let Some(gate) = &self.gate {
            gate.end_run(&mut self.hold, self.input);
            gate.look_alone(Some(&mut self.hold), self.input, &mut lent);
        }
        (self, lent)
    }

    /// One has come that is not of a run.
    #[inline(never)]
    fn put_alone(mut self, item: J::In, mut lent: Subscription) -> (Self, Subscription) {
        let Self { gate: Some(gate), hold, input, again, .. } = &mut self else { return (self, lent) };
        gate.end_run(hold, *input);
        let hold = std::mem::replace(again, true).then_some(hold);
        if let Some(item) = gate.pass_alone(hold, *input, item, &mut lent) {
            put_told(gate, *input, item, &mut lent);
        }
        (self, lent)
    }

    pub(crate) fn complete(mut self) {
        let input = self.input;
        self.end(move |state| state.done(input));
    }

    pub(crate) fn fail(mut self, error: J::Error) {
        let input = self.input;
        // What comes back is not the first error.
        self.end(move |state| state.fail(input, error));
    }
}

/// The handle goes to the gate, so that others can ask and cancel.
fn hold_on<J, D>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, subscription: &mut Subscription)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let attached = |mux: &mut Mux<J>| {
        mux.attached(input);
        mux.due(input).more
    };
    // It runs, so that asking is an addition.
    if let Some(more) = gate.attach(input, subscription.handle(), attached).flatten() {
        subscription.request(more);
    }
}

fn settle<J, D>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, subscription: &mut Subscription)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let alone = gate.settle_alone(input, subscription);
    if !alone && !subscription.has_handle() && !subscription.is_cancelled() {
        hold_on(gate, input, subscription);
    }
}

/// An item that does not go the short way.
fn put_told<J, D>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, item: J::In, lent: &mut Subscription)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let put = |mux: &mut Mux<J>, direct| mux.on(move |state| state.put(input, item, direct));
    let wanted = gate.tell_alone(None, input, Some(lent), put).unwrap_or_else(|put| {
        let wanted = gate.tell(put);
        if !lent.has_handle() {
            // This thread had the machine for itself, and went back in a call further up on its stack.
            settle(gate, input, lent);
        }
        wanted
    });
    if wanted == Some(false) {
        lent.cancel();
    }
}

impl<J: Join, D> Drop for Line<J, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    #[inline(always)]
    fn drop(&mut self) {
        let (gate, hold) = (self.gate.take(), self.hold.take());
        if gate.is_some() || !hold.is_empty() {
            leave(gate, hold, self.input, self.expendable);
        }
    }
}

/// By value for the reason that [`Line`] gives.
#[cold]
#[inline(never)]
fn leave<J, D>(gate: Option<Arc<Gate<Mux<J>, D>>>, mut hold: Hold<Mux<J>, D>, input: usize, expendable: bool)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    let Some(gate) = gate else { return };
    gate.end_run(&mut hold, input);
    if !expendable || std::thread::panicking() {
        // If this thread has the machine for itself, it may be about to unwind.
        gate.stand_up();
        // After an end of the stream it was cancelled by us.
        gate.gone(Mux::abandon);
    }
}

/// What an upstream sees.
struct Inlet<J: Join, D, T, W>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    line: Line<J, D>,
    wrap: W,
    types: PhantomData<fn(T)>,
}

impl<J, D, T, W> Subscriber for Inlet<J, D, T, W>
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
    W: Fn(T) -> J::In,
{
    type Item = T;
    type Error = J::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.line.attach(subscription);
    }

    #[inline]
    fn hears_of_immediate(&self) -> bool {
        true
    }

    #[inline(always)]
    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        self.line.put((self.wrap)(item), subscription);
    }

    fn on_error(self, error: J::Error, _unused: Option<Demand>) {
        self.line.fail(error);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.line.complete();
    }
}
