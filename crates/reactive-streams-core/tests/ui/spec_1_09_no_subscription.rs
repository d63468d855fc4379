//! 1.9, 2.13: there is no null subscription.
use reactive_streams_core::Subscriber;

pub fn nothing<S: Subscriber>(mut subscriber: S) {
    subscriber.on_subscribe(None); //~ E0308
    drop(subscriber);
}

fn main() {}
