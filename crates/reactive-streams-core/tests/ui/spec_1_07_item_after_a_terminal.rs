//! 1.7: nothing follows a terminal. It takes the subscriber, so there is nobody left to signal.
use reactive_streams_core::{Subscriber, Subscription};

pub fn completes<S: Subscriber<Item = u32>>(mut subscriber: S, subscription: &mut Subscription) {
    subscriber.on_next(1, subscription);
    subscriber.on_complete(subscription.outstanding());
    subscriber.on_next(2, subscription); //~ E0382
}

fn main() {}
