//! What one of several subscribers of one stream gets: a part of it, without gaps unless it loses items.
//!
//! Where the part begins is not always known. Each place is tried at which it may, and what fits nowhere is accused where
//! most of it fits.

use super::{Content, Emits, LOGS, Strange};
use crate::shown::Shown;
use crate::trace::Trace;
use crate::{Capabilities, Sharing};
use std::sync::Arc;

/// So far in the first item is looked for of who comes late.
const FAR: u64 = 512;

/// What became of a log that was held against the stream.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The position of its first item, if it can be one only.
    pub(crate) begins: Option<u64>,
    /// How many of its items were held against something.
    pub(crate) known: usize,
    /// The first item that is wrong, and its place in the log.
    pub(crate) strange: Option<(u64, Strange)>,
}

/// Whether an item is right; `None`: nobody knows.
type Found = Option<Result<(), Strange>>;

/// Among several subscribers even that is known of a stream that begins anywhere, or that loses items.
pub(crate) fn of_several(
    known: Option<Arc<Content>>,
    traces: &[Trace],
    capabilities: &Capabilities,
) -> Option<Arc<Content>> {
    let Capabilities { sharing, varying, unordered, lossy, .. } = *capabilities;
    if known.is_some() || varying || sharing != Sharing::Multicast {
        return known;
    }
    if let Some(emits) = capabilities.emits.clone() {
        return Some(Arc::new(Content::Declared { emits, ordered: !unordered, lossy }));
    }
    if unordered || !(capabilities.hot || lossy) {
        return None;
    }
    climbing(&Content::plain(traces)).map(Arc::new)
}

/// What lone subscribers show: that the kit's numbers go up for each of them, and whether they do so by one.
fn climbing(plain: &[&Trace]) -> Option<Content> {
    if plain.len() < LOGS || !plain.iter().all(|trace| trace.ours) {
        return None;
    }
    let all = |follows: fn(u64, u64) -> bool| {
        plain.iter().all(|trace| {
            let (first, next) = (trace.prints(), trace.prints().skip(1));
            first.zip(next).all(|((_, one, _), (_, next, _))| follows(one, next))
        })
    };
    all(|one, next| one < next).then(|| Content::Climbing { gapless: all(|one, next| one + 1 == next) })
}

impl Content {
    /// Holds a log against the stream of which it is a part.
    pub(crate) fn part(&self, trace: &Trace) -> Part {
        let items: Vec<Shown> = trace.values().map(|(_, value)| value).collect();
        let (source, plain, lossy) = (trace.plan.source, trace.told.is_empty(), trace.capabilities.lossy);
        match self {
            Self::Declared { emits, ordered: true, .. } if lossy => with_gaps(&items, source.items(), emits),
            Self::Declared { emits, ordered: true, .. } => run(&items, trace, |at, item| {
                let expected = emits.at(at);
                let strange = || Strange { expected: expected.to_string(), got: item.to_string() };
                Some(if expected == *item { Ok(()) } else { Err(strange()) })
            }),
            Self::Climbing { gapless } if plain => climbs(&items, *gapless && !lossy),
            Self::Climbing { .. } => Part::default(),
            Self::Counting(counting) if counting.ordered && plain => {
                run(&items, trace, |at, item| counting.accept(source, at, item.print()))
            }
            Self::Usual(usual) if plain => {
                run(&items, trace, |at, item| usual.accept(source, at, item.print()))
            }
            Self::Declared { .. } | Self::Counting(_) | Self::Usual(_) => self.in_any_order(&items, trace),
        }
    }

    /// One item after the other, as of a lone subscriber.
    fn in_any_order(&self, items: &[Shown], trace: &Trace) -> Part {
        let mut look = self.look(trace);
        let mut part = Part::default();
        for (place, item) in (0..).zip(items) {
            let Some(found) = look.accept(item) else { continue };
            part.known += 1;
            if let Err(strange) = found {
                part.strange = Some((place, strange));
                break;
            }
        }
        part
    }
}

/// One item after the other of the stream, from where it may begin.
fn run(items: &[Shown], trace: &Trace, judge: impl Fn(u64, &Shown) -> Found) -> Part {
    let end = trace.plan.source.items();
    let latest = trace.place.as_ref().and_then(|place| place.begins);
    let (mut most, mut fits): (Option<Part>, Option<Part>) = (None, None);
    for begins in 0..=latest.unwrap_or(FAR) {
        let mut part = Part { begins: Some(begins), ..Part::default() };
        for (place, item) in (0..).zip(items) {
            let found = match begins + place {
                at if at < end => judge(at, item),
                _ => Some(Err(Strange { expected: "no more items".to_owned(), got: item.to_string() })),
            };
            part.known += usize::from(found.is_some());
            if let Some(Err(strange)) = found {
                part.strange = Some((place, strange));
                break;
            }
        }
        let Some((place, _)) = &part.strange else {
            if let Some(first) = fits {
                // Items that come again: it may have begun here or there.
                return Part { begins: None, ..first };
            }
            fits = Some(part);
            continue;
        };
        if most.as_ref().and_then(|most| most.strange.as_ref()).is_none_or(|(before, _)| place > before) {
            most = Some(part);
        }
    }
    if let Some(part) = fits {
        return part;
    }
    // Of what begins farther in nothing is known.
    let is_far =
        |part: &Part| latest.is_none() && part.strange.as_ref().is_some_and(|(place, _)| *place == 0);
    most.filter(|part| !is_far(part)).unwrap_or_default()
}

/// Each item behind the one before.
fn with_gaps(items: &[Shown], end: u64, emits: &Emits) -> Part {
    let mut part = Part::default();
    let mut next = 0;
    for (place, item) in (0..).zip(items) {
        if let Some(at) = emits.next(item, next, end) {
            part.known += 1;
            next = at + 1;
        } else if emits.next(item, 0, next).is_some() {
            part.known += 1;
            part.strange = Some((place, later(item)));
            break;
        } else {
            break;
        }
    }
    part
}

pub(super) fn later(item: &Shown) -> Strange {
    let expected = "an item that comes later in the stream than the last one".to_owned();
    Strange { expected, got: item.to_string() }
}

/// Numbers that go up, by one if there are no gaps.
fn climbs(items: &[Shown], gapless: bool) -> Part {
    let mut part = Part { known: items.len(), ..Part::default() };
    let pairs = items.iter().zip(items.iter().skip(1));
    let strange = (1..).zip(pairs).find_map(|(place, pair)| {
        let (Shown::Number(last), Shown::Number(next)) = pair else { return None };
        if gapless && *next != last + 1 {
            let expected = format!("{}, since {last} was the last one", last + 1);
            return Some((place, Strange { expected, got: next.to_string() }));
        }
        (next <= last).then(|| (place, later(pair.1)))
    });
    part.strange = strange;
    if let (true, Some(Shown::Number(first))) = (gapless, items.first()) {
        part.begins = Some(*first);
    }
    part
}
