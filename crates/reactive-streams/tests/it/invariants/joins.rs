//! What should happen to several upstreams, in the plainest words.

use super::seen::{End, Event, Model, Seen};
use reactive_streams::{ErrorPolicy, Reason};
use std::collections::VecDeque;

/// What distinguishes one operator from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// Whoever has something, in turns.
    Any,
    /// One of each.
    Each,
    /// The first input, until the second says something or ends.
    Until,
}

/// An operator with several upstreams.
pub(super) struct Joined {
    join: Join,
    errors: ErrorPolicy,
    prefetch: u64,
    seen: Seen,
    lanes: Vec<VecDeque<u32>>,
    /// Who holds something, in the order of turns.
    row: VecDeque<usize>,
    done: Vec<bool>,
    /// No input is wanted any more.
    ended: Option<End>,
}

impl Joined {
    pub(super) fn new(join: Join, inputs: usize, prefetch: u64, errors: ErrorPolicy, seen: Seen) -> Self {
        let (lanes, done) = (vec![VecDeque::new(); inputs], vec![false; inputs]);
        Self { join, errors, prefetch, seen, lanes, row: VecDeque::new(), done, ended: None }
    }

    fn is_ready(&self) -> bool {
        match self.join {
            Join::Each => self.lanes.iter().all(|lane| !lane.is_empty()),
            Join::Any | Join::Until => self.held() > 0,
        }
    }

    fn is_complete(&self) -> bool {
        let mut dry = self.done.iter().zip(&self.lanes).map(|(done, lane)| *done && lane.is_empty());
        match self.join {
            Join::Any => dry.all(|dry| dry),
            Join::Each | Join::Until => dry.any(|dry| dry),
        }
    }

    /// What goes out next.
    fn take(&mut self) -> Vec<u32> {
        let from = match self.join {
            Join::Each => (0..self.lanes.len()).collect(),
            Join::Any | Join::Until => vec![self.row.pop_front().expect("somebody holds something")],
        };
        let ids: Vec<_> = from.iter().filter_map(|input| self.lanes[*input].pop_front()).collect();
        if !self.lanes[from[0]].is_empty() {
            self.row.push_back(from[0]);
        }
        self.seen.merged += ids.len() as u64 - 1;
        ids
    }

    fn lose(&mut self, reason: Reason) {
        let held = self.lanes.iter_mut().flat_map(std::mem::take).map(|id| vec![id]);
        self.seen.lose(held, reason);
    }

    /// Everything that can happen by itself, happens.
    fn settle(&mut self) {
        while !self.seen.is_over() {
            let failed = matches!(self.ended, Some(End::Upstream(_)));
            if failed && (self.errors == ErrorPolicy::Immediate || !self.is_ready()) {
                self.lose(Reason::Error);
                self.seen.end = self.ended;
            } else if self.seen.demand > 0 && self.is_ready() {
                let ids = self.take();
                self.seen.emit(ids);
            } else if !failed && self.is_complete() {
                self.seen.end = Some(End::Complete);
            } else {
                return;
            }
        }
        self.lose(Reason::Cancelled);
    }
}

impl Model for Joined {
    fn tell(&mut self, event: Event) {
        if self.seen.is_over() {
            return;
        }
        match event {
            Event::Request(n) => self.seen.demand = self.seen.demand.saturating_add(n),
            Event::Next(1, _) if self.join == Join::Until => self.done[1] = true,
            Event::Next(input, id) => {
                self.seen.received += 1;
                if self.lanes[input].is_empty() {
                    self.row.push_back(input);
                }
                self.lanes[input].push_back(id);
            }
            Event::Complete(input) => self.done[input] = true,
            Event::Fail(_, code) => drop(self.ended.get_or_insert(End::Upstream(code))),
            // A signal that goes without a word never comes.
            Event::Abandon(1) if self.join == Join::Until => {}
            Event::Abandon(_) => self.seen.gone |= self.ended.is_none(),
            Event::Cancel => self.seen.gone = true,
            Event::Advance(_) => {}
        }
        self.settle();
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }

    fn held(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    fn is_open(&self, input: usize) -> bool {
        !self.seen.is_over() && self.ended.is_none() && !self.done[input]
    }

    fn may_have_outstanding(&self, input: usize, outstanding: u64) -> bool {
        match self.join {
            Join::Until if input == 0 => match self.seen.demand {
                demand @ 0..=32 => outstanding == demand,
                _ => (25..=32).contains(&outstanding),
            },
            Join::Until => outstanding == 1,
            Join::Any | Join::Each => {
                let ahead = outstanding + self.lanes[input].len() as u64;
                ahead <= self.prefetch && ahead + self.prefetch.div_ceil(4) > self.prefetch
            }
        }
    }
}
