//! What a drain lends to those that it calls, on its own stack.
//!
//! A drain that asks its upstream may run it in that call, down to the inlet, once for each item. The inlet needs what
//! the drain owns. Passing it through a lock would cost four locked instructions an item; both stand on one stack, so
//! that it is passed through this thread's own memory, and costs none. Another thread finds nothing here.

use std::any::Any;
use std::cell::Cell;

/// Whose it is, and what.
type Lent = (usize, Box<dyn Any>);

// The models' macros take no constant, and without one each use asks whether it was made: a nanosecond a delivery.
#[cfg(not(any(loom, shuttle)))]
std::thread_local! {
    static LENT: Cell<Option<Lent>> = const { Cell::new(None) };
}
#[cfg(any(loom, shuttle))]
reactive_streams_core::shim::thread_local! {
    static LENT: Cell<Option<Lent>> = Cell::new(None);
}

#[inline]
fn replace(lent: Option<Lent>) -> Option<Lent> {
    LENT.try_with(|place| place.replace(lent)).unwrap_or_default()
}

/// Takes what `owner` has lent further down this stack. Whoever takes it gives it back before it returns.
#[inline]
pub(super) fn take<C: Any>(owner: usize) -> Option<Box<C>> {
    let (whose, what) = replace(None)?;
    if whose != owner {
        // A fan within another one: it is not for us.
        replace(Some((whose, what)));
        return None;
    }
    what.downcast().ok()
}

/// Gives back what was taken.
#[inline]
pub(super) fn give<C: Any>(owner: usize, what: Box<C>) {
    replace(Some((owner, what)));
}

/// Lends it for the time of one call. None: somebody has unwound with it.
pub(super) fn lend<C: Any>(owner: usize, what: Box<C>, call: impl FnOnce()) -> Option<Box<C>> {
    let restore = Restore(replace(Some((owner, what))));
    call();
    let what = take(owner);
    drop(restore);
    what
}

/// Puts back what another one has lent further down, and drops ours if the call has unwound.
struct Restore(Option<Lent>);

impl Drop for Restore {
    fn drop(&mut self) {
        drop(replace(self.0.take()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_called_finds_what_was_lent_and_nobody_else_does() {
        assert_eq!(take::<u32>(1), None);
        let back = lend(1, Box::new(5_u32), || {
            assert_eq!(take::<u32>(2), None, "it is another's");
            let mine = take::<u32>(1).expect("lent");
            assert_eq!(take::<u32>(1), None, "taken");
            std::thread::spawn(|| assert_eq!(take::<u32>(1), None)).join().expect("no panic");
            give(1, Box::new(*mine + 1));
        });
        assert_eq!(back, Some(Box::new(6)));
        assert_eq!(take::<u32>(1), None);
    }

    #[test]
    fn what_was_lent_before_comes_back() {
        let back = lend(1, Box::new('a'), || {
            let inner = lend(2, Box::new('b'), || assert_eq!(take::<char>(1), None));
            assert_eq!(inner, Some(Box::new('b')));
        });
        assert_eq!(back, Some(Box::new('a')));
    }
}
