//! One upstream, one downstream, and a store between them that may hold items back: `buffer`, `conflate`,
//! `latest`, `chunks`, `limit_rate`.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.8 §3.2 §3.3 §3.6 §3.9, the accounting, and the order of ends: completion
//! after the store has drained, and without demand when it is empty; an error likewise, or at once if the store
//! says so.

use crate::driver::gate::{Act, Gate, Hook, Lost, Machine};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription, shim};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

/// What a store made of one item.
pub(crate) enum Put<T, E> {
    /// It is held, or on its way through.
    Kept,
    /// The first was held and the second has come: the inlet makes one of the two, under no lock, and puts that.
    Fold(T, T),
    /// This one goes, for this reason: the incoming one or another, so that as many are held as before.
    Dropped(Reason, T),
    /// All of these go.
    Cleared(Reason, VecDeque<T>),
    /// The item goes as overflow, and the stream fails with this once what is held has drained.
    Fail(T, E),
}

/// Holds items back, as a plain value. It runs under the gate's lock: it calls nothing.
pub(crate) trait Store: Send + 'static {
    type In: Send + 'static;
    type Out: Send + 'static;
    type InError: Send + 'static;
    type Error: Send + 'static;

    /// Takes one item. `direct` is the demand that can be met at once: an item within it is on its way through
    /// and needs no room.
    fn put(&mut self, item: Self::In, direct: Option<Demand>) -> Put<Self::In, Self::Error>;

    /// The next item to go out.
    fn take(&mut self) -> Option<Self::Out>;

    /// How many upstream items are held.
    fn len(&self) -> usize;

    /// Whether it lets nothing out, whatever the demand.
    fn is_shut(&self) -> bool {
        false
    }

    /// How many upstream items went out with the last `take`, all but one of them merged.
    fn taken(&self) -> usize {
        1
    }

    /// How many more items to ask for, when `asked` were asked for and have not come, and downstream waits for
    /// `demand`.
    fn ask(&mut self, asked: u64, demand: Option<Demand>) -> Option<Demand>;

    /// Upstream has completed: whatever was incomplete may go out now.
    fn end(&mut self) {}

    /// Whether an error cuts off what is held instead of waiting for it to drain.
    fn error_cuts(&self) -> bool {
        false
    }

    /// Translates upstream's failure.
    fn fail(&mut self, error: Self::InError) -> Self::Error;

    /// Hands out all that is held.
    fn clear(&mut self) -> VecDeque<Self::In>;

    /// Whose wait is over.
    fn waiting(&mut self) -> Option<VecDeque<Waker>> {
        None
    }
}

/// A store with its end and its books: a machine with one input.
pub(crate) struct Valve<St: Store> {
    pub(crate) store: St,
    ledger: Ledger,
    /// Asked for and not received.
    asked: u64,
    attached: bool,
    /// Two items are with the inlet, to become one.
    folding: bool,
    end: Option<Result<(), St::Error>>,
    abandoned: bool,
    closed: bool,
}

/// What becomes of an item that an inlet brings.
#[must_use = "what is unwanted cancels, and two that fold are to be put again"]
pub(crate) enum Brought<T> {
    Taken,
    /// Nothing more is wanted.
    Unwanted,
    Fold(T, T),
}

impl<St: Store> Valve<St> {
    pub(crate) fn new(store: St, ledger: Ledger) -> Self {
        let (asked, attached, folding) = (0, false, false);
        Self { store, ledger, asked, attached, folding, end: None, abandoned: false, closed: false }
    }

    /// How many items are held, those that are being folded among them.
    fn depth(&self) -> usize {
        self.store.len() + if self.folding { 2 } else { 0 }
    }

    /// Takes one item, given the demand that can be met at once.
    #[inline(always)]
    pub(crate) fn bring(&mut self, item: St::In, direct: Option<Demand>) -> (Brought<St::In>, Lost<St::In>) {
        self.ledger.receive();
        if self.closed || self.end.is_some() {
            self.ledger.drop_items(Reason::Late, 1);
            return (Brought::Unwanted, Lost::One(Reason::Late, item));
        }
        if self.asked != u64::MAX {
            self.asked = self.asked.saturating_sub(1);
        }
        self.put(item, direct)
    }

    /// The two items that were given out are one now.
    #[inline(never)]
    fn bring_folded(&mut self, item: St::In, direct: Option<Demand>) -> (Brought<St::In>, Lost<St::In>) {
        self.folding = false;
        self.ledger.merge(1);
        if self.closed {
            self.ledger.drop_items(Reason::Cancelled, 1);
            self.ledger.hold(self.depth(), false);
            return (Brought::Unwanted, Lost::One(Reason::Cancelled, item));
        }
        self.put(item, direct)
    }

    #[inline(always)]
    fn put(&mut self, item: St::In, direct: Option<Demand>) -> (Brought<St::In>, Lost<St::In>) {
        let room = direct.map_or(0, Demand::get);
        let outcome = self.store.put(item, direct);
        let (brought, lost) = match outcome {
            Put::Kept => (Brought::Taken, Lost::Nothing),
            Put::Fold(held, item) => {
                self.folding = true;
                (Brought::Fold(held, item), Lost::Nothing)
            }
            Put::Dropped(reason, item) => {
                // As many are held as before. They were seen then, unless they were on their way through and wait for more
                // than demand.
                debug_assert_eq!(self.ledger.depth(), self.depth() as u64, "this was counted");
                self.ledger.drop_items(reason, 1);
                if self.store.is_shut() && self.store.len() as u64 > room {
                    self.ledger.rest(self.depth());
                }
                return (Brought::Taken, Lost::One(reason, item));
            }
            Put::Cleared(reason, items) => {
                self.ledger.drop_items(reason, items.len());
                (Brought::Taken, Lost::Many(reason, items))
            }
            Put::Fail(item, error) => {
                self.ledger.drop_items(Reason::Overflow, 1);
                self.end = Some(Err(error));
                (Brought::Unwanted, Lost::One(Reason::Overflow, item))
            }
        };
        let rests = !self.folding && self.store.len() as u64 > room;
        self.ledger.hold(self.depth(), rests);
        (brought, lost)
    }

    /// Upstream has ended, or something else ends the stream. Gives back an end that comes too late.
    #[must_use = "an error is dropped under no lock"]
    pub(crate) fn end(&mut self, end: Result<(), St::Error>) -> Option<Result<(), St::Error>> {
        if self.closed || self.end.is_some() {
            return Some(end);
        }
        self.end = Some(end);
        None
    }

    /// Upstream has gone, and whether that is the end: one that waits for the store to drain has cancelled it itself.
    fn abandon(&mut self) -> bool {
        if std::mem::take(&mut self.folding) {
            // The fold has unwound, and the two went with it.
            self.ledger.drop_items(Reason::Cancelled, 2);
            self.ledger.hold(self.depth(), false);
        }
        self.abandoned = self.end.is_none();
        self.abandoned
    }

    /// One of the items that the store counted is gone with whoever had it.
    pub(crate) fn lost(&mut self) {
        self.ledger.drop_items(Reason::Cancelled, 1);
        self.ledger.hold(self.depth(), false);
    }

    /// It cannot go on, whether upstream has ended or not.
    pub(crate) fn break_off(&mut self) {
        self.abandoned = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether items may still come, and time matters.
    pub(crate) fn is_open(&self) -> bool {
        self.end.is_none() && !self.closed && !self.abandoned
    }

    fn clear(&mut self, reason: Reason) -> Lost<St::In> {
        let items = self.store.clear();
        self.ledger.hold(self.depth(), false);
        if items.is_empty() {
            return Lost::Nothing;
        }
        self.ledger.drop_items(reason, items.len());
        Lost::Many(reason, items)
    }
}

impl<St: Store> Machine for Valve<St> {
    type Out = St::Out;
    type Error = St::Error;
    type Lost = St::In;

    fn next(&mut self, demand: Option<Demand>) -> Act<St::Out, St::Error, St::In> {
        if self.abandoned {
            return Act::Abandon;
        }
        if let Some(Err(_)) = self.end
            && self.store.error_cuts()
            && self.store.len() > 0
        {
            return Act::Lose(self.clear(Reason::Error));
        }
        if demand.is_some()
            && let Some(item) = self.store.take()
        {
            self.ledger.merge(self.store.taken() - 1);
            self.ledger.emit();
            self.ledger.hold(self.depth(), false);
            return Act::Emit(item);
        }
        if self.end.is_some() && self.store.len() == 0 {
            return match self.end.take() {
                Some(Err(error)) => Act::Fail(error),
                _ => Act::Complete,
            };
        }
        if self.attached
            && self.end.is_none()
            && let Some(more) = self.store.ask(self.asked, demand)
        {
            self.asked = self.asked.saturating_add(more.get());
            return Act::Request(0, more);
        }
        Act::Idle
    }

    fn rest(&mut self) {
        self.ledger.hold(self.depth(), !self.folding);
    }

    fn holds(&self) -> bool {
        self.depth() > 0
    }

    /// All is asked for that can be asked for, and nothing can go out; what is held was counted as it came.
    fn is_calm(&mut self, demand: Option<Demand>) -> bool {
        self.asked == u64::MAX && self.is_open() && (demand.is_none() || self.store.is_shut())
    }

    fn close(&mut self, reason: Reason) -> Lost<St::In> {
        self.closed = true;
        self.clear(reason)
    }

    fn unsaid(&mut self) -> Option<St::Error> {
        self.end.take().and_then(Result::err)
    }

    fn waiting(&mut self) -> Option<VecDeque<Waker>> {
        self.store.waiting()
    }
}

/// A machine with a valve in it: what an [`Inlet`] feeds.
pub(crate) trait Intake:
    Machine<
        Out = <Self::Store as Store>::Out,
        Error = <Self::Store as Store>::Error,
        Lost = <Self::Store as Store>::In,
    >
{
    type Store: Store;

    fn valve(&mut self) -> &mut Valve<Self::Store>;
}

impl<St: Store> Intake for Valve<St> {
    type Store = St;

    fn valve(&mut self) -> &mut Self {
        self
    }
}

/// Puts `store` between `source` and `downstream`.
pub(crate) fn subscribe<P, St, D>(
    source: P,
    store: St,
    ledger: Ledger,
    hook: Option<Hook<St::In>>,
    downstream: D,
) where
    P: Publisher,
    St: Store<In = P::Item, InError = P::Error>,
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    if let Some(gate) = Gate::start(Valve::new(store, ledger), downstream, hook) {
        feed(source, gate, |held, _| held);
    }
}

/// Subscribes a gate to its one upstream. `fold` makes one item of two, where the store asks for that.
pub(crate) fn feed<P, M, F, D>(source: P, gate: Arc<Gate<M, D>>, fold: F)
where
    P: Publisher,
    M: Intake<Store: Store<In = P::Item, InError = P::Error>>,
    F: FnMut(P::Item, P::Item) -> P::Item + Send + 'static,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    source.subscribe(Inlet { entry: Entry(Some(gate)), fold, subscribed: false });
}

/// Upstream's way into the gate; none once upstream has ended. One that goes before tells so. It is taken and given back by
/// value, so that nothing that the emission loop around it keeps in registers is lent to anybody.
struct Entry<M, D>(Option<Arc<Gate<M, D>>>)
where
    M: Intake,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static;

impl<M, D> Entry<M, D>
where
    M: Intake,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    #[inline]
    fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    #[inline(never)]
    fn attach(self, handle: Handle) -> Self {
        if let Some(gate) = &self.0 {
            gate.attach(0, handle, |machine| machine.valve().attached = true);
        }
        self
    }

    /// An item that `put` takes in.
    #[inline(never)]
    fn bring(
        self,
        put: impl FnOnce(&mut Valve<M::Store>, Option<Demand>) -> (Brought<M::Lost>, Lost<M::Lost>),
    ) -> (Self, Brought<M::Lost>) {
        let brought = match &self.0 {
            Some(gate) => gate.tell(|machine, direct| put(machine.valve(), direct)),
            None => Brought::Unwanted,
        };
        (self, brought)
    }

    #[inline(never)]
    fn end(mut self, end: impl FnOnce(&mut M::Store) -> Result<(), M::Error>) {
        let Some(gate) = self.0.take() else { return };
        // What is too late is dropped here, under no lock.
        let _late = gate.tell(|machine, _| {
            let valve = machine.valve();
            let end = end(&mut valve.store);
            (valve.end(end), Lost::Nothing)
        });
    }
}

impl<M, D> Drop for Entry<M, D>
where
    M: Intake,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            leave(gate);
        }
    }
}

#[cold]
#[inline(never)]
fn leave<M, D>(gate: Arc<Gate<M, D>>)
where
    M: Intake,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    gate.gone(|machine| machine.valve().abandon());
}

/// What upstream sees.
struct Inlet<M, F, D>
where
    M: Intake,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    entry: Entry<M, D>,
    fold: F,
    subscribed: bool,
}

impl<M, F, D> Subscriber for Inlet<M, F, D>
where
    M: Intake,
    F: FnMut(M::Lost, M::Lost) -> M::Lost,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    type Item = M::Lost;
    type Error = <M::Store as Store>::InError;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        self.entry = self.entry.take().attach(subscription.handle());
    }

    #[inline(always)]
    fn on_next(&mut self, item: M::Lost, subscription: &mut Subscription) {
        let mut brought;
        (self.entry, brought) = self.entry.take().bring(|valve, direct| valve.bring(item, direct));
        while let Brought::Fold(held, item) = brought {
            shim::assert_unlocked();
            let folded = (self.fold)(held, item);
            let put = |valve: &mut Valve<_>, direct| valve.bring_folded(folded, direct);
            (self.entry, brought) = self.entry.take().bring(put);
        }
        if matches!(brought, Brought::Unwanted) {
            subscription.cancel();
        }
    }

    fn on_error(self, error: Self::Error, _unused: Option<Demand>) {
        self.entry.end(|store| Err(store.fail(error)));
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.entry.end(|store| {
            store.end();
            Ok(())
        });
    }
}
