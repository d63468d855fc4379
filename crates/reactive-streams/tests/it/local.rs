//! A subscriber that takes no handle, for what a probe cannot show: it asks and cancels in its callbacks only.

use reactive_streams::{Demand, Subscriber, Subscription};
use std::marker::PhantomData;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Asks for `ask` items in `on_subscribe`, and cancels in the callback of item `cancel_at`; item zero is
/// `on_subscribe`. Each signal goes into the log, and the drop at last.
pub(crate) struct Local<T, E> {
    ask: u64,
    cancel_at: Option<u64>,
    seen: u64,
    log: Sender<String>,
    types: PhantomData<fn(T, E)>,
}

impl<T, E> Local<T, E> {
    pub(crate) fn asking(ask: u64) -> (Self, Receiver<String>) {
        let (log, shown) = channel();
        (Self { ask, cancel_at: None, seen: 0, log, types: PhantomData }, shown)
    }

    pub(crate) fn cancelling_at(ask: u64, item: u64) -> (Self, Receiver<String>) {
        let (mut local, shown) = Self::asking(ask);
        local.cancel_at = Some(item);
        (local, shown)
    }
}

impl<T, E> Subscriber for Local<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.tell("subscribe".to_owned());
        if let Some(demand) = Demand::new(self.ask) {
            subscription.request(demand);
        }
        self.cancel_if_due(subscription);
    }

    fn on_next(&mut self, _: T, subscription: &mut Subscription) {
        self.tell("next".to_owned());
        self.seen += 1;
        self.cancel_if_due(subscription);
    }

    fn on_error(self, _: E, unused: Option<Demand>) {
        self.tell(format!("error {}", unused.map_or(0, Demand::get)));
    }

    fn on_complete(self, unused: Option<Demand>) {
        self.tell(format!("complete {}", unused.map_or(0, Demand::get)));
    }
}

impl<T, E> Local<T, E> {
    fn tell(&self, signal: String) {
        self.log.send(signal).expect("the test reads the log");
    }

    fn cancel_if_due(&self, subscription: &mut Subscription) {
        if self.cancel_at == Some(self.seen) {
            subscription.cancel();
        }
    }
}

impl<T, E> Drop for Local<T, E> {
    fn drop(&mut self) {
        self.tell("drop".to_owned());
    }
}
