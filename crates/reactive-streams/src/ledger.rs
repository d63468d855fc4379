//! What became of every item of a queue: counted as it happens, readable while it runs.

use reactive_streams_core::shim::atomic::AtomicU64;
use reactive_streams_core::shim::atomic::Ordering::{Acquire, Relaxed};
use std::fmt;
use std::mem::offset_of;
use std::sync::Arc;

/// Why an item was not delivered.
// A word, so that what is lost goes through memory by words: a byte of it that is read as a word waits for the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u64)]
pub enum Reason {
    /// The queue was full.
    Overflow,
    /// A newer item took its place.
    Superseded,
    /// It was too old.
    Expired,
    /// It was turned away before it was accepted.
    Shed,
    /// The stream failed while it waited.
    Error,
    /// The stream was cancelled or abandoned while it waited.
    Cancelled,
    /// It came after the end.
    Late,
}

impl Reason {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Overflow,
        Self::Superseded,
        Self::Expired,
        Self::Shed,
        Self::Error,
        Self::Cancelled,
        Self::Late,
    ];
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "overflow",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Shed => "shed",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Late => "late",
        })
    }
}

/// An item that will not be delivered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped<T> {
    /// The item.
    pub item: T,
    /// Why it was dropped.
    pub reason: Reason,
}

/// The counters of one queue. Cloning it gives another view of the same counters.
///
/// At every quiescent point, and at the end, `received = emitted + depth + merged + Σ dropped`. Between them each
/// number is right by itself. Reading costs nothing to the one that writes.
///
/// ```
/// use reactive_streams::iter;
///
/// let buffered = iter(0..10).buffer(4);
/// let ledger = buffered.ledger();
/// assert_eq!(buffered.collect::<Vec<_>>().block(), Ok((0..10).collect()));
/// assert_eq!((ledger.received(), ledger.emitted(), ledger.total_dropped()), (10, 10, 0));
/// assert!(ledger.is_balanced());
/// ```
#[derive(Clone)]
pub struct Ledger {
    cells: Arc<Cells>,
}

/// In this order, since the two sides of a boundary run at once: what the side that receives counts is a line of memory
/// away from what the other one does.
#[repr(C)]
struct Cells {
    /// Without those that passed.
    received: AtomicU64,
    /// What went out as it came in: both in one number.
    passed: AtomicU64,
    merged: AtomicU64,
    dropped: [AtomicU64; Reason::ALL.len()],
    /// `u64::MAX` where no number bounds it.
    capacity: AtomicU64,
    high_water: AtomicU64,
    /// How many are held. At a boundary, by its highest bit, how many were taken out: neither side knows what is held.
    level: AtomicU64,
    /// Without those that passed.
    emitted: AtomicU64,
}

/// In `level`: it counts what was taken out.
const BOUNDARY: u64 = 1 << 63;

const _: () = assert!(offset_of!(Cells, high_water) - offset_of!(Cells, received) >= 64 + size_of::<u64>());

impl Ledger {
    pub(crate) fn new(capacity: Option<usize>) -> Self {
        Self::with(capacity, 0)
    }

    /// For a queue whose two sides run at once, each the only writer of its counters.
    pub(crate) fn of_boundary(capacity: usize) -> Self {
        Self::with(Some(capacity), BOUNDARY)
    }

    fn with(capacity: Option<usize>, level: u64) -> Self {
        let zero = || AtomicU64::new(0);
        let cells = Cells {
            received: zero(),
            passed: zero(),
            merged: zero(),
            dropped: std::array::from_fn(|_| zero()),
            capacity: AtomicU64::new(capacity.map_or(u64::MAX, |n| n as u64)),
            high_water: zero(),
            level: AtomicU64::new(level),
            emitted: zero(),
        };
        Self { cells: Arc::new(cells) }
    }

    /// How many items it can hold, if that is bounded by a number.
    pub fn capacity(&self) -> Option<u64> {
        Some(self.cells.capacity.load(Relaxed)).filter(|capacity| *capacity != u64::MAX)
    }

    /// Items that came in.
    pub fn received(&self) -> u64 {
        self.cells.received.load(Relaxed) + self.cells.passed.load(Relaxed)
    }

    /// Items that went out.
    pub fn emitted(&self) -> u64 {
        self.cells.emitted.load(Relaxed) + self.cells.passed.load(Relaxed)
    }

    /// Items that became part of another.
    pub fn merged(&self) -> u64 {
        self.cells.merged.load(Relaxed)
    }

    /// Items held now, never more than the [capacity](Self::capacity). While both sides of a boundary run, it may be off by
    /// those that come or go meanwhile.
    pub fn depth(&self) -> u64 {
        if !self.is_boundary() {
            return self.cells.level.load(Relaxed);
        }
        // What came in is read first, so that what goes out meanwhile makes it less. Each side counts for itself: one that
        // has come in the place of another may be counted before that one is.
        let received = self.cells.received.load(Acquire) + self.cells.passed.load(Relaxed);
        let gone = (self.cells.level.load(Relaxed) ^ BOUNDARY) + self.dropped(Reason::Shed);
        received.saturating_sub(gone).min(self.cells.capacity.load(Relaxed))
    }

    /// The most items held at once so far: at a boundary, what its consumer found when it looked, or what is held now.
    pub fn high_water(&self) -> u64 {
        let seen = self.cells.high_water.load(Relaxed);
        if self.is_boundary() { seen.max(self.depth()) } else { seen }
    }

    fn is_boundary(&self) -> bool {
        self.cells.level.load(Relaxed) & BOUNDARY != 0
    }

    /// Items dropped for `reason`.
    pub fn dropped(&self, reason: Reason) -> u64 {
        self.cells.dropped[reason as usize].load(Relaxed)
    }

    /// Items dropped for any reason.
    pub fn total_dropped(&self) -> u64 {
        Reason::ALL.into_iter().map(|reason| self.dropped(reason)).sum()
    }

    /// Whether every item that came in is accounted for. True at every quiescent point.
    pub fn is_balanced(&self) -> bool {
        self.received() == self.emitted() + self.depth() + self.merged() + self.total_dropped()
    }

    // The writer's side: one writer at a time, which the driver's lock or ownership sees to. So a load and a
    // store will do, and no update is lost.

    #[inline]
    pub(crate) fn receive(&self) {
        add(&self.cells.received, 1);
    }

    /// An item goes out as it comes in; not at a boundary.
    #[inline]
    pub(crate) fn pass(&self) {
        add(&self.cells.passed, 1);
    }

    #[inline]
    pub(crate) fn emit(&self) {
        add(&self.cells.emitted, 1);
    }

    /// Out of a boundary's queue, to be emitted or dropped.
    #[inline]
    pub(crate) fn take_out(&self) {
        add(&self.cells.level, 1);
    }

    #[inline]
    pub(crate) fn merge(&self, n: usize) {
        add(&self.cells.merged, n as u64);
    }

    #[inline]
    pub(crate) fn drop_items(&self, reason: Reason, n: usize) {
        add(&self.cells.dropped[reason as usize], n as u64);
    }

    /// Another bound, before it runs: views that were taken earlier see it.
    pub(crate) fn bound(&self, capacity: usize) {
        self.cells.capacity.store(capacity as u64, Relaxed);
    }

    /// What is held now; not at a boundary. `rests` is false for an item that is on its way through: it leaves no
    /// high-water mark.
    #[inline]
    pub(crate) fn hold(&self, depth: usize, rests: bool) {
        self.cells.level.store(depth as u64, Relaxed);
        if rests {
            self.rest(depth);
        }
    }

    /// So many are held at once, and wait.
    #[inline(always)]
    pub(crate) fn rest(&self, depth: usize) {
        if depth as u64 > self.cells.high_water.load(Relaxed) {
            self.cells.high_water.store(depth as u64, Relaxed);
        }
    }
}

#[inline]
fn add(cell: &AtomicU64, n: u64) {
    cell.store(cell.load(Relaxed) + n, Relaxed);
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Ledger");
        all.field("capacity", &self.capacity())
            .field("received", &self.received())
            .field("emitted", &self.emitted())
            .field("merged", &self.merged())
            .field("depth", &self.depth())
            .field("high_water", &self.high_water());
        for reason in Reason::ALL.into_iter().filter(|reason| self.dropped(*reason) > 0) {
            all.field(&reason.to_string(), &self.dropped(reason));
        }
        all.finish()
    }
}

/// A publisher with a queue of its own.
pub trait Queue {
    /// The counters of its queue.
    fn ledger(&self) -> Ledger;
}

impl<P: Queue> crate::Flow<P> {
    /// The counters of the last operator's queue. Take it before the pipeline runs, read it at any time.
    pub fn ledger(&self) -> Ledger {
        self.publisher.ledger()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_read_as_no_fuller_than_it_can_be() {
        let ledger = Ledger::of_boundary(4);
        (0..3).for_each(|_| ledger.receive());
        assert_eq!((ledger.depth(), ledger.high_water()), (3, 3));
        ledger.rest(3);
        ledger.take_out();
        ledger.emit();
        assert_eq!((ledger.depth(), ledger.high_water(), ledger.is_balanced()), (2, 3, true));
        // The other side took one out, and says so a moment later than what has come in its place.
        (0..3).for_each(|_| ledger.receive());
        assert_eq!((ledger.depth(), ledger.high_water(), ledger.is_balanced()), (4, 4, false));
        ledger.take_out();
        ledger.emit();
        assert_eq!((ledger.depth(), ledger.is_balanced()), (4, true));
    }
}
