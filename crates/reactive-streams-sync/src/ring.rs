//! A bounded queue from one producer to one consumer.
//!
//! # Who may touch what
//!
//! A slot is a value and a `mark` beside it, which says in which lap round the slots the value was written: laps
//! are odd or even, and a mark is true in the odd ones. Each side has an index of its own and the mark of its lap.
//!
//! | the consumer's slot has | the value is | who may touch it |
//! |--|--|--|
//! | another mark than its lap | nothing, or moved out in the lap before | the producer |
//! | the mark of its lap | an item | the consumer, which may move it out |
//!
//! Only the producer writes marks. The consumer says by `taken`, the number of items that it has moved out, how far
//! the producer may go round: at most the capacity ahead of it. So the full slots are one run, from the consumer's
//! index up to the producer's; all slots are used, and the capacity is exact.
//!
//! A pop writes nothing to a slot, and a push looks at `taken` only when what it saw last does not let it go on. So
//! a line of slots travels to the consumer once a lap, and the count has a line of its own that travels to the producer
//! about as often. A push is visible at once: nothing waits for a batch. Whoever pops has advanced before the item is
//! theirs, so a destructor that panics finds the queue consistent.
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
//! The release store of a mark publishes the value, and the acquire load of it by the consumer pairs with that. The
//! release store of `taken` publishes that the value is out, and the acquire load of it by the producer pairs with
//! that. `left` is a read-modify-write with acquire and release: what the first to leave did to the slots
//! happens before what the second does with the rest, and a consumer that reads "the producer has left", with
//! acquire, sees all its pushes.

use crate::cell::UnsafeCell;
use reactive_streams_core::shim::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use reactive_streams_core::shim::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use reactive_streams_core::shim::planted;
use std::fmt;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::sync::Arc;

const PRODUCER: u8 = 1;
const CONSUMER: u8 = 2;

struct Slot<T> {
    mark: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// The slots. Each side has them at hand.
struct Slots<T>(Arc<[Slot<T>]>);

// SAFETY: shared slots move items between threads, hence `T: Send`, and hand out no reference to one. A value
// is accessed only by the side that the table at the head of this file names.
unsafe impl<T: Send> Send for Slots<T> {}

impl<T> Slots<T> {
    /// How many items lie from `head` on, by bisection: they are one run, which only the producer can prolong
    /// meanwhile.
    fn run(&self, head: Place) -> usize {
        let (mut low, mut high) = (0, self.0.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let place = head.after(middle, self.0.len());
            if self.0[place.index].mark.load(Acquire) == place.mark {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }
}

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What the sides tell each other beside the marks.
struct Ends {
    /// Which sides have left.
    left: AtomicU8,
    /// How many items the consumer has moved out, modulo the word. Only the consumer writes it.
    taken: Alone,
}

impl Ends {
    /// True for the side that is the last to leave.
    fn leave(&self, side: u8) -> bool {
        let before = self.left.fetch_or(side, unless("ring-leave-relaxed", AcqRel));
        before | side == PRODUCER | CONSUMER
    }

    fn has_left(&self, side: u8) -> bool {
        self.left.load(unless("ring-alone-relaxed", Acquire)) & side != 0
    }
}

/// On lines of memory of its own: on some processors they travel in pairs.
#[repr(align(128))]
struct Alone(AtomicUsize);

/// Where a side is: a slot, and the mark of the lap that it is in.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    mark: bool,
}

impl Place {
    const FIRST: Self = Self { index: 0, mark: true };

    /// The next one in a ring of so many slots.
    #[inline]
    fn next(self, slots: usize) -> Self {
        if self.index + 1 == slots {
            Self { index: 0, mark: !self.mark }
        } else {
            Self { index: self.index + 1, ..self }
        }
    }

    /// The one `steps` on, at most one lap away.
    fn after(self, steps: usize, slots: usize) -> Self {
        let before_wrap = slots - self.index;
        if steps < before_wrap {
            Self { index: self.index + steps, ..self }
        } else {
            Self { index: steps - before_wrap, mark: !self.mark }
        }
    }

    /// The one `steps` back, at most one lap away.
    fn before(self, steps: usize, slots: usize) -> Self {
        if steps <= self.index {
            Self { index: self.index - steps, ..self }
        } else {
            Self { index: self.index + slots - steps, mark: !self.mark }
        }
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
    let slot = |_| Slot { mark: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) };
    let slots = Slots((0..capacity.get()).map(slot).collect());
    let ends = Arc::new(Ends { left: AtomicU8::new(0), taken: Alone(AtomicUsize::new(0)) });
    let producer = Producer {
        slots: slots.clone(),
        ends: Arc::clone(&ends),
        tail: Place::FIRST,
        pushed: 0,
        allowed: capacity.get(),
        gone: false,
    };
    (producer, Consumer { slots, ends, head: Place::FIRST, taken: 0, gone: false })
}

/// The side that pushes. Dropping it leaves.
pub struct Producer<T> {
    slots: Slots<T>,
    ends: Arc<Ends>,
    /// The slot to write next.
    tail: Place,
    /// How many items were pushed, modulo the word.
    pushed: usize,
    /// How many it may have pushed before it must look at what was taken, modulo the word.
    allowed: usize,
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
        if self.pushed == self.allowed && !self.look() {
            return Err(item);
        }
        let slot = &self.slots.0[self.tail.index];
        if planted("ring-publish-before-write") {
            slot.mark.store(self.tail.mark, Release);
        }
        slot.value.with_mut(|value| {
            // SAFETY: no more than the capacity lies before this slot that was not taken, so the value is the
            // producer's, and there is one producer, borrowed exclusively; the acquire load of `taken` saw the
            // consumer's move out of this slot as done.
            let value = unsafe { &mut *value };
            value.write(item);
        });
        slot.mark.store(self.tail.mark, unless("ring-publish-relaxed", Release));
        self.tail = self.tail.next(self.slots.0.len());
        self.pushed = self.pushed.wrapping_add(1);
        Ok(())
    }

    /// Looks how far it may go; false when the queue is full.
    #[cold]
    fn look(&mut self) -> bool {
        let taken = self.ends.taken.0.load(unless("ring-push-load-relaxed", Acquire));
        self.allowed = taken.wrapping_add(self.slots.0.len());
        self.pushed != self.allowed
    }

    /// How many items can be pushed without fail: only the consumer changes it meanwhile, upwards.
    #[must_use]
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many items lie in it, at most: the consumer may have taken some meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pushed.wrapping_sub(self.ends.taken.0.load(Relaxed))
    }

    /// Whether nothing lies in it; once true, it stays so until the next push.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items fit in.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.0.len()
    }

    /// Whether the consumer has left: what is pushed from now on will be in the rest.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.ends.has_left(CONSUMER)
    }

    /// Ends the queue: the consumer may still pop what is in it. If it has left before, that is the rest.
    pub fn leave(mut self) -> Option<Rest<T>> {
        self.close()
    }

    fn close(&mut self) -> Option<Rest<T>> {
        self.gone = true;
        self.ends.leave(PRODUCER).then(|| {
            let slots = self.slots.0.len();
            Rest { slots: self.slots.clone(), next: self.tail.before(self.len(), slots), unseen: slots }
        })
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        if !self.gone {
            drop(self.close());
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
    slots: Slots<T>,
    ends: Arc<Ends>,
    /// The slot to read next.
    head: Place,
    /// How many items were popped, modulo the word: what the shared count is set to.
    taken: usize,
    gone: bool,
}

impl<T> Consumer<T> {
    /// Takes the oldest item.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let slot = &self.slots.0[self.head.index];
        if slot.mark.load(unless("ring-pop-load-relaxed", Acquire)) != self.head.mark {
            return None;
        }
        self.head = self.head.next(self.slots.0.len());
        self.taken = self.taken.wrapping_add(1);
        if planted("ring-free-before-take") {
            self.ends.taken.0.store(self.taken, Release);
        }
        let item = slot.value.with_mut(|value| {
            // SAFETY: the mark is that of this lap, so the value is an item and the consumer's, and there is one
            // consumer, borrowed exclusively. The acquire load saw the write as done. The consumer comes back to
            // this slot in a lap with the other mark, so nobody reads the value again.
            unsafe { value.cast::<T>().read() }
        });
        self.ends.taken.0.store(self.taken, unless("ring-free-relaxed", Release));
        Some(item)
    }

    /// How many items can be popped without fail: only the producer changes it meanwhile, upwards.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.run(self.head)
    }

    /// Whether there is nothing to pop now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.0[self.head.index].mark.load(Relaxed) != self.head.mark
    }

    /// How many items fit in.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.0.len()
    }

    /// Whether the producer has left: what can be popped after that is all there will ever be.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.ends.has_left(PRODUCER)
    }

    /// Wants nothing more. If the producer has left before, what is in the queue is the rest.
    pub fn leave(mut self) -> Option<Rest<T>> {
        self.close()
    }

    fn close(&mut self) -> Option<Rest<T>> {
        self.gone = true;
        self.ends.leave(CONSUMER).then(|| Rest {
            slots: self.slots.clone(),
            next: self.head,
            unseen: self.slots.0.len(),
        })
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        if !self.gone {
            drop(self.close());
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
    slots: Slots<T>,
    /// The slot to look at next: that of an item, or behind the last one.
    next: Place,
    unseen: usize,
}

impl<T> Iterator for Rest<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let slot = &self.slots.0[self.next.index];
        // Nobody else looks at the marks any more. One that is not of this lap ends the run of items.
        if self.unseen == 0 || slot.mark.load(Relaxed) != self.next.mark {
            return None;
        }
        self.unseen -= 1;
        self.next = self.next.next(self.slots.0.len());
        let item = slot.value.with_mut(|value| {
            // SAFETY: both sides have left, each by its last access, and `left` ordered those before this
            // one; there is one rest, borrowed exclusively. The mark is that of this lap, so the value is an
            // item; the rest has gone past the slot, so nobody reads it again.
            unsafe { value.cast::<T>().read() }
        });
        Some(item)
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
