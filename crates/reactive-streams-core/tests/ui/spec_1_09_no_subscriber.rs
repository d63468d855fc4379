//! 1.9: there is no null subscriber to be refused.
use reactive_streams_core::{Publisher, Subscriber};

pub fn nobody<P, S>(publisher: P)
where
    P: Publisher,
    S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
{
    publisher.subscribe(None::<S>); //~ E0277
}

fn main() {}
