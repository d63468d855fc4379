//! The word that a subscription shares once somebody must ask, cancel or wake from elsewhere.
//!
//! # Who may do what
//!
//! One 64-bit word holds everything that has arrived and was not looked at yet:
//!
//! ```text
//!   bit 0      PARKED   something lies in the slot and waits for an event
//!   bit 1      NOTE     somebody called the waker
//!   bit 2      CANCEL   nobody wants more; it never goes away again
//!   bit 3      LEFT     the one with the handle has given it up; it never goes away again
//!   bit 4      HEARD    a home was set once, or an upstream tied; it never goes away again, and only a cancel looks at it
//!   bits 5..   COUNT    requested and not yet taken over by the publisher; it saturates, and then means unbounded
//! ```
//!
//! At most one party at a time *runs*: it owns the publisher's state, and with it the subscriber. When it finds
//! nothing to do, it puts its state into the slot and moves the word from zero to PARKED in one update. If the
//! word was not zero, something has arrived meanwhile: the runner takes its state back and goes on.
//!
//! An event (request, wake, cancel) is one atomic update that adds its bits and clears PARKED. Whoever's update
//! cleared PARKED has the permit: it alone takes the state out of the slot, and runs it on the spot, or drops it
//! when the event was a cancel. All others only leave their bits for the runner.
//!
//! | from | event | to | who acts |
//! |--|--|--|--|
//! | running | request n, wake | COUNT + n, NOTE | the runner, at its next look or when it tries to park |
//! | running | cancel | CANCEL | the runner, at its next look |
//! | running | give up | LEFT, NOTE | the runner, at its next look or when it tries to park |
//! | running | look | CANCEL and LEFT kept, the rest taken; PARKED alone is left | the runner |
//! | running, word = 0 or PARKED, but for LEFT | park | PARKED | nobody |
//! | PARKED | request n, wake, give up | COUNT n, NOTE, LEFT | the caller runs the state |
//! | PARKED | cancel | CANCEL | the caller drops the state |
//!
//! **The race that looks bad and is not:** the state goes into the slot *before* PARKED is set, so a permit holder
//! always finds it; and as only the holder of the permit touches the slot, its lock is never waited for. It is a
//! lock because this crate has no unsafe code. A *task* that parks its waker keeps its state, so it may be polled
//! for another reason, look and park again while PARKED is set; or a fork of its subscription may look elsewhere.
//! No look takes its wake-up away, and a waker that is taken too late is a spurious wake-up.
//!
//! A link may have a [`Home`]. Then whoever has the permit hands what it took out of the slot to that, which runs it
//! where it sees fit; a cancel still drops a state on the spot, and tells the home. The home is set and given up by
//! the publisher that runs, when nothing of its is parked.
//!
//! Upstreams may be *tied* to a link: who cancels it cancels them, after it has dropped what was parked. Who ties sets
//! HEARD and then looks for a cancel; who cancels sees HEARD in the word that it changes. So one of the two sees the
//! other.
//!
//! A task may also *end* and leave its PARKED behind, on a link that goes on to a next publisher. The state which that
//! one parks can then be taken, run and parked again by an event before its own parking has gone through. So each
//! parking has a number, and who fails to park takes back only what it put there itself.
//!
//! **Who keeps it alive.** A parked state holds no reference to its own link. The link is owned by those that can
//! make the state run again: the [`Handle`](crate::Handle), and the wakers. When the last of them goes, the state
//! goes with it, and the subscriber in it: nothing could ever have reached it again.
//!
//! **Orderings.** Each update is a read-modify-write with acquire and release, so that what the requester did
//! before its request happens before the emission that it caused (rule 2.11), and what the runner did before it
//! parked happens before the next run. The look before each item is a relaxed load of the same word: it decides
//! only whether to do the read-modify-write, and coherence of one location lets it miss nothing for ever.

use crate::home::{Home, Resumable, Resumption};
use crate::shim::atomic::AtomicU64;
use crate::shim::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::shim::{self, Mutex, Tally};
use crate::{Canceller, Demand, Resume, Subscription, Turn};
use std::cell::Cell;
use std::sync::Arc;
use std::task::{Wake, Waker};

const PARKED: u64 = 1;
const NOTE: u64 = 1 << 1;
const CANCEL: u64 = 1 << 2;
const LEFT: u64 = 1 << 3;
const HEARD: u64 = 1 << 4;
/// What is no event, and stays.
const MARKS: u64 = LEFT | HEARD;
const SHIFT: u32 = 5;
/// The count at which it saturates; from there on it means unbounded.
const FULL: u64 = u64::MAX >> SHIFT;

/// What a parked runner left in the slot.
pub(crate) enum Parked {
    /// A state machine, and the demand that it has not used.
    State { state: Box<dyn Resume>, outstanding: u64, handed_out: bool },
    /// A task that holds its state itself and wants to be polled.
    Task(Waker),
}

/// What a look took out of the word.
pub(crate) struct Taken {
    pub(crate) count: u64,
    pub(crate) noted: bool,
    pub(crate) cancelled: bool,
}

pub(crate) struct Link {
    word: AtomicU64,
    slot: Mutex<Slot>,
    /// Calls of request and cancel, for the conformance kit. That a handle is dropped is no call.
    pub(crate) calls: Tally,
    /// Those of request, and the requests of what is lent while this is there.
    pub(crate) requests: Tally,
}

/// What is parked, and the number of the last parking: who could not park takes back only what is its own.
struct Slot {
    parked: Option<Parked>,
    parkings: u64,
    /// Few links have any.
    bonds: Option<Box<Bonds>>,
}

/// What else a link leads to.
#[derive(Default)]
struct Bonds {
    /// Where it goes on: the last of them, and without one on the thread of the event. Publishers that are at home
    /// elsewhere may follow one another on a link, and one may begin before the one before it has ended.
    homes: Vec<Arc<dyn Home>>,
    /// Which upstreams a cancel reaches, each with the number of its tie.
    ties: Vec<(u64, Canceller)>,
    tied: u64,
}

impl Slot {
    fn bonds(&mut self) -> &mut Bonds {
        self.bonds.get_or_insert_default()
    }
}

/// What the permit gave: what was parked, and where it goes on.
type Permit = (Parked, Option<Arc<dyn Home>>);

impl Link {
    pub(crate) fn new() -> Arc<Self> {
        let slot = Mutex::new(Slot { parked: None, parkings: 0, bonds: None });
        let (calls, requests) = (Tally::default(), Tally::default());
        Arc::new(Self { word: AtomicU64::new(0), slot, calls, requests })
    }

    /// A cancel that comes after this call is told to `home`, and one that came before is seen by a look after it.
    pub(crate) fn move_in(&self, home: Arc<dyn Home>) {
        self.slot.lock().bonds().homes.push(home);
        self.word.fetch_or(HEARD, AcqRel);
    }

    /// Gives `home` up, wherever it stands in the order.
    pub(crate) fn move_out(&self, home: &Arc<dyn Home>) {
        let mut slot = self.slot.lock();
        let ours = slot.bonds.as_mut().and_then(|bonds| {
            let place = bonds.homes.iter().rposition(|other| Arc::ptr_eq(other, home));
            let place = place.filter(|_| !shim::planted("home-not-given-up"));
            place.map(|place| bonds.homes.remove(place))
        });
        drop(slot);
        drop(ours);
    }

    /// A cancel reaches `upstream`, too, until the tie of the number that this returns is undone. Who ties looks for a
    /// cancel afterwards.
    pub(crate) fn tie(&self, upstream: Canceller) -> u64 {
        let mut slot = self.slot.lock();
        let bonds = slot.bonds();
        bonds.tied += 1;
        let number = bonds.tied;
        bonds.ties.push((number, upstream));
        drop(slot);
        self.word.fetch_or(HEARD, AcqRel);
        number
    }

    pub(crate) fn untie(&self, number: u64) {
        let mut slot = self.slot.lock();
        let undone = slot.bonds.as_mut().and_then(|bonds| {
            let place = bonds.ties.iter().position(|(tied, _)| *tied == number);
            place.map(|place| bonds.ties.swap_remove(place))
        });
        drop(slot);
        drop(undone);
    }

    fn permit(&self) -> Option<Permit> {
        let mut slot = self.slot.lock();
        let parked = slot.parked.take()?;
        Some((parked, slot.bonds.as_ref().and_then(|bonds| bonds.homes.last().cloned())))
    }

    /// Whether a look would find something: one relaxed load. PARKED and the marks alone are no news.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.word.load(Relaxed) & !(PARKED | MARKS) != 0
    }

    /// Whether the handle was given up. What it had asked for before is seen by the next look.
    pub(crate) fn has_left(&self) -> bool {
        self.word.load(Acquire) & LEFT != 0
    }

    /// Drops what lies in the slot of a link on which nobody waits any more: the waker of a task that has ended.
    pub(crate) fn forget(&self) {
        if self.word.load(Relaxed) & PARKED != 0 {
            let stale = self.slot.lock().parked.take();
            shim::assert_unlocked();
            drop(stale);
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.word.load(Acquire) & CANCEL != 0
    }

    /// The runner takes what has arrived. A cancel stays visible, and so does a task that waits: the one that looks
    /// may be a fork in another place, and what it saw may be gone by now.
    #[cold]
    pub(crate) fn take(&self) -> Taken {
        let old = if shim::planted("look-by-load-and-store") {
            let old = self.word.load(Acquire);
            self.word.store(old & (CANCEL | MARKS), Release);
            old
        } else if shim::planted("look-takes-the-wake-up") {
            self.word.fetch_and(CANCEL | MARKS, AcqRel)
        } else {
            self.word.fetch_and(CANCEL | MARKS | PARKED, AcqRel)
        };
        let count = old >> SHIFT;
        Taken {
            count: if count == FULL { u64::MAX } else { count },
            noted: old & NOTE != 0,
            cancelled: old & CANCEL != 0,
        }
    }

    /// The runner gives its state away, unless something has arrived: then it gets it back.
    ///
    /// After `Ok` the caller owns nothing any more; the state may already be running elsewhere.
    pub(crate) fn park(&self, parked: Parked) -> Result<(), Option<Parked>> {
        // What is still there is the waker of an earlier poll; it is dropped after the lock.
        let (stale, parking) = {
            let mut slot = self.slot.lock();
            slot.parkings = slot.parkings.wrapping_add(1);
            (slot.parked.replace(parked), slot.parkings)
        };
        drop(stale);
        if shim::planted("park-without-recheck") {
            self.word.fetch_or(PARKED, AcqRel);
            return Ok(());
        }
        // Only a task can find PARKED set already, or who comes after one that has ended. Then an event can take
        // what we have just put there, and run it; it may even be parked again by now, with other demand.
        let before = self.word.load(Relaxed) & (PARKED | MARKS);
        match self.word.compare_exchange(before, before | PARKED, Release, Relaxed) {
            Ok(_) => Ok(()),
            Err(_) => {
                let mut slot = self.slot.lock();
                let ours = slot.parkings == parking || shim::planted("park-takes-back-what-another-parked");
                Err(if ours { slot.parked.take() } else { None })
            }
        }
    }

    /// Applies one event to the word. True is the permit: PARKED was set and this call cleared it.
    fn event(&self, apply: impl Fn(u64) -> Option<u64>) -> bool {
        let mut word = self.word.load(Relaxed);
        loop {
            let Some(next) = apply(word) else { return false };
            match self.word.compare_exchange_weak(word, next & !PARKED, AcqRel, Relaxed) {
                Ok(_) => return word & PARKED != 0,
                Err(actual) => word = actual,
            }
        }
    }

    /// Adds demand, and runs what was parked on the calling thread.
    pub(crate) fn request(self: &Arc<Self>, demand: Demand) {
        shim::assert_unlocked();
        if shim::planted("request-by-load-and-store") {
            let word = self.word.load(Acquire);
            self.word.store((word & !PARKED) + (demand.get() << SHIFT), Release);
            if word & PARKED != 0 {
                self.resume();
            }
            return;
        }
        let permit = self.event(|word| {
            let count = (word >> SHIFT).saturating_add(demand.get()).min(FULL);
            (word & CANCEL == 0).then_some(count << SHIFT | word & (NOTE | MARKS))
        });
        if permit {
            self.resume();
        }
    }

    /// Ends the interest: what was parked is dropped on the calling thread.
    pub(crate) fn cancel(&self) {
        shim::assert_unlocked();
        let heard = Cell::new(false);
        let permit = if shim::planted("cancel-forgets-the-parked") {
            self.word.fetch_or(CANCEL, AcqRel);
            false
        } else {
            self.event(|word| {
                heard.set(word & (HEARD | CANCEL) == HEARD);
                (word & CANCEL == 0).then_some(word | CANCEL)
            })
        };
        // Also when a destructor of what is dropped here panics.
        let _told = heard.get().then(|| Told(self));
        if permit {
            self.release();
        }
    }

    /// For who has the permit: drops what was parked, after a cancel.
    #[cold]
    fn release(&self) {
        let parked = self.slot.lock().parked.take();
        match parked {
            // The subscriber goes with the state: that is its last signal.
            Some(Parked::State { state, .. }) => drop(state),
            Some(Parked::Task(waker)) => waker.wake(),
            None => {}
        }
    }

    /// Ends the interest without touching what is parked: for a runner that unwinds.
    pub(crate) fn poison(&self) {
        self.word.fetch_or(CANCEL, AcqRel);
    }

    /// The one who could ask has gone, without a cancel: what is parked looks once more, and sees whether anybody is
    /// left who could make it run.
    pub(crate) fn leave(self: Arc<Self>) {
        shim::assert_unlocked();
        let left = if shim::planted("leave-without-a-mark") { 0 } else { LEFT };
        if self.event(|word| (word & CANCEL == 0).then_some(word | NOTE | left)) {
            match self.permit() {
                Some((Parked::Task(waker), None)) => {
                    drop(self);
                    waker.wake();
                }
                permit => self.run(permit),
            }
        }
    }

    fn note(self: &Arc<Self>) {
        if self.event(|word| (word & CANCEL == 0).then_some(word | NOTE)) {
            self.resume();
        }
    }

    /// For who has the permit: runs what was parked, or hands it over.
    fn resume(self: &Arc<Self>) {
        self.run(self.permit());
    }

    fn run(self: &Arc<Self>, permit: Option<Permit>) {
        let Some((parked, home)) = permit else { return };
        let resumable = Resumable::new(parked, self);
        match home {
            Some(home) if !shim::planted("home-passed-over") => home.resume(Resumption::new(resumable)),
            _ => resumable.run(),
        }
    }
}

/// Cancels what is tied and tells the homes when it goes.
struct Told<'a>(&'a Link);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        /// Goes on with the others when one panics.
        struct All(std::vec::IntoIter<(u64, Canceller)>, Vec<Arc<dyn Home>>);
        impl Drop for All {
            fn drop(&mut self) {
                self.0.by_ref().for_each(|(_, upstream)| upstream.reach());
                if !shim::planted("home-cancel-untold") {
                    std::mem::take(&mut self.1).iter().for_each(|home| home.cancelled());
                }
            }
        }
        let mut slot = self.0.slot.lock();
        let taken = slot.bonds.as_mut().map(|bonds| (std::mem::take(&mut bonds.ties), bonds.homes.clone()));
        drop(slot);
        let (ties, homes) = taken.unwrap_or_default();
        let mut all = All(ties.into_iter(), homes);
        if shim::planted("cancel-stops-at-a-tie") {
            all.0 = Vec::new().into_iter();
        }
        all.0.by_ref().for_each(|(_, upstream)| upstream.reach());
    }
}

/// The trampoline: runs a state until it has ended or stays parked, without recursion.
pub(crate) fn run(mut state: Box<dyn Resume>, mut subscription: Subscription) {
    loop {
        if subscription.is_cancelled() {
            return drop(state);
        }
        subscription.answer_news();
        match state.resume(subscription) {
            Turn::Done => return,
            Turn::Park(parked, lent) => match lent.try_park(parked) {
                None => return,
                Some((again, lent)) => (state, subscription) = (again, lent),
            },
        }
    }
}

impl Wake for Link {
    fn wake(self: Arc<Self>) {
        self.note();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.note();
    }
}
