//! Several upstreams, one downstream: `merge`, `zip`, `take_until`, `flat_map_unordered`.
//!
//! A [`Join`] says how what the inputs bring becomes what goes out. The [`Mux`] around it is the machine: it keeps
//! the books of each input, asks each for a prefetch and again in batches of a quarter of it, or item by item where that
//! costs nothing, and orders the ends.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.8 §3.2 §3.3 §3.6 §3.9, the accounting, the bound of each input even against
//! one that sends more than it was asked for, and the order of ends: completion as soon as the join is over, and
//! without demand; the first error ends all inputs at once, and goes out after what can still be delivered, or
//! instead of it; an input that goes without a terminal abandons the stream.

mod books;
mod line;
#[cfg(test)]
mod tests;

use crate::driver::gate::{Act, Due, Lost, Machine, Missed, Passed, Run, Shared, Step};
use crate::ledger::{Ledger, Reason};
use crate::pressure::ErrorPolicy;
pub(crate) use books::Books;
pub(crate) use line::{Line, calling, feed, feed_begun, feed_with};
use reactive_streams_core::Demand;
use reactive_streams_core::shim;
use std::collections::VecDeque;

/// Makes one stream out of what several inputs bring, as a plain value. It runs under the gate's lock: it calls
/// nothing.
pub(crate) trait Join: Send + 'static {
    /// An item of any input.
    type In: Send + 'static;
    type Out: Send + 'static;
    type Error: Send + 'static;

    /// Holds one item of this input.
    fn put(&mut self, input: usize, item: Self::In);

    /// What goes out is made of an item of each input.
    const OF_ALL: bool = false;

    /// What goes out at once for this item, and whether that has used up what was held for it. The item comes back when
    /// something else is to go out first, or nothing yet.
    fn pass(&mut self, _input: usize, item: Self::In) -> Result<(Self::Out, bool), Self::In> {
        Err(item)
    }

    /// [`pass`](Self::pass) where the item before has passed, and nothing else has happened since.
    #[inline]
    fn through(&mut self, input: usize, item: Self::In) -> Result<(Self::Out, bool), Self::In> {
        self.pass(input, item)
    }

    /// So many items of this input have passed: tells the books what of others has gone with them.
    fn passed(&mut self, _input: usize, _items: usize, _books: &mut Books) {}

    /// What goes out next. It tells the books from which inputs it took.
    fn take(&mut self, books: &mut Books) -> Option<Self::Out>;

    /// How many items are held.
    fn len(&self) -> usize;

    /// Whether `take` has something to give.
    fn is_ready(&self) -> bool;

    /// An input has completed.
    fn done(&mut self, _input: usize, _books: &mut Books) {}

    /// Nothing is left to do: the last moment to say what else is wanted of the inputs.
    fn ask(&mut self, _demand: Option<Demand>, _books: &mut Books) {}

    /// Whether nothing more can come of it.
    fn is_over(&self, books: &Books) -> bool;

    /// Hands out all that is held.
    fn clear(&mut self) -> VecDeque<Self::In>;
}

/// A join with its books and its end.
pub(crate) struct State<J: Join> {
    pub(crate) join: J,
    pub(crate) books: Books,
    ledger: Ledger,
    errors: ErrorPolicy,
    /// No input is wanted any more; what is ready still goes out.
    ending: bool,
    failure: Option<J::Error>,
    abandoned: bool,
    closed: bool,
}

impl<J: Join> State<J> {
    fn new(join: J, books: Books, ledger: Ledger, errors: ErrorPolicy) -> Self {
        Self { join, books, ledger, errors, ending: false, failure: None, abandoned: false, closed: false }
    }

    /// Whether nothing is wanted of any input.
    pub(crate) fn has_ended(&self) -> bool {
        self.closed || self.ending
    }

    /// Ends it: all inputs are cancelled, and it completes once what is ready has gone out.
    pub(crate) fn stop(&mut self) {
        self.ending = true;
        (0..self.books.len()).for_each(|input| self.books.list(input));
    }

    /// False: nothing more is wanted.
    fn put(&mut self, input: usize, item: J::In, direct: Option<Demand>) -> (bool, Lost<J::In>) {
        let goes_on = !self.has_ended();
        if goes_on && self.books.receive(input) {
            self.keep(input, item, direct.map_or(0, Demand::get));
            return (true, Lost::Nothing);
        }
        let reason = if goes_on { Reason::Shed } else { Reason::Late };
        self.ledger.receive();
        self.ledger.drop_items(reason, 1);
        (goes_on, Lost::One(reason, item))
    }

    /// The short way.
    #[inline]
    fn pass(&mut self, input: usize, item: J::In, wanted: u64) -> Passed<J::Out, J::In> {
        if wanted == 0 || self.abandoned || self.has_ended() || !self.books.is_asked(input) {
            return Passed::Not(item);
        }
        match self.join.pass(input, item) {
            Ok((item, ends)) => {
                self.count_passed();
                self.join.passed(input, 1, &mut self.books);
                let more = self.books.passed(input);
                Passed::Through { item, more, ends }
            }
            Err(item) if self.join.is_ready() || !self.books.is_asked_more(input) => Passed::Not(item),
            // Somebody is to be asked for what this one waits for.
            Err(item) if J::OF_ALL && self.books.are_listed() => Passed::Not(item),
            Err(item) => {
                self.books.receive(input);
                self.keep(input, item, wanted);
                Passed::Kept
            }
        }
    }

    /// An item goes out as it comes in, and with it one that was held of each other input if that is the way here.
    #[inline]
    fn count_passed(&self) {
        self.ledger.pass();
        if J::OF_ALL {
            self.ledger.merge(1);
            self.ledger.hold(self.join.len(), false);
        }
    }

    /// Holds an item, of which the books know.
    #[inline]
    fn keep(&mut self, input: usize, item: J::In, wanted: u64) {
        self.ledger.receive();
        self.join.put(input, item);
        let held = self.join.len();
        self.ledger.hold(held, held as u64 > wanted);
    }

    /// The books, after a run of this input.
    fn ran(&mut self, input: usize, run: &Run) {
        let held = self.join.len();
        if run.keeps {
            self.books.kept(input, held - run.held);
            return;
        }
        if J::OF_ALL {
            self.join.passed(input, run.held - held, &mut self.books);
        }
    }

    /// Whether it goes on, and nothing goes out and nothing is wanted of those who can be asked.
    fn is_idle(&self) -> bool {
        let goes_on = !self.abandoned && !self.has_ended() && !self.join.is_over(&self.books);
        goes_on && !self.books.are_listed() && !self.join.is_ready() && !shim::fuzzing()
    }

    fn done(&mut self, input: usize) {
        if self.books.close(input) {
            self.join.done(input, &mut self.books);
        }
    }

    /// Gives the error back if it is not the first.
    fn fail(&mut self, input: usize, error: J::Error) -> Option<J::Error> {
        self.books.close(input);
        if self.has_ended() {
            return Some(error);
        }
        self.stop();
        self.failure.replace(error)
    }

    fn close(&mut self, reason: Reason) -> Lost<J::In> {
        self.closed = true;
        self.clear(reason)
    }

    fn clear(&mut self, reason: Reason) -> Lost<J::In> {
        let items = self.join.clear();
        self.ledger.hold(0, false);
        if items.is_empty() {
            return Lost::Nothing;
        }
        self.ledger.drop_items(reason, items.len());
        Lost::Many(reason, items)
    }

    fn next(&mut self, demand: Option<Demand>) -> Act<J::Out, J::Error, J::In> {
        if self.abandoned {
            return Act::Abandon;
        }
        if self.ending
            && let Some(input) = self.books.cancel()
        {
            return Act::Cancel(input);
        }
        let cuts = self.failure.is_some() && self.errors == ErrorPolicy::Immediate;
        if self.ending && (cuts || !self.join.is_ready()) {
            if self.join.len() > 0 {
                let reason = if self.failure.is_some() { Reason::Error } else { Reason::Cancelled };
                return Act::Lose(self.clear(reason));
            }
            return self.failure.take().map_or(Act::Complete, Act::Fail);
        }
        match self.step(demand) {
            Step::Emit(item) => Act::Emit(item),
            Step::Request(input, more) => Act::Request(input, more),
            Step::Idle => Act::Idle,
            Step::Other => Act::Complete,
        }
    }

    /// What to do next while it goes on, or while the last items go out.
    fn step(&mut self, demand: Option<Demand>) -> Step<J::Out> {
        if let Some((input, more)) = self.wanted() {
            return Step::Request(input, more);
        }
        if demand.is_some()
            && let Some(out) = self.join.take(&mut self.books)
        {
            self.ledger.merge(std::mem::take(&mut self.books.taken).saturating_sub(1));
            self.ledger.emit();
            self.ledger.hold(self.join.len(), false);
            return Step::Emit(out);
        }
        if self.join.is_over(&self.books) && !self.ending {
            return Step::Other;
        }
        self.join.ask(demand, &mut self.books);
        self.wanted().map_or(Step::Idle, |(input, more)| Step::Request(input, more))
    }

    fn wanted(&mut self) -> Option<(usize, Demand)> {
        if self.ending { None } else { self.books.wanted() }
    }
}

/// The machine with several inputs. A thread may have its state for itself; then what is left behind only keeps what it
/// is told.
pub(crate) struct Mux<J: Join> {
    state: Option<Box<State<J>>>,
    missed: Vec<Missed<Self, J::In>>,
    /// It was told to close.
    closed: bool,
}

impl<J: Join> Mux<J> {
    pub(crate) fn new(join: J, books: Books, ledger: Ledger, errors: ErrorPolicy) -> Self {
        let state = Some(Box::new(State::new(join, books, ledger, errors)));
        Self { state, missed: Vec::new(), closed: false }
    }

    /// An input has gone without a terminal. False: the stream has ended before.
    fn abandon(&mut self) -> bool {
        let abandon = |state: &mut State<J>| {
            state.abandoned |= !state.has_ended();
            (state.abandoned, Lost::Nothing)
        };
        self.on(abandon).0.unwrap_or(true)
    }

    /// Something has happened. None: it is told later, to who has the state.
    fn on<R>(
        &mut self,
        event: impl FnOnce(&mut State<J>) -> (R, Lost<J::In>) + Send + 'static,
    ) -> (Option<R>, Lost<J::In>) {
        match &mut self.state {
            Some(state) => {
                let (result, lost) = event(state);
                (Some(result), lost)
            }
            None => {
                self.missed.push(Box::new(|mux| mux.on(event).1));
                (None, Lost::Nothing)
            }
        }
    }
}

impl<J: Join> Machine for Mux<J> {
    type Out = J::Out;
    type Error = J::Error;
    type Lost = J::In;

    #[inline]
    fn next(&mut self, demand: Option<Demand>) -> Act<J::Out, J::Error, J::In> {
        self.state.as_mut().map_or(Act::Idle, |state| state.next(demand))
    }

    fn rest(&mut self) {
        if let Some(state) = &mut self.state {
            state.ledger.hold(state.join.len(), true);
        }
    }

    #[inline]
    fn holds(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.join.is_ready())
    }

    fn close(&mut self, reason: Reason) -> Lost<J::In> {
        self.closed = true;
        self.state.as_mut().map_or(Lost::Nothing, |state| state.close(reason))
    }

    fn unsaid(&mut self) -> Option<J::Error> {
        self.state.as_mut()?.failure.take()
    }

    fn lend(&mut self) -> Option<Self> {
        self.may_be_lent().then(|| Self { state: self.state.take(), missed: Vec::new(), closed: false })
    }

    fn has_missed(&self) -> bool {
        !self.missed.is_empty()
    }

    fn missed(&mut self) -> Vec<Missed<Self, J::In>> {
        std::mem::take(&mut self.missed)
    }

    fn give_back(&mut self, lent: Self) {
        self.state = lent.state;
        if let Some(state) = &mut self.state {
            state.closed |= self.closed;
        }
    }
}

impl<J: Join> Shared for Mux<J> {
    fn immediate(&mut self, input: usize) {
        let _later = self.on(move |state| (state.books.immediate(input), Lost::Nothing));
    }

    fn may_be_lent(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.books.all_immediate() && !state.has_ended())
    }

    fn is_idle(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.is_idle())
    }

    fn is_hosted(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.books.is_called_here())
    }

    fn step(&mut self, demand: Option<Demand>) -> Step<J::Out> {
        match &mut self.state {
            Some(state) if !state.abandoned && !state.has_ended() => state.step(demand),
            _ => Step::Other,
        }
    }

    #[inline]
    fn pass(&mut self, input: usize, item: J::In, wanted: u64) -> Passed<J::Out, J::In> {
        match &mut self.state {
            Some(state) => state.pass(input, item, wanted),
            None => Passed::Not(item),
        }
    }

    const OF_ALL: bool = J::OF_ALL;

    type Own = Box<State<J>>;

    fn run(&mut self, input: usize, asked: u64) -> Option<(Box<State<J>>, usize)> {
        let state = self.state.take_if(|state| state.books.may_run(input, asked))?;
        let held = state.join.len();
        Some((state, held))
    }

    #[inline(always)]
    fn through(state: &mut Box<State<J>>, input: usize, item: J::In) -> Result<(J::Out, bool), J::In> {
        let passed = state.join.through(input, item)?;
        state.count_passed();
        Ok(passed)
    }

    #[inline(always)]
    fn keep(state: &mut Box<State<J>>, input: usize, item: J::In, wanted: u64) {
        state.keep(input, item, wanted);
    }

    fn ran(&mut self, input: usize, mut state: Box<State<J>>, run: &Run) {
        state.ran(input, run);
        self.state = Some(state);
    }

    #[inline]
    fn due(&mut self, input: usize) -> Due {
        match &mut self.state {
            Some(state) if !state.has_ended() => state.books.due(input),
            _ => Due { more: None, dry: false },
        }
    }

    fn attached(&mut self, input: usize) {
        let _later = self.on(move |state| (state.books.attached(input), Lost::Nothing));
    }
}

/// A queue for each input, emptied in turns: who has just given goes to the end of the row.
pub(crate) struct Lanes<T> {
    lanes: Vec<VecDeque<T>>,
    /// The inputs that hold something.
    row: VecDeque<usize>,
    len: usize,
}

impl<T> Lanes<T> {
    pub(crate) const fn new() -> Self {
        Self { lanes: Vec::new(), row: VecDeque::new(), len: 0 }
    }

    pub(crate) fn put(&mut self, input: usize, item: T) {
        if self.lanes.len() <= input {
            self.lanes.resize_with(input + 1, VecDeque::new);
        }
        if self.lanes[input].is_empty() {
            self.row.push_back(input);
        }
        self.lanes[input].push_back(item);
        self.len += 1;
    }

    /// The next item, and the input that it came from.
    pub(crate) fn take(&mut self) -> Option<(usize, T)> {
        if shim::fuzz_coin(2) && !self.row.is_empty() {
            self.row.rotate_left(1);
        }
        let input = self.row.pop_front()?;
        let lane = &mut self.lanes[input];
        let item = lane.pop_front()?;
        if !lane.is_empty() {
            self.row.push_back(input);
        }
        self.len -= 1;
        Some((input, item))
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self, input: usize) -> bool {
        self.lanes.get(input).is_none_or(VecDeque::is_empty)
    }

    pub(crate) fn clear(&mut self) -> VecDeque<T> {
        self.row.clear();
        self.len = 0;
        self.lanes.iter_mut().flat_map(std::mem::take).collect()
    }
}
