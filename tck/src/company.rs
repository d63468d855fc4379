//! Several subscribers of one publisher that can be cloned.

mod scenarios;

pub(crate) use scenarios::all;

use crate::log::{Call, Event, Via, What};
use crate::plan::{Inside, Order, Plan, Source, Step};
use crate::replay::Retold;
use crate::run::{FixtureFault, Played, Stage, blamed};
use crate::schedule::{Schedule, Told};
use crate::shown::{Own, Shown};
use crate::subscriber::{Control, Recorder};
use crate::trace::Trace;
use crate::watch::{self, Doing};
use crate::{Capabilities, Env, Fixture, Sharing};
use reactive_streams_core::Publisher;
use scoped_tls_hkt::scoped_thread_local;
use std::cell::RefCell;
use std::sync::Arc;

/// A scenario with several subscribers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) source: Source,
    /// What each of them does by itself.
    pub(crate) members: Vec<Arc<Plan>>,
    pub(crate) acts: Vec<Act>,
    pub(crate) order: Order,
}

scoped_thread_local!(
    /// Lets the member of this number subscribe, while a scenario is played on this thread. A publisher may borrow from its
    /// fixture, and so no subscriber can hold a clone of it.
    static JOIN: for<'a> &'a dyn Fn(usize)
);

/// The member of this number subscribes here; nothing where no scenario is played, as on other threads.
pub(crate) fn join(member: usize) {
    if JOIN.is_set() {
        JOIN.with(|join| join(member));
    }
}

/// One thing that is done from outside, by the subscriber of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Join(usize),
    Do(usize, Step),
    Settle,
}

/// Where one subscriber stood among the others, and what they all got.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) sharing: Sharing,
    pub(crate) number: usize,
    /// Somebody who came before was still there when this one came.
    pub(crate) at_once: bool,
    /// Nobody who came before was kept any more when this one came.
    pub(crate) alone: bool,
    /// Somebody else panicked.
    pub(crate) beside_a_panic: bool,
    /// Nobody was left when this one came, and the others had cancelled.
    pub(crate) after_cancels: bool,
    /// Others had got all items of the stream, and its failure, when this one got its terminal.
    pub(crate) has_failed: bool,
    /// The position at the latest of its first item, if it gets any. `None`: it may begin anywhere.
    pub(crate) begins: Option<u64>,
    /// When the kit let go, some waited for items, and nobody was left who did not.
    pub(crate) is_stuck: bool,
    pub(crate) received: Arc<Vec<Vec<Option<Shown>>>>,
    /// All of it.
    pub(crate) company: Arc<Company>,
}

impl Place {
    /// Whether what it gets depends on the others, or it may be refused: what comes is then its own affair.
    pub(crate) fn is_bound(&self) -> bool {
        match self.sharing {
            Sharing::MultiUnicast => false,
            Sharing::Unicast => self.number > 0,
            Sharing::Multicast => true,
        }
    }

    /// Others were there, and are gone, and one at a time is served.
    pub(crate) fn comes_alone(&self) -> bool {
        self.sharing == Sharing::Unicast && self.number > 0 && self.alone
    }
}

impl Company {
    fn new(what: &str, source: Source, members: Vec<Plan>) -> Self {
        let of = members.len();
        let named = |(number, mut plan): (usize, Plan)| {
            plan.name = format!("{what}; number {} of {of} subscribers; {}", number + 1, plan.name);
            Arc::new(plan)
        };
        let members = members.into_iter().enumerate().map(named).collect();
        Self { source, members, acts: Vec::new(), order: Order::First }
    }

    /// One that is told once more.
    pub(crate) fn again(source: Source, members: Vec<Plan>, acts: Vec<Act>) -> Self {
        Self { acts, order: Order::Every, ..Self::new("played again", source, members) }
    }

    /// Each member says in its name what the whole scenario is, and what it and the others do by themselves.
    pub(crate) fn renamed(&self) -> Self {
        let what = self.to_string();
        let members = self.members.iter().enumerate().map(|(number, plan)| {
            let own = Some(plan.own_words()).filter(|words| !words.is_empty());
            let own = own.unwrap_or_else(|| vec!["it does nothing by itself".to_owned()]);
            let others = self.members.iter().enumerate().filter(|(other, _)| *other != number);
            let others =
                others.map(|(other, plan)| (other, plan.own_words())).filter(|(_, words)| !words.is_empty());
            let others = others.map(|(other, words)| format!("number {}: {}", other + 1, words.join(", ")));
            Plan { name: own.into_iter().chain(others).collect::<Vec<_>>().join("; "), ..Plan::clone(plan) }
        });
        Self {
            acts: self.acts.clone(),
            order: self.order,
            ..Self::new(&what, self.source, members.collect())
        }
    }

    fn join(mut self, member: usize) -> Self {
        self.acts.extend([Act::Join(member), Act::Settle]);
        self
    }

    fn then(mut self, member: usize, step: Step) -> Self {
        self.acts.extend([Act::Do(member, step), Act::Settle]);
        self
    }

    /// Plays it: one log of all subscribers. `None`: the fixture has no such publisher.
    pub(crate) fn play<F: Fixture>(
        self: &Arc<Self>,
        fixture: &F,
        own: Option<Own>,
        schedule: Schedule,
    ) -> Result<Option<Played>, FixtureFault> {
        let env = Env::showing(own);
        let _playing = watch::at(&self.members[0]);
        let known = Arc::clone(self);
        watch::again(move || Retold { scenario: Self::clone(&known), told: Told::default() }.to_string());
        watch::step(Doing::Share);
        match self.source {
            Source::Length(length) => {
                let asked = format!("create_shared of {length:?}");
                let publisher = blamed(|| fixture.create_shared(&env, length), &asked)?;
                Ok(publisher.map(|publisher| self.play_with(&env, publisher, schedule)))
            }
            Source::FailingAt(k) => {
                let asked = format!("create_shared_failing_at({k})");
                let publisher = blamed(|| fixture.create_shared_failing_at(&env, k), &asked)?;
                Ok(publisher.map(|publisher| self.play_with(&env, publisher, schedule)))
            }
        }
    }

    fn play_with<P: Publisher + Clone>(&self, env: &Env, publisher: P, schedule: Schedule) -> Played {
        let stage = Stage::under(env, &self.members[0], schedule);
        let controls: Vec<_> = (1..=self.members.len()).map(|who| Control::new(stage.log.of(who))).collect();
        let perform = |member: usize, step: Step| {
            let call = if matches!(step, Step::Cancel(_)) { Call::Cancel } else { Call::Request };
            stage.guarded(call, || controls[member].perform(step, None));
        };
        let outside = self.acts.iter().filter(|act| matches!(act, Act::Join(_))).count();
        let inside: usize = self.members.iter().map(|member| member.joins.len()).sum();
        let publisher = RefCell::new((outside + inside, Some(publisher)));
        let next = || {
            let (joins, publisher) = &mut *publisher.borrow_mut();
            *joins = joins.saturating_sub(1);
            // The last one gets the original, so that no clone is kept to the end.
            if *joins == 0 { publisher.take() } else { publisher.clone() }
        };
        let join = |member: usize| {
            let Some(joined) = next() else { return };
            // Inside a callback, the call goes on that it is made in.
            let _joining = watch::during(Doing::Call(Call::Subscribe));
            let control = &controls[member];
            let call = control.log.write(What::Subscribe);
            let subscriber = Recorder::new(control, &self.members[member]).among(&controls);
            if stage.guarded(Call::Subscribe, || joined.subscribe(subscriber)) {
                control.log.write(What::Return(call));
            }
        };
        JOIN.set(&join, || {
            for act in &self.acts {
                if !matches!(act, Act::Settle) {
                    stage.go_on_until_a_step();
                }
                match *act {
                    Act::Join(member) => join(member),
                    Act::Do(member, step) => perform(member, step),
                    Act::Settle => stage.settle(),
                }
            }
        });
        // If one did not join, it is still here.
        stage.guarded(Call::TearDown, || drop(publisher.take()));
        for member in 0..self.members.len() {
            perform(member, Step::Cancel(Via::HandleDropped));
        }
        stage.settle();
        for control in &controls {
            stage.guarded(Call::TearDown, || control.let_go());
        }
        stage.let_all_go();
        stage.played(())
    }

    /// What is to be judged: the logs, each with where its subscriber stood.
    pub(crate) fn traces(self: &Arc<Self>, capabilities: &Arc<Capabilities>, played: &Played) -> Vec<Trace> {
        let logs: Vec<_> = (1..=self.members.len()).map(|who| seen_by(who, &played.events)).collect();
        let (places, told) = (self.places(capabilities, played, &logs), played.schedule.retold());
        let trace = |((plan, events), place): ((&Arc<Plan>, _), _)| {
            Trace::new(Arc::clone(plan), Arc::clone(capabilities), events).told(told.clone()).at(place)
        };
        let mut traces: Vec<Trace> = self.members.iter().zip(logs).zip(places).map(trace).collect();
        let waits = |trace: &Trace| {
            trace.last_rest().map(|(_, before)| before.is_open().then_some(before.outstanding > 0))
        };
        let waiting: Vec<bool> = traces.iter().filter_map(waits).flatten().collect();
        let is_stuck = !waiting.is_empty() && waiting.iter().all(|waits| *waits);
        for place in traces.iter_mut().filter_map(|trace| trace.place.as_mut()) {
            place.is_stuck = is_stuck;
        }
        traces
    }

    /// Where each subscriber stood, once it is known what all of them got.
    fn places(
        self: &Arc<Self>,
        capabilities: &Capabilities,
        played: &Played,
        logs: &[Vec<Event>],
    ) -> Vec<Place> {
        let (events, begins) = (&played.events, beginnings(played, &self.members));
        let values = |log: &Vec<Event>| {
            let value = |event: &Event| match &event.what {
                What::OnNext { value, .. } => Some(value.clone()),
                _ => None,
            };
            log.iter().filter_map(value).collect()
        };
        let received = Arc::new(logs.iter().map(values).collect());
        let panics = |event: &Event| matches!(event.what, What::SubscriberPanics);
        let panicked = |member: usize| logs[member].iter().any(panics);
        let place = |number: usize| {
            let joins = |event: &Event| event.who == number + 1 && matches!(event.what, What::Subscribe);
            let before = &events[..events.iter().position(joins).unwrap_or(0)];
            let has = |other: usize, is: fn(&What) -> bool| {
                before.iter().any(|event| event.who == other + 1 && is(&event.what))
            };
            let others = || (0..logs.len()).filter(|other| *other != number);
            let earlier: Vec<usize> =
                others().filter(|other| has(*other, |what| matches!(what, What::Subscribe))).collect();
            let left = |other: &usize| has(*other, |what| matches!(what, What::Cancel { .. }));
            let over = |other: &usize| {
                let ends = |what: &What| {
                    what.is_terminal() || matches!(what, What::SubscriberPanics | What::Dropped)
                };
                left(other) || has(*other, ends)
            };
            let gone = |other: &usize| has(*other, |what| matches!(what, What::Dropped));
            Place {
                sharing: capabilities.sharing,
                number,
                has_failed: has_failed(events, number + 1, self.source),
                begins: begins[number].filter(|_| !capabilities.hot),
                at_once: !earlier.iter().all(over),
                // Inside its drop the one before is not gone yet.
                alone: !joins_inside(&self.members, number) && earlier.iter().all(gone),
                beside_a_panic: others().any(panicked),
                after_cancels: !earlier.is_empty() && earlier.iter().all(left),
                is_stuck: false,
                received: Arc::clone(&received),
                company: Arc::clone(self),
            }
        };
        (0..logs.len()).map(place).collect()
    }
}

/// Whether this one subscribes inside a callback of another one.
fn joins_inside(members: &[Arc<Plan>], member: usize) -> bool {
    members.iter().any(|plan| plan.joins.iter().any(|(_, who)| *who == member))
}

/// Whether the stream failed for others, which had all its items, before it ended for this one. Who gets an error without
/// any items may be refused, unless it is the first of all.
fn has_failed(events: &[Event], who: usize, source: Source) -> bool {
    let Source::FailingAt(items) = source else { return false };
    let ends = |event: &Event| event.who == who && event.what.is_terminal();
    let before = &events[..events.iter().position(ends).unwrap_or(events.len())];
    before.iter().any(|event| {
        let is_item = |item: &&Event| item.who == event.who && matches!(item.what, What::OnNext { .. });
        event.who != who
            && matches!(event.what, What::OnError { .. })
            && (items > 0 || event.who == 1)
            && before.iter().filter(is_item).count() as u64 == items
    })
}

/// The position at the latest at which each subscriber of one stream begins, if it waits for them: the first one at the
/// beginning, and who comes while all are there behind what they got and what may have been made for them. Of one in whose
/// `on_subscribe` another one comes nobody knows which of the two is the first, and who comes inside a callback may have its
/// place behind all that others have asked for.
fn beginnings(played: &Played, members: &[Arc<Plan>]) -> Vec<Option<u64>> {
    let welcomes = |who: usize| members[who].joins.iter().any(|(inside, _)| *inside == Inside::Subscribe);
    let mut begins = vec![None; members.len()];
    let mut others: Vec<(usize, Option<u64>)> = Vec::new();
    let mut left = false;
    for event in &played.events {
        let Some(who) = event.who.checked_sub(1) else { continue };
        match event.what {
            What::OnSubscribe if others.iter().all(|(other, _)| *other != who) => {
                let furthest =
                    others.iter().try_fold(0, |most: u64, (_, next)| next.map(|next| most.max(next)));
                let known = played.ours && (!left || event.made == 0);
                begins[who] = match others.is_empty() {
                    true => Some(0).filter(|_| !welcomes(who)),
                    false => furthest
                        .filter(|_| known && !joins_inside(members, who))
                        .map(|furthest| furthest + event.live as u64),
                };
                others.push((who, begins[who]));
            }
            What::OnNext { .. } => {
                others
                    .iter_mut()
                    .filter(|(other, _)| *other == who)
                    .for_each(|(_, next)| *next = next.map(|n| n + 1));
            }
            What::Cancel { .. } | What::Dropped | What::SubscriberPanics => left = true,
            _ => {}
        }
    }
    begins
}

/// Whether one got items, or was refused or left without them though it had asked; `None`: that it got none says nothing.
pub(crate) fn was_served(trace: &Trace) -> Option<bool> {
    let last = trace.last();
    let refused = trace.terminal().is_some_and(|(_, _, event)| matches!(event.what, What::OnError { .. }));
    let expects = trace.plan.source.items() > 0 && (refused || last.requested > 0) && last.unwound.is_none();
    expects.then_some(last.delivered > 0)
}

/// The part of a log that concerns one subscriber, with its entries counted anew.
fn seen_by(who: usize, events: &[Event]) -> Vec<Event> {
    let mut numbers = vec![None; events.len()];
    let mut seen: Vec<Event> = Vec::new();
    let concerns = |event: &Event| event.who == 0 || event.who == who;
    let begin = events.iter().position(|event| event.who == who).unwrap_or(events.len());
    for (number, event) in events.iter().enumerate().skip(begin).filter(|(_, event)| concerns(event)) {
        let mut event = event.clone();
        if let What::Return(call) = event.what {
            let Some(call) = numbers[call] else { continue };
            event.what = What::Return(call);
        }
        numbers[number] = Some(seen.len());
        seen.push(event);
    }
    seen
}
