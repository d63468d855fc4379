//! 2.13: there is no null error.
use reactive_streams_core::Subscriber;

pub fn nothing<S: Subscriber<Error = String>>(subscriber: S) {
    subscriber.on_error(None, None); //~ E0308
}

fn main() {}
