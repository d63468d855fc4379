//! 2.11: what a signal hands over happened before; an item that may not change threads is no item.
use reactive_streams_core::{Publisher, Subscriber};
use std::rc::Rc;

pub struct Shared;

impl Publisher for Shared {
    type Item = Rc<u32>; //~ E0277; compiles with: type Item = u32;
    type Error = String;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Self::Item, Error = Self::Error> + Send + 'static,
    {
        drop(subscriber);
    }
}

fn main() {}
