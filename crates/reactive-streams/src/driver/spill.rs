//! No queue: what comes without demand is lost at once. `on_backpressure_drop`.
//!
//! Upstream is asked for everything. Downstream has a subscription of its own, and both stay in upstream's subscriber: an
//! item costs a look at that subscription, and no lock.
//!
//! # Invariants
//!
//! * Only upstream's subscriber calls downstream, so that its signals have one order because upstream's have.
//! * Nothing waits here. Demand is for items that come after it, so that a request need wake nobody: the look at the next
//!   item sees it.
//! * Who can cancel from elsewhere has a link, and upstream is tied to that: it drops its subscriber, and downstream with
//!   it. As upstream may wait for something else than demand, where nobody but a handle keeps it, its handle is held
//!   here; the cancel that comes over the tie breaks that circle.
//! * One look decides about an item and how it is counted: demand that comes after it is for the next.
//! * An item that does not go out is counted before the hook sees it. If the hook panics, it unwinds through upstream,
//!   which is gone with its subscriber.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.4 §2.5 §2.6 §2.8 §3.6.

use crate::ledger::{Dropped, Ledger, Reason};
use reactive_streams_core::{Demand, Handle, Publisher, Subscriber, Subscription, Tie, shim};

/// Upstream's subscriber.
struct Spill<D, F> {
    downstream: D,
    /// Downstream's.
    subscription: Subscription,
    tied: Option<Tied>,
    ledger: Ledger,
    hook: F,
    subscribed: bool,
}

struct Tied {
    _tie: Option<Tie>,
    /// Unless nothing is wanted, and nobody can ask: then nothing but upstream itself is left to keep it.
    _upstream: Option<Handle>,
}

/// Puts a hook between `source` and `downstream` that sees what was not asked for.
pub(crate) fn subscribe<P, D, F>(source: P, ledger: Ledger, hook: F, mut downstream: D)
where
    P: Publisher,
    D: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    F: FnMut(Dropped<P::Item>) + Send + 'static,
{
    let mut subscription = Subscription::new();
    downstream.on_subscribe(&mut subscription);
    if !subscription.is_cancelled() {
        source.subscribe(Spill { downstream, subscription, tied: None, ledger, hook, subscribed: false });
    }
}

/// Downstream has a link by now. It takes what it needs by value, so that nothing that the emission loop keeps in registers
/// is lent to it.
#[cold]
#[inline(never)]
fn tie(mut lent: Subscription, mut subscription: Subscription) -> (Subscription, Subscription, Tied) {
    let upstream = lent.handle();
    let bound = subscription.tie(upstream.canceller());
    let tie = bound.filter(|_| !shim::planted("spill-is-not-tied"));
    // It may have been cancelled before.
    if subscription.is_cancelled() && !shim::planted("spill-ties-without-a-look") {
        lent.cancel();
    }
    let upstream = if subscription.is_abandoned() {
        drop(upstream.give_up());
        None
    } else {
        Some(upstream)
    };
    (lent, subscription, Tied { _tie: tie, _upstream: upstream })
}

impl<D: Subscriber, F> Spill<D, F> {
    #[inline(always)]
    fn tie_if_linked(&mut self, lent: &mut Subscription) {
        if self.tied.is_none() && self.subscription.is_linked() {
            let (given_back, subscription, tied) =
                tie(std::mem::take(lent), std::mem::take(&mut self.subscription));
            *lent = given_back;
            (self.subscription, self.tied) = (subscription, Some(tied));
        }
    }

    /// Upstream has ended. The subscription stays until the terminal has returned: who goes on with another upstream takes
    /// the link from it.
    #[inline]
    fn end(self, terminal: impl FnOnce(D, Option<Demand>)) {
        let Self { downstream, mut subscription, tied, .. } = self;
        drop(tied);
        if let Some(unused) = subscription.wanted() {
            terminal(downstream, Demand::new(unused));
        }
    }
}

impl<D, F> Subscriber for Spill<D, F>
where
    D: Subscriber,
    F: FnMut(Dropped<D::Item>),
{
    type Item = D::Item;
    type Error = D::Error;

    #[inline]
    fn on_subscribe(&mut self, lent: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return lent.cancel(); // rule 2.5
        }
        self.tie_if_linked(lent);
        lent.request(Demand::UNBOUNDED);
    }

    #[inline(always)]
    fn on_next(&mut self, item: D::Item, lent: &mut Subscription) {
        self.ledger.receive();
        let looked_before = shim::planted("spill-looks-twice").then(|| self.subscription.is_ready());
        let reason = match self.subscription.wanted() {
            Some(0) => Reason::Overflow,
            Some(_) => {
                if looked_before != Some(false) {
                    self.ledger.emit();
                }
                self.subscription.deliver(item, &mut self.downstream);
                if self.subscription.is_cancelled() {
                    return lent.cancel();
                }
                return self.tie_if_linked(lent);
            }
            None => {
                lent.cancel();
                Reason::Late
            }
        };
        self.ledger.drop_items(reason, 1);
        shim::assert_unlocked();
        (self.hook)(Dropped { item, reason });
    }

    #[inline]
    fn on_error(self, error: D::Error, _unused: Option<Demand>) {
        self.end(|downstream, unused| downstream.on_error(error, unused));
    }

    #[inline]
    fn on_complete(self, _unused: Option<Demand>) {
        self.end(D::on_complete);
    }
}
