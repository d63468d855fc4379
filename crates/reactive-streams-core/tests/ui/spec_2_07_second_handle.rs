//! 2.7: requests from one place. A handle cannot be copied.
use reactive_streams_core::Subscription;

fn main() {
    let handle = Subscription::new().handle();
    let other = handle.clone(); //~ E0599
    drop(handle);
}
