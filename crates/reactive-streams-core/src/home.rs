//! Where what is parked goes on: on the thread of the event, unless a publisher is at home elsewhere.

use crate::link::{Link, Parked, run};
use crate::{Subscription, shim};
use std::fmt;
use std::sync::{Arc, Weak};

/// Where a publisher's parked state goes on when demand or a wake-up comes: in a task, say, that was put to sleep
/// until then. See [`Subscription::resume_at`].
///
/// Both calls come under no lock, on the thread of the event.
pub trait Home: Send + Sync {
    /// Keeps `resumption` and sees to it that it [runs](Resumption::run), here, soon. Who is closed
    /// [abandons](Resumption::abandon) it.
    fn resume(&self, resumption: Resumption);

    /// The subscription was cancelled. What was parked is dropped already.
    fn cancelled(&self);
}

/// What was parked, and has demand or a wake-up to answer.
#[must_use = "what is parked may wait for this run"]
pub struct Resumption(Kind);

enum Kind {
    State(Box<dyn crate::Resume>, Subscription),
    Task(std::task::Waker),
}

impl Resumption {
    pub(crate) fn new(parked: Parked, link: &Arc<Link>) -> Self {
        Self(match parked {
            Parked::State { state, outstanding, handed_out } => {
                Kind::State(state, Subscription::on_link(Arc::clone(link), outstanding, handed_out))
            }
            Parked::Task(waker) => Kind::Task(waker),
        })
    }

    /// Goes on, on this thread, until the state has ended or is parked again. Call it under no lock.
    ///
    /// # Panics
    ///
    /// Passes on what a callback panics with; the subscription is then cancelled.
    pub fn run(self) {
        shim::assert_unlocked();
        match self.0 {
            Kind::State(state, subscription) => run(state, subscription),
            Kind::Task(waker) => waker.wake(),
        }
    }

    /// Drops a state, and the subscriber in it; what keeps its state elsewhere is woken, so that it looks. For a home
    /// that has closed. Call it under no lock.
    pub fn abandon(self) {
        shim::assert_unlocked();
        match self.0 {
            Kind::State(state, _) => drop(state),
            Kind::Task(waker) => waker.wake(),
        }
    }
}

impl fmt::Debug for Resumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resumption { .. }")
    }
}

/// Has set a subscription's home. Dropping it puts back the one that was there before.
#[must_use = "dropping it gives the home up"]
pub struct AtHome {
    link: Weak<Link>,
    ours: Arc<dyn Home>,
    before: Option<Arc<dyn Home>>,
}

impl AtHome {
    pub(crate) fn new(link: &Arc<Link>, home: Arc<dyn Home>) -> Self {
        let before = link.set_home(Some(Arc::clone(&home)));
        Self { link: Arc::downgrade(link), ours: home, before }
    }
}

impl Drop for AtHome {
    fn drop(&mut self) {
        if let Some(link) = self.link.upgrade() {
            link.replace_home(&self.ours, self.before.take());
        }
    }
}

impl fmt::Debug for AtHome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtHome { .. }")
    }
}
