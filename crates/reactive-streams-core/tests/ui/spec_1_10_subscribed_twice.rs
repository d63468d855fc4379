//! 1.10: `subscribe` takes the publisher, so one that is not `Clone` has one subscriber.
use reactive_streams_core::{Publisher, Subscriber};

pub fn twice<P, S>(publisher: P, first: S, second: S)
where
    P: Publisher,
    S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    publisher.subscribe(first);
    publisher.subscribe(second); //~ E0382
}

fn main() {}
