//! A subscriber that keeps every rule.

use super::Broken;
use crate::{Done, End, Item};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Handle, Subscriber, Subscription};
use std::fmt;
use std::sync::{Arc, Weak};

/// Takes items in batches and tells when it is done; with its [`Remote`] it can be made to ask and to leave.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::gallery::Consuming;
/// use reactive_streams_tck::{Sink, verify_subscriber};
///
/// let sink = Sink::new(|_env, hooks, upstream| {
///     let (subscriber, remote) = Consuming::new(8, hooks.done());
///     hooks.on_leave(move || remote.leave());
///     upstream.subscribe(subscriber);
/// });
/// verify_subscriber(&sink).assert_conforms();
/// ```
pub struct Consuming {
    batch: u64,
    /// Received of the batch.
    received: u64,
    subscribed: bool,
    /// The remote owns the handle: the subscriber must not (rule 3-vi).
    remote: Weak<Mutex<Option<Arc<Handle>>>>,
    done: Done,
}

impl Consuming {
    /// A subscriber that asks for `batch` items, at least one, and for as many again when they have come.
    pub fn new(batch: u64, done: Done) -> (Self, Remote) {
        let remote = Remote { handle: Arc::default() };
        let weak = Arc::downgrade(&remote.handle);
        (Self { batch: batch.max(1), received: 0, subscribed: false, remote: weak, done }, remote)
    }
}

impl Subscriber for Consuming {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        if let Some(slot) = self.remote.upgrade() {
            *slot.lock() = Some(Arc::new(subscription.handle()));
        }
        subscription.request(Demand::of(self.batch));
    }

    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        drop(item);
        self.received += 1;
        if self.received == self.batch {
            self.received = 0;
            subscription.request(Demand::of(self.batch));
        }
    }

    fn on_error(self, _error: Broken, _unused: Option<Demand>) {
        self.done.with(End::Failed);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.done.with(End::Completed);
    }
}

/// Asks and cancels on behalf of a [`Consuming`], from elsewhere.
#[derive(Clone)]
pub struct Remote {
    handle: Arc<Mutex<Option<Arc<Handle>>>>,
}

impl Remote {
    /// Asks for one more item, if `on_subscribe` has come.
    pub fn more(&self) {
        let handle = self.handle.lock().clone();
        if let Some(handle) = handle {
            handle.request(Demand::ONE);
        }
    }

    /// Wants nothing more.
    pub fn leave(&self) {
        let handle = self.handle.lock().clone();
        if let Some(handle) = handle {
            handle.cancel();
        }
    }
}

impl fmt::Debug for Consuming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consuming").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote { .. }")
    }
}
