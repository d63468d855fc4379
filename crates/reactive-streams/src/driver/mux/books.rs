//! What is known of the inputs: what each was asked for, and which are done.

use crate::driver::gate::Due;
use reactive_streams_core::{Demand, shim};
use reactive_streams_sync::here;
use std::collections::VecDeque;

/// What is known of one input.
struct Input {
    attached: bool,
    done: bool,
    /// It may run on another thread than ours.
    elsewhere: bool,
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
    /// Inputs that have begun, have not completed, and may run on another thread than ours.
    elsewhere: usize,
    /// An input turned out to run on another thread after one had the books for itself: likely, more will.
    mixed: bool,
    /// The threads in whose calls inputs are being subscribed to just now, and so may run.
    calls: Vec<usize>,
    /// Taken from the inputs for the item that goes out now.
    pub(super) taken: usize,
}

impl Books {
    /// As many inputs as there are bounds, each of which is the most that its input is asked for ahead.
    pub(crate) fn new(bounds: impl IntoIterator<Item = usize>) -> Self {
        let inputs: Vec<_> = bounds.into_iter().map(Input::new).collect();
        let (list, calls) = (VecDeque::new(), Vec::new());
        Self { open: inputs.len(), inputs, list, elsewhere: 0, mixed: false, calls, taken: 0 }
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

    /// This input begins to run: on another thread, for all we know.
    pub(crate) fn begin(&mut self, input: usize) {
        let was_here = !std::mem::replace(&mut self.inputs[input].elsewhere, true);
        self.elsewhere += usize::from(was_here);
    }

    /// This input runs nowhere but in our calls.
    pub(super) fn immediate(&mut self, input: usize) {
        self.elsewhere -= usize::from(std::mem::take(&mut self.inputs[input].elsewhere));
    }

    /// Whether all inputs that run do so in our calls only, as far as is known.
    pub(super) fn all_immediate(&self) -> bool {
        let here = here();
        self.elsewhere == 0 && !self.mixed && self.calls.iter().all(|thread| *thread == here)
            || shim::planted("alone-beside-others")
    }

    /// `thread` begins to subscribe to an input.
    pub(super) fn call_begins(&mut self, thread: usize) {
        self.calls.push(thread);
    }

    /// Whether this thread subscribes to an input just now.
    pub(super) fn is_called_here(&self) -> bool {
        self.calls.contains(&here())
    }

    /// It has.
    pub(super) fn call_ends(&mut self, thread: usize) {
        if let Some(call) = self.calls.iter().rposition(|call| *call == thread) {
            self.calls.swap_remove(call);
        }
    }

    /// An input that had begun runs elsewhere: to have the books for itself is not worth a thread's while here.
    pub(super) fn mixed(&mut self) {
        self.mixed = true;
    }

    /// What this input, which runs now, is to be asked for; the caller asks.
    pub(super) fn due(&mut self, input: usize) -> Due {
        let books = &mut self.inputs[input];
        let owes = books.owed >= books.batch && !books.done;
        let more = if owes { Demand::new(std::mem::take(&mut books.owed)) } else { None };
        books.asked += more.map_or(0, Demand::get);
        Due { more, dry: books.asked == 0 && !books.done }
    }

    /// This input may run on another thread than ours, from the beginning and until it completes.
    pub(crate) fn apart(mut self, input: usize) -> Self {
        self.begin(input);
        self
    }

    /// One item of this input has come. False: it was not asked for.
    pub(crate) fn receive(&mut self, input: usize) -> bool {
        let books = &mut self.inputs[input];
        let asked = books.asked > 0;
        books.asked -= u64::from(asked);
        asked
    }

    /// Whether something may be wanted of an input.
    pub(super) fn are_listed(&self) -> bool {
        !self.list.is_empty()
    }

    /// Whether it was asked for an item that has not come.
    #[inline]
    pub(super) fn is_asked(&self, input: usize) -> bool {
        self.inputs[input].asked > 0
    }

    /// Whether it was asked for another one after the next.
    #[inline]
    pub(super) fn is_asked_more(&self, input: usize) -> bool {
        self.inputs[input].asked > 1
    }

    /// An item that this input was asked for goes right through. The input runs: what it is to be asked for, the caller
    /// asks.
    #[inline]
    pub(super) fn passed(&mut self, input: usize) -> Option<Demand> {
        let books = &mut self.inputs[input];
        books.asked -= 1;
        books.owed += 1;
        if books.owed < books.batch && books.asked > 0 {
            return None;
        }
        books.asked += books.owed;
        Demand::new(std::mem::take(&mut books.owed))
    }

    /// Whether this input has so many items to bring, and all of them were asked for.
    pub(super) fn may_run(&self, input: usize, asked: u64) -> bool {
        0 < asked && asked <= self.inputs[input].asked
    }

    /// After a run in which so many items were kept.
    pub(super) fn kept(&mut self, input: usize, items: usize) {
        self.inputs[input].asked -= items as u64;
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
        self.owe(input, 1);
    }

    /// There is room for so many more items of this input.
    pub(crate) fn owe(&mut self, input: usize, items: usize) {
        let books = &mut self.inputs[input];
        books.owed += items as u64;
        if books.attached && (books.owed >= books.batch || shim::fuzz_coin(3)) {
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
        self.immediate(input);
        let was_open = !std::mem::replace(&mut self.inputs[input].done, true);
        self.open -= usize::from(was_open);
        was_open
    }

    pub(super) fn list(&mut self, input: usize) {
        if !std::mem::replace(&mut self.inputs[input].listed, true) {
            self.list.push_back(input);
        }
    }

    /// The next listed input of which something is wanted, and how much.
    pub(crate) fn wanted(&mut self) -> Option<(usize, Demand)> {
        while let Some(input) = self.unlist() {
            let books = &mut self.inputs[input];
            if let Some(more) = Demand::new(std::mem::take(&mut books.owed)) {
                books.asked += more.get();
                return Some((input, more));
            }
        }
        None
    }

    /// The next listed input, of which nothing is wanted any more.
    pub(super) fn cancel(&mut self) -> Option<usize> {
        let input = self.unlist()?;
        self.inputs[input].attached = false;
        Some(input)
    }

    /// The next listed input that can be asked.
    fn unlist(&mut self) -> Option<usize> {
        while let Some(input) = self.list.pop_front() {
            let books = &mut self.inputs[input];
            books.listed = false;
            if books.attached && !books.done {
                return Some(input);
            }
        }
        None
    }
}

impl Input {
    fn new(bound: usize) -> Self {
        let bound = bound as u64;
        let batch = bound.div_ceil(4).max(1);
        Self {
            attached: false,
            done: false,
            elsewhere: false,
            bound,
            asked: 0,
            owed: bound,
            batch,
            listed: false,
        }
    }
}
