//! What the items of a stream are to be: what the capabilities say, or else what nearly all scenarios say.
//!
//! Without a word from the fixture nothing is known of a stream that is not made of the kit's own [items](crate::Item), of
//! one that is lossy or hot, and of one whose items are not the same in nearly all scenarios, as those of a merge or of a
//! clock. So what is inferred accuses the exception, and never a habit.

use crate::Capabilities;
use crate::plan::Source;
use crate::shown::Shown;
use crate::trace::Trace;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The item at a position, as the fixture says.
#[derive(Clone)]
pub(crate) struct Emits(pub(crate) Arc<dyn Fn(u64) -> String + Send + Sync>);

impl fmt::Debug for Emits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emits { .. }")
    }
}

/// So many logs in which the first schedule was played, and that have an item, are needed to infer anything.
const LOGS: usize = 40;
/// At most one in so many of them may be an exception.
const EXCEPTIONS: usize = 20;
/// A source that counts is known by so many positions, of which one in [`EXCEPTIONS`] may be an exception.
const POSITIONS: u64 = 60;

/// What is known of the items.
#[derive(Debug)]
pub(crate) enum Content {
    /// What the capabilities say.
    Declared { emits: Emits, ordered: bool, lossy: bool },
    /// Each is the number of its position, or, where many logs have another order, one number of those that there are.
    Counting { ordered: bool },
    /// Of each stream the item at each position.
    Usual(HashMap<Source, Vec<Shown>>),
}

/// What is wrong with an item.
pub(crate) struct Strange {
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl Content {
    /// What the capabilities say or the logs show.
    pub(crate) fn of(traces: &[Trace], capabilities: &Capabilities) -> Option<Self> {
        let (ordered, lossy) = (!capabilities.unordered, capabilities.lossy);
        if capabilities.varying || capabilities.hot {
            return None;
        }
        if let Some(emits) = capabilities.emits.clone() {
            return Some(Self::Declared { emits, ordered, lossy });
        }
        if lossy || !ordered {
            return None;
        }
        let mut plain = traces.iter().filter(|trace| trace.told.is_empty() && trace.place.is_none());
        plain.clone().all(|trace| trace.ours).then(|| infer(&mut plain)).flatten()
    }

    /// The item at this position, if it is known.
    fn at(&self, source: Source, position: u64) -> Option<Shown> {
        match self {
            Self::Declared { emits, .. } => Some(Shown::from((emits.0)(position))),
            Self::Counting { .. } => Some(Shown::Number(position)),
            Self::Usual(usual) => usual.get(&source)?.get(position as usize).cloned(),
        }
    }

    /// Looks at one item after the other.
    pub(crate) fn look<'a>(&'a self, trace: &'a Trace) -> Look<'a> {
        // Under an unusual schedule a merge has another order, and nothing said that there is none.
        let ordered = match self {
            Self::Declared { ordered, .. } => *ordered,
            Self::Counting { ordered } => *ordered && trace.told.is_empty(),
            Self::Usual(_) => trace.told.is_empty(),
        };
        let (source, numbered) = (trace.plan.source, trace.ours);
        Look { content: self, source, ordered, numbered, next: 0, came: Vec::new() }
    }
}

/// One log on its way through.
pub(crate) struct Look<'a> {
    content: &'a Content,
    source: Source,
    ordered: bool,
    /// Of its items the numbers are known that are not written down.
    numbered: bool,
    next: u64,
    came: Vec<Shown>,
}

/// So many positions ahead an item may be of a stream that has none of its own, and so many are skipped.
const AHEAD: u64 = 64;

impl Look<'_> {
    /// The next item; `None`: nothing is known of it.
    pub(crate) fn accept(&mut self, value: &Shown) -> Option<Result<(), Strange>> {
        let position = self.next;
        self.next += 1;
        let strange = |expected: String| Some(Err(Strange { expected, got: value.to_string() }));
        if self.ordered {
            if let Content::Declared { lossy: true, .. } = self.content {
                let gap = (0..AHEAD)
                    .find(|gap| self.content.at(self.source, position + gap).as_ref() == Some(value));
                return match gap {
                    Some(gap) => {
                        self.next += gap;
                        Some(Ok(()))
                    }
                    None => strange("an item that comes later in the stream than the last one".to_owned()),
                };
            }
            let expected = self.content.at(self.source, position)?;
            return if expected == *value { Some(Ok(())) } else { strange(expected.to_string()) };
        }
        if let Content::Counting { .. } = self.content {
            let there = |number: u64| number < self.source.items();
            let is_new = !self.came.contains(value) && matches!(value, Shown::Number(n) if there(*n));
            self.came.push(value.clone());
            return if is_new {
                Some(Ok(()))
            } else {
                strange("an item that there is, and that has not come".to_owned())
            };
        }
        // In any order: one of those that there are, and none more often than it is among them.
        let there = match self.source.items() {
            u64::MAX => position + AHEAD,
            items => items,
        };
        let known: Vec<Shown> = (0..there).map_while(|at| self.content.at(self.source, at)).collect();
        if (known.len() as u64) < there {
            return None;
        }
        self.came.push(value.clone());
        let count = |of: &[Shown]| of.iter().filter(|other| *other == value).count();
        if count(&self.came) <= count(&known) {
            return Some(Ok(()));
        }
        strange("an item that has not come yet".to_owned())
    }

    /// So many items were not written down; `odd` is the first of them that was not the number of its position. So what
    /// came before it is known, too, of which a declared stream is looked at in two places.
    pub(crate) fn skip(&mut self, items: u64, odd: Option<(u64, u64)>) -> Option<Strange> {
        let first = self.next;
        self.next += items;
        if !self.ordered || !self.numbered || items == 0 {
            return None;
        }
        let known = odd.map_or(self.next, |(position, _)| position);
        let looks = match self.content {
            Content::Counting { .. } => odd.into_iter().collect(),
            Content::Declared { lossy: false, .. } => {
                let counted =
                    [first, known.saturating_sub(1)].into_iter().filter(|at| (first..known).contains(at));
                counted.map(|at| (at, at)).chain(odd).collect()
            }
            _ => Vec::new(),
        };
        looks.into_iter().find_map(|(position, got)| {
            let (expected, got) = (self.content.at(self.source, position)?, Shown::Number(got));
            (expected != got).then(|| Strange { expected: expected.to_string(), got: got.to_string() })
        })
    }
}

fn infer<'a>(plain: &mut (impl Iterator<Item = &'a Trace> + Clone)) -> Option<Content> {
    let items =
        |trace: &'a Trace| trace.values().map(move |(position, value)| (trace.plan.source, position, value));
    let mut votes: HashMap<(Source, u64), HashMap<Shown, usize>> = HashMap::new();
    for (source, position, value) in plain.clone().flat_map(items) {
        *votes.entry((source, position)).or_default().entry(value).or_default() += 1;
    }
    let mut usual: HashMap<(Source, u64), Shown> = HashMap::new();
    for (place, votes) in votes {
        usual.insert(place, votes.into_iter().max_by_key(|(_, votes)| *votes)?.0);
    }
    let (mut logs, mut exceptions, mut repeats) = (0, 0, 0);
    let any = Content::Counting { ordered: false };
    for trace in plain.filter(|trace| trace.values().next().is_some()) {
        logs += 1;
        let differs = |(source, position, value)| usual.get(&(source, position)) != Some(&value);
        exceptions += usize::from(items(trace).any(differs));
        let mut look = any.look(trace);
        repeats +=
            usize::from(trace.values().any(|(_, value)| look.accept(&value).is_some_and(|is| is.is_err())));
    }
    if logs < LOGS {
        return None;
    }
    // By how many streams a position has its number, and by how many another one.
    let mut counts: HashMap<u64, (u32, u32)> = HashMap::new();
    for ((_, position), value) in &usual {
        let (own, others) = counts.entry(*position).or_default();
        *if *value == Shown::Number(*position) { own } else { others } += 1;
    }
    let (positions, odd) = (counts.len(), counts.values().filter(|(own, others)| own <= others).count());
    let ordered = exceptions * EXCEPTIONS < logs;
    if positions as u64 >= POSITIONS && odd * EXCEPTIONS < positions && (ordered || repeats * 2 < logs) {
        return Some(Content::Counting { ordered });
    }
    if !ordered {
        return None;
    }
    let mut streams: HashMap<Source, Vec<Shown>> = HashMap::new();
    let mut places: Vec<_> = usual.into_iter().collect();
    places.sort_by_key(|((_, position), _)| *position);
    for ((source, position), value) in places {
        let stream = streams.entry(source).or_default();
        if stream.len() as u64 == position {
            stream.push(value);
        }
    }
    Some(Content::Usual(streams))
}
