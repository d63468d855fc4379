//! Makes a failing scenario small: leaves steps out, lowers numbers, straightens the schedule, as long as the same
//! check of the same rule still fails.

mod moves;
mod others;

use crate::plan::{Drive, Plan, Source, Step, When};
use crate::replay::Replay;
use crate::schedule::Told;
use crate::{Capabilities, Length};
pub(crate) use others::{of_company, of_passage, of_script};

/// So many candidates are played for one failure.
pub(crate) const CANDIDATES: usize = 160;

/// Makes `replay` smaller as long as `fails` says `Some`, which it said of `replay` itself; what it said of the smallest
/// is returned too. `fails` is called at most [`CANDIDATES`] times.
pub(crate) fn shrink<R, T>(
    mut replay: R,
    mut failure: T,
    candidates: impl Fn(&R) -> Vec<R>,
    mut fails: impl FnMut(&R) -> Option<T>,
) -> (R, T) {
    let mut left = CANDIDATES;
    // From the first on again after each success, so that what became possible is tried; the order is by effect.
    'again: loop {
        for candidate in candidates(&replay) {
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
pub(crate) fn of_plan(replay: &Replay, capabilities: &Capabilities) -> Vec<Replay> {
    let Replay { plan, told } = replay;
    let mut all: Vec<Replay> =
        shorter(told).into_iter().map(|told| Replay { told, ..replay.clone() }).collect();
    let mut smaller = drives(plan);
    smaller.extend(callbacks(plan));
    smaller
        .extend(lengths(plan.source, capabilities).into_iter().map(|source| Plan { source, ..plan.clone() }));
    smaller.extend(takes(plan));
    smaller.extend(numbers(plan));
    all.extend(smaller.into_iter().map(|plan| Replay { plan, told: told.clone() }));
    all.extend(straighter(told).into_iter().map(|told| Replay { told, ..replay.clone() }));
    all
}

fn changed(is: &Plan, change: impl FnOnce(&mut Plan)) -> Plan {
    let mut smaller = is.clone();
    change(&mut smaller);
    smaller
}

/// Less from outside.
fn drives(is: &Plan) -> Vec<Plan> {
    let mut all = Vec::new();
    if is.drive.len() > 1 {
        all.push(changed(is, |plan| plan.drive.truncate(is.drive.len() / 2)));
    }
    // Playing begins and ends with rest in any case.
    let one_less = |at| {
        changed(is, |plan| {
            plan.drive.remove(at);
        })
    };
    all.extend((0..is.drive.len()).rev().map(one_less));
    all
}

/// Less in the callbacks.
fn callbacks(is: &Plan) -> Vec<Plan> {
    let mut all = Vec::new();
    for at in (0..is.on_next.len()).rev() {
        all.push(changed(is, |plan| {
            plan.on_next.remove(at);
        }));
    }
    for at in (0..is.on_subscribe.len()).rev() {
        all.push(changed(is, |plan| {
            plan.on_subscribe.remove(at);
        }));
    }
    for at in (0..is.beside.len()).rev() {
        all.push(changed(is, |plan| {
            plan.beside.remove(at);
        }));
    }
    for at in (0..is.joins.len()).rev() {
        all.push(changed(is, |plan| {
            plan.joins.remove(at);
        }));
    }
    if is.panics.is_some() {
        all.push(changed(is, |plan| plan.panics = None));
    }
    all
}

fn takes(is: &Plan) -> Vec<Plan> {
    let canceller = is.canceller.then(|| changed(is, |plan| plan.canceller = false));
    let handle = is.handle.then(|| changed(is, |plan| plan.handle = false));
    canceller.into_iter().chain(handle).collect()
}

/// The same with lower numbers.
fn numbers(is: &Plan) -> Vec<Plan> {
    let mut all = Vec::new();
    for (at, drive) in is.drive.iter().enumerate() {
        match *drive {
            Drive::Do(step) => {
                for step in steps(step) {
                    all.push(changed(is, |plan| plan.drive[at] = Drive::Do(step)));
                }
            }
            Drive::Poll(polls) => {
                for fewer in lower(polls as u64, 0) {
                    all.push(changed(is, |plan| plan.drive[at] = Drive::Poll(fewer as usize)));
                }
            }
            Drive::Settle => {}
        }
    }
    for (at, (when, step)) in is.on_next.iter().enumerate() {
        for step in steps(*step) {
            all.push(changed(is, |plan| plan.on_next[at].1 = step));
        }
        let (n, of): (_, fn(u64) -> When) = match *when {
            When::Nth(n) => (n, When::Nth),
            When::Every(n) => (n, When::Every),
        };
        for n in lower(n, 1) {
            all.push(changed(is, |plan| plan.on_next[at].0 = of(n)));
        }
    }
    for (at, step) in is.on_subscribe.iter().enumerate() {
        for step in steps(*step) {
            all.push(changed(is, |plan| plan.on_subscribe[at] = step));
        }
    }
    all
}

/// The same schedule with other choices.
fn with(told: &Told, choices: Vec<u8>) -> Told {
    let mut told = Told { choices, ..told.clone() };
    while told.choices.last() == Some(&0) {
        told.choices.pop();
    }
    told.spurious &= !told.is_empty();
    told
}

/// Schedules that have much fewer choices, or first moves in a large part of them.
fn shorter(told: &Told) -> Vec<Told> {
    let choices = &told.choices;
    let mut all = Vec::new();
    if !told.is_empty() {
        all.push(Told::default());
    }
    for part in [8, 4, 2] {
        let length = choices.len() / part;
        if length > 0 {
            all.push(with(told, choices[..length].to_vec()));
        }
    }
    let block = choices.len() / 4;
    if block > 1 {
        for at in 0..4 {
            let mut straight = choices.clone();
            straight[at * block..(at + 1) * block].fill(0);
            if straight != *choices {
                all.push(with(told, straight));
            }
        }
    }
    all
}

/// Schedules with lower choices.
fn straighter(told: &Told) -> Vec<Told> {
    let mut all = Vec::new();
    for (at, taken) in told.choices.iter().enumerate().rev() {
        for lower in lower(u64::from(*taken), 0) {
            let mut choices = told.choices.clone();
            choices[at] = lower as u8;
            all.push(with(told, choices));
        }
    }
    all
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
    let (Step::Request(_, via) | Step::Cancel(via)) = step else { return Vec::new() };
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
        _ => simpler.iter().map(|via| Step::Cancel(*via)).collect(),
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
        let smaller = |replay: &Replay| of_plan(replay, &Capabilities::new());
        shrink(replay, (), smaller, |replay| fails(replay).then_some(())).0.to_string()
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
        shrink(
            replay,
            (),
            |replay| of_plan(replay, &Capabilities::new()),
            |_| {
                played += 1;
                Some(())
            },
        );
        assert_eq!(played, 0);
    }
}
