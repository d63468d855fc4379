//! For what is said and asked on several threads: a subscriber that can be waited for, and iterators that wait.

use reactive_streams::{Demand, Handle, Subscriber, Subscription};
use std::convert::Infallible;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// Only what is broken waits so long.
const GUARD: Duration = Duration::from_secs(10);

/// The next message, which comes unless something is broken.
pub(crate) fn soon<T>(messages: &Receiver<T>, what: &str) -> T {
    messages.recv_timeout(GUARD).unwrap_or_else(|error| panic!("{what}: {error}"))
}

#[derive(Debug, PartialEq)]
pub(crate) enum Heard<T> {
    Item(T),
    Complete,
    /// Without a terminal.
    Dropped,
}

/// Sends what it hears. It lends its subscription to `at` when it is subscribed, with zero, and for each item, with the
/// number of it.
pub(crate) struct Listener<T, F> {
    heard: Sender<Heard<T>>,
    at: F,
    items: u32,
    ended: bool,
}

pub(crate) fn listener<T, F>(at: F) -> (Listener<T, F>, Receiver<Heard<T>>)
where
    F: FnMut(u32, &mut Subscription),
{
    let (heard, log) = channel();
    (Listener { heard, at, items: 0, ended: false }, log)
}

impl<T, F: FnMut(u32, &mut Subscription)> Subscriber for Listener<T, F> {
    type Item = T;
    type Error = Infallible;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        (self.at)(0, subscription);
    }

    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        self.items += 1;
        (self.at)(self.items, subscription);
        let _ = self.heard.send(Heard::Item(item));
    }

    fn on_error(self, error: Infallible, _unused: Option<Demand>) {
        match error {}
    }

    fn on_complete(mut self, _unused: Option<Demand>) {
        self.ended = true;
        let _ = self.heard.send(Heard::Complete);
    }
}

impl<T, F> Drop for Listener<T, F> {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.heard.send(Heard::Dropped);
        }
    }
}

/// What a [`handed`] listener hears, and how to ask for more.
pub(crate) struct Ear<T> {
    pub(crate) heard: Receiver<Heard<T>>,
    handles: Receiver<Handle>,
    /// Kept as long as the ear: to drop the last one cancels.
    handle: OnceLock<Arc<Handle>>,
}

/// A listener that asks for `first` at once, and gives its handle away.
pub(crate) fn handed<T: Send + 'static>(
    first: u64,
) -> (impl Subscriber<Item = T, Error = Infallible> + Send + 'static, Ear<T>) {
    let (hand, handles) = channel();
    let (listener, heard) = listener(move |items, subscription: &mut Subscription| {
        if items == 0 {
            hand.send(subscription.handle()).expect("the test keeps the ear");
            if let Some(demand) = Demand::new(first) {
                subscription.request(demand);
            }
        }
    });
    (listener, Ear { heard, handles, handle: OnceLock::new() })
}

impl<T: PartialEq> Ear<T> {
    pub(crate) fn handle(&self) -> Arc<Handle> {
        Arc::clone(self.handle.get_or_init(|| Arc::new(soon(&self.handles, "the handle"))))
    }

    pub(crate) fn item(&self, what: &str) -> T {
        match soon(&self.heard, what) {
            Heard::Item(item) => item,
            Heard::Complete => panic!("{what}: it is complete"),
            Heard::Dropped => panic!("{what}: it is dropped"),
        }
    }

    /// The items up to the completion.
    pub(crate) fn rest(&self) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            match soon(&self.heard, "the rest") {
                Heard::Item(item) => items.push(item),
                Heard::Complete => return items,
                Heard::Dropped => panic!("it is dropped"),
            }
        }
    }
}

/// Asks from a thread of its own.
pub(crate) fn ask(handle: &Arc<Handle>, n: u64) -> JoinHandle<()> {
    let handle = Arc::clone(handle);
    spawn(move || handle.request(Demand::of(n)))
}

/// An iterator that says its name each time it is asked, and then waits for its item.
pub(crate) struct Waiting {
    name: usize,
    asked: Sender<usize>,
    items: Receiver<u32>,
}

/// As many of them as wanted, and where they say their names.
pub(crate) fn waiting<const N: usize>() -> ([Sender<u32>; N], [Waiting; N], Receiver<usize>) {
    let (asked, log) = channel();
    let mut iterators = [const { None }; N];
    let senders = std::array::from_fn(|name| {
        let (send, items) = channel();
        iterators[name] = Some(Waiting { name, asked: asked.clone(), items });
        send
    });
    (senders, iterators.map(|made| made.expect("one for each sender")), log)
}

impl Iterator for Waiting {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let _ = self.asked.send(self.name);
        self.items.recv().ok()
    }
}
