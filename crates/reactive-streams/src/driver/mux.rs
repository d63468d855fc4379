//! Several upstreams, one downstream: `merge`, `zip`, `take_until`, `flat_map_unordered`.
//!
//! A [`Join`] says how what the inputs bring becomes what goes out. The [`Mux`] around it is the machine: it keeps
//! the books of each input, asks each for a prefetch and again in batches of a quarter of it, and orders the ends.
//!
//! Left to this driver: §1.1 §1.3 §1.7 §2.8 §3.2 §3.3 §3.6 §3.9, the accounting, the bound of each input even against
//! one that sends more than it was asked for, and the order of ends: completion as soon as the join is over, and
//! without demand; the first error ends all inputs at once, and goes out after what can still be delivered, or
//! instead of it; an input that goes without a terminal abandons the stream.

use crate::driver::gate::{Act, Gate, Lost, Machine};
use crate::ledger::{Ledger, Reason};
use crate::pressure::ErrorPolicy;
use reactive_streams_core::shim;
use reactive_streams_core::{Demand, Publisher, Subscriber, Subscription};
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;

/// Makes one stream out of what several inputs bring, as a plain value. It runs under the gate's lock: it calls
/// nothing.
pub(crate) trait Join: Send + 'static {
    /// An item of any input.
    type In: Send + 'static;
    type Out: Send + 'static;
    type Error: Send + 'static;

    /// Holds one item of this input.
    fn put(&mut self, input: usize, item: Self::In);

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

/// What is known of one input.
struct Input {
    attached: bool,
    done: bool,
    /// The most that it is asked for ahead.
    bound: u64,
    /// Asked for and not received.
    asked: u64,
    /// Room that it was not asked to fill yet.
    owed: u64,
    /// It is asked again when so much is owed.
    batch: u64,
    /// It is in the list of those to look at.
    listed: bool,
}

/// The books of all inputs.
pub(crate) struct Books {
    inputs: Vec<Input>,
    /// Inputs of which something may be wanted.
    list: VecDeque<usize>,
    /// Inputs that have not completed.
    open: usize,
    /// Taken from the inputs for the item that goes out now.
    taken: usize,
}

impl Books {
    /// As many inputs as there are bounds, each of which is the most that its input is asked for ahead.
    pub(crate) fn new(bounds: impl IntoIterator<Item = usize>) -> Self {
        let inputs: Vec<_> = bounds.into_iter().map(Input::new).collect();
        Self { open: inputs.len(), inputs, list: VecDeque::new(), taken: 0 }
    }

    /// This input is asked for nothing but what [`follow`](Self::follow) says.
    pub(crate) fn following(mut self, input: usize) -> Self {
        self.inputs[input].owed = 0;
        self
    }

    /// This input is asked again for each item, however large its bound.
    pub(crate) fn one_by_one(mut self, input: usize) -> Self {
        self.inputs[input].batch = 1;
        self
    }

    /// One item of this input has come. False: it was not asked for.
    pub(crate) fn receive(&mut self, input: usize) -> bool {
        let books = &mut self.inputs[input];
        let asked = books.asked > 0;
        books.asked -= u64::from(asked);
        asked
    }

    /// This input is asked for what downstream waits for and for nothing ahead, but never for more than its bound
    /// at once: a source that emits as it is asked would fill the queue before anything goes out of it.
    pub(crate) fn follow(&mut self, input: usize, demand: Option<Demand>) {
        let books = &mut self.inputs[input];
        let demand = demand.map_or(0, Demand::get);
        let more = demand.min(books.bound).saturating_sub(books.asked);
        if more >= books.batch || more > 0 && demand <= books.bound {
            books.owed = more;
            self.list(input);
        }
    }

    /// One item of this input has gone out, or is about to.
    pub(crate) fn took(&mut self, input: usize) {
        self.taken += 1;
        self.owe(input);
    }

    /// There is room for one more item of this input.
    pub(crate) fn owe(&mut self, input: usize) {
        let books = &mut self.inputs[input];
        books.owed += 1;
        if books.owed >= books.batch || shim::fuzz_coin(3) {
            self.list(input);
        }
    }

    /// How many inputs there are, done or not.
    pub(crate) fn len(&self) -> usize {
        self.inputs.len()
    }

    /// How many inputs have not completed.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    pub(crate) fn is_done(&self, input: usize) -> bool {
        self.inputs[input].done
    }

    /// An input of this number begins, in place of one that is done; the number may be the next unused one.
    pub(crate) fn open_again(&mut self, input: usize, bound: usize) {
        let listed = self.inputs.get(input).is_some_and(|input| input.listed);
        let fresh = Input { listed, ..Input::new(bound) };
        match self.inputs.get_mut(input) {
            Some(input) => *input = fresh,
            None => self.inputs.push(fresh),
        }
        self.open += 1;
    }

    pub(crate) fn attached(&mut self, input: usize) {
        self.inputs[input].attached = true;
        self.list(input);
    }

    /// False: it had completed already.
    pub(crate) fn close(&mut self, input: usize) -> bool {
        let was_open = !std::mem::replace(&mut self.inputs[input].done, true);
        self.open -= usize::from(was_open);
        was_open
    }

    fn list(&mut self, input: usize) {
        if !std::mem::replace(&mut self.inputs[input].listed, true) {
            self.list.push_back(input);
        }
    }

    /// What is wanted of the next listed input; once `ended`, nothing is wanted of any.
    pub(crate) fn next<T, E, L>(&mut self, ended: bool) -> Option<Act<T, E, L>> {
        while let Some(input) = self.list.pop_front() {
            let books = &mut self.inputs[input];
            books.listed = false;
            if !books.attached || books.done {
                continue;
            }
            if ended {
                books.attached = false;
                return Some(Act::Cancel(input));
            }
            if let Some(more) = Demand::new(std::mem::take(&mut books.owed)) {
                books.asked += more.get();
                return Some(Act::Request(input, more));
            }
        }
        None
    }
}

impl Input {
    fn new(bound: usize) -> Self {
        let bound = bound as u64;
        let batch = bound.div_ceil(4).max(1);
        Self { attached: false, done: false, bound, asked: 0, owed: bound, batch, listed: false }
    }
}

/// A join with its books and its end: a machine with several inputs.
pub(crate) struct Mux<J: Join> {
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

impl<J: Join> Mux<J> {
    pub(crate) fn new(join: J, books: Books, ledger: Ledger, errors: ErrorPolicy) -> Self {
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
        self.ledger.receive();
        if self.has_ended() {
            self.ledger.drop_items(Reason::Late, 1);
            return (false, Lost::One(Reason::Late, item));
        }
        if !self.books.receive(input) {
            self.ledger.drop_items(Reason::Shed, 1);
            return (true, Lost::One(Reason::Shed, item));
        }
        self.join.put(input, item);
        let held = self.join.len();
        self.ledger.hold(held, held as u64 > direct.map_or(0, Demand::get));
        (true, Lost::Nothing)
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

    fn clear(&mut self, reason: Reason) -> Lost<J::In> {
        let items = self.join.clear();
        self.ledger.hold(0, false);
        if items.is_empty() {
            return Lost::Nothing;
        }
        self.ledger.drop_items(reason, items.len());
        Lost::Many(reason, items)
    }
}

impl<J: Join> Machine for Mux<J> {
    type Out = J::Out;
    type Error = J::Error;
    type Lost = J::In;

    fn next(&mut self, demand: Option<Demand>) -> Act<J::Out, J::Error, J::In> {
        if self.abandoned {
            return Act::Abandon;
        }
        if let Some(act) = self.books.next(self.ending) {
            return act;
        }
        let cuts = self.failure.is_some() && self.errors == ErrorPolicy::Immediate;
        if self.ending && (cuts || !self.join.is_ready()) {
            if self.join.len() > 0 {
                let reason = if self.failure.is_some() { Reason::Error } else { Reason::Cancelled };
                return Act::Lose(self.clear(reason));
            }
            return self.failure.take().map_or(Act::Complete, Act::Fail);
        }
        if demand.is_some()
            && let Some(out) = self.join.take(&mut self.books)
        {
            self.ledger.merge(std::mem::take(&mut self.books.taken).saturating_sub(1));
            self.ledger.emit();
            self.ledger.hold(self.join.len(), false);
            return Act::Emit(out);
        }
        if self.join.is_over(&self.books) && !self.ending {
            return Act::Complete;
        }
        self.join.ask(demand, &mut self.books);
        self.books.next(self.ending).unwrap_or(Act::Idle)
    }

    fn rest(&mut self) {
        self.ledger.hold(self.join.len(), true);
    }

    fn holds(&self) -> bool {
        self.join.is_ready()
    }

    fn close(&mut self, reason: Reason) -> Lost<J::In> {
        self.closed = true;
        self.clear(reason)
    }

    fn unsaid(&mut self) -> Option<J::Error> {
        self.failure.take()
    }
}

/// Subscribes `source` as this input, unless the stream has ended. `wrap` tells the items of one input from those
/// of another; it runs under no lock.
pub(crate) fn feed<J, D, P, W>(gate: &Arc<Gate<Mux<J>, D>>, input: usize, source: P, wrap: W)
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
    P: Publisher<Error = J::Error>,
    W: Fn(P::Item) -> J::In + Send + 'static,
{
    if !gate.tell(|mux, _| (mux.has_ended(), Lost::Nothing)) {
        source.subscribe(Inlet { line: Line::new(Arc::clone(gate), input), wrap, types: PhantomData });
    }
}

/// One input's line to the gate. An input that goes without a terminal tells so.
pub(crate) struct Line<J: Join, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    pub(crate) gate: Arc<Gate<Mux<J>, D>>,
    input: usize,
    attached: bool,
    /// Its end has been told, or needs no telling.
    pub(crate) ended: bool,
    /// The stream goes on without it, if it goes without a terminal and not by a panic.
    pub(crate) expendable: bool,
}

impl<J: Join, D> Line<J, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    pub(crate) fn new(gate: Arc<Gate<Mux<J>, D>>, input: usize) -> Self {
        Self { gate, input, attached: false, ended: false, expendable: false }
    }

    pub(crate) fn attach(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.attached, true) {
            return subscription.cancel(); // rule 2.5
        }
        let input = self.input;
        self.gate.attach(input, subscription.handle(), |mux| mux.books.attached(input));
    }

    pub(crate) fn complete(mut self) {
        self.ended = true;
        self.gate.tell(|mux, _| (mux.done(self.input), Lost::Nothing));
    }

    pub(crate) fn fail(mut self, error: J::Error) {
        self.ended = true;
        // What comes back is not the first error: it is dropped here, under no lock.
        let _second = self.gate.tell(|mux, _| (mux.fail(self.input, error), Lost::Nothing));
    }
}

impl<J: Join, D> Drop for Line<J, D>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    fn drop(&mut self) {
        if !self.ended && (!self.expendable || std::thread::panicking()) {
            self.gate.gone(|mux| {
                // After an end of the stream it was cancelled by us.
                mux.abandoned |= !mux.has_ended();
                mux.abandoned
            });
        }
    }
}

/// What an upstream sees.
struct Inlet<J: Join, D, T, W>
where
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
{
    line: Line<J, D>,
    wrap: W,
    types: PhantomData<fn(T)>,
}

impl<J, D, T, W> Subscriber for Inlet<J, D, T, W>
where
    J: Join,
    D: Subscriber<Item = J::Out, Error = J::Error> + Send + 'static,
    W: Fn(T) -> J::In,
{
    type Item = T;
    type Error = J::Error;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.line.attach(subscription);
    }

    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        let item = (self.wrap)(item);
        if !self.line.gate.tell(|mux, direct| mux.put(self.line.input, item, direct)) {
            subscription.cancel();
        }
    }

    fn on_error(self, error: J::Error, _unused: Option<Demand>) {
        self.line.fail(error);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.line.complete();
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

#[cfg(test)]
mod tests;
