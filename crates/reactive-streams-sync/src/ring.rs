//! A bounded queue from one producer to one consumer.
//!
//! # Who may touch what
//!
//! A slot is a value and one flag, `full`, beside it. The flag says whose the value is:
//!
//! | `full` | the value is | who may change the flag |
//! |--|--|--|
//! | false | nothing; the producer may write it | the producer, to true, once the value is written |
//! | true | an item; the consumer may move it out | the consumer, to false, once the value is out |
//!
//! Both sides go round the slots in the same order, each with an index of its own that the other never sees. So
//! the full slots are one run, from the consumer's index up to the producer's; the queue is empty when the
//! consumer's slot is not full, and full when the producer's is. All slots are used: the capacity is exact.
//!
//! A push is one load and one store, and so is a pop, and no line of memory is shared but those of the slots in
//! use. A push is visible at once: nothing waits for a batch. Whoever pops has advanced before the item is theirs,
//! so a destructor that panics finds the queue consistent.
//!
//! # The end
//!
//! Each side leaves once, by [`Producer::leave`], [`Consumer::leave`] or by being dropped. The side that leaves
//! *second* gets what is left as a [`Rest`]: no item is dropped twice, none is forgotten, and who must count them
//! can. A consumer that finds its producer gone pops until there is nothing; then nothing will come.
//!
//! **The race that looks bad and is not:** a producer may push into a queue whose consumer has just left. The
//! item lies there until the producer leaves too, and is in its rest.
//!
//! # Orderings
//!
//! The release store of `full` publishes the value, or that it is out; the acquire load on the other side pairs
//! with it. `left` is a read-modify-write with acquire and release: what the first to leave did to the slots
//! happens before what the second does with the rest, and a consumer that reads "the producer has left", with
//! acquire, sees all its pushes.

use crate::cell::UnsafeCell;
use reactive_streams_core::shim::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use reactive_streams_core::shim::atomic::{AtomicBool, AtomicU8, Ordering};
use reactive_streams_core::shim::planted;
use std::fmt;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::sync::Arc;

const PRODUCER: u8 = 1;
const CONSUMER: u8 = 2;

struct Slot<T> {
    full: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

struct Ring<T> {
    slots: Box<[Slot<T>]>,
    /// Which sides have left.
    left: AtomicU8,
}

// SAFETY: a shared ring moves items between threads, hence `T: Send`, and hands out no reference to one. A value
// is accessed only by the side that its flag says, as the table at the head of this file has it.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    fn after(&self, index: usize) -> usize {
        if index + 1 == self.slots.len() { 0 } else { index + 1 }
    }

    /// How many slots from `index` on have `full` as given, by bisection: they are one run, which only the other
    /// side can prolong meanwhile.
    fn run(&self, index: usize, full: bool) -> usize {
        let (mut low, mut high) = (0, self.slots.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let before_wrap = self.slots.len() - index;
            let at = if middle < before_wrap { index + middle } else { middle - before_wrap };
            if self.slots[at].full.load(Relaxed) == full { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// `Some`, with the slots from `index` on, for the side that is the last to leave.
    fn leave(self: &Arc<Self>, side: u8, index: usize) -> Option<Rest<T>> {
        let before = self.left.fetch_or(side, unless("ring-leave-relaxed", AcqRel));
        (before | side == PRODUCER | CONSUMER).then(|| Rest {
            ring: Arc::clone(self),
            index,
            unseen: self.slots.len(),
        })
    }

    fn has_left(&self, side: u8) -> bool {
        self.left.load(unless("ring-alone-relaxed", Acquire)) & side != 0
    }
}

/// The ordering, but for a planted bug.
#[inline(always)]
fn unless(bug: &str, ordering: Ordering) -> Ordering {
    if planted(bug) { Relaxed } else { ordering }
}

/// A queue for exactly `capacity` items, and its two sides.
///
/// # Panics
///
/// When the memory for the slots cannot be had; it is allocated here, once.
///
/// ```
/// let (mut producer, mut consumer) = reactive_streams_sync::ring(2.try_into().unwrap());
/// assert_eq!(producer.push('a'), Ok(()));
/// assert_eq!(producer.push('b'), Ok(()));
/// assert_eq!(producer.push('c'), Err('c'));
/// assert_eq!(consumer.pop(), Some('a'));
/// assert_eq!(consumer.leave().map(Iterator::count), None); // the producer is still there
/// assert_eq!(producer.leave().map(Iterator::count), Some(1));
/// ```
#[must_use]
pub fn ring<T>(capacity: NonZeroUsize) -> (Producer<T>, Consumer<T>) {
    let slot = |_| Slot { full: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) };
    let slots = (0..capacity.get()).map(slot).collect();
    let ring = Arc::new(Ring { slots, left: AtomicU8::new(0) });
    (Producer { ring: Arc::clone(&ring), tail: 0, gone: false }, Consumer { ring, head: 0, gone: false })
}

/// The side that pushes. Dropping it leaves.
pub struct Producer<T> {
    ring: Arc<Ring<T>>,
    /// The slot to write next.
    tail: usize,
    gone: bool,
}

impl<T> Producer<T> {
    /// Puts `item` at the end, where the consumer sees it at once.
    ///
    /// # Errors
    ///
    /// The item itself, when the queue is full.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), T> {
        let slot = &self.ring.slots[self.tail];
        if slot.full.load(unless("ring-push-load-relaxed", Acquire)) {
            return Err(item);
        }
        if planted("ring-publish-before-write") {
            slot.full.store(true, Release);
        }
        slot.value.with_mut(|value| {
            // SAFETY: the flag is false, so the value is the producer's, and there is one producer, borrowed
            // exclusively; the acquire load saw the consumer's move out of this slot as done.
            let value = unsafe { &mut *value };
            value.write(item);
        });
        slot.full.store(true, unless("ring-publish-relaxed", Release));
        self.tail = self.ring.after(self.tail);
        Ok(())
    }

    /// How many items can be pushed without fail: only the consumer changes it meanwhile, upwards.
    #[must_use]
    pub fn free(&self) -> usize {
        self.ring.run(self.tail, false)
    }

    /// How many items lie in it, at most: the consumer may have taken some meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.capacity() - self.free()
    }

    /// Whether nothing lies in it; once true, it stays so until the next push.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items fit in.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// Whether the consumer has left: what is pushed from now on will be in the rest.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.ring.has_left(CONSUMER)
    }

    /// Ends the queue: the consumer may still pop what is in it. If it has left before, that is the rest.
    pub fn leave(mut self) -> Option<Rest<T>> {
        self.gone = true;
        self.ring.leave(PRODUCER, self.tail)
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        if !self.gone {
            drop(self.ring.leave(PRODUCER, self.tail));
        }
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}

/// The side that pops. Dropping it leaves.
pub struct Consumer<T> {
    ring: Arc<Ring<T>>,
    /// The slot to read next.
    head: usize,
    gone: bool,
}

impl<T> Consumer<T> {
    /// Takes the oldest item.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let slot = &self.ring.slots[self.head];
        if !slot.full.load(unless("ring-pop-load-relaxed", Acquire)) {
            return None;
        }
        if planted("ring-free-before-take") {
            slot.full.store(false, Release);
        }
        let item = slot.value.with_mut(|value| {
            // SAFETY: the flag is true, so the value is an item and the consumer's, and there is one consumer,
            // borrowed exclusively. The acquire load saw the write as done. The flag goes to false below, so
            // nobody reads it again.
            unsafe { value.cast::<T>().read() }
        });
        slot.full.store(false, unless("ring-free-relaxed", Release));
        self.head = self.ring.after(self.head);
        Some(item)
    }

    /// How many items can be popped without fail: only the producer changes it meanwhile, upwards.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.run(self.head, true)
    }

    /// Whether there is nothing to pop now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.ring.slots[self.head].full.load(Relaxed)
    }

    /// How many items fit in.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// Whether the producer has left: what can be popped after that is all there will ever be.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.ring.has_left(PRODUCER)
    }

    /// Wants nothing more. If the producer has left before, what is in the queue is the rest.
    pub fn leave(mut self) -> Option<Rest<T>> {
        self.gone = true;
        self.ring.leave(CONSUMER, self.head)
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        if !self.gone {
            drop(self.ring.leave(CONSUMER, self.head));
        }
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}

/// What lay in a queue that both sides have left, oldest first. Dropping it drops them, each once, also when a
/// destructor among them panics.
#[must_use]
pub struct Rest<T> {
    ring: Arc<Ring<T>>,
    /// The slot to look at next. It may be before the run of full ones.
    index: usize,
    unseen: usize,
}

impl<T> Iterator for Rest<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.unseen > 0 {
            let slot = &self.ring.slots[self.index];
            self.unseen -= 1;
            self.index = self.ring.after(self.index);
            // Nobody else looks at the flags any more; it is cleared so that the item is out before it is dropped.
            if slot.full.load(Relaxed) {
                slot.full.store(false, Relaxed);
                let item = slot.value.with_mut(|value| {
                    // SAFETY: both sides have left, each by its last access, and `left` ordered those before this
                    // one; there is one rest, borrowed exclusively. The flag was true, so the value is an item,
                    // and it is false now, so nobody reads it again.
                    unsafe { value.cast::<T>().read() }
                });
                return Some(item);
            }
        }
        None
    }
}

impl<T> Drop for Rest<T> {
    fn drop(&mut self) {
        /// Goes on when a destructor panics.
        struct Guard<'a, T>(&'a mut Rest<T>);
        impl<T> Drop for Guard<'_, T> {
            fn drop(&mut self) {
                self.0.for_each(drop);
            }
        }
        let guard = Guard(self);
        guard.0.for_each(drop);
    }
}

impl<T> fmt::Debug for Rest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest { .. }")
    }
}
