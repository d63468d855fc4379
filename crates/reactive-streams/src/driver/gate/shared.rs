//! What a machine with several inputs is asked, while a thread [has it for itself](super::alone).

use super::{Machine, Run};
use reactive_streams_core::Demand;

/// A machine with several inputs, while a thread has it for itself.
pub(crate) trait Shared: Machine {
    /// This input's publisher runs nowhere but in our calls.
    fn immediate(&mut self, input: usize);

    /// Whether each input that runs is immediate.
    fn may_be_lent(&self) -> bool;

    /// Whether there is nothing to do, whatever the demand.
    fn is_idle(&self) -> bool;

    /// Whether inputs are being subscribed to just now in a call of this thread, which brings back what it took.
    fn is_hosted(&self) -> bool;

    /// What to do next.
    fn step(&mut self, demand: Option<Demand>) -> Step<Self::Out>;

    /// An item of an input that runs has come, and this many are wanted: the short way for what goes out at once, or for
    /// what cannot go out yet.
    fn pass(&mut self, input: usize, item: Self::Lost, wanted: u64) -> Passed<Self::Out, Self::Lost>;

    /// What goes out is made of an item of each input.
    const OF_ALL: bool;

    /// What of it works on the items of a run, and is apart from it meanwhile.
    type Own: Send;

    /// Whether the next items of an input, which is asked for so many more, may all go one way, with nothing told but when
    /// that ends; and how many items are held now. None: each is to be told.
    fn run(&mut self, input: usize, asked: u64) -> Option<(Self::Own, usize)>;

    /// In a run in which items pass, under demand: what goes out, and whether there may be something else to do.
    fn through(own: &mut Self::Own, input: usize, item: Self::Lost) -> Result<(Self::Out, bool), Self::Lost>;

    /// In a run in which items are kept.
    fn keep(own: &mut Self::Own, input: usize, item: Self::Lost, wanted: u64);

    /// The run has ended.
    fn ran(&mut self, input: usize, own: Self::Own, run: &Run);

    /// What is wanted of an input that runs now.
    fn due(&mut self, input: usize) -> Due;

    /// From now on others can ask this input.
    fn attached(&mut self, input: usize);
}

/// What there is to do.
pub(crate) enum Step<T> {
    /// Deliver this. Said under demand only.
    Emit(T),
    /// Ask this input for more.
    Request(usize, Demand),
    Idle,
    /// Something else, which [`Machine::next`] says.
    Other,
}

/// What becomes of an item that comes while a thread has the machine for itself.
pub(crate) enum Passed<T, L> {
    /// This goes out, and the input is to be asked for more. `ends`: there may be something else to do.
    Through { item: T, more: Option<Demand>, ends: bool },
    /// It is held, and nothing else is to be done.
    Kept,
    /// It is to go the long way.
    Not(L),
}

/// What is wanted of an input that runs.
pub(crate) struct Due {
    pub(crate) more: Option<Demand>,
    /// It will run no more without being asked.
    pub(crate) dry: bool,
}
