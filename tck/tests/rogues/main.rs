//! Publishers that are wrong in one way, and the matrix of which rules they break: each must be caught under the rule that
//! it is written for, and each check must be the only one that catches some of them. `golden/matrix.txt` is the matrix;
//! `UPDATE_GOLDEN=1` writes it anew.

mod contents;
mod flawed;
mod flaws;
mod orders;
#[path = "../pairs/mod.rs"]
mod pairs;
mod rounds;
mod shared;
mod slips;
mod subtle;
mod tangled;
mod tasks;

use contents::{Made, Wrong};
use pairs::two_at_a_time;
use reactive_streams_tck::{
    Coverage, Fixture, Options, Record, Recording, Strength, Suite, Verdict, record_publisher, rules,
    verify_publisher,
};
use slips::{If, On, Slip};
use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::marker::PhantomData;

/// One rogue: its name, the rule under which it must be caught, and how it is recorded.
struct Row {
    name: String,
    rule: &'static str,
    record: Box<dyn Fn() -> Recording + Send + Sync>,
}

fn row<F: Fixture + Copy + Send + Sync + 'static>(name: impl Debug, rule: &'static str, fixture: F) -> Row {
    let name = format!("{name:?}");
    Row { name, rule, record: Box::new(move || record_publisher(&fixture)) }
}

fn items<M: contents::Make>((wrong, made): &(Wrong, Made), of: &str) -> Row {
    let rogue = contents::Rogue::<M>(*wrong, *made, PhantomData);
    Row { name: format!("{wrong:?} {made:?}{of}"), ..row("", "1.2", rogue) }
}

fn rows() -> Vec<Row> {
    let flaws = flaws::ROGUES.iter().map(|(flaw, rule)| row(flaw, rule, flaws::Rogue(*flaw)));
    let tasks = tasks::ROGUES.iter().map(|(slip, rule)| row(slip, rule, *slip));
    let tangles = tangled::ROGUES.iter().map(|(tangle, rule)| row(tangle, rule, *tangle));
    let orders = orders::ROGUES.iter().map(|(order, rule)| row(order, rule, *order));
    let shared = shared::ROGUES.iter().map(|(fault, rule)| row(fault, rule, *fault));
    let rounds = rounds::ROGUES.iter().map(|(round, rule)| row(round, rule, *round));
    let contents = contents::KIT.iter().map(|rogue| items::<contents::Kit>(rogue, ""));
    let texts = contents::TEXTS.iter().map(|rogue| items::<contents::Texts>(rogue, " Texts"));
    let slips = SLIPS.iter().map(|(on, slip, situation, rule)| {
        let mut row = row(slip, rule, slips::Rogue(*on, *slip, *situation));
        row.name = format!("{:?} {:?} {:?}", slip, situation, on).replace("Caller", "").trim().to_owned();
        row
    });
    let subtle = subtle::ROGUES.iter().map(|(quirk, rule)| row(quirk, rule, *quirk));
    let rows = flaws.chain(subtle).chain(contents).chain(texts).chain(tasks).chain(orders);
    rows.chain(tangles).chain(slips).chain(shared).chain(rounds).collect()
}

/// Slips in situations that are easily overlooked.
const SLIPS: &[(On, Slip, If, &str)] = &[
    (On::Caller, Slip::ExtraItem, If::Resumed(3), "1.1"),
    (On::Task, Slip::ExtraItem, If::After(100), "1.1"),
    (On::Timer, Slip::ExtraItem, If::Handle, "1.1"),
    (On::Caller, Slip::TakesAll, If::Asked(100), "1.1"),
    (On::Caller, Slip::LosesDemand, If::OtherThread, "3.8"),
    (On::Caller, Slip::LosesDemand, If::AskedInside, "3.2"),
    (On::Task, Slip::LosesDemand, If::FirstRun, "3.2"),
    (On::Timer, Slip::Stalls, If::Resumed(3), "3.8"),
    (On::Caller, Slip::Stalls, If::OneAsked, "3.8"),
    (On::Caller, Slip::NoEnd, If::Handle, "1.4"),
    (On::Timer, Slip::NoEnd, If::Handle, "1.5"),
    (On::Task, Slip::NoEnd, If::NoHandle, "1.5"),
    (On::Caller, Slip::NoEnd, If::Asked(1 << 40), "3.17"),
    (On::Task, Slip::Stalls, If::EndlessAsked(1 << 40), "3.17"),
    (On::Caller, Slip::FailsEarly, If::EndlessAfter(12), "1.4"),
    (On::Task, Slip::EndsEarly, If::EndlessAfter(12), "1.5"),
    (On::Caller, Slip::EndsEarly, If::FiniteAfter(2), "1.5"),
    (On::Caller, Slip::NoEnd, If::Empty, "1.5"),
    (On::Caller, Slip::EndsEarly, If::After(100), "1.5"),
    (On::Timer, Slip::EndsEarly, If::Handle, "1.5"),
    (On::Task, Slip::Dies, If::After(100), "1.4"),
    (On::Caller, Slip::Dies, If::OtherThread, "1.5"),
    (On::Caller, Slip::OneMore, If::Resumed(3), "3-iii"),
    (On::Task, Slip::OneMore, If::Unbounded, "3-iii"),
    (On::Caller, Slip::EndsOnCancel, If::Asked(1 << 40), "1.8"),
    (On::Task, Slip::EndsOnCancel, If::NoHandle, "1.8"),
    (On::Caller, Slip::WrongUnused, If::AskedInside, "3-i"),
    (On::Caller, Slip::WrongUnused, If::Empty, "3-i"),
    (On::Timer, Slip::WrongEnd, If::Resumed(1), "1.5"),
    (On::Task, Slip::WrongEnd, If::Unbounded, "1.4"),
    (On::Caller, Slip::LeaksItem, If::Asked(50), "3.13"),
    (On::Caller, Slip::LeaksSubscriber, If::Empty, "3.13"),
    (On::Task, Slip::LeaksSubscriber, If::Handle, "3.13"),
    (On::Caller, Slip::DropsLate, If::Asked(1 << 40), "3-v"),
    (On::Caller, Slip::SubscribesAgain, If::After(100), "2.12"),
    (On::Task, Slip::SubscribesAgain, If::Resumed(1), "2.12"),
    (On::Caller, Slip::Panics, If::OtherThread, "3.16"),
    (On::Task, Slip::Panics, If::After(100), "1.4"),
    (On::Caller, Slip::Panics, If::Asked(1 << 40), "3.17"),
    (On::Caller, Slip::LosesDemand, If::After(1000), "3.2"),
    (On::Caller, Slip::Stalls, If::After(1000), "3.2"),
    (On::Task, Slip::EndsEarly, If::After(1000), "1.5"),
    (On::Caller, Slip::ExtraItem, If::After(1000), "1.1"),
    (On::Caller, Slip::OneMore, If::After(1000), "3-iii"),
    (On::Caller, Slip::Dies, If::After(1000), "1.5"),
    (On::Buffer, Slip::ExtraItem, If::Resumed(1), "1.1"),
    (On::Buffer, Slip::Stalls, If::Handle, "3.8"),
    (On::Buffer, Slip::EndsEarly, If::FiniteAfter(1), "1.5"),
    (On::Buffer, Slip::OneMore, If::After(1), "3-iii"),
    (On::Buffer, Slip::LeaksSubscriber, If::Resumed(1), "3.13"),
    (On::Buffer, Slip::WrongUnused, If::Handle, "3-i"),
    (On::Caller, Slip::Waits, If::Resumed(3), "3.4"),
    (On::Task, Slip::Waits, If::Handle, "3.4"),
    (On::Caller, Slip::Waits, If::NoHandle, "3.4"),
    (On::Caller, Slip::Blind, If::OtherThread, "3-iii"),
    (On::Caller, Slip::Blind, If::EndlessAfter(200), "3-iii"),
    (On::Caller, Slip::KeepsWaker, If::EndlessAsked(11), "3-vi"),
    (On::Task, Slip::LeaksSubscriber, If::After(13), "3.13"),
    (On::Timer, Slip::LeaksSubscriber, If::After(13), "3.13"),
    (On::Timer, Slip::LeaksSubscriber, If::At(14), "3.13"),
    (On::Timer, Slip::ForgetsAlarm, If::At(6), "3.8"),
];

/// Only debug builds know which locks are held.
const UNSEEN_IN_RELEASE: &[&str] = &["CompletesUnderLock", "DropsUnderLock"];

/// What those do wrong is the same in every scenario, so that a fixture could have meant it: their messages say both.
const COULD_BE_MEANT: &[&str] = &[
    "EndsOnDemand",
    "EmptyWithoutSubscribe",
    "PadsPagesOf(25)",
    "SwallowsErrorAfter(3)",
    "SwallowsErrorAfter(100)",
    "SharedSource",
    "InTurn",
];

/// What only unsafe code could break has no rogue here: logs that are made up show that these checks can fail.
fn has_rogues(check: &reactive_streams_tck::Check) -> bool {
    let rule = reactive_streams_tck::rule(check.rule()).expect("a rule for each check");
    check.strength() != Strength::May && rule.coverage(Suite::Publisher) == Coverage::Checks
}

/// What became of one rogue.
struct Tried {
    /// Its line of the matrix.
    line: String,
    /// Why it is not caught under its own rule.
    survives: Option<String>,
    /// The one check of its own rule without which it would not be.
    needs: Option<&'static str>,
    /// Its failures are said to look like a mistake of its fixture.
    is_doubted: bool,
}

impl Tried {
    fn new(Row { name, rule, record }: &Row, shown: &[&str]) -> Self {
        let recording = record();
        let report = recording.judge(&Options::new().strict());
        assert_eq!(report.fixture_fault(), None, "{name}");
        let mut line = format!("{name:<34}");
        for id in shown {
            let mark = match report.verdict(id) {
                Some(Verdict::Pass) => ".",
                Some(Verdict::Fail) => "F",
                Some(Verdict::Inconclusive) => "?",
                Some(Verdict::ProvedByTypes(_)) => "t",
                _ => "-",
            };
            let _ = write!(line, " {mark:<5}");
        }
        let line = line.trim_end().to_owned() + "\n";
        let unseen = UNSEEN_IN_RELEASE.contains(&name.as_str()) && !cfg!(debug_assertions);
        let caught = report.verdict(rule) == Some(Verdict::Fail) || unseen;
        let survives = (!caught).then(|| format!("{name} survives rule {rule}\n{report}"));
        let is_doubted = report.records().any(|record| record.failure.is_some_and(|it| it.doubt().is_some()));
        let failed = report.records().filter(|record| record.verdict == Verdict::Fail);
        let own: Vec<_> =
            failed.filter_map(|record| record.check).filter(|check| check.rule() == *rule).collect();
        let [check] = own[..] else { return Self { line, survives, needs: None, is_doubted } };
        let without = Options::new().strict().only(*rule).exclude(check.id(), "to see whether it is needed");
        let survives_then = recording.judge(&without).verdict(rule) != Some(Verdict::Fail);
        assert!(survives_then, "{name} is caught under {rule} without {}", check.id());
        Self { line, survives, needs: Some(check.id()), is_doubted }
    }
}

/// The contract's own checks speak up thousands of times here; what they say is in the logs.
fn hush() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        if !said.starts_with("rule 1.1") && !said.starts_with("a lock of reactive-streams") {
            loud(info);
        }
    }));
}

#[test]
fn each_rogue_is_caught_under_its_own_rule_and_no_check_can_be_spared() {
    hush();
    let shown: Vec<&str> = rules().map(|rule| rule.id()).filter(|id| judged(id)).collect();
    let mut matrix = format!("{:<34}", "");
    for id in &shown {
        let _ = write!(matrix, " {id:<5}");
    }
    matrix = matrix.trim_end().to_owned() + "\n";
    let rows = rows();
    let tried = two_at_a_time(&rows, |_, row| Tried::new(row, &shown));
    matrix.extend(tried.iter().map(|tried| tried.line.as_str()));
    let survivors: Vec<&str> = tried.iter().filter_map(|tried| tried.survives.as_deref()).collect();
    let doubted = tried.iter().zip(&rows).filter(|(tried, _)| tried.is_doubted).map(|(_, row)| &*row.name);
    let doubted: BTreeSet<&str> = doubted.collect();
    assert_eq!(doubted, COULD_BE_MEANT.iter().copied().collect(), "of whom a fixture's mistake is said");
    let needed: BTreeSet<&str> = tried.iter().filter_map(|tried| tried.needs).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/matrix.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &matrix).expect("the golden file can be written");
    }
    let spared =
        |check: &&'static reactive_streams_tck::Check| has_rogues(check) && !needed.contains(check.id());
    let spared: Vec<&str> = Suite::Publisher.checks().filter(spared).map(|check| check.id()).collect();
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
    assert!(
        spared.is_empty() || !cfg!(debug_assertions),
        "every rogue is caught without these checks: {spared:?}"
    );
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        matrix, golden,
        "the matrix has changed; if that is right, run this test with UPDATE_GOLDEN=1"
    );
}

/// Whether the publisher suite judges this rule, and not only the types.
fn judged(id: &str) -> bool {
    Suite::Publisher.checks().any(|check| check.rule() == id && has_rogues(check))
}

/// Its own timeline does not show it, and neither did the scenario.
#[test]
fn who_is_left_alone_by_a_panic_of_another_one_is_told_of_it() {
    let report = verify_publisher(&shared::Fault::StopsAtAPanic);
    let is_it = |record: &Record<'_>| record.check.is_some_and(|check| check.id() == "1.11/4");
    let failure = report.records().find(is_it).and_then(|record| record.failure).expect("it fails");
    assert!(failure.got().ends_with("; another subscriber panics in this scenario"), "{report}");
    assert!(failure.scenario().contains("; number 1: a panic "), "{report}");
    let alone = verify_publisher(&shared::Fault::StopsWithTheFirst).to_string();
    assert!(alone.contains("rule 1.11") && !alone.contains("another subscriber panics"), "{alone}");
}

#[test]
fn the_same_publishers_without_a_flaw_pass() {
    let sound = [
        row("a flaw", "", flaws::Rogue(flaws::Flaw::Nothing)),
        row("a task", "", tasks::Slip::Nothing),
        row("a tangle", "", tangled::Tangle::Nothing),
        row("several", "", shared::Fault::Nothing),
        row("one at a time", "", shared::Fault::OneAtATime),
        row("in step", "", shared::Fault::InStep),
        row("rounds", "", rounds::Round::Nothing),
        row("a quirk", "", subtle::Quirk::Nothing),
        items::<contents::Kit>(&(Wrong::Nothing, Made::Framed), ""),
        items::<contents::Texts>(&(Wrong::Nothing, Made::Headed), ""),
        row("a slip", "", slips::Rogue(On::Caller, Slip::Nothing, If::Always)),
        row("a slip in a task", "", slips::Rogue(On::Task, Slip::Nothing, If::Always)),
        row("a slip behind a buffer", "", slips::Rogue(On::Buffer, Slip::Nothing, If::Always)),
        row("a slip on a timer", "", slips::Rogue(On::Timer, Slip::Nothing, If::Always)),
    ];
    for Row { name, record, .. } in sound {
        let report = record().judge(&Options::new().strict());
        assert!(report.conforms(), "{name}\n{report}");
    }
}
