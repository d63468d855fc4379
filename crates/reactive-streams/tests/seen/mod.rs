//! For the models of the gate: a downstream that counts, and what must be so at the end.

use crate::inputs::Inputs;
use reactive_streams::{Demand, Handle, Ledger, Publisher, Subscriber, Subscription};
use reactive_streams_core::shim::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst}; // what a model looks at is no part of it

/// What downstream saw.
#[derive(Default)]
pub(crate) struct Seen {
    items: AtomicUsize,
    running: loom::sync::Mutex<()>,
    completed: AtomicUsize,
    failed: AtomicUsize,
    dropped: AtomicUsize,
    pub(crate) handle: Mutex<Option<Handle>>,
}

impl Seen {
    pub(crate) fn items(&self) -> usize {
        self.items.load(SeqCst)
    }

    /// Completed, failed, dropped.
    pub(crate) fn ends(&self) -> [usize; 3] {
        [&self.completed, &self.failed, &self.dropped].map(|count| count.load(SeqCst))
    }
}

pub(crate) struct Down {
    pub(crate) seen: Arc<Seen>,
    pub(crate) ask: u64,
}

impl Subscriber for Down {
    type Item = usize;
    type Error = ();

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if let Some(demand) = Demand::new(self.ask) {
            subscription.request(demand);
        }
        let handle = subscription.handle();
        *self.seen.handle.lock() = Some(handle);
    }

    fn on_next(&mut self, _item: usize, _subscription: &mut Subscription) {
        let _alone = self.seen.running.try_lock().expect("one signal at a time");
        self.seen.items.fetch_add(1, SeqCst);
    }

    fn on_error(self, _error: (), _unused: Option<Demand>) {
        self.seen.failed.fetch_add(1, SeqCst);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.seen.completed.fetch_add(1, SeqCst);
    }
}

impl Drop for Down {
    fn drop(&mut self) {
        self.seen.dropped.fetch_add(1, SeqCst);
    }
}

/// Downstream asks for `ask` when it is subscribed.
pub(crate) fn subscribe(flow: impl Publisher<Item = usize, Error = ()>, ask: u64) -> (Arc<Seen>, Handle) {
    let seen = Arc::new(Seen::default());
    flow.subscribe(Down { seen: Arc::clone(&seen), ask });
    let handle = seen.handle.lock().take().expect("taken in on_subscribe");
    (seen, handle)
}

/// At the end nothing is held, nothing is missing, and no upstream has its subscriber.
pub(crate) fn settled(ledger: &Ledger, inputs: &Inputs) {
    assert!(ledger.is_balanced(), "{ledger:?}");
    assert_eq!((ledger.depth(), inputs.alive.load(SeqCst)), (0, 0));
}

pub(crate) fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}
