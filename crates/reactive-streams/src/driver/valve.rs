//! One upstream, one downstream, and a store between them that may hold items back: `buffer`, `conflate`,
//! `latest`, `chunks`, `limit_rate`.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.8 §3.2 §3.3 §3.6 §3.9, the accounting, and the order of ends: completion
//! after the store has drained, and without demand when it is empty; an error likewise, or at once if the store
//! says so.

use crate::driver::gate::{Act, Gate, Hook, Lost, Machine};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a store made of one item.
pub(crate) enum Put<T, E> {
    /// It is held, or on its way through.
    Kept,
    /// It became part of what was held.
    Merged,
    /// This one goes, for this reason: the incoming one or another.
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
}

/// A store with its end and its books: a machine with one input.
pub(crate) struct Valve<St: Store> {
    store: St,
    ledger: Ledger,
    /// Asked for and not received.
    asked: u64,
    attached: bool,
    end: Option<Result<(), St::Error>>,
    abandoned: bool,
    closed: bool,
}

impl<St: Store> Valve<St> {
    fn new(store: St, ledger: Ledger) -> Self {
        Self { store, ledger, asked: 0, attached: false, end: None, abandoned: false, closed: false }
    }

    /// False: nothing more is wanted.
    fn put(&mut self, item: St::In, direct: Option<Demand>) -> (bool, Lost<St::In>) {
        self.ledger.receive();
        if self.closed || self.end.is_some() {
            self.ledger.drop_items(Reason::Late, 1);
            return (false, Lost::One(Reason::Late, item));
        }
        if self.asked != u64::MAX {
            self.asked = self.asked.saturating_sub(1);
        }
        let room = direct.map_or(0, Demand::get);
        let outcome = self.store.put(item, direct);
        self.ledger.hold(self.store.len(), self.store.len() as u64 > room);
        match outcome {
            Put::Kept => (true, Lost::Nothing),
            Put::Merged => {
                self.ledger.merge();
                (true, Lost::Nothing)
            }
            Put::Dropped(reason, item) => {
                self.ledger.drop_items(reason, 1);
                (true, Lost::One(reason, item))
            }
            Put::Cleared(reason, items) => {
                self.ledger.drop_items(reason, items.len());
                (true, Lost::Many(reason, items))
            }
            Put::Fail(item, error) => {
                self.ledger.drop_items(Reason::Overflow, 1);
                self.end = Some(Err(error));
                (false, Lost::One(Reason::Overflow, item))
            }
        }
    }

    fn clear(&mut self, reason: Reason) -> Lost<St::In> {
        let items = self.store.clear();
        self.ledger.hold(0, false);
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
            (1..self.store.taken()).for_each(|_| self.ledger.merge());
            self.ledger.emit();
            self.ledger.hold(self.store.len(), false);
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

    fn holds(&self) -> bool {
        self.store.len() > 0
    }

    fn close(&mut self, reason: Reason) -> Lost<St::In> {
        self.closed = true;
        self.clear(reason)
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
    if let Some(gate) = Gate::start(Valve::new(store, ledger), downstream, hook, None) {
        source.subscribe(Inlet { gate, ended: false });
    }
}

/// What upstream sees.
struct Inlet<St: Store, D>
where
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    gate: Arc<Gate<Valve<St>, D>>,
    ended: bool,
}

impl<St: Store, D> Subscriber for Inlet<St, D>
where
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    type Item = St::In;
    type Error = St::InError;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.gate.attach(0, subscription.handle(), |valve| valve.attached = true);
    }

    fn on_next(&mut self, item: St::In, subscription: &mut Subscription) {
        if !self.gate.tell(|valve, direct| valve.put(item, direct)) {
            subscription.cancel();
        }
    }

    fn on_error(mut self, error: St::InError, _unused: Option<Demand>) {
        self.ended = true;
        self.gate.tell(|valve, _| {
            let error = valve.store.fail(error);
            valve.end.get_or_insert(Err(error));
            ((), Lost::Nothing)
        });
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.ended = true;
        self.gate.tell(|valve, _| {
            valve.store.end();
            valve.end.get_or_insert(Ok(()));
            ((), Lost::Nothing)
        });
    }
}

impl<St: Store, D> Drop for Inlet<St, D>
where
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if !self.ended {
            self.gate.tell(|valve, _| {
                // An end that waits for the store to drain has cancelled upstream itself.
                valve.abandoned = valve.end.is_none();
                ((), Lost::Nothing)
            });
        }
    }
}
