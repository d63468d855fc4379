//! What the kit's publisher does to a subscriber: terminals at every point, stalls, late items, hostile signals.

use super::SubscriberCapabilities;
use super::judges::LOOKED;
use crate::Length;
use crate::hooks::Hook;
use crate::hooks::Hook::{Leave, More};
use crate::plan::{Order, Plan, Source};
use crate::upstream::Move::{
    self, Again, Burst, Complete, Fail, Feed, Late, LateComplete, LateFail, Panic, Rounds, Unasked, Vanish,
};
use crate::upstream::Style;
use std::sync::Arc;

/// More than any demand that is asked for but once.
const MANY: u64 = 130;
const MORE: u64 = 1_100;
/// Once it goes on for as long as this.
const FAR: u64 = 5_000;
/// So many times it is waited until it asks, however much it asks for at once.
const ROUNDS: u64 = 4;
/// A scenario of so many items is a small one.
const SMALL: u64 = 9;
/// How many plans are drawn by lot.
const DRAWN: u64 = 40;

/// One thing that happens after `subscribe` has returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The publisher is told more.
    Moves(Vec<Move>),
    /// On another thread, which is then waited for.
    MovesOnThread(Vec<Move>),
    Call(Hook),
    CallOnThread(Hook),
    Poll(usize),
    Settle,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) plan: Arc<Plan>,
    pub(crate) style: Style,
    /// Before anything comes to rest.
    pub(crate) first: Vec<Move>,
    pub(crate) then: Vec<Act>,
}

impl Script {
    fn new(name: String, style: Style, first: Vec<Move>, then: Vec<Act>) -> Self {
        let mut plan = Plan::new(name, Source::Length(Length::Endless));
        plan.deep = first.iter().any(|one| matches!(one, Feed(MORE..) | Rounds(_)));
        Self { plan: Arc::new(plan), style, first, then }
    }

    /// One that is told once more.
    pub(crate) fn again(style: Style, first: Vec<Move>, then: Vec<Act>) -> Self {
        let script = Self::new(String::new(), style, first, then);
        let name = script.to_string();
        script.in_order(name, Order::Every)
    }

    pub(crate) fn in_order(mut self, name: String, order: Order) -> Self {
        let plan = Arc::make_mut(&mut self.plan);
        (plan.name, plan.order) = (name, order);
        self
    }

    /// All that the publisher is ever told.
    fn moves(&self) -> impl Iterator<Item = &Move> {
        let more = self.then.iter().flat_map(|act| match act {
            Act::Moves(moves) | Act::MovesOnThread(moves) => &moves[..],
            _ => &[],
        });
        self.first.iter().chain(more)
    }

    /// Whether the publisher ever fails.
    pub(crate) fn fails(&self) -> bool {
        self.moves().any(|one| matches!(one, Fail | LateFail))
    }

    /// Few items, and something to be done while they come: every schedule is played, up to a bound.
    fn is_small(&self) -> bool {
        let few = |one: &Move| match one {
            // Which come once interest is lost, and so to hardly anybody.
            Feed(LOOKED..MORE) => true,
            Rounds(_) => false,
            Feed(n) | Burst(n) | Unasked(n) | Late(n) => *n <= SMALL,
            _ => true,
        };
        self.moves().all(few) && self.then.len() <= 6
    }
}

/// Every scenario for a subscriber with these capabilities.
pub(crate) fn all(capabilities: &SubscriberCapabilities) -> Vec<Script> {
    let mut scripts = Vec::new();
    for style in [Style::Straight, Style::Task] {
        let mut list = List { scripts: Vec::new(), style };
        list.endings();
        list.after_cancel(capabilities);
        list.second();
        list.hostile();
        list.at_rest();
        scripts.append(&mut list.scripts);
    }
    for seed in 1..=DRAWN {
        scripts.push(drawn(seed));
    }
    if !capabilities.fails {
        scripts.retain(|script| !script.fails());
    }
    scripts
}

struct List {
    scripts: Vec<Script>,
    style: Style,
}

fn named(name: &str, style: Style) -> String {
    let from = match style {
        Style::Straight => "straight",
        Style::Task => "from a task",
    };
    format!("{name}; {from}")
}

impl List {
    fn add(&mut self, name: &str, first: &[Move], then: Vec<Act>) {
        let name = named(name, self.style);
        let script = Script::new(name.clone(), self.style, first.to_vec(), then);
        let order = match script.is_small() {
            true => Order::Every,
            // The longest ones have their length to show.
            false if script.plan.deep => Order::First,
            false => Order::Also(1 + self.scripts.len() as u64),
        };
        self.scripts.push(script.in_order(name, order));
    }

    fn at_once(&mut self, name: &str, first: &[Move]) {
        self.add(name, first, Vec::new());
    }

    fn endings(&mut self) {
        for (end, how) in [(Complete, "completes"), (Fail, "fails")] {
            let far = if self.style == Style::Straight && end == Complete { FAR } else { MORE };
            for n in [0, 1, 2, 3, 8, MANY, far] {
                self.at_once(&format!("{n} items, then it {how}"), &[Feed(n), end]);
            }
            for n in [1, 5, 2_000] {
                let name = format!("what is asked for, at most {n}, and without asking again it {how}");
                self.at_once(&name, &[Burst(n), end]);
            }
            self.add(
                &format!("it {how} at rest, before any item"),
                &[],
                vec![Act::Settle, Act::Moves(vec![end])],
            );
            self.add(
                &format!("it {how} at rest, after 3"),
                &[Feed(3)],
                vec![Act::Settle, Act::Moves(vec![end])],
            );
            self.add(
                &format!("it {how} on another thread"),
                &[Feed(2)],
                vec![Act::Settle, Act::MovesOnThread(vec![Feed(5), end])],
            );
        }
        self.at_once("it never ends", &[Feed(5)]);
        if self.style == Style::Straight {
            self.at_once(
                &format!("until it has asked {ROUNDS} times, then it completes"),
                &[Rounds(ROUNDS), Complete],
            );
        }
    }

    fn after_cancel(&mut self, capabilities: &SubscriberCapabilities) {
        for before in [0, 1, 3, 40] {
            for late in [0, 1, 500] {
                for (end, how) in [
                    (None, ""),
                    (Some(LateComplete), ", then it completes"),
                    (Some(LateFail), ", then it fails"),
                ] {
                    // Who cancels only when it is called next is called.
                    let mut moves = vec![Feed(before), Move::Hook(Leave), Feed(before + 3), Late(late)];
                    moves.extend(end);
                    self.at_once(
                        &format!("interest lost after {before} items, at most {late} more{how}"),
                        &moves,
                    );
                }
            }
        }
        // Who seldom looks whether anybody wants the items still looks among so many, and then 2 come late.
        for before in [1, 40] {
            let moves = [Feed(before), Move::Hook(Leave), Feed(before + LOOKED), Late(2)];
            self.at_once(&format!("interest lost after {before} items, and there are many more"), &moves);
        }
        for end in [LateComplete, LateFail] {
            let more = [Feed(1), Move::Hook(More), Move::Hook(More), Move::Hook(Leave), Late(2), end];
            self.at_once("more is demanded, interest lost, 2 items and a terminal come late", &more);
        }
        if let Some(enough) = capabilities.enough {
            for late in [1, 500] {
                for end in [LateComplete, LateFail] {
                    let name = format!("enough after {enough} items, at most {late} more, then a terminal");
                    self.at_once(&name, &[Feed(MORE.max(enough)), Late(late), end]);
                }
            }
        }
        for (call, whose) in
            [(Act::Call as fn(Hook) -> Act, ""), (Act::CallOnThread as fn(Hook) -> Act, " on another thread")]
        {
            for (n, after) in [(0, ""), (2, ", after 2"), (40, ", after 40")] {
                let then = vec![Act::Settle, call(Leave), Act::Settle, Act::Moves(vec![Feed(n + LOOKED)])];
                self.add(&format!("interest lost at rest{whose}{after}"), &[Feed(n)], then);
            }
            let then = vec![call(Leave), Act::Settle, Act::Moves(vec![Feed(9), Complete])];
            self.add(&format!("interest lost{whose} before anything has run"), &[Feed(2)], then);
            let then = vec![
                Act::Settle,
                call(More),
                call(More),
                Act::Settle,
                Act::Moves(vec![Feed(MANY), Complete]),
            ];
            self.add(&format!("more is demanded{whose}"), &[Feed(3)], then);
        }
        for polls in 1..5 {
            let then = vec![Act::Poll(polls), Act::Call(Leave), Act::Settle];
            self.add(&format!("interest lost after {polls} polls of a task"), &[Feed(20), Complete], then);
        }
    }

    fn second(&mut self) {
        for (end, how) in [(Complete, "completes"), (Fail, "fails")] {
            self.at_once(
                &format!("a second on_subscribe before any item; it {how}"),
                &[Again, Feed(MANY), end],
            );
            let name = format!("a second on_subscribe after 3 items; it {how}");
            self.at_once(&name, &[Feed(3), Again, Feed(MANY), end]);
        }
        let then =
            vec![Act::Settle, Act::Moves(vec![Again]), Act::Settle, Act::Moves(vec![Feed(9), Complete])];
        self.add("a second on_subscribe at rest", &[Feed(1)], then);
        let late = "a second on_subscribe after 40 items";
        self.at_once(late, &[Feed(40), Again, Feed(MANY), Complete]);
        self.at_once("a second on_subscribe, and a third", &[Feed(1), Again, Again, Feed(20), Complete]);
    }

    fn hostile(&mut self) {
        for n in [0, 1, 3, 12] {
            self.at_once(&format!("the subscriber is dropped after {n} items"), &[Feed(n), Vanish]);
            self.at_once(&format!("the publisher panics after {n} items"), &[Feed(n), Panic]);
            let then = vec![Act::Settle, Act::Moves(vec![Vanish])];
            self.add(&format!("the subscriber is dropped at rest, after {n} items"), &[Feed(n)], then);
        }
        for n in [1, 3, 70] {
            self.at_once(&format!("{n} items before any was asked for"), &[Unasked(n), Complete]);
            let name = format!("{n} items more than were asked for");
            self.at_once(&name, &[Burst(2_000), Unasked(n), Burst(10), Complete]);
            self.at_once(&format!("{name}, and then it fails"), &[Burst(300), Unasked(n), Fail]);
            self.at_once(
                &format!("{name}, and interest is lost"),
                &[Burst(5), Unasked(n), Move::Hook(Leave), Late(1)],
            );
        }
    }

    fn at_rest(&mut self) {
        let mut then = Vec::new();
        for n in 1..=12 {
            then.push(Act::Settle);
            then.push(Act::Moves(vec![Feed(n)]));
        }
        then.extend([Act::Settle, Act::Moves(vec![Complete])]);
        self.add("one item at a time, with rest in between", &[], then);
        let then = vec![
            Act::MovesOnThread(vec![Feed(40)]),
            Act::CallOnThread(More),
            Act::Settle,
            Act::MovesOnThread(vec![Feed(MANY), Complete]),
        ];
        self.add("items from other threads", &[], then);
    }
}

/// Scenarios that nobody thought of; the order of the tasks is drawn as well.
fn drawn(seed: u64) -> Script {
    let mut dice = crate::scenarios::Draw::new(seed.wrapping_add(4_711));
    let style = dice.pick(&[Style::Straight, Style::Task]);
    let (mut sent, mut then) = (0, Vec::new());
    let mut moves = |dice: &mut crate::scenarios::Draw| {
        sent += dice.below(20);
        let mut moves = vec![Feed(sent)];
        match dice.below(14) {
            0 => moves.push(Again),
            1 => moves.extend([Move::Hook(Leave), Late(dice.below(4))]),
            2 => moves.push(Move::Hook(More)),
            3 => moves.push(Burst(dice.below(9))),
            4 => moves.push(dice.pick(&[Complete, Fail, Vanish])),
            _ => {}
        }
        moves
    };
    let first = if dice.one_in(2) { moves(&mut dice) } else { Vec::new() };
    for _ in 0..dice.below(9) {
        then.push(match dice.below(9) {
            0 => Act::Call(More),
            1 => Act::CallOnThread(More),
            2 => Act::Poll(1 + dice.below(5) as usize),
            3 | 4 => Act::Settle,
            5 => Act::MovesOnThread(moves(&mut dice)),
            _ => Act::Moves(moves(&mut dice)),
        });
    }
    if dice.one_in(3) {
        then.push(dice.pick(&[Act::Call as fn(Hook) -> Act, Act::CallOnThread])(Leave));
    }
    then.push(Act::Settle);
    then.push(Act::Moves(vec![dice.pick(&[Complete, Fail])]));
    let name = named(&format!("drawn by lot, number {seed}"), style);
    Script::new(name.clone(), style, first, then).in_order(name, Order::Some(seed))
}
