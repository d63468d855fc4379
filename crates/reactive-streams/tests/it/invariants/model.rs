//! What should happen, in the plainest words.

use super::seen::{End, Event, Model, Seen};
use reactive_streams::{ErrorPolicy, Overflow, Reason};
use std::collections::VecDeque;

/// What distinguishes one operator from another.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Waits(usize),
    Drops(usize, Overflow),
    Fails(usize),
    Folds,
    Newest,
    /// One tick in so many milliseconds.
    Sampled(u64),
    /// One item in a window of so many milliseconds.
    Throttled(u64),
    /// At most `n` items in a window of so many milliseconds.
    Limited {
        n: u64,
        millis: u64,
    },
    Passes {
        high: u64,
        low: u64,
    },
    Chunks(usize),
}

/// An operator with one upstream.
pub(super) struct Naive {
    kind: Kind,
    errors: ErrorPolicy,
    seen: Seen,
    held: VecDeque<Vec<u32>>,
    ended: Option<End>,
    now: u64,
    /// A tick has come.
    open: bool,
    /// When the window that lasts ends, and how many items went out in it.
    window: Option<u64>,
    passed: u64,
}

impl Naive {
    pub(super) fn new(kind: Kind, errors: ErrorPolicy, seen: Seen) -> Self {
        let (held, ended, window) = (VecDeque::new(), None, None);
        Self { kind, errors, seen, held, ended, now: 0, open: false, window, passed: 0 }
    }

    fn put(&mut self, id: u32) {
        self.seen.received += 1;
        let item = vec![id];
        let full = |capacity: usize, held: usize| self.seen.demand == 0 && held >= capacity;
        match self.kind {
            Kind::Drops(capacity, overflow) if full(capacity, self.held.len()) => {
                let gone = match overflow {
                    _ if capacity == 0 => vec![item],
                    Overflow::DropOldest => {
                        self.held.push_back(item);
                        self.held.pop_front().into_iter().collect()
                    }
                    Overflow::ReplaceNewest => {
                        let gone = self.held.pop_back();
                        self.held.push_back(item);
                        gone.into_iter().collect()
                    }
                    Overflow::Clear => {
                        let gone = self.held.drain(..).collect();
                        self.held.push_back(item);
                        gone
                    }
                    _ => vec![item],
                };
                self.seen.lose(gone, Reason::Overflow);
            }
            Kind::Fails(capacity) if full(capacity, self.held.len()) => {
                self.ended = Some(End::Overflow);
                self.seen.lose([item], Reason::Overflow);
            }
            Kind::Folds if !self.held.is_empty() => {
                self.seen.merged += 1;
                self.held[0].push(id);
            }
            Kind::Throttled(_) if self.window.is_some() => self.seen.lose([item], Reason::Shed),
            Kind::Newest | Kind::Sampled(_) | Kind::Throttled(_) => {
                let gone = self.held.pop_front();
                self.held.push_back(item);
                self.seen.lose(gone, Reason::Superseded);
            }
            _ => self.held.push_back(item),
        }
    }

    /// What may go out now, if it is asked for.
    fn take(&mut self) -> Option<Vec<u32>> {
        match self.kind {
            Kind::Chunks(n) if self.held.len() >= n || self.ended.is_some() => {
                let chunk: Vec<_> = self.held.drain(..n.min(self.held.len())).flatten().collect();
                self.seen.merged += chunk.len().saturating_sub(1) as u64;
                (!chunk.is_empty()).then_some(chunk)
            }
            Kind::Chunks(_) => None,
            Kind::Sampled(_) if !self.open && self.ended.is_none() => None,
            Kind::Throttled(millis) | Kind::Limited { millis, .. } => {
                let ids = self.held.pop_front()?;
                self.window.get_or_insert(self.now + millis);
                self.passed += 1;
                Some(ids)
            }
            _ => {
                self.open = false;
                self.held.pop_front()
            }
        }
    }

    /// Everything that can happen by itself, happens.
    fn settle(&mut self) {
        while !self.seen.is_over() {
            if matches!(self.ended, Some(End::Upstream(_) | End::Overflow))
                && self.errors == ErrorPolicy::Immediate
                && !self.held.is_empty()
            {
                self.seen.lose(self.held.drain(..), Reason::Error);
            } else if self.seen.demand > 0
                && let Some(ids) = self.take()
            {
                self.seen.emit(ids);
            } else if self.ended.is_some() && self.held.is_empty() {
                self.seen.end = self.ended.take();
            } else {
                return;
            }
        }
        self.seen.lose(self.held.drain(..), Reason::Cancelled);
    }
}

impl Model for Naive {
    fn tell(&mut self, event: Event) {
        if self.seen.is_over() {
            return;
        }
        match event {
            Event::Request(n) => self.seen.demand = self.seen.demand.saturating_add(n),
            Event::Next(_, id) => self.put(id),
            Event::Complete(_) => drop(self.ended.get_or_insert(End::Complete)),
            Event::Fail(_, code) => drop(self.ended.get_or_insert(End::Upstream(code))),
            Event::Abandon(_) => self.seen.gone |= self.ended.is_none(),
            Event::Cancel => self.seen.gone = true,
            Event::Advance(millis) => {
                let until = self.now + millis;
                if let Kind::Sampled(period) = self.kind {
                    while self.now / period < until / period {
                        self.now = (self.now / period + 1) * period;
                        self.open |= !self.held.is_empty();
                        self.settle();
                    }
                }
                if self.window.is_some_and(|end| end <= until) {
                    (self.window, self.passed) = (None, 0);
                }
                self.now = until;
            }
        }
        self.settle();
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn is_open(&self, _input: usize) -> bool {
        !self.seen.is_over() && self.ended.is_none()
    }

    fn may_have_outstanding(&self, _input: usize, outstanding: u64) -> bool {
        let (demand, held) = (self.seen.demand, self.held.len() as u64);
        match self.kind {
            Kind::Waits(capacity) => {
                let most = (capacity as u64 - held).saturating_add(demand);
                outstanding <= most && (outstanding > 0 || most == 0)
            }
            Kind::Passes { high, low } => {
                let most = high.min(demand);
                outstanding <= most && (outstanding > low || outstanding == most)
            }
            Kind::Limited { n, .. } => outstanding == demand.min(n - self.passed),
            Kind::Chunks(n) => match demand {
                u64::MAX => outstanding == u64::MAX,
                // One for each chunk, and the others of the one that is begun.
                _ if held > 0 => outstanding == demand - 1 + n as u64 - held,
                _ => outstanding == demand,
            },
            _ => outstanding == u64::MAX,
        }
    }
}
