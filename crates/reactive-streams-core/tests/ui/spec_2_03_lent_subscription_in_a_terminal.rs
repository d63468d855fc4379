//! 2.3: a terminal does not touch the subscription. The loan cannot be kept until then.
use reactive_streams_core::{Demand, Subscriber, Subscription};

pub struct Keeps<'a>(Option<&'a mut Subscription>);

impl Subscriber for Keeps<'_> {
    type Item = u32;
    type Error = String;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0 = Some(subscription); //~ lifetime may not live long enough
    }
    fn on_next(&mut self, _item: u32, _subscription: &mut Subscription) {}
    fn on_error(self, _error: String, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {
        if let Some(subscription) = self.0 {
            subscription.cancel();
        }
    }
}

fn main() {}
