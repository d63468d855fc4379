//! Several items become one: `chunks`.
//!
//! Downstream's subscription *is* the upstream's, as with a [step](super::step): no lock, no queue.
//!
//! # Invariants
//!
//! * The first item of a chunk uses the unit of demand that is for the chunk. With it, the others of that chunk are asked
//!   for. So what is outstanding is what downstream has asked for beyond the chunk that is begun, and what that one
//!   misses; it misses nothing when downstream is called, which finds its own demand and no more.
//! * So a chunk that is begun can always go out: at the end of upstream, too, where what it misses is taken off the demand
//!   that was not used.
//! * An item is in the chunk or counted as lost, and what is lost is counted before anything foreign sees it.
//!
//! Left to this driver: §1.3 §1.7 §2.4 §2.5 §2.6 §2.8 §3.6, and the unused demand at the terminal (3-i).

use crate::driver::losses::{Hook, Losses, Lost};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::{Demand, Subscriber, Subscription, WeakSubscription};

/// Memory for so many bytes of items is taken with the first item of a chunk; for more as they come.
const AT_ONCE: usize = 16 * 1024;

/// The subscriber between upstream and `downstream`.
pub(crate) struct Gather<T, D> {
    chunk: Chunk<T>,
    /// An error goes out without the chunk.
    error_cuts: bool,
    downstream: D,
    /// What the last chunk is delivered with: upstream keeps its subscription to itself when it ends.
    place: WeakSubscription,
}

/// The chunk that is begun.
struct Chunk<T> {
    held: Vec<T>,
    n: usize,
    ledger: Ledger,
    losses: Losses<T>,
}

impl<T> Chunk<T> {
    /// Of the demand that upstream has not used, what is downstream's: without what the chunk misses, and with its own
    /// unit.
    fn unused(&self, unused: Option<Demand>) -> Option<Demand> {
        let missing = (self.n - self.held.len()) as u64;
        match unused {
            Some(Demand::UNBOUNDED) => unused,
            _ => Demand::new(unused.map_or(0, Demand::get).saturating_sub(missing).saturating_add(1)),
        }
    }

    #[inline]
    fn take(&mut self) -> Vec<T> {
        let chunk = std::mem::take(&mut self.held);
        self.ledger.merge(chunk.len() - 1);
        self.ledger.emit();
        self.ledger.hold(0, false);
        chunk
    }

    #[cold]
    #[inline(never)]
    fn lose(&mut self, reason: Reason) {
        let items = std::mem::take(&mut self.held);
        self.ledger.drop_items(reason, items.len());
        self.ledger.hold(0, false);
        self.losses.lose(Lost::Many(reason, items.into()));
    }
}

/// A cancel, or an upstream that is gone.
impl<T> Drop for Chunk<T> {
    fn drop(&mut self) {
        if !self.held.is_empty() {
            self.lose(Reason::Cancelled);
        }
    }
}

impl<T, D> Gather<T, D>
where
    D: Subscriber<Item = Vec<T>>,
{
    /// `n` is at least one.
    pub(crate) fn new(
        n: usize,
        error_cuts: bool,
        ledger: Ledger,
        hook: Option<Hook<T>>,
        downstream: D,
    ) -> Self {
        let chunk = Chunk { held: Vec::new(), n, ledger, losses: Losses::new(hook) };
        Self { chunk, error_cuts, downstream, place: Subscription::new().downgrade() }
    }

    /// The incomplete chunk goes out before the terminal, unless downstream wants nothing then. What it was delivered with
    /// stays until the terminal has returned: who goes on with another upstream takes the link from it.
    fn flush(self, unused: Option<Demand>, terminal: impl FnOnce(D, Option<Demand>)) {
        let Self { mut chunk, mut downstream, place, .. } = self;
        if chunk.held.is_empty() {
            return terminal(downstream, unused);
        }
        let mut subscription = place.upgrade(chunk.unused(unused));
        if subscription.is_cancelled() {
            return;
        }
        subscription.deliver(chunk.take(), &mut downstream);
        if let Some(unused) = subscription.wanted() {
            terminal(downstream, Demand::new(unused));
        }
    }
}

/// Of all that is done for a chunk, and not for an item, only this needs registers.
#[cold]
#[inline(never)]
fn reserve<T>(chunk: &mut Vec<T>, n: usize) {
    chunk.reserve_exact(n.min(AT_ONCE / size_of::<T>().max(1)));
}

/// It may have got a link meanwhile.
#[cold]
#[inline(never)]
fn place(subscription: Subscription) -> (Subscription, WeakSubscription) {
    let place = subscription.downgrade();
    (subscription, place)
}

impl<T, D> Subscriber for Gather<T, D>
where
    D: Subscriber<Item = Vec<T>>,
{
    type Item = T;
    type Error = D::Error;

    #[inline]
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.downstream.on_subscribe(subscription);
        self.place = subscription.downgrade();
    }

    #[inline]
    fn hears_of_immediate(&self) -> bool {
        self.downstream.hears_of_immediate()
    }

    #[inline(always)]
    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        let chunk = &mut self.chunk;
        chunk.ledger.receive();
        if chunk.held.is_empty() {
            if let Some(others) = Demand::new(chunk.n as u64 - 1) {
                subscription.request(others);
            }
            reserve(&mut chunk.held, chunk.n);
        }
        chunk.held.push(item);
        if chunk.held.len() < chunk.n {
            return chunk.ledger.hold(chunk.held.len(), true);
        }
        self.downstream.on_next(chunk.take(), subscription);
        if !self.place.is_current(subscription) {
            let (lent, place) = place(std::mem::take(subscription));
            *subscription = lent;
            self.place = place;
        }
    }

    fn on_error(mut self, error: D::Error, unused: Option<Demand>) {
        if self.error_cuts && !self.chunk.held.is_empty() {
            let unused = self.chunk.unused(unused);
            self.chunk.lose(Reason::Error);
            return self.downstream.on_error(error, unused);
        }
        self.flush(unused, |downstream, unused| downstream.on_error(error, unused));
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.flush(unused, D::on_complete);
    }
}
