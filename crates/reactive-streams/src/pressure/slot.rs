//! Room for one item: the store of `conflate`, `latest` and `sample`.

use crate::driver::valve::{Put, Store};
use crate::ledger::Reason;
use crate::pressure::ErrorPolicy;
use reactive_streams_core::Demand;
use std::collections::VecDeque;
use std::marker::PhantomData;

/// What happens when an item arrives while another waits.
#[derive(Clone, Copy)]
pub(crate) enum Second {
    /// The inlet makes one of the two.
    Folds,
    /// It takes the other's place.
    Supersedes,
}

/// Holds at most one item, and asks for everything.
pub(crate) struct Slot<T, E> {
    held: Option<T>,
    second: Second,
    errors: ErrorPolicy,
    failure: PhantomData<fn() -> E>,
}

impl<T, E> Slot<T, E> {
    pub(crate) fn new(second: Second, errors: ErrorPolicy) -> Self {
        Self { held: None, second, errors, failure: PhantomData }
    }
}

impl<T: Send + 'static, E: Send + 'static> Store for Slot<T, E> {
    type In = T;
    type Out = T;
    type InError = E;
    type Error = E;

    #[inline]
    fn put(&mut self, item: T, _direct: Option<Demand>) -> Put<T, E> {
        match (self.held.take(), self.second) {
            (Some(held), Second::Folds) => Put::Fold(held, item),
            (held, _) => {
                self.held = Some(item);
                held.map_or(Put::Kept, |held| Put::Dropped(Reason::Superseded, held))
            }
        }
    }

    fn take(&mut self) -> Option<T> {
        self.held.take()
    }

    fn len(&self) -> usize {
        usize::from(self.held.is_some())
    }

    fn ask(&mut self, asked: u64, _demand: Option<Demand>) -> Option<Demand> {
        (asked == 0).then_some(Demand::UNBOUNDED)
    }

    fn error_cuts(&self) -> bool {
        self.errors == ErrorPolicy::Immediate
    }

    fn fail(&mut self, error: E) -> E {
        error
    }

    fn clear(&mut self) -> VecDeque<T> {
        self.held.take().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_item_supersedes_or_is_folded() {
        let mut slot = Slot::<u32, ()>::new(Second::Supersedes, ErrorPolicy::AfterDrain);
        assert!(matches!(slot.put(1, None), Put::Kept));
        assert!(matches!(slot.put(2, None), Put::Dropped(Reason::Superseded, 1)));
        assert_eq!((slot.len(), slot.take(), slot.take()), (1, Some(2), None));

        let mut slot = Slot::<u32, ()>::new(Second::Folds, ErrorPolicy::AfterDrain);
        assert!(matches!(slot.put(1, None), Put::Kept));
        assert!(matches!(slot.put(2, None), Put::Fold(1, 2)));
        assert_eq!(slot.len(), 0);
        assert!(matches!(slot.put(3, None), Put::Kept));
        assert_eq!(slot.clear(), [3]);
    }

    #[test]
    fn it_asks_for_everything_once() {
        let mut slot = Slot::<u32, ()>::new(Second::Folds, ErrorPolicy::AfterDrain);
        assert_eq!(slot.ask(0, None), Some(Demand::UNBOUNDED));
        assert_eq!(slot.ask(u64::MAX, Some(Demand::ONE)), None);
    }
}
