//! A bounded queue from one producer to one consumer.
//!
//! # Who may touch what
//!
//! Two positions say it all. Each goes round from zero to twice the number of slots, so that a full ring and an empty
//! one differ; the slot of a position is what is left of it by the number of slots.
//!
//! | the slots | the value is | who may touch it |
//! |--|--|--|
//! | from `head` up to `tail` | an item | the consumer, which may move it out |
//! | the others | nothing, or moved out | the producer |
//!
//! Only the producer writes `tail`, and only after the value; only the consumer writes `head`, and only after it has moved
//! the value out. `tail` is never more than the number of slots ahead: all are used, and the capacity is exact.
//!
//! Each side remembers where it saw the other one last, and looks again only when that does not let it go on: the producer
//! when the ring looks full, the consumer when it looks empty. So the line of memory that a position is on travels once
//! in as many items as the sides are apart. A push is visible at once: nothing waits for a batch. A consumer that is faster
//! than the producer would look for each item, and take both lines away from it each time; by [`Consumer::linger`] it lets
//! it get ahead.
//!
//! What the sides share besides lies *between* the two positions, so that they are not on one line. Whoever pops has
//! advanced before the item is theirs, so a destructor that panics finds the queue consistent.
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
//! The release store of `tail` publishes the value, and the acquire load of it by the consumer pairs with that. The
//! release store of `head` publishes that the value is out, and the acquire load of it by the producer pairs with
//! that. `left` is a read-modify-write with acquire and release: what the first to leave did to the slots
//! happens before what the second does with the rest, and a consumer that reads "the producer has left", with
//! acquire, sees all its pushes.

use crate::cell::UnsafeCell;
use reactive_streams_core::shim::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use reactive_streams_core::shim::atomic::{AtomicU8, AtomicUsize, Ordering};
use reactive_streams_core::shim::planted;
use std::fmt;
use std::hint::spin_loop;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;

const PRODUCER: u8 = 1;
const CONSUMER: u8 = 2;

type Slot<T> = UnsafeCell<MaybeUninit<T>>;

/// The slots. Each side has them at hand.
struct Slots<T>(Arc<[Slot<T>]>);

// SAFETY: shared slots move items between threads, hence `T: Send`, and hand out no reference to one. A value
// is accessed only by the side that the table at the head of this file names.
unsafe impl<T: Send> Send for Slots<T> {}

impl<T> Slots<T> {
    fn at(&self, position: usize) -> &Slot<T> {
        let slots = self.0.len();
        &self.0[if position < slots { position } else { position - slots }]
    }

    fn after(&self, position: usize) -> usize {
        if position + 1 == 2 * self.0.len() { 0 } else { position + 1 }
    }

    /// How many items there are.
    fn between(&self, head: usize, tail: usize) -> usize {
        if head <= tail { tail - head } else { tail + 2 * self.0.len() - head }
    }
}

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What the sides tell each other. The order is that in memory.
#[repr(C)]
struct Ends<X> {
    /// What the producer writes next. Only it stores here.
    tail: AtomicUsize,
    /// Which sides have left.
    left: AtomicU8,
    between: X,
    /// What the consumer reads next. Only it stores here.
    head: AtomicUsize,
}

impl<X> Ends<X> {
    /// True for the side that is the last to leave.
    fn leave(&self, side: u8) -> bool {
        let before = self.left.fetch_or(side, unless("ring-leave-relaxed", AcqRel));
        before | side == PRODUCER | CONSUMER
    }

    fn has_left(&self, side: u8) -> bool {
        self.left.load(unless("ring-alone-relaxed", Acquire)) & side != 0
    }

    /// Whether this is the side of the caller, and it has left.
    fn have_left(&self, side: u8) -> bool {
        self.left.load(Relaxed) & side != 0
    }

    /// For the last to leave.
    fn rest<T>(&self, slots: &Slots<T>) -> Rest<T> {
        Rest { slots: slots.clone(), next: self.head.load(Relaxed), end: self.tail.load(Relaxed) }
    }
}

/// The ordering, but for a planted bug.
#[inline(always)]
fn unless(bug: &str, ordering: Ordering) -> Ordering {
    if planted(bug) { Relaxed } else { ordering }
}

/// A queue for exactly `capacity` items, and its two sides, which share what lies `between` them. It should be as large as
/// a line of memory, since it keeps what the two sides write apart.
///
/// # Panics
///
/// When the memory for the slots cannot be had; it is allocated here, once.
///
/// ```
/// let (mut producer, mut consumer) = reactive_streams_sync::ring(2.try_into().unwrap(), ());
/// assert_eq!(producer.push('a'), Ok(()));
/// assert_eq!(producer.push('b'), Ok(()));
/// assert_eq!(producer.push('c'), Err('c'));
/// assert_eq!(consumer.pop(), Some('a'));
/// assert_eq!(consumer.leave().map(Iterator::count), None); // the producer is still there
/// assert_eq!(producer.leave().map(Iterator::count), Some(1));
/// ```
#[must_use]
pub fn ring<T, X>(capacity: NonZeroUsize, between: X) -> (Producer<T, X>, Consumer<T, X>) {
    let slot = |_| UnsafeCell::new(MaybeUninit::uninit());
    let slots = Slots((0..capacity.get()).map(slot).collect());
    let (tail, head) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ends = Arc::new(Ends { tail, left: AtomicU8::new(0), between, head });
    let producer = Producer { slots: slots.clone(), ends: Arc::clone(&ends), seen: 0 };
    (producer, Consumer { slots, ends, seen: 0 })
}

/// What the sides share, for who has left.
pub struct Between<X>(Arc<Ends<X>>);

impl<X> Deref for Between<X> {
    type Target = X;

    fn deref(&self) -> &X {
        &self.0.between
    }
}

impl<X> fmt::Debug for Between<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Between { .. }")
    }
}

/// The side that pushes. Dropping it leaves.
pub struct Producer<T, X = ()> {
    slots: Slots<T>,
    ends: Arc<Ends<X>>,
    /// Where the consumer was when this side looked last.
    seen: usize,
}

impl<T, X> Producer<T, X> {
    /// What the sides share.
    #[inline]
    pub fn between(&self) -> &X {
        &self.ends.between
    }

    /// What the sides share, for later.
    #[must_use]
    pub fn share(&self) -> Between<X> {
        Between(Arc::clone(&self.ends))
    }

    /// Puts `item` at the end, where the consumer sees it at once.
    ///
    /// # Errors
    ///
    /// The item itself, when the queue is full.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), T> {
        let tail = self.ends.tail.load(Relaxed);
        if self.slots.between(self.seen, tail) == self.slots.0.len() && !self.look(tail) {
            return Err(item);
        }
        let next = self.slots.after(tail);
        if planted("ring-publish-before-write") {
            self.ends.tail.store(next, Release);
        }
        self.slots.at(tail).with_mut(|value| {
            // SAFETY: fewer items than slots lie between `head`, as this side saw it, and `tail`, so the value is the
            // producer's, and there is one producer, borrowed exclusively; the acquire load of `head` saw the
            // consumer's move out of this slot as done.
            let value = unsafe { &mut *value };
            value.write(item);
        });
        self.ends.tail.store(next, unless("ring-publish-relaxed", Release));
        Ok(())
    }

    /// Looks how far it may go; false when the queue is full.
    #[cold]
    fn look(&mut self, tail: usize) -> bool {
        self.seen = self.ends.head.load(unless("ring-push-load-relaxed", Acquire));
        self.slots.between(self.seen, tail) < self.slots.0.len()
    }

    /// How many items can be pushed without fail: only the consumer changes it meanwhile, upwards.
    #[must_use]
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many items lie in it, at most: the consumer may have taken some meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.between(self.ends.head.load(Relaxed), self.ends.tail.load(Relaxed))
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
    pub fn leave(self) -> Option<Rest<T>> {
        self.close()
    }

    fn close(&self) -> Option<Rest<T>> {
        self.ends.leave(PRODUCER).then(|| self.ends.rest(&self.slots))
    }
}

impl<T, X> Drop for Producer<T, X> {
    fn drop(&mut self) {
        if !self.ends.have_left(PRODUCER) {
            drop(self.close());
        }
    }
}

impl<T, X> fmt::Debug for Producer<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}

/// The side that pops. Dropping it leaves.
pub struct Consumer<T, X = ()> {
    slots: Slots<T>,
    ends: Arc<Ends<X>>,
    /// Where the producer was when this side looked last.
    seen: usize,
}

impl<T, X> Consumer<T, X> {
    /// What the sides share.
    #[inline]
    pub fn between(&self) -> &X {
        &self.ends.between
    }

    /// Takes the oldest item.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let head = self.ends.head.load(Relaxed);
        if head == self.seen {
            self.seen = self.ends.tail.load(unless("ring-pop-load-relaxed", Acquire));
            if head == self.seen {
                return None;
            }
        }
        let next = self.slots.after(head);
        if planted("ring-free-before-take") {
            self.ends.head.store(next, Release);
        }
        let item = self.slots.at(head).with_mut(|value| {
            // SAFETY: `tail`, as this side saw it, is ahead of `head`, so the value is an item and the consumer's, and there
            // is one consumer, borrowed exclusively. The acquire load saw the write as done. `head` goes past it before the
            // item is anybody's, so nobody reads the value again.
            unsafe { value.cast::<T>().read() }
        });
        self.ends.head.store(next, unless("ring-free-relaxed", Release));
        Some(item)
    }

    /// Whether there is something to pop after so many `turns` of an idle loop. It looks once, at the end: a look at each
    /// turn would take the line of memory that the producer writes away from it, which is what this is to spare it.
    #[must_use]
    pub fn linger(&self, turns: usize) -> bool {
        for _ in 0..turns {
            spin_loop();
        }
        !self.is_empty()
    }

    /// How many items can be popped without fail: only the producer changes it meanwhile, upwards.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.between(self.ends.head.load(Relaxed), self.ends.tail.load(Relaxed))
    }

    /// Whether there is nothing to pop now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
    pub fn leave(self) -> Option<Rest<T>> {
        self.close()
    }

    fn close(&self) -> Option<Rest<T>> {
        self.ends.leave(CONSUMER).then(|| self.ends.rest(&self.slots))
    }
}

impl<T, X> Drop for Consumer<T, X> {
    fn drop(&mut self) {
        if !self.ends.have_left(CONSUMER) {
            drop(self.close());
        }
    }
}

impl<T, X> fmt::Debug for Consumer<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}

/// What lay in a queue that both sides have left, oldest first. Dropping it drops them, each once, also when a
/// destructor among them panics.
#[must_use]
pub struct Rest<T> {
    slots: Slots<T>,
    /// The position to look at next, and the one behind the last item.
    next: usize,
    end: usize,
}

impl<T> Iterator for Rest<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        let slot = self.slots.at(self.next);
        self.next = self.slots.after(self.next);
        let item = slot.with_mut(|value| {
            // SAFETY: both sides have left, each by its last access, and `left` ordered those before this
            // one; there is one rest, borrowed exclusively. The position lies between theirs, so the value is an
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
