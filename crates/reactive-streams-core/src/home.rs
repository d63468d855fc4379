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
    /// Keeps `resumption` and sees to it that it [runs](Resumption::run), here, soon. It may belong to a publisher that
    /// came after the one which is at home here, and was handed over before that one gave its home up: who has closed
    /// by then runs it as well.
    fn resume(&self, resumption: Resumption);

    /// The subscription was cancelled. A state that was parked is dropped already; one that waits here finds the cancel
    /// when it runs. It is not called for a subscription that was cancelled before its home was set, or ended by a panic.
    fn cancelled(&self);
}

/// What was parked, and has demand or a wake-up to answer.
///
/// Dropping it drops a state, and the subscriber in it; what keeps its state elsewhere is woken, so that it looks.
#[must_use = "what is parked may wait for this run"]
pub struct Resumption(Option<Resumable>);

/// What was taken out of a link's slot, with what it needs to go on.
pub(crate) enum Resumable {
    State(Box<dyn crate::Resume>, Subscription),
    Task(std::task::Waker),
}

impl Resumable {
    pub(crate) fn new(parked: Parked, link: &Arc<Link>) -> Self {
        match parked {
            Parked::State { state, outstanding, handed_out } => {
                Self::State(state, Subscription::on_link(Arc::clone(link), outstanding, handed_out))
            }
            Parked::Task(waker) => Self::Task(waker),
        }
    }

    pub(crate) fn run(self) {
        match self {
            Self::State(state, subscription) => run(state, subscription),
            Self::Task(waker) => waker.wake(),
        }
    }
}

impl Resumption {
    pub(crate) fn new(resumable: Resumable) -> Self {
        Self(Some(resumable))
    }

    /// Goes on, on this thread, until the state has ended or is parked again. Call it under no lock.
    ///
    /// # Panics
    ///
    /// Passes on what a callback panics with; the subscription is then cancelled.
    pub fn run(mut self) {
        shim::assert_unlocked();
        if let Some(resumable) = self.0.take() {
            resumable.run();
        }
    }
}

impl Drop for Resumption {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Resumable::State(state, _)) => drop(state),
            Some(Resumable::Task(waker)) => waker.wake(),
            None => {}
        }
    }
}

impl fmt::Debug for Resumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resumption { .. }")
    }
}

/// Has set a subscription's home. Dropping it gives that up; then what was set before it, if that is still so, counts.
#[must_use = "dropping it gives the home up"]
pub struct AtHome {
    link: Weak<Link>,
    home: Arc<dyn Home>,
}

impl AtHome {
    pub(crate) fn new(link: &Arc<Link>, home: Arc<dyn Home>) -> Self {
        link.move_in(Arc::clone(&home));
        Self { link: Arc::downgrade(link), home }
    }
}

impl Drop for AtHome {
    fn drop(&mut self) {
        if let Some(link) = self.link.upgrade() {
            link.move_out(&self.home);
        }
    }
}

impl fmt::Debug for AtHome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtHome { .. }")
    }
}
