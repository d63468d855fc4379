//! Makes a failing scenario small: leaves steps out, lowers numbers, straightens the schedule, as long as the same
//! check of the same rule still fails.

use crate::plan::{Drive, Plan, Source, Step, When};
use crate::replay::Replay;
use crate::schedule::Told;
use crate::{Capabilities, Length};

/// So many candidates are played for one failure.
pub(crate) const CANDIDATES: usize = 160;

/// Makes `replay` smaller as long as `fails` says `Some`, which it said of `replay` itself; what it said of the smallest
/// is returned too. `fails` is called at most [`CANDIDATES`] times.
pub(crate) fn shrink<T>(
    mut replay: Replay,
    mut failure: T,
    capabilities: &Capabilities,
    mut fails: impl FnMut(&Replay) -> Option<T>,
) -> (Replay, T) {
    let mut left = CANDIDATES;
    // From the first on again after each success, so that what became possible is tried; the order is by effect.
    'again: loop {
        for candidate in candidates(&replay, capabilities) {
            if left == 0 {
                break 'again;
            }
            left -= 1;
            if let Some(smaller) = fails(&candidate) {
                (replay, failure) = (candidate, smaller);
                continue 'again;
            }
        }
        break;
    }
    (replay, failure)
}

/// Everything that is one step smaller, the largest steps first. Each has fewer steps or lower numbers than what it is
/// made from, so that there is an end.
fn candidates(replay: &Replay, capabilities: &Capabilities) -> Vec<Replay> {
    let mut all = Vec::new();
    let plan = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = replay.clone();
        change(&mut smaller.plan);
        smaller
    };
    let is = &replay.plan;
    if !replay.told.is_empty() {
        all.push(Replay { told: Told::default(), ..replay.clone() });
    }
    shorter(replay, &mut all);
    if is.drive.len() > 1 {
        all.push(plan(&|plan| plan.drive.truncate(is.drive.len() / 2)));
    }
    for at in (0..is.drive.len()).rev() {
        // Playing begins and ends with rest in any case.
        all.push(plan(&|plan| {
            plan.drive.remove(at);
        }));
    }
    for at in (0..is.on_next.len()).rev() {
        all.push(plan(&|plan| {
            plan.on_next.remove(at);
        }));
    }
    for at in (0..is.on_subscribe.len()).rev() {
        all.push(plan(&|plan| {
            plan.on_subscribe.remove(at);
        }));
    }
    if is.panics.is_some() {
        all.push(plan(&|plan| plan.panics = None));
    }
    for length in lengths(is.source, capabilities) {
        all.push(plan(&|plan| plan.source = length));
    }
    if is.canceller {
        all.push(plan(&|plan| plan.canceller = false));
    }
    if is.handle {
        all.push(plan(&|plan| plan.handle = false));
    }
    for (at, drive) in is.drive.iter().enumerate() {
        match *drive {
            Drive::Do(step) => {
                for step in steps(step) {
                    all.push(plan(&|plan| plan.drive[at] = Drive::Do(step)));
                }
            }
            Drive::Poll(polls) => {
                for fewer in lower(polls as u64, 0) {
                    all.push(plan(&|plan| plan.drive[at] = Drive::Poll(fewer as usize)));
                }
            }
            Drive::Settle => {}
        }
    }
    for (at, (when, step)) in is.on_next.iter().enumerate() {
        for step in steps(*step) {
            all.push(plan(&|plan| plan.on_next[at].1 = step));
        }
        let (n, of): (_, fn(u64) -> When) = match *when {
            When::Nth(n) => (n, When::Nth),
            When::Every(n) => (n, When::Every),
        };
        for n in lower(n, 1) {
            all.push(plan(&|plan| plan.on_next[at].0 = of(n)));
        }
    }
    for (at, step) in is.on_subscribe.iter().enumerate() {
        for step in steps(*step) {
            all.push(plan(&|plan| plan.on_subscribe[at] = step));
        }
    }
    straighter(replay, &mut all);
    all
}

/// The same scenario under other choices.
fn under(replay: &Replay, choices: Vec<u8>) -> Replay {
    let mut told = Told { choices, ..replay.told.clone() };
    while told.choices.last() == Some(&0) {
        told.choices.pop();
    }
    told.spurious &= !told.is_empty();
    Replay { told, ..replay.clone() }
}

/// Schedules that have much fewer choices, or first moves in a large part of them.
fn shorter(replay: &Replay, all: &mut Vec<Replay>) {
    let choices = &replay.told.choices;
    for part in [8, 4, 2] {
        let length = choices.len() / part;
        if length > 0 {
            all.push(under(replay, choices[..length].to_vec()));
        }
    }
    let block = choices.len() / 4;
    if block > 1 {
        for at in 0..4 {
            let mut straight = choices.clone();
            straight[at * block..(at + 1) * block].fill(0);
            if straight != *choices {
                all.push(under(replay, straight));
            }
        }
    }
}

/// Schedules with lower choices.
fn straighter(replay: &Replay, all: &mut Vec<Replay>) {
    for (at, taken) in replay.told.choices.iter().enumerate().rev() {
        for lower in lower(u64::from(*taken), 0) {
            let mut choices = replay.told.choices.clone();
            choices[at] = lower as u8;
            all.push(under(replay, choices));
        }
    }
}

/// Lower numbers than `n`, down to `least`: the least, the half, the one before.
fn lower(n: u64, least: u64) -> Vec<u64> {
    let mut lower = vec![least, least + n.saturating_sub(least) / 2, n.saturating_sub(1)];
    lower.retain(|lower| (least..n).contains(lower));
    lower.dedup();
    lower
}

/// The same step with less; through something simpler.
fn steps(step: Step) -> Vec<Step> {
    use crate::log::Via::{Canceller, CancellerOnThread, Handle, HandleDropped, HandleOnThread, Lent};
    let (Step::Request(_, via) | Step::Cancel(via)) = step;
    let simpler: &[_] = match via {
        Lent => &[],
        Handle | Canceller | HandleDropped => &[Lent],
        HandleOnThread => &[Lent, Handle],
        CancellerOnThread => &[Lent, Canceller],
    };
    match step {
        Step::Request(n, via) => {
            let lower = lower(n, 1).into_iter().map(|n| Step::Request(n, via));
            lower.chain(simpler.iter().map(|via| Step::Request(n, *via))).collect()
        }
        Step::Cancel(_) => simpler.iter().map(|via| Step::Cancel(*via)).collect(),
    }
}

/// Shorter streams that the fixture can make.
fn lengths(source: Source, capabilities: &Capabilities) -> Vec<Source> {
    let shorter = |n: u64, range: &std::ops::RangeInclusive<u64>| {
        let mut shorter = lower(n, 0);
        shorter.retain(|n| range.contains(n));
        shorter
    };
    match source {
        Source::Length(Length::Endless) => Vec::new(),
        Source::Length(Length::Exactly(n)) => {
            let of = |n| Source::Length(Length::Exactly(n));
            shorter(n, &capabilities.lengths).into_iter().map(of).collect()
        }
        Source::FailingAt(k) => {
            shorter(k, &capabilities.failing).into_iter().map(Source::FailingAt).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shrinks `text` as long as `fails`.
    fn shrunk(text: &str, fails: impl Fn(&Replay) -> bool) -> String {
        let replay: Replay = text.parse().expect("it is right");
        assert!(fails(&replay));
        shrink(replay, (), &Capabilities::new(), |replay| fails(replay).then_some(())).0.to_string()
    }

    #[test]
    fn what_has_no_part_in_the_failure_goes() {
        let text = "p1/n20/hc/s.r5l.r9h/n3.r1h/x2.ck/b4/d.p3.r3h._.ch/k.0102";
        assert_eq!(shrunk(text, |_| true), "p1/n0/-");
    }

    #[test]
    fn numbers_go_down_to_the_least_that_fails() {
        let asks = |replay: &Replay| match replay.plan.drive[..] {
            [.., Drive::Do(Step::Request(n, _))] => n >= 5 && replay.plan.source.items() >= 3,
            _ => false,
        };
        assert_eq!(shrunk("p1/n20/h/s.r7l/d.p3._.r9H", asks), "p1/n3/-/d.r5l");
    }

    #[test]
    fn choices_are_straightened() {
        let fails = |replay: &Replay| replay.told.choices.get(2) == Some(&1);
        assert_eq!(shrunk("p1/e/h/d.r3h._/k.121103", fails), "p1/e/-/k.001");
    }

    #[test]
    fn it_has_an_end_though_everything_fails_and_nothing_is_smaller() {
        let mut played = 0;
        let replay: Replay = "p1/e/-".parse().expect("it is right");
        shrink(replay, (), &Capabilities::new(), |_| {
            played += 1;
            Some(())
        });
        assert_eq!(played, 0);
    }
}
