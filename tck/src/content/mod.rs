//! What the items of a stream are to be: what the capabilities say, or else what nearly all scenarios say.
//!
//! Without a word from the fixture nothing is known of a stream that is lossy or hot, of one whose items cannot be shown, and
//! of one whose items are not the same in nearly all scenarios, as those of a merge or of a clock. So what is inferred
//! accuses the exception, and a habit only where it has the shape of a fault: [`habits`] says where that is.

mod counting;
mod emits;
mod habits;
pub(crate) mod part;
mod rule;
mod streams;
mod usual;

use crate::Capabilities;
use crate::plan::Source;
use crate::shown::Shown;
use crate::trace::Trace;
use counting::Counting;
pub(crate) use emits::Emits;
use std::collections::{HashMap, HashSet};
use streams::Streams;
use usual::{Fault, Usual};

/// So many logs in which the first schedule was played, and that have an item, are needed to infer anything.
const LOGS: usize = 40;

/// At most one log in so many may differ from the others.
const EXCEPTIONS: usize = 20;

/// What is known of the items.
#[derive(Debug)]
pub(crate) enum Content {
    /// What the capabilities say.
    Declared { emits: Emits, ordered: bool, lossy: bool },
    /// Each is what a rule says of its position, or, where many logs have another order, one of those that there are.
    Counting(Box<Counting>),
    /// Of each stream the item at each position.
    Usual(Usual),
    /// The kit's numbers go up, if they are `gapless` by one: all that is known of a stream that begins anywhere, or that
    /// loses items.
    Climbing { gapless: bool },
}

/// What is wrong with an item.
#[derive(Clone, Debug)]
pub(crate) struct Strange {
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl Content {
    /// What the capabilities say.
    pub(crate) fn declared(capabilities: &Capabilities) -> Option<Self> {
        let (ordered, lossy) = (!capabilities.unordered, capabilities.lossy);
        let emits = capabilities.emits.clone().filter(|_| !capabilities.varying && !capabilities.hot)?;
        Some(Self::Declared { emits, ordered, lossy })
    }

    /// The same, or what the logs show.
    pub(crate) fn of(traces: &[Trace], capabilities: &Capabilities) -> Option<Self> {
        if let Some(declared) = Self::declared(capabilities) {
            return Some(declared);
        }
        let Capabilities { varying, hot, lossy, unordered, .. } = *capabilities;
        if varying || hot || lossy || unordered {
            return None;
        }
        let plain = Self::plain(traces);
        if plain.len() < LOGS {
            return None;
        }
        let ours = plain.iter().all(|trace| trace.ours);
        match Counting::of(Streams::new(&plain), &plain, ours) {
            Ok(counting) => Some(Self::Counting(Box::new(counting))),
            Err(streams) => Usual::of(streams, &plain, ours).map(Self::Usual),
        }
    }

    /// The logs of lone subscribers in which the first schedule was played, and that have an item.
    fn plain(traces: &[Trace]) -> Vec<&Trace> {
        let is_plain = |trace: &&Trace| trace.told.is_empty() && trace.place.is_none();
        traces.iter().filter(is_plain).filter(|trace| trace.prints().next().is_some()).collect()
    }

    /// Looks at one item after the other.
    pub(crate) fn look<'a>(&'a self, trace: &Trace) -> Look<'a> {
        // Under an unusual schedule a merge has another order, and nothing said that there is none.
        let plain = trace.told.is_empty();
        let way = match self {
            Self::Declared { emits, ordered: true, lossy: true } => Way::WithGaps(emits),
            Self::Declared { emits, ordered: true, lossy: false } => Way::Declared(emits),
            Self::Declared { emits, ordered: false, .. } => {
                Way::Among(Pool::of(trace, |at| Some(emits.at(at).print())))
            }
            Self::Counting(counting) if counting.ordered && plain => Way::Counting(counting),
            Self::Counting(counting) if counting.knows_repeats(trace) => {
                Way::Counted(counting, HashSet::new())
            }
            Self::Usual(usual) if plain => Way::Usual(usual, usual.fault(trace)),
            // What has come of a merge without end says nothing of what comes in another order.
            Self::Usual(usual) if usual.ours && trace.plan.source.items() < u64::MAX => {
                let source = trace.plan.source;
                Way::Among(Pool::of(trace, |at| usual.own(source, at)))
            }
            Self::Counting(_) | Self::Usual(_) | Self::Climbing { .. } => Way::Unknown,
        };
        Look { source: trace.plan.source, ours: trace.ours, way, next: 0 }
    }
}

/// One log on its way through.
pub(crate) struct Look<'a> {
    source: Source,
    ours: bool,
    way: Way<'a>,
    next: u64,
}

/// How an item is judged.
enum Way<'a> {
    /// It is not.
    Unknown,
    /// Each at its position.
    Declared(&'a Emits),
    /// Some may be missing.
    WithGaps(&'a Emits),
    Counting(&'a Counting),
    Usual(&'a Usual, Option<Fault>),
    /// One of those that there are, which has not come: those that have are here.
    Counted(&'a Counting, HashSet<u64>),
    Among(Option<Pool>),
}

/// So many positions ahead an item may be of a stream that has none of its own.
const AHEAD: u64 = 64;
/// One input of a merge without end may be so many times as far as all of what has come.
const AHEAD_OF_A_MERGE: u64 = 8;

/// Items that have not come yet, each with how often it is still to come.
struct Pool(HashMap<u64, usize>);

impl Pool {
    /// `None` where not all are known.
    fn of(trace: &Trace, item: impl Fn(u64) -> Option<u64>) -> Option<Self> {
        let there = match trace.plan.source.items() {
            u64::MAX => (trace.last().delivered + AHEAD) * AHEAD_OF_A_MERGE,
            items => items,
        };
        let mut left = HashMap::new();
        (0..there).try_for_each(|at| {
            *left.entry(item(at)?).or_default() += 1;
            Some(())
        })?;
        Some(Self(left))
    }

    fn take(&mut self, print: u64) -> bool {
        self.0.get_mut(&print).filter(|left| **left > 0).map(|left| *left -= 1).is_some()
    }
}

impl Look<'_> {
    /// The next item; `None`: nothing is known of it.
    pub(crate) fn accept(&mut self, value: &Shown) -> Option<Result<(), Strange>> {
        let Way::WithGaps(emits) = self.way else { return self.next(value.print(), || value.to_string()) };
        let place = emits.next(value, self.next, self.source.items());
        self.next = place.unwrap_or(self.next) + 1;
        Some(place.map(|_| ()).ok_or_else(|| part::later(value)))
    }

    /// So many items that were not written down, of which there are these prints; what is wrong with the first of them
    /// that is.
    pub(crate) fn skip(&mut self, items: u64, prints: &[u64]) -> Option<Strange> {
        let first = self.next;
        let mut strange = None;
        if !matches!(self.way, Way::WithGaps(_)) {
            let ours = self.ours;
            strange = prints.iter().find_map(|print| self.next(*print, || unseen(*print, ours))?.err());
        }
        let place = self.next;
        self.next = first + items;
        strange
            .map(|Strange { expected, got }| Strange { expected: format!("{expected} as item {place}"), got })
    }

    fn next(&mut self, print: u64, shown: impl Fn() -> String) -> Option<Result<(), Strange>> {
        let position = self.next;
        self.next += 1;
        let judged = |right: bool, expected: &dyn Fn() -> String| {
            let strange = || Strange { expected: expected(), got: shown() };
            Some(if right { Ok(()) } else { Err(strange()) })
        };
        match &mut self.way {
            Way::Unknown | Way::WithGaps(_) | Way::Among(None) => None,
            Way::Declared(emits) => {
                let expected = emits.at(position);
                judged(expected.print() == print, &|| expected.to_string())
            }
            Way::Counting(counting) => counting.accept(self.source, position, print),
            Way::Usual(usual, fault) => match fault {
                Some(fault) if fault.position == position => Some(Err(usual.strange(fault.expected, print))),
                _ => usual.own(self.source, position).map(|_| Ok(())),
            },
            Way::Counted(counting, came) => judged(counting.is_there(self.source, print, came), &|| {
                "an item that there is, and that has not come".to_owned()
            }),
            Way::Among(Some(pool)) => {
                judged(pool.take(print), &|| "an item that there is, and that has not come".to_owned())
            }
        }
    }
}

/// What is known of an item that was not written down.
pub(crate) fn unseen(print: u64, ours: bool) -> String {
    if ours { Shown::Number(print).to_string() } else { "another item".to_owned() }
}
