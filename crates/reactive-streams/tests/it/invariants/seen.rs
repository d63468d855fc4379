//! What happens to an operator, and what is seen of it: the words that the harness and the models share.

use reactive_streams::{OverflowError, Reason, TimeoutError};
use std::collections::BTreeMap;

/// What happens; inputs are counted from zero.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Request(u64),
    Next(usize, u32),
    Complete(usize),
    Fail(usize, u32),
    /// The input goes without a terminal.
    Abandon(usize),
    Cancel,
    /// By so many milliseconds.
    Advance(u64),
}

/// How a stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Upstream(u32),
    Overflow,
    Elapsed,
}

impl From<u32> for End {
    fn from(code: u32) -> Self {
        Self::Upstream(code)
    }
}

impl From<OverflowError<u32>> for End {
    fn from(error: OverflowError<u32>) -> Self {
        if let OverflowError::Upstream(code) = error { Self::Upstream(code) } else { Self::Overflow }
    }
}

impl From<TimeoutError<u32>> for End {
    fn from(error: TimeoutError<u32>) -> Self {
        if let TimeoutError::Upstream(code) = error { Self::Upstream(code) } else { Self::Elapsed }
    }
}

/// What stands below the operator.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tail {
    Plain,
    /// Skips even numbers, and asks for one more each time, inside `on_next`.
    Odd,
    /// Cancels inside this call of `on_next`.
    Take(usize),
    /// Panics in this one.
    Panic(usize),
    /// The hook panics at this loss.
    Fuse(usize),
}

/// What downstream and the hook have seen, and the counters, according to the model.
pub(super) struct Seen {
    pub(super) demand: u64,
    pub(super) received: u64,
    pub(super) merged: u64,
    pub(super) end: Option<End>,
    /// Cancelled or abandoned, or something has panicked.
    pub(super) gone: bool,
    pub(super) emitted: u64,
    pub(super) dropped: BTreeMap<Reason, u64>,
    pub(super) out: Vec<Vec<u32>>,
    pub(super) lost: Vec<(Vec<u32>, Reason)>,
    tail: Tail,
    hooked: bool,
    fused: bool,
}

impl Seen {
    pub(super) fn new(tail: Tail, hooked: bool) -> Self {
        let (out, lost, dropped) = (Vec::new(), Vec::new(), BTreeMap::new());
        let (demand, received, merged, emitted) = (0, 0, 0, 0);
        let (end, gone, fused) = (None, false, false);
        Self { demand, received, merged, end, gone, emitted, dropped, out, lost, tail, hooked, fused }
    }

    pub(super) fn is_over(&self) -> bool {
        self.gone || self.end.is_some()
    }

    pub(super) fn emit(&mut self, ids: Vec<u32>) {
        assert!(self.demand > 0, "the model emits what was not asked for");
        self.emitted += 1;
        self.demand -= u64::from(self.demand != u64::MAX);
        match self.tail {
            Tail::Panic(n) if self.emitted == n as u64 => self.gone = true,
            Tail::Odd if ids[0].is_multiple_of(2) => self.demand = self.demand.saturating_add(1),
            _ => self.out.push(ids),
        }
        if let Tail::Take(n) = self.tail
            && self.out.len() == n
        {
            self.end = Some(End::Complete);
        }
    }

    pub(super) fn lose(&mut self, items: impl IntoIterator<Item = Vec<u32>>, reason: Reason) {
        for ids in items {
            *self.dropped.entry(reason).or_default() += 1;
            if self.hooked && !self.fused {
                self.lost.push((ids, reason));
                self.fused = matches!(self.tail, Tail::Fuse(n) if n == self.lost.len());
                self.gone |= self.fused;
            }
        }
    }
}

/// A naive operator.
pub(super) trait Model {
    /// Told while it runs, and after it is over.
    fn tell(&mut self, event: Event);
    fn seen(&self) -> &Seen;
    /// How many items are held.
    fn held(&self) -> usize;
    /// Whether the input may still send.
    fn is_open(&self, input: usize) -> bool;
    fn may_have_outstanding(&self, input: usize, outstanding: u64) -> bool;
}
