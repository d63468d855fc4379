//! What the logs have in common: of each stream, the item that most of them have at each position.

use crate::Length;
use crate::plan::Source;
use crate::shown::Shown;
use crate::trace::Trace;
use std::collections::HashMap;

/// What logs have at one position, or streams.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// What most have; of several, what came first.
    print: u64,
    most: u32,
    others: Vec<(u64, u32)>,
}

impl Votes {
    fn add(&mut self, print: u64) {
        if self.most == 0 || self.print == print {
            self.print = print;
            self.most += 1;
            return;
        }
        match self.others.iter_mut().find(|(other, _)| *other == print) {
            Some(other) if other.1 == self.most => {
                let before = std::mem::replace(other, (self.print, self.most));
                (self.print, self.most) = (before.0, before.1 + 1);
            }
            Some(other) => other.1 += 1,
            None => self.others.push((print, 1)),
        }
    }

    /// What most have.
    pub(super) fn most(&self) -> Option<u64> {
        (self.most > 0).then_some(self.print)
    }

    /// The same, of how many, and how many have something else.
    pub(super) fn usual(&self) -> Option<(u64, u32, u32)> {
        let others = self.others.iter().map(|(_, logs)| logs).sum();
        (self.most > 0).then_some((self.print, self.most, others))
    }
}

/// From so many items on a stream is a long one.
pub(super) const LONG: usize = 100;

/// What most of those that voted have at this position.
pub(super) fn item(votes: &[Votes], at: u64) -> Option<u64> {
    votes.get(at as usize)?.most()
}

/// Each stream that some logs have, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Streams {
    of: Vec<(Source, Vec<Votes>)>,
    /// Items as they were shown, by their prints.
    words: HashMap<u64, Shown>,
    /// Each is a number.
    numbers: bool,
}

impl Streams {
    pub(super) fn new(traces: &[&Trace]) -> Self {
        let mut streams = Self { numbers: true, ..Self::default() };
        for trace in traces {
            let source = trace.plan.source;
            let known = streams.of.iter().position(|(known, _)| *known == source);
            let at = known.unwrap_or_else(|| {
                streams.of.push((source, Vec::new()));
                streams.of.len() - 1
            });
            let stream = &mut streams.of[at].1;
            for (position, print, _) in trace.prints() {
                let position = position as usize;
                if stream.len() <= position {
                    stream.resize_with(position + 1, Votes::default);
                }
                stream[position].add(print);
            }
            if trace.ours {
                continue;
            }
            for (_, value) in trace.values() {
                if let Shown::Text(_) = value {
                    streams.numbers = false;
                    streams.words.entry(value.print()).or_insert(value);
                }
            }
        }
        streams
    }

    /// Each with what its logs have.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Source, &[Votes])> {
        self.of.iter().map(|(source, votes)| (*source, &votes[..]))
    }

    /// What the logs of this stream have at each position.
    pub(super) fn of(&self, source: Source) -> &[Votes] {
        self.of.iter().find(|(known, _)| *known == source).map_or(&[], |(_, votes)| votes)
    }

    /// What the logs of this stream have at this position.
    pub(super) fn at(&self, source: Source, position: u64) -> Option<(u64, u32, u32)> {
        self.of(source).get(position as usize)?.usual()
    }

    /// What most streams have at each position; the last items of those that end do not count, as many as `tail` says.
    pub(super) fn common(&self, tail: impl Fn(Source) -> u64) -> Vec<Votes> {
        let mut common: Vec<Votes> = Vec::new();
        for (source, votes) in self.iter() {
            let end = source.items().saturating_sub(tail(source));
            let known = (0..end).zip(votes).filter_map(|(at, votes)| Some((at as usize, votes.most()?)));
            for (position, print) in known {
                if common.len() <= position {
                    common.resize_with(position + 1, Votes::default);
                }
                common[position].add(print);
            }
        }
        common
    }

    /// The number of positions of the longest.
    pub(super) fn reach(&self) -> u64 {
        self.of.iter().map(|(_, votes)| votes.len()).max().unwrap_or(0) as u64
    }

    /// What was shown and has this print.
    pub(super) fn shown(&self, print: u64) -> Option<Shown> {
        let number = self.numbers.then_some(Shown::Number(print));
        number.or_else(|| self.words.get(&print).cloned())
    }

    /// The same in words.
    pub(super) fn word(&self, print: u64) -> String {
        self.shown(print).map_or_else(|| "another item".to_owned(), |shown| shown.to_string())
    }
}

/// Whether it is one that completes or fails, and so has a last item.
pub(super) fn ends(source: Source) -> Option<End> {
    match source {
        Source::Length(Length::Endless) => None,
        Source::Length(Length::Exactly(_)) => Some(End::Completes),
        Source::FailingAt(_) => Some(End::Fails),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Completes,
    Fails,
}
