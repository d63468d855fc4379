//! 3.1: the lent subscription is used inside the callback only. It cannot leave with a thread.
use reactive_streams_core::{Demand, Subscriber, Subscription};

pub struct Elsewhere;

impl Subscriber for Elsewhere {
    type Item = u32;
    type Error = String;
    fn on_subscribe(&mut self, _subscription: &mut Subscription) {}
    fn on_next(&mut self, _item: u32, subscription: &mut Subscription) {
        std::thread::spawn(move || subscription.request(Demand::ONE)); //~ E0521
    }
    fn on_error(self, _error: String, _unused: Option<Demand>) {}
    fn on_complete(self, _unused: Option<Demand>) {}
}

fn main() {}
