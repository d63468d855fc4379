//! How deep the stack is at the items of a long stream, and whether it grows with their number.
//!
//! Frames may be of any size, and a batch may nest and come back; a stream may change its way once or twice, as from one
//! source to the next inside a terminal. So growth is what goes on from the first items to the last: of eight parts of the
//! stream each is deeper everywhere than the one before is anywhere.

use reactive_streams_core::shim::thread::{self, ThreadId};

/// Into so many parts the items are divided.
const PARTS: usize = 8;
/// Fewer items do not show whether they nest.
pub(crate) const LEAST: u64 = 500;
/// Nobody is let to go deeper who grows until there, since the stack might end.
const DEEPEST: usize = 512 << 10;
/// Of different threads the stacks are farther apart.
const NEAR: usize = 64 << 10;

/// Where the stack of one thread was at the first item on it.
#[derive(Clone, Copy)]
pub(crate) struct Stack {
    thread: ThreadId,
    first: usize,
}

impl Stack {
    /// By how many bytes the stack is deeper here than it was at the first item.
    #[inline(never)]
    pub(crate) fn depth(stack: &mut Option<Self>) -> usize {
        let here = 0_u8;
        let address = std::ptr::from_ref(&here).addr();
        let known = stack
            .filter(|stack| stack.first.abs_diff(address) < NEAR || stack.thread == thread::current().id());
        let known = known.unwrap_or_else(|| Self { thread: thread::current().id(), first: address });
        *stack = Some(known);
        known.first.saturating_sub(address)
    }
}

/// How deep it was at each item.
#[derive(Debug, Default)]
pub(crate) struct Depths(Vec<u32>);

impl Depths {
    /// With room for so many.
    pub(crate) fn with_capacity(items: usize) -> Self {
        Self(Vec::with_capacity(items))
    }

    pub(crate) fn add(&mut self, depth: usize) {
        self.0.push(u32::try_from(depth).unwrap_or(u32::MAX));
    }

    /// The deepest, in KiB, if it grows with the number of items.
    pub(crate) fn growth(&self) -> Option<usize> {
        if (self.0.len() as u64) < LEAST { None } else { growth(&self.0) }
    }

    /// The same, where it is too deep to go on.
    pub(crate) fn overflows(&self, depth: usize) -> Option<usize> {
        if depth < DEEPEST { None } else { growth(&self.0) }
    }
}

fn growth(depths: &[u32]) -> Option<usize> {
    let part = depths.len() / PARTS;
    let parts = || depths.chunks_exact(part.max(1)).take(PARTS);
    let least = parts().filter_map(|part| part.iter().min());
    let most = parts().filter_map(|part| part.iter().max());
    let grows = part > 0 && most.zip(least.skip(1)).all(|(before, after)| after > before);
    grows.then(|| depths.iter().max().map_or(0, |most| *most as usize) >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grows(at: fn(u32) -> u32) -> bool {
        let mut depths = Depths::default();
        (0..10_000).for_each(|item| depths.add(at(item) as usize));
        depths.growth().is_some()
    }

    #[test]
    fn only_what_goes_on_growing_grows() {
        assert!(grows(|item| item * 7));
        assert!(grows(|item| item / 64 * 110 + item % 64));
        assert!(!grows(|item| item % 64 * 4_096), "a batch that nests and comes back");
        assert!(!grows(|item| item / 2_500 * 10_000), "one of four sources after the other");
        assert!(!grows(|item| if item < 20 { item * 500 } else { 10_000 }), "another way from some item on");
        assert!(!grows(|item| 100_000 - item));
        assert!(!grows(|_| 0));
    }
}
