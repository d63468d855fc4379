//! 1.7: nothing follows a terminal, and no terminal follows a terminal.
use reactive_streams_core::Subscriber;

pub fn fails<S: Subscriber<Error = String>>(subscriber: S) {
    subscriber.on_error("the first".to_owned(), None);
    subscriber.on_complete(None); //~ E0382
}

fn main() {}
