//! What an operator that holds items back is: a plain value, which is told what has happened and says what to do next.

use super::Lost;
use crate::ledger::Reason;
use reactive_streams_core::{Clock, Demand};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// What a machine wants done next.
pub(crate) enum Act<T, E, L> {
    /// Deliver this. Said under demand only.
    Emit(T),
    /// Ask this input for more.
    Request(usize, Demand),
    /// Nothing is wanted of this input any more.
    Cancel(usize),
    /// These items are gone.
    Lose(Lost<L>),
    /// Tell it the time by this clock, with [`Machine::tick`].
    Time(Arc<dyn Clock>),
    /// Tell it the time when it is this late by this clock; it replaces the alarm before.
    WakeAt(Arc<dyn Clock>, Duration),
    /// Somebody's wait is over.
    Wake(Waker),
    /// The end.
    Complete,
    Fail(E),
    /// The end without a terminal: an upstream has gone without one.
    Abandon,
    /// Nothing, until something is told or asked.
    Idle,
}

/// The logic of an operator that holds items back. All of it runs under the gate's lock: it calls nothing.
pub(crate) trait Machine: Send + 'static {
    type Out: Send + 'static;
    type Error: Send + 'static;
    /// What the hook gets to see.
    type Lost: Send + 'static;

    /// What to do next, given what downstream has asked for and not got.
    fn next(&mut self, demand: Option<Demand>) -> Act<Self::Out, Self::Error, Self::Lost>;

    /// Nothing can go out now: what is held, rests.
    fn rest(&mut self) {}

    /// Whether it holds something that only demand can release.
    fn holds(&self) -> bool;

    /// Whether [`next`](Self::next) would say [`Act::Idle`], and [`rest`](Self::rest) change nothing: then what it was told
    /// needs no drain. False where that is not known.
    fn is_calm(&mut self, _demand: Option<Demand>) -> bool {
        false
    }

    /// It is over: hands out and counts what it holds. What is told later is late. It may be said again.
    fn close(&mut self, reason: Reason) -> Lost<Self::Lost>;

    /// Hands out a failure that was not signalled, once it is closed.
    fn unsaid(&mut self) -> Option<Self::Error> {
        None
    }

    /// Whose wait is over: asked after each event and at the end.
    fn waiting(&mut self) -> Option<VecDeque<Waker>> {
        None
    }

    /// The time, for machines with a clock: said when an alarm has rung, or because it was asked for. An alarm
    /// that was replaced may still ring.
    fn tick(&mut self, _now: Duration) -> Lost<Self::Lost> {
        Lost::Nothing
    }

    /// All of it, for a thread that [has it for itself](super::alone); what is left behind only keeps what it is told.
    fn lend(&mut self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Whether it was left behind, and was told something.
    fn has_missed(&self) -> bool {
        false
    }

    /// What the one left behind was told. It is said again until there is nothing.
    fn missed(&mut self) -> Vec<Missed<Self, Self::Lost>> {
        Vec::new()
    }

    /// Takes the place of the one left behind.
    fn give_back(&mut self, _lent: Self)
    where
        Self: Sized,
    {
    }
}

/// An event that came while the machine was lent.
pub(crate) type Missed<M, L> = Box<dyn FnOnce(&mut M) -> Lost<L> + Send>;
