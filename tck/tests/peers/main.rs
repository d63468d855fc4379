//! Subscribers and processors that are wrong in one way, and the matrix of which rules they break, as for publishers in
//! `tests/rogues`: each must be caught under the rule that it is written for, and no check can be spared.
//! `UPDATE_GOLDEN=1` writes `golden/subscribers.txt` and `golden/processors.txt` anew.

mod buffers;
mod controls;
mod stages;
mod subscribers;
mod subtle;

use reactive_streams_tck::{
    Consumes, Options, ProcessorFixture, Report, Suite, Verdict, record_processor, record_subscriber, rules,
};
use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};

/// One rogue: its name, the rule under which it must be caught, and its logs, to be judged.
struct Row {
    name: String,
    rule: &'static str,
    judge: Box<dyn Fn(&Options) -> Report>,
}

fn subscriber(name: impl Debug, rule: &'static str, sink: &impl Consumes) -> Row {
    let recording = record_subscriber(sink);
    Row { name: format!("{name:?}"), rule, judge: Box::new(move |options| recording.judge(options)) }
}

fn processor(name: impl Debug, rule: &'static str, fixture: &impl ProcessorFixture) -> Row {
    let recording = record_processor(fixture);
    Row { name: format!("{name:?}"), rule, judge: Box::new(move |options| recording.judge(options)) }
}

/// Judges all rogues, compares with the golden file, and returns the checks without which one survives its rule.
fn matrix(suite: Suite, file: &str, rows: impl Iterator<Item = Row>) -> BTreeSet<&'static str> {
    let judged = |id: &str| suite.checks().any(|check| check.rule() == id);
    let shown: Vec<&str> = rules().map(|rule| rule.id()).filter(|id| judged(id)).collect();
    let mut matrix = format!("{:<34}", "");
    shown.iter().for_each(|id| write!(matrix, " {id:<5}").expect("a string can be written to"));
    matrix = matrix.trim_end().to_owned() + "\n";
    let (mut survivors, mut needed) = (Vec::new(), BTreeSet::new());
    for Row { name, rule, judge } in rows {
        let report = judge(&Options::new().strict());
        assert_eq!(report.fixture_fault(), None, "{name}");
        let _ = write!(matrix, "{name:<34}");
        for id in &shown {
            let mark = match report.verdict(id) {
                Some(Verdict::Pass) => ".",
                Some(Verdict::Fail) => "F",
                Some(Verdict::Inconclusive) => "?",
                Some(Verdict::ProvedByTypes(_)) => "t",
                _ => "-",
            };
            let _ = write!(matrix, " {mark:<5}");
        }
        matrix = matrix.trim_end().to_owned() + "\n";
        if report.verdict(rule) != Some(Verdict::Fail) {
            survivors.push(format!("{name} survives rule {rule}\n{report}"));
        }
        let failed = report.records().filter(|record| record.verdict == Verdict::Fail);
        let own: Vec<_> =
            failed.filter_map(|record| record.check).filter(|check| check.rule() == rule).collect();
        if let [check] = own[..] {
            // Without the one check of its own rule that catches it, the rogue must survive that rule.
            let without =
                Options::new().strict().only(rule).exclude(check.id(), "to see whether it is needed");
            assert_ne!(judge(&without).verdict(rule), Some(Verdict::Fail), "{name} without {}", check.id());
            needed.insert(check.id());
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
    let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &matrix).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    // What knows which locks are held does so in debug builds only.
    assert!(
        matrix == golden || !cfg!(debug_assertions),
        "the matrix has changed; if that is right, run this test with UPDATE_GOLDEN=1\n{matrix}"
    );
    needed
}

#[test]
fn each_subscriber_is_caught_under_its_own_rule_and_no_check_can_be_spared() {
    let slips = subscribers::ROGUES.iter().map(|(slip, rule)| subscriber(slip, rule, &slip.sink()));
    let subtle = subtle::SUBSCRIBERS.iter().map(|(slip, rule)| subscriber(slip, rule, &slip.sink()));
    let needed = matrix(Suite::Subscriber, "subscribers.txt", slips.chain(subtle));
    let spared = Suite::Subscriber.checks().map(|check| check.id()).filter(|id| !needed.contains(id));
    assert_eq!(spared.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn each_processor_is_caught_under_its_own_rule_and_no_check_can_be_spared() {
    let stages = stages::ROGUES.iter().map(|(slip, rule)| processor(slip, rule, slip));
    let buffers = buffers::ROGUES.iter().map(|(slip, rule)| processor(slip, rule, slip));
    let replaces = processor(buffers::ReplacesFailure, "4.2", &buffers::ReplacesFailure);
    let subtle = subtle::PROCESSORS.iter().map(|(stray, rule)| processor(stray, rule, stray));
    let rows = stages.chain(buffers).chain([replaces]).chain(subtle);
    let needed = matrix(Suite::Processor, "processors.txt", rows);
    // The others are those of publishers, which have rogues of their own.
    let publishers: BTreeSet<&str> = Suite::Publisher.checks().map(|check| check.id()).collect();
    // What is tried in a process of its own has its rogue in `tests/deaths`.
    let elsewhere = |id: &&str| publishers.contains(id) || *id == "3.3/2";
    let own = Suite::Processor.checks().map(|check| check.id()).filter(|id| !elsewhere(id));
    assert_eq!(own.filter(|id| !needed.contains(id)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_same_subscribers_and_processors_without_a_slip_pass() {
    let sound = [
        subscriber("slip", "", &subscribers::Slip::Nothing.sink()),
        subscriber("slip with enough", "", &subscribers::Slip::NothingButEnough.sink()),
        subscriber("subtle", "", &subtle::Slip::Nothing.sink()),
        processor("stray", "", &subtle::Stray::Nothing),
        processor("stray that doubles", "", &subtle::Stray::RepeatsDouble(0)),
        processor("stage", "", &stages::Slip::Nothing),
        processor("stage that ends", "", &stages::Slip::NothingButEnds),
        processor("buffer", "", &buffers::Slip::Nothing),
        processor("buffer in pairs", "", &buffers::Slip::NothingInPairs),
        processor("buffer that delays", "", &buffers::Slip::NothingDelayed),
    ];
    for Row { name, judge, .. } in sound {
        let report = judge(&Options::new().strict());
        assert!(report.conforms(), "{name}\n{report}");
    }
}
