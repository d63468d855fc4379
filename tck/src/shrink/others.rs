//! The same for what is no scenario of a lone publisher.

use super::{callbacks, drives, lengths, lower, moves, numbers, shorter, steps, straighter, takes};
use crate::Capabilities;
use crate::company::{Act as Together, Company};
use crate::plan::Plan;
use crate::replay::{Retold, Through};
use crate::schedule::Told;
use crate::subscriber_suite::{Act, Script};
use crate::upstream::Style;
use std::sync::Arc;

/// Everything that is one step smaller: schedules with less in them, then scenarios, then straighter schedules.
fn candidates<S: Clone>(replay: &Retold<S>, scenarios: Vec<S>) -> Vec<Retold<S>> {
    let Retold { scenario, told } = replay;
    let under = |told: Told| Retold { scenario: scenario.clone(), told };
    let smaller = scenarios.into_iter().map(|scenario| Retold { scenario, told: told.clone() });
    shorter(told)
        .into_iter()
        .map(under)
        .chain(smaller)
        .chain(straighter(told).into_iter().map(under))
        .collect()
}

/// What is one step smaller than a scenario with several subscribers.
pub(crate) fn of_company(replay: &Retold<Company>, capabilities: &Capabilities) -> Vec<Retold<Company>> {
    let is = &replay.scenario;
    let mut all = Vec::new();
    let acts = |acts: Vec<Together>| Company { acts, ..is.clone() };
    for at in (0..is.acts.len()).rev() {
        let mut fewer = is.acts.clone();
        fewer.remove(at);
        all.push(acts(fewer));
    }
    // The last one may go when nothing is done with it.
    let last = is.members.len() - 1;
    let concerns = |act: &Together| matches!(act, Together::Join(it) | Together::Do(it, _) if *it == last);
    let acts_on_it = |plan: &Arc<Plan>| plan.others().any(|member| member == last);
    if last > 0 && !is.acts.iter().any(concerns) && !is.members.iter().any(acts_on_it) {
        all.push(Company { members: is.members[..last].to_vec(), ..is.clone() });
    }
    for (at, member) in is.members.iter().enumerate() {
        let smaller = callbacks(member).into_iter().chain(takes(member)).chain(numbers(member));
        for plan in smaller {
            let mut members = is.members.clone();
            members[at] = Arc::new(plan);
            all.push(Company { members, ..is.clone() });
        }
    }
    for source in lengths(is.source, capabilities) {
        let members = is.members.iter().map(|member| Arc::new(Plan { source, ..Plan::clone(member) }));
        all.push(Company { source, members: members.collect(), ..is.clone() });
    }
    for (at, act) in is.acts.iter().enumerate() {
        let Together::Do(member, step) = *act else { continue };
        for step in steps(step) {
            let mut simpler = is.acts.clone();
            simpler[at] = Together::Do(member, step);
            all.push(acts(simpler));
        }
    }
    candidates(replay, all)
}

/// What is one step smaller than what is done to a subscriber.
pub(crate) fn of_script(replay: &Retold<Script>) -> Vec<Retold<Script>> {
    let is = &replay.scenario;
    let mut all = Vec::new();
    let script = |first: &[_], then: Vec<Act>| Script::again(is.style, first.to_vec(), then);
    if is.then.len() > 2 {
        all.push(script(&is.first, is.then[..is.then.len() / 2].to_vec()));
    }
    for at in (0..is.then.len()).rev() {
        let mut then = is.then.clone();
        then.remove(at);
        all.push(script(&is.first, then));
    }
    if is.style == Style::Task {
        all.push(Script::again(Style::Straight, is.first.clone(), is.then.clone()));
    }
    all.extend(moves::of(&is.first).into_iter().map(|first| script(&first, is.then.clone())));
    for (at, act) in is.then.iter().enumerate() {
        for act in simpler(act) {
            let mut then = is.then.clone();
            then[at] = act;
            all.push(script(&is.first, then));
        }
    }
    candidates(replay, all)
}

fn simpler(act: &Act) -> Vec<Act> {
    match act {
        Act::Moves(moves) => moves::of(moves).into_iter().map(Act::Moves).collect(),
        Act::MovesOnThread(moves) => vec![Act::Moves(moves.clone())],
        Act::CallOnThread(hook) => vec![Act::Call(*hook)],
        Act::Poll(polls) => lower(*polls as u64, 1).into_iter().map(|n| Act::Poll(n as usize)).collect(),
        Act::Call(_) | Act::Settle => Vec::new(),
    }
}

/// What is one step smaller than what goes through a processor.
pub(crate) fn of_passage(is: &Through) -> Vec<Through> {
    let under = |told: Told| Through { told, ..is.clone() };
    let mut all: Vec<Through> = shorter(&is.told).into_iter().map(under).collect();
    let smaller = drives(&is.plan).into_iter().chain(callbacks(&is.plan));
    all.extend(smaller.map(|plan| Through { plan, ..is.clone() }));
    all.extend(moves::of(&is.moves).into_iter().map(|moves| Through { moves, ..is.clone() }));
    if is.style == Style::Task {
        all.push(Through { style: Style::Straight, ..is.clone() });
    }
    let smaller = takes(&is.plan).into_iter().chain(numbers(&is.plan));
    all.extend(smaller.map(|plan| Through { plan, ..is.clone() }));
    all.extend(straighter(&is.told).into_iter().map(under));
    all
}
