//! 1.3: signals come one at a time. Two threads cannot share a subscriber, not even a `Sync` one.
use reactive_streams_core::{Subscriber, Subscription};

pub fn two_threads<S: Subscriber<Item = u32> + Send + Sync>(mut subscriber: S) {
    std::thread::scope(|scope| {
        scope.spawn(|| subscriber.on_next(1, &mut Subscription::new()));
        scope.spawn(|| subscriber.on_next(2, &mut Subscription::new())); //~ E0499
    });
}

fn main() {}
