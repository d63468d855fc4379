//! The subscription's end for who asks, or only cancels, from elsewhere.

use crate::Demand;
use crate::link::Link;
use std::fmt;
use std::sync::{Arc, Weak};

/// The subscription's end for who must ask later, from elsewhere: one atomic update a call, from any thread.
///
/// Dropping it cancels. It lives downstream of its subscriber, never inside it: a parked publisher owns the
/// subscriber, and the handle owns the parked publisher.
#[must_use = "dropping the handle cancels the subscription"]
pub struct Handle {
    /// Gone once given up.
    link: Option<Arc<Link>>,
}

impl Handle {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link: Some(link) }
    }

    /// Asks for `demand` more items. A parked publisher runs on this thread, down to the subscriber; a call from
    /// inside a callback only adds (rule 3.3). So it takes as long as that publisher, down to the subscriber, makes
    /// it (3.4). It returns normally unless one of them panics (3.16). Call it under no lock.
    ///
    /// # Panics
    ///
    /// Passes on what a callback that it runs panics with; the subscription is then cancelled.
    pub fn request(&self, demand: Demand) {
        if let Some(link) = &self.link {
            link.calls.add();
            link.requests.add();
            link.request(demand);
        }
    }

    /// Wants nothing more: idempotent, from any thread (3.7). A parked publisher is dropped here and now; a
    /// running one delivers at most the item that it has begun. It is quick and returns normally (3.5, 3.15), unless
    /// a destructor of what it drops panics.
    pub fn cancel(&self) {
        if let Some(link) = &self.link {
            link.calls.add();
            link.cancel();
        }
    }

    /// Whether it was cancelled from elsewhere, or ended by a panic. A cancel inside a callback stays with the
    /// publisher that lent the subscription.
    pub fn is_cancelled(&self) -> bool {
        self.link.as_ref().is_none_or(|link| link.is_cancelled())
    }

    /// What only cancels, and keeps nothing alive: for who lends the handle out.
    pub fn canceller(&self) -> Canceller {
        Canceller { link: self.link.as_ref().map(Arc::downgrade).unwrap_or_default() }
    }

    /// Will never ask again, and does not cancel: the publisher goes on with what it was asked for, and may still end.
    /// It drops its subscriber when only demand could make it go on. What is left can cancel.
    pub fn give_up(mut self) -> Canceller {
        let canceller = self.canceller();
        if let Some(link) = self.link.take() {
            link.leave();
        }
        canceller
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(link) = &self.link {
            link.cancel();
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// Cancels from elsewhere and never requests. It keeps nothing alive, and dropping it does nothing.
#[derive(Clone)]
pub struct Canceller {
    link: Weak<Link>,
}

impl Canceller {
    pub(crate) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::downgrade(link) }
    }

    /// Wants nothing more: idempotent, from any thread (3.5, 3.7).
    pub fn cancel(&self) {
        if let Some(link) = self.link.upgrade() {
            link.calls.add();
            link.cancel();
        }
    }

    /// A cancel that comes down from what this is tied to.
    pub(crate) fn reach(&self) {
        if let Some(link) = self.link.upgrade() {
            link.cancel();
        }
    }
}

/// Has tied an upstream to a subscription. Dropping it unties them.
#[must_use = "dropping it unties the upstream"]
pub struct Tie {
    link: Weak<Link>,
    number: u64,
}

impl Tie {
    pub(crate) fn new(link: &Arc<Link>, upstream: Canceller) -> Self {
        Self { number: link.tie(upstream), link: Arc::downgrade(link) }
    }
}

impl Drop for Tie {
    fn drop(&mut self) {
        if let Some(link) = self.link.upgrade() {
            link.untie(self.number);
        }
    }
}

impl fmt::Debug for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tie { .. }")
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller { .. }")
    }
}
