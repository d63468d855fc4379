//! 3.3: whoever takes the parked state out has the permit to run it: one value, one run.
use reactive_streams_core::{Resume, Subscription};

pub fn twice(state: Box<dyn Resume>) {
    let _ = state.resume(Subscription::new());
    let _ = state.resume(Subscription::new()); //~ E0382
}

fn main() {}
