//! 2.11: a subscriber is called from whichever thread brings the demand, so it has to be `Send`.
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::rc::Rc;

pub struct Local(Rc<u32>);

impl Subscriber for Local {
    type Item = u32;
    type Error = String;
    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}
    fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
    fn on_error(self, _error: String, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

pub fn local<P: Publisher<Item = u32, Error = String>>(publisher: P) {
    let local = Local(Rc::new(1));
    publisher.subscribe(local); //~ E0277
}

fn main() {}
