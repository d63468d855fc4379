//! A subscription that was given away.

use super::{Account, Marks, Subscription};
use crate::Demand;
use crate::link::Link;
use std::fmt;
use std::sync::{Arc, Weak};

impl Subscription {
    /// The same place in a pipeline, without demand and without keeping the link alive: for an operator that carries a
    /// downstream from upstream to upstream. The upstream that has the subscription parks that operator's state in the
    /// link, which must not own itself.
    #[inline]
    pub fn downgrade(&self) -> WeakSubscription {
        let link = self.link.as_ref().map(Arc::downgrade);
        WeakSubscription { marks: self.marks.lasting(), link }
    }
}

/// A [`Subscription`] that was given away: see [`Subscription::downgrade`].
#[derive(Clone)]
pub struct WeakSubscription {
    marks: Marks,
    link: Option<Weak<Link>>,
}

impl WeakSubscription {
    /// A subscription with the demand that was not used, on the link if that is still there. A publisher that signals
    /// a terminal keeps its subscription until that has returned, so it is.
    pub fn upgrade(&self, unused: Option<Demand>) -> Subscription {
        let demand = if self.marks.has(Marks::CANCELLED) { 0 } else { unused.map_or(0, Demand::get) };
        let link = self.link.as_ref().and_then(Weak::upgrade);
        Subscription { account: Account::of(demand), marks: self.marks, link }
    }

    /// Whether `subscription` is as it was when this was made: not cancelled, not handed out, not linked since.
    #[inline]
    pub fn is_current(&self, subscription: &Subscription) -> bool {
        self.marks == subscription.marks.lasting() && self.link.is_some() == subscription.link.is_some()
    }
}

/// Written by hand for the reason that `Subscription::make_link` gives.
impl Drop for WeakSubscription {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            let_go_weakly(link);
        }
    }
}

#[cold]
#[inline(never)]
fn let_go_weakly(link: Weak<Link>) {
    drop(link);
}

impl fmt::Debug for WeakSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSubscription")
            .field("cancelled", &self.marks.has(Marks::CANCELLED))
            .finish_non_exhaustive()
    }
}
