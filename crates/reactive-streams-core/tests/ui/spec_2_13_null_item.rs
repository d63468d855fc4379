//! 2.13: there is no null item.
use reactive_streams_core::{Subscriber, Subscription};

pub fn nothing<S: Subscriber<Item = u32>>(subscriber: &mut S, subscription: &mut Subscription) {
    subscriber.on_next(None, subscription); //~ E0308
}

fn main() {}
