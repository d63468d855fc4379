//! Turns items away before they come to a gate: what `throttle` drops within a window costs no lock.

use crate::driver::gate::Hook;
use crate::driver::step::{Logic, Stage, Step};
use crate::ledger::{Dropped, Ledger, Reason};
use reactive_streams_core::shim::atomic::{AtomicBool, Ordering::Relaxed};
use reactive_streams_core::{Publisher, Subscriber};
use std::marker::PhantomData;
use std::sync::Arc;

/// Shut while a window lasts. The store moves it, under the gate's lock; the guard looks at it before each item, and
/// as it publishes nothing, a relaxed look is enough: whoever sees it shut for a moment too long has come a moment
/// earlier.
#[derive(Clone, Default)]
pub(super) struct Door(Arc<AtomicBool>);

impl Door {
    pub(super) fn set_shut(&self, shut: bool) {
        self.0.store(shut, Relaxed);
    }

    #[inline]
    pub(super) fn is_shut(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Upstream, whose items come to the gate only while the door is open.
pub(super) struct Guarded<P: Publisher> {
    source: P,
    door: Door,
    ledger: Ledger,
    hook: Option<Hook<P::Item>>,
}

impl<P: Publisher> Guarded<P> {
    pub(super) fn new(source: P, door: Door, ledger: Ledger, hook: Option<Hook<P::Item>>) -> Self {
        Self { source, door, ledger, hook }
    }
}

impl<P: Publisher> Publisher for Guarded<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        let Self { source, door, ledger, hook } = self;
        source.subscribe(Stage::new(Guard { door, ledger, hook, failure: PhantomData }, subscriber));
    }
}

/// Counts what it turns away: as `received` and `shed`, which only the thread of upstream writes, here and in the
/// store.
struct Guard<T, E> {
    door: Door,
    ledger: Ledger,
    hook: Option<Hook<T>>,
    failure: PhantomData<fn() -> E>,
}

impl<T: Send + 'static, E: Send + 'static> Logic for Guard<T, E> {
    type In = T;
    type InError = E;
    type Out = T;
    type Error = E;

    #[inline]
    fn on_next(&mut self, item: T) -> Step<T> {
        if !self.door.is_shut() {
            return Step::Emit(item);
        }
        self.ledger.receive();
        self.ledger.drop_items(Reason::Shed, 1);
        if let Some(hook) = &self.hook {
            hook(Dropped { item, reason: Reason::Shed });
        }
        Step::Skip
    }

    fn on_error(self, error: E) -> E {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_finds_the_door_shut_is_counted_and_gone() {
        let (door, ledger) = (Door::default(), Ledger::new(Some(1)));
        let mut guard = Guard {
            door: door.clone(),
            ledger: ledger.clone(),
            hook: None,
            failure: PhantomData::<fn() -> ()>,
        };
        assert!(matches!(guard.on_next(1), Step::Emit(1)));
        door.set_shut(true);
        assert!(matches!(guard.on_next(2), Step::Skip));
        assert_eq!((ledger.received(), ledger.dropped(Reason::Shed), ledger.is_balanced()), (1, 1, true));
        door.set_shut(false);
        assert!(matches!(guard.on_next(3), Step::Emit(3)));
    }
}
