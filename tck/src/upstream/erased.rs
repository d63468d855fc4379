//! A subscriber of the kit's publisher without its type.

use crate::Item;
use crate::gallery::Broken;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Subscriber, Subscription};
use std::sync::Arc;

trait Erased: Send {
    fn on_subscribe(&mut self, subscription: &mut Subscription);
    fn on_next(&mut self, item: Item, subscription: &mut Subscription);
    fn on_error(self: Box<Self>, error: Broken, unused: Option<Demand>);
    fn on_complete(self: Box<Self>, unused: Option<Demand>);
}

impl<S: Subscriber<Item = Item, Error = Broken> + Send> Erased for S {
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        Subscriber::on_subscribe(self, subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        Subscriber::on_next(self, item, subscription);
    }
    fn on_error(self: Box<Self>, error: Broken, unused: Option<Demand>) {
        Subscriber::on_error(*self, error, unused);
    }
    fn on_complete(self: Box<Self>, unused: Option<Demand>) {
        Subscriber::on_complete(*self, unused);
    }
}

/// Any subscriber of the kit's items.
pub(crate) struct Boxed(Box<dyn Erased>);

impl Boxed {
    pub(crate) fn new(subscriber: impl Subscriber<Item = Item, Error = Broken> + Send + 'static) -> Self {
        Self(Box::new(subscriber))
    }
}

impl Subscriber for Boxed {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.0.on_next(item, subscription);
    }
    fn on_error(self, error: Broken, unused: Option<Demand>) {
        self.0.on_error(error, unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}

/// Where who is subscribed to an upstream waits until the kit puts something above it.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<Option<Boxed>>>);

impl Waiting {
    pub(super) fn put(&self, subscriber: Boxed) {
        let before = self.0.lock().replace(subscriber);
        drop(before);
    }

    pub(crate) fn take(&self) -> Option<Boxed> {
        self.0.lock().take()
    }
}
