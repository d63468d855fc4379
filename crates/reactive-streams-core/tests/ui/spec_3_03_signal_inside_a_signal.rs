//! 3.3: no `on_next` inside an `on_next`. While a signal runs, nothing that a request could call reaches the
//! subscriber.
use reactive_streams_core::{Subscriber, Subscription};

pub fn signals<S: Subscriber<Item = u32>>(subscriber: &mut S, subscription: &mut Subscription) {
    let mut on_request = || subscriber.on_next(2, &mut Subscription::new());
    subscriber.on_next(1, subscription); //~ E0501
    on_request();
}

fn main() {}
