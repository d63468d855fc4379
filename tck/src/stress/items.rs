//! What the items of racing threads are to be: what the capabilities say, or else numbers, if they are the kit's own and
//! nearly all runs show that they count.

use super::Race;
use crate::Capabilities;
use crate::content::Strange;
use crate::log::What;
use crate::trace::Trace;
use std::collections::{HashMap, HashSet};

/// So many items and so many runs show how a stream begins.
const BEGINNING: usize = 3;
const RUNS: usize = 4;
/// From here on the first number may come again: a counter wraps around.
const WRAPS: u64 = 32;
/// A leap over more is a gap that is meant.
const NEAR: u64 = 64;

/// What is known of them.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// They come in their order, as in most runs.
    ordered: bool,
    /// Some may be missing.
    lossy: bool,
    /// Where half of the runs leave some out: at this position this number comes.
    leaps: HashSet<(u64, u64)>,
}

impl Numbers {
    /// `None`: they are no numbers from zero up.
    pub(super) fn of(traces: &[Trace], capabilities: &Capabilities) -> Option<Self> {
        let Capabilities { lossy, unordered, varying, hot, .. } = *capabilities;
        if varying || hot || !traces.iter().all(|trace| trace.ours) {
            return None;
        }
        let runs = traces.iter().map(|trace| (numbers(trace), trace.plan.source.items()));
        let runs: Vec<(Vec<u64>, u64)> = runs.filter(|(got, _)| got.len() >= BEGINNING).collect();
        let counts = |got: &[u64]| (0..).zip(&got[..BEGINNING]).all(|(at, number)| at == *number);
        let whole = || runs.iter().filter(|(got, items)| got.len() as u64 == *items).map(|(got, _)| got);
        let is_known = is_usual(runs.iter().map(|(got, _)| counts(got)))
            || is_usual(whole().map(|got| {
                let came: HashSet<u64> = got.iter().copied().collect();
                (0..got.len() as u64).all(|number| came.contains(&number))
            }));
        let ordered = !unordered && is_usual(runs.iter().map(|(got, _)| got.is_sorted()));
        let mut leaps: HashMap<(u64, u64), usize> = HashMap::new();
        for (got, _) in &runs {
            let leap = |(at, pair): (u64, &[u64])| (pair[1] > pair[0] + 1).then_some((at + 1, pair[1]));
            (0..).zip(got.windows(2)).filter_map(leap).for_each(|leap| *leaps.entry(leap).or_default() += 1);
        }
        let reach = |at: u64| runs.iter().filter(|(got, _)| got.len() as u64 > at).count();
        leaps.retain(|(at, _), times| *times * 2 > reach(*at));
        is_known.then(|| Self { ordered, lossy, leaps: leaps.into_keys().collect() })
    }

    /// The first that is wrong, and what was to come.
    fn strange(&self, numbers: impl Iterator<Item = u64>) -> Option<(usize, String)> {
        let (mut came, mut next) = (HashSet::new(), 0);
        for (at, number) in numbers.enumerate() {
            if number == 0 && next >= WRAPS {
                return None;
            }
            if !came.insert(number) {
                return Some((at, "an item that has not come yet".to_owned()));
            }
            let leaps =
                || number > next && number - next <= NEAR && !self.leaps.contains(&(at as u64, number));
            if self.ordered && (number < next || !self.lossy && leaps()) {
                return Some((at, if self.lossy { "a later item".to_owned() } else { next.to_string() }));
            }
            next = next.max(number.saturating_add(1));
        }
        None
    }
}

/// Whether it is so in two of three runs.
fn is_usual(runs: impl Iterator<Item = bool>) -> bool {
    let (all, these) = runs.fold((0, 0), |(all, these), is_so| (all + 1, these + usize::from(is_so)));
    all >= RUNS && these * 3 >= all * 2
}

fn numbers(trace: &Trace) -> Vec<u64> {
    trace.prints().map(|(_, print, _)| print).collect()
}

/// The first item of a run that is not what it is to be.
pub(super) fn strange(race: &Race) -> Option<(usize, Strange)> {
    let items = || {
        race.trace.entries().filter_map(|(at, _, event)| match &event.what {
            What::OnNext { value: Some(value), .. } => Some((at, value)),
            _ => None,
        })
    };
    if let Some(content) = &race.trace.content {
        let mut look = content.look(&race.trace);
        return items().find_map(|(at, value)| Some((at, look.accept(value)?.err()?)));
    }
    let (place, expected) = race.numbers.as_ref()?.strange(items().map(|(_, value)| value.print()))?;
    let (at, got) = items().nth(place)?;
    Some((at, Strange { expected, got: got.to_string() }))
}
