//! The queue of a channel and the producers in line for it, as a plain value under the gate's lock.
//!
//! A producer that waits does so for *room*, in order of arrival, and keeps its item. Room that becomes free goes to
//! the first in line as a promise: nobody else can take it. The producer makes use of it when it has woken, or gives
//! it back, and then it goes to the next. So `held + promised` never exceeds the capacity, or one item where only
//! what was asked for may pass. Policies that drop never wait and promise nothing: there, whoever is in line only
//! hears of the room.

use super::error::{Closed, SendError, Sent, TrySendError};
use crate::Overflow;
use crate::driver::gate::{Act, Lost, Machine};
use crate::ledger::{Ledger, Reason};
use crate::pressure::Overflown;
use reactive_streams_core::{Demand, shim};
use std::collections::VecDeque;
use std::task::{Poll, Waker};

pub(super) struct Line<T, E> {
    queue: VecDeque<T>,
    capacity: usize,
    policy: Overflow,
    ledger: Ledger,
    /// Out of the queue; it is emitted once those in `woken` have heard of the room that it left.
    leaving: Option<T>,
    promised: usize,
    /// Once a producer has waited.
    waiters: Option<Box<Waiters>>,
    end: Option<Result<(), E>>,
    /// The last producer has panicked.
    abandoned: bool,
    /// No more items are taken.
    over: bool,
}

#[derive(Default)]
struct Waiters {
    /// Who waits for room, by ticket.
    line: VecDeque<(u64, Waker)>,
    tickets: u64,
    /// Whose turn has come.
    woken: VecDeque<Waker>,
}

impl Waiters {
    /// Where it stands in line. None: its turn has come.
    fn place(&self, ticket: u64) -> Option<usize> {
        self.line.binary_search_by_key(&ticket, |&(ticket, _)| ticket).ok()
    }
}

impl<T: Send + 'static, E: Send + 'static> Line<T, E> {
    pub(super) fn new(capacity: usize, policy: Overflow, ledger: Ledger) -> Self {
        Self {
            queue: VecDeque::with_capacity(capacity.min(1024)),
            capacity,
            policy,
            ledger,
            leaving: None,
            promised: 0,
            waiters: None,
            end: None,
            abandoned: false,
            over: false,
        }
    }

    fn waits(&self) -> bool {
        self.policy == Overflow::Wait
    }

    fn nobody_waits(&self) -> bool {
        self.waiters.as_ref().is_none_or(|waiters| waiters.line.is_empty())
    }

    /// Nobody waits, and nobody is to hear that the wait is over.
    fn is_quiet(&self) -> bool {
        self.waiters.as_ref().is_none_or(|waiters| waiters.line.is_empty() && waiters.woken.is_empty())
    }

    /// `passing`: an item has been asked for, and needs no place in the queue.
    fn has_room(&self, passing: bool) -> bool {
        self.queue.len() + self.promised < self.capacity.max(usize::from(passing))
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Sends without waiting. Nobody overtakes those in line.
    pub(super) fn put(&mut self, item: T, direct: Option<Demand>) -> Result<Sent<T>, TrySendError<T>> {
        if self.over {
            return Err(TrySendError::Closed(item));
        }
        if self.waits() && (!self.nobody_waits() || !self.has_room(direct.is_some())) {
            return Err(TrySendError::Full(item));
        }
        Ok(self.admit(item, direct))
    }

    fn admit(&mut self, item: T, direct: Option<Demand>) -> Sent<T> {
        self.ledger.receive();
        let direct = direct.map_or(0, Demand::get);
        let waiting = self.queue.len();
        let (sent, dropped) = if self.waits() || waiting < self.capacity || (waiting as u64) < direct {
            self.queue.push_back(item);
            (Sent::Accepted, 0)
        } else {
            match self.policy.apply(self.capacity, &mut self.queue, item) {
                Overflown::Refused(item) => (Sent::Refused(item), 1),
                Overflown::Evicted(item) => (Sent::Evicted(item), 1),
                Overflown::Cleared(items) => {
                    let cleared = items.len();
                    (Sent::Cleared(items.into()), cleared)
                }
            }
        };
        self.ledger.drop_items(Reason::Overflow, dropped);
        let depth = self.queue.len();
        // What was asked for passes, and leaves no high-water mark.
        self.ledger.hold(depth, depth as u64 > direct && depth <= self.capacity);
        sent
    }

    /// Asks for room without waiting; true is a permit.
    pub(super) fn reserve(&mut self, direct: Option<Demand>) -> Result<bool, Closed> {
        if self.over {
            return Err(Closed);
        }
        let granted = self.nobody_waits() && self.has_room(direct.is_some());
        self.promised += usize::from(granted && self.waits());
        Ok(granted)
    }

    /// Asks for room, or gets in line with a ticket. None is a permit.
    pub(super) fn enter(
        &mut self,
        direct: Option<Demand>,
        waker: &mut Option<Waker>,
    ) -> Result<Option<u64>, Closed> {
        if self.reserve(direct)? {
            return Ok(None);
        }
        let waiters = self.waiters.get_or_insert_default();
        waiters.tickets += 1;
        waiters.line.extend(waker.take().map(|waker| (waiters.tickets, waker)));
        Ok(Some(waiters.tickets))
    }

    /// Whether the turn of this ticket has come: then it is a permit. Otherwise it leaves another waker.
    pub(super) fn turn(&mut self, ticket: u64, waker: &mut Option<Waker>) -> Poll<Result<(), Closed>> {
        if self.over {
            return Poll::Ready(Err(Closed));
        }
        let Some(waiters) = &mut self.waiters else { return Poll::Ready(Ok(())) };
        let Some(place) = waiters.place(ticket) else { return Poll::Ready(Ok(())) };
        if let Some(fresh) = waker.take() {
            *waker = Some(std::mem::replace(&mut waiters.line[place].1, fresh));
        }
        Poll::Pending
    }

    /// Leaves the line, or gives back the permit that the ticket has become.
    pub(super) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        if let Some(waiters) = &mut self.waiters
            && let Some(place) = waiters.place(ticket)
        {
            return waiters.line.remove(place).map(|(_, waker)| waker);
        }
        self.release();
        None
    }

    /// A permit is given back.
    pub(super) fn release(&mut self) {
        if !self.over && self.waits() && !shim::planted("channel-turn-is-kept") {
            self.promised -= 1;
            self.call_next(false);
        }
    }

    /// A permit is used.
    pub(super) fn redeem(&mut self, item: T, direct: Option<Demand>) -> Result<Sent<T>, SendError<T>> {
        if self.over {
            return Err(SendError(item));
        }
        self.promised -= usize::from(self.waits());
        Ok(self.admit(item, direct))
    }

    /// Gives room to those in line, as far as there is some.
    fn call_next(&mut self, passing: bool) {
        while self.has_room(passing)
            && let Some(waiters) = &mut self.waiters
            && let Some((_, waker)) = waiters.line.pop_front()
        {
            if !shim::planted("channel-room-without-a-wake") {
                waiters.woken.push_back(waker);
            }
            self.promised += usize::from(self.waits());
        }
    }

    /// No more items will come. Hands back the end if there was one before.
    pub(super) fn end(&mut self, end: Result<(), E>) -> Option<Result<(), E>> {
        if self.over {
            return Some(end);
        }
        self.stop();
        self.end.replace(end)
    }

    /// The last producer has panicked.
    pub(super) fn abandon(&mut self) {
        self.abandoned = !self.over;
        self.stop();
    }

    fn stop(&mut self) {
        self.over = true;
        if let Some(waiters) = &mut self.waiters {
            waiters.woken.extend(waiters.line.drain(..).map(|(_, waker)| waker));
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Machine for Line<T, E> {
    type Out = T;
    type Error = E;
    type Lost = T;

    fn next(&mut self, demand: Option<Demand>) -> Act<T, E, T> {
        if self.abandoned {
            return Act::Abandon;
        }
        if self.leaving.is_none() && demand.is_some() {
            self.leaving = self.queue.pop_front();
            self.ledger.hold(self.queue.len(), false);
        }
        if !self.over {
            self.call_next(demand.is_some() && self.leaving.is_none());
        }
        if let Some(waker) = self.waiters.as_mut().and_then(|waiters| waiters.woken.pop_front()) {
            return Act::Wake(waker);
        }
        if let Some(item) = self.leaving.take() {
            self.ledger.emit();
            return Act::Emit(item);
        }
        match self.end.take_if(|_| self.queue.is_empty()) {
            Some(Ok(())) => Act::Complete,
            Some(Err(error)) => Act::Fail(error),
            None => Act::Idle,
        }
    }

    fn rest(&mut self) {
        self.ledger.hold(self.queue.len(), true);
    }

    fn holds(&self) -> bool {
        !self.queue.is_empty() || !self.nobody_waits()
    }

    /// Nothing can go out, and nobody is in line for room; what is held was counted as it came.
    fn is_calm(&mut self, demand: Option<Demand>) -> bool {
        let unasked = demand.is_none() || shim::planted("channel-calm-under-demand");
        unasked && !self.over && self.leaving.is_none() && self.is_quiet()
    }

    fn close(&mut self, reason: Reason) -> Lost<T> {
        self.stop();
        let mut items = std::mem::take(&mut self.queue);
        if let Some(item) = self.leaving.take() {
            items.push_front(item);
        }
        self.ledger.hold(0, false);
        if items.is_empty() {
            return Lost::Nothing;
        }
        self.ledger.drop_items(reason, items.len());
        Lost::Many(reason, items)
    }

    fn unsaid(&mut self) -> Option<E> {
        self.end.take()?.err()
    }

    fn waiting(&mut self) -> Option<VecDeque<Waker>> {
        let woken = &mut self.waiters.as_mut()?.woken;
        (!woken.is_empty()).then(|| std::mem::take(woken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(capacity: usize) -> Line<u32, ()> {
        Line::new(capacity, Overflow::Wait, Ledger::new(Some(capacity)))
    }

    fn enter(line: &mut Line<u32, ()>) -> Result<Option<u64>, Closed> {
        line.enter(None, &mut Some(Waker::noop().clone()))
    }

    #[test]
    fn room_goes_to_the_first_in_line_before_the_item_that_left_it() {
        let mut line = line(1);
        assert_eq!(line.put(1, None), Ok(Sent::Accepted));
        assert_eq!((enter(&mut line), enter(&mut line)), (Ok(Some(1)), Ok(Some(2))));
        assert!(matches!(line.next(Some(Demand::ONE)), Act::Wake(_)));
        assert!(matches!(line.next(Some(Demand::ONE)), Act::Emit(1)));
        assert_eq!((line.turn(1, &mut None), line.turn(2, &mut None)), (Poll::Ready(Ok(())), Poll::Pending));
        assert_eq!(line.put(9, Some(Demand::ONE)), Err(TrySendError::Full(9)));
        assert_eq!(line.redeem(2, None), Ok(Sent::Accepted));
        assert!(matches!(line.next(None), Act::Idle));
        assert!(line.holds());
    }

    #[test]
    fn what_is_given_back_goes_to_the_next() {
        let mut line = line(1);
        assert_eq!(enter(&mut line), Ok(None));
        assert_eq!((enter(&mut line), enter(&mut line)), (Ok(Some(1)), Ok(Some(2))));
        assert!(line.leave(1).is_some());
        line.release();
        assert_eq!(line.turn(2, &mut None), Poll::Ready(Ok(())));
        assert!(line.leave(2).is_none());
        assert_eq!((line.promised, line.put(1, None)), (0, Ok(Sent::Accepted)));
    }

    #[test]
    fn an_item_on_its_way_out_is_accounted_for() {
        let mut line = line(1);
        assert_eq!((line.put(1, None), enter(&mut line)), (Ok(Sent::Accepted), Ok(Some(1))));
        assert!(matches!(line.next(Some(Demand::ONE)), Act::Wake(_)));
        assert!(
            matches!(line.close(Reason::Cancelled), Lost::Many(Reason::Cancelled, items) if items == [1])
        );
        assert!(line.ledger.is_balanced());
        assert!(matches!(line.redeem(2, None), Err(SendError(2))));
    }

    #[test]
    fn an_end_sends_the_line_home() {
        let mut line = line(1);
        assert_eq!((line.put(1, None), enter(&mut line)), (Ok(Sent::Accepted), Ok(Some(1))));
        assert_eq!((line.end(Err(())), line.end(Ok(()))), (None, Some(Ok(()))));
        assert_eq!(
            (line.waiting().map(|woken| woken.len()), line.turn(1, &mut None)),
            (Some(1), Poll::Ready(Err(Closed)))
        );
        assert!(matches!(line.next(None), Act::Idle));
        assert!(matches!(line.next(Some(Demand::ONE)), Act::Emit(1)));
        assert!(matches!(line.next(None), Act::Fail(())));
    }
}
