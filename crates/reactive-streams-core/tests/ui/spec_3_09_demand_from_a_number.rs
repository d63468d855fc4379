//! 3.9: a number becomes a demand through `Demand::new` only, which has none for zero.
use reactive_streams_core::{Demand, Subscription};

fn main() {
    let mut subscription = Subscription::new();
    subscription.request(Demand::new(0)); //~ E0308
    subscription.cancel();
}
