//! How deep the stack is in a chain, where the kit is called.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicUsize, Ordering::SeqCst};
use reactive_streams_core::shim::thread::{self, ThreadId};
use std::sync::Arc;

/// From one third of the items to the next it must be deeper by this many bytes to be said to grow.
const GROWS: usize = 1 << 10;

/// Of what lies on the stack of one thread; other threads have other stacks.
pub(super) struct Depth {
    thread: ThreadId,
    from: usize,
    deepest: AtomicUsize,
    items: Mutex<Vec<usize>>,
}

/// About where the stack ends.
#[inline(never)]
fn address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

impl Depth {
    pub(super) fn from_here() -> Self {
        let (thread, from) = (thread::current().id(), address());
        Self { thread, from, deepest: AtomicUsize::new(0), items: Mutex::default() }
    }

    fn look(&self) -> Option<usize> {
        let depth = self.from.saturating_sub(address());
        let same = thread::current().id() == self.thread;
        same.then(|| self.deepest.fetch_max(depth, SeqCst).max(depth)).map(|_| depth)
    }

    /// Where it was deepest, in bytes.
    pub(super) fn deepest(&self) -> usize {
        self.deepest.load(SeqCst)
    }

    /// How deep it was at least in each third of the items, if that grows from third to third. One that is deeper from some
    /// item on has found another way, and one that is deeper now and then comes back.
    pub(super) fn growth(&self) -> Option<[usize; 3]> {
        growth(&self.items.lock())
    }
}

fn growth(items: &[usize]) -> Option<[usize; 3]> {
    let third = items.len() / 3;
    let least = |number: usize| items[number * third..(number + 1) * third].iter().copied().min();
    let thirds = [least(0)?, least(1)?, least(2)?];
    let grows = thirds.windows(2).all(|pair| pair[1] > pair[0] + GROWS);
    grows.then_some(thirds)
}

pub(super) fn shown(thirds: [usize; 3]) -> String {
    let [first, second, third] = thirds.map(|bytes| bytes >> 10);
    format!("at least {first} KiB in the first third of them, then {second} KiB, then {third} KiB")
}

/// Looks as well when it is dropped: that nests, too.
pub(super) struct Look(Arc<Depth>);

impl Look {
    pub(super) fn new(depth: &Arc<Depth>) -> Self {
        Self(Arc::clone(depth))
    }

    pub(super) fn deep(&self) {
        self.0.look();
    }

    pub(super) fn at_an_item(&self) {
        if let Some(depth) = self.0.look() {
            self.0.items.lock().push(depth);
        }
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.deep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_growing_grows() {
        const K: usize = 1 << 10;
        let depths = |at: fn(usize) -> usize| (0..30).map(at).collect::<Vec<_>>();
        assert_eq!(growth(&depths(|item| (item + 2) * K)), Some([2 * K, 12 * K, 22 * K]));
        assert_eq!(growth(&depths(|item| if item < 12 { K } else { 900 * K })), None, "another way");
        assert_eq!(growth(&depths(|item| (item % 8) * 100 * K)), None, "a batch that nests");
        assert_eq!(growth(&depths(|item| 100 * K - item)), None);
        assert_eq!(growth(&[1, 2]), None);
    }
}
