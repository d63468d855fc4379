//! What the drivers of operators ask, beyond the contract: each is an ordinary call, and cheaper where its condition holds.

use super::{Marks, Subscription};
use crate::{Subscriber, shim};

impl Subscription {
    /// The item that is being delivered uses no demand: a [request](Self::request) of one, which never passes the most
    /// that there can be.
    #[doc(hidden)]
    #[inline]
    pub fn give_back(&mut self) {
        if !self.marks.has(Marks::CANCELLED) {
            self.account.give_back();
        }
    }

    /// [`is_ready`](Self::is_ready), if nothing has come from elsewhere that was not looked at: for who then does something
    /// else, which looks.
    #[doc(hidden)]
    #[inline]
    pub fn is_ready_without_news(&self) -> bool {
        !self.link.as_ref().is_some_and(|link| link.has_news()) && !self.account.is_empty()
    }

    /// Whether nothing is left of what was taken over: what has come from elsewhere since is not looked at.
    #[doc(hidden)]
    #[inline]
    pub fn is_used_up(&self) -> bool {
        self.account.is_empty()
    }

    /// Whether a cancel was seen, in a callback or by a look.
    #[doc(hidden)]
    #[inline]
    pub fn was_cancelled(&self) -> bool {
        self.marks.has(Marks::CANCELLED)
    }

    /// [`deliver`](Self::deliver) where [everything](Self::wants_all) was asked for: nothing is counted.
    #[doc(hidden)]
    #[inline]
    pub fn pass<S: Subscriber>(&mut self, item: S::Item, subscriber: &mut S) {
        debug_assert!(self.account.total() == u64::MAX, "what has a bound must be counted");
        shim::assert_unlocked();
        subscriber.on_next(item, self);
    }
}
