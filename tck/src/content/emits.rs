//! What the fixture says of its items.

use crate::Env;
use crate::run::{FixtureFault, caught};
use crate::shown::Shown;
use reactive_streams_core::shim::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// So far ahead an item is looked for before the places of all are looked up.
const NEAR: u64 = 8;

/// The item at a position, as the fixture says.
#[derive(Clone)]
pub(crate) struct Emits {
    item: Arc<dyn Fn(u64) -> String + Send + Sync>,
    /// It panicked.
    fault: Arc<OnceLock<String>>,
    places: Arc<Mutex<Places>>,
}

/// The positions of each item, by its print, of the first so many items of a stream.
#[derive(Default)]
struct Places {
    items: u64,
    of: HashMap<u64, Vec<u64>>,
}

impl Places {
    fn find(&self, item: &Shown, from: u64) -> Option<u64> {
        let places = self.of.get(&item.print())?;
        places.get(places.partition_point(|at| *at < from)).copied()
    }

    /// The items from this position on, unless somebody else has added them meanwhile.
    fn add(&mut self, first: u64, prints: &[u64]) {
        if self.items == first {
            for (at, print) in (first..).zip(prints) {
                self.of.entry(*print).or_default().push(at);
            }
            self.items += prints.len() as u64;
        }
    }
}

impl Emits {
    pub(crate) fn new(item: impl Fn(u64) -> String + Send + Sync + 'static) -> Self {
        Self { item: Arc::new(item), fault: Arc::default(), places: Arc::default() }
    }

    /// Once it has panicked, what it says is of no account.
    pub(crate) fn at(&self, position: u64) -> Shown {
        if self.fault.get().is_some() {
            return Shown::from(String::new());
        }
        let panicked = |message| format!("the closure of emits(), for position {position}: {message}");
        let item = caught("publisher", || (self.item)(position), panicked);
        Shown::from(item.unwrap_or_else(|FixtureFault(fault)| {
            self.fault.get_or_init(|| fault);
            String::new()
        }))
    }

    /// The first position of this item from this one on, in a stream of so many items: of one that loses items no more can
    /// have been taken out of the kit's source.
    pub(super) fn next(&self, item: &Shown, from: u64, end: u64) -> Option<u64> {
        let end = end.min(Env::RUNAWAY);
        let near = (from..end.min(from + NEAR)).find(|at| self.at(*at) == *item);
        near.or_else(|| self.place(item, from, end))
    }

    fn place(&self, item: &Shown, from: u64, end: u64) -> Option<u64> {
        loop {
            let known = {
                let places = self.places.lock();
                if places.items >= end {
                    return places.find(item, from).filter(|at| *at < end);
                }
                places.items
            };
            let more: Vec<u64> = (known..end).map(|at| self.at(at).print()).collect();
            self.places.lock().add(known, &more);
        }
    }

    /// What it panicked with.
    pub(crate) fn fault(&self) -> Option<String> {
        self.fault.get().cloned()
    }
}

impl fmt::Debug for Emits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emits { .. }")
    }
}
