//! What kills its process or never returns, in a process of its own: the parent lives, says whose fault it is, under which
//! rule, and what was done last. `golden/deaths.txt` has a line for each; `UPDATE_GOLDEN=1` writes it anew.

#[path = "../pairs/mod.rs"]
mod pairs;
mod processors;
mod publishers;
mod subscribers;

use pairs::two_at_a_time;
use processors::Stages;
use publishers::Doing;
use reactive_streams_tck::{
    Options, Report, Suite, Verdict, isolated, replay_processor, replay_publisher, replay_subscriber,
    verify_processor_with, verify_publisher_with, verify_subscriber_with,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use subscribers::Consumer;

/// What a rogue does instead of what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Nothing,
    /// Calls itself for each unit of demand.
    Recurses,
    /// Drops a long list, each element from within the drop of the one before.
    DropsList,
    /// Takes large frames, which is no fault.
    LargeFrame,
    /// Behind another one of its kind it nests once more with each item.
    NestsBehind,
    /// Takes more frames the more stages there are before it.
    GrowsBehind,
    Aborts,
    Exits,
    /// Panics in the drop of what a panic unwinds.
    PanicsTwice,
    Spins,
    /// Locks what this thread has locked.
    Deadlocks,
    /// Sleeps and wakes, and looks for what cannot come.
    Naps,
}

/// Where a rogue does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// Where the fixture says what it is.
    Describe,
    Create,
    Subscribe,
    Request,
    Cancel,
    /// While a panic of the subscriber unwinds it.
    Unwind,
    Next,
    Error,
    Complete,
    Hook,
    /// In a task that it has left behind.
    Task,
}

type Rogue = (Suite, On, Deed);

/// Each rogue.
const ROGUES: &[Rogue] = &[
    (Suite::Publisher, On::Request, Deed::Recurses),
    (Suite::Publisher, On::Request, Deed::Aborts),
    (Suite::Publisher, On::Request, Deed::Spins),
    (Suite::Publisher, On::Request, Deed::Deadlocks),
    (Suite::Publisher, On::Cancel, Deed::DropsList),
    (Suite::Publisher, On::Cancel, Deed::Aborts),
    (Suite::Publisher, On::Cancel, Deed::Spins),
    (Suite::Publisher, On::Subscribe, Deed::Recurses),
    (Suite::Publisher, On::Subscribe, Deed::Exits),
    (Suite::Publisher, On::Subscribe, Deed::Spins),
    (Suite::Publisher, On::Unwind, Deed::PanicsTwice),
    (Suite::Publisher, On::Task, Deed::Aborts),
    (Suite::Publisher, On::Create, Deed::Aborts),
    (Suite::Publisher, On::Create, Deed::Naps),
    (Suite::Publisher, On::Describe, Deed::Deadlocks),
    (Suite::Subscriber, On::Next, Deed::Aborts),
    (Suite::Subscriber, On::Task, Deed::Aborts),
    (Suite::Subscriber, On::Error, Deed::Aborts),
    (Suite::Subscriber, On::Complete, Deed::DropsList),
    (Suite::Subscriber, On::Hook, Deed::Deadlocks),
    (Suite::Subscriber, On::Create, Deed::Deadlocks),
    (Suite::Subscriber, On::Create, Deed::Spins),
    (Suite::Subscriber, On::Describe, Deed::Deadlocks),
    (Suite::Processor, On::Next, Deed::Aborts),
    (Suite::Processor, On::Next, Deed::NestsBehind),
    (Suite::Processor, On::Next, Deed::GrowsBehind),
    (Suite::Processor, On::Request, Deed::Recurses),
    (Suite::Processor, On::Cancel, Deed::DropsList),
    (Suite::Processor, On::Complete, Deed::Deadlocks),
    (Suite::Processor, On::Create, Deed::Deadlocks),
    (Suite::Processor, On::Describe, Deed::Deadlocks),
];

/// The same without their deeds.
const SOUND: &[Rogue] = &[
    (Suite::Publisher, On::Request, Deed::Nothing),
    (Suite::Subscriber, On::Next, Deed::Nothing),
    (Suite::Subscriber, On::Hook, Deed::Nothing),
    (Suite::Processor, On::Next, Deed::Nothing),
    (Suite::Processor, On::Next, Deed::LargeFrame),
];

fn name((suite, on, deed): Rogue) -> String {
    format!("{suite}-{on:?}-{deed:?}")
}

/// Before the name of the check that is left out.
const WITHOUT: &str = "without-";
/// Behind it, where none is.
const NOTHING: &str = "nothing";

/// The child comes to [`child`], which finds its rogue by its name among the arguments.
fn judged(rogue: Rogue) -> Report {
    judged_without(rogue, NOTHING)
}

/// The same with this check left out.
fn judged_without(rogue: Rogue, check: &str) -> Report {
    let (suite, on, deed) = rogue;
    let without = format!("{WITHOUT}{check}");
    let options = match check {
        NOTHING => Options::new(),
        check => Options::new().exclude(check, "to see who needs it"),
    };
    let arguments = ["child", "--exact", "--nocapture", "--test-threads=1", &name(rogue), &without];
    isolated(suite, &arguments, move || match suite {
        Suite::Subscriber => verify_subscriber_with(&Consumer(on, deed), &options),
        Suite::Processor => verify_processor_with(&Stages(on, deed), &options.strict()),
        _ => verify_publisher_with(&Doing(on, deed), &options),
    })
}

/// In a child: its rogue. Otherwise there is nothing to do.
#[test]
fn child() {
    let named = |rogue: &&Rogue| std::env::args().any(|argument| argument == name(**rogue));
    if let Some(rogue) = ROGUES.iter().chain(SOUND).find(named) {
        let without = std::env::args().find_map(|argument| Some(argument.strip_prefix(WITHOUT)?.to_owned()));
        let _ = judged_without(*rogue, &without.expect("it is told"));
    }
}

/// The checks that failed.
fn failed(report: &Report) -> Vec<&'static str> {
    let failed = report.records().filter(|record| record.verdict == Verdict::Fail);
    failed.filter_map(|record| record.check).map(|check| check.id()).collect()
}

/// The same, or why there is no verdict.
fn line(rogue: Rogue, report: &Report) -> String {
    let mut line = format!("{:<32}", name(rogue));
    for check in failed(report) {
        let _ = write!(line, " {check} FAIL");
    }
    if let Some(fault) = report.fixture_fault() {
        let _ = write!(line, " {}", fault.lines().next().unwrap_or_default());
    }
    line + "\n"
}

#[test]
fn each_is_caught_and_the_tests_go_on() {
    let reports = two_at_a_time(ROGUES, |_, rogue| judged(*rogue));
    let lines: String = ROGUES.iter().zip(&reports).map(|(rogue, report)| line(*rogue, report)).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/deaths.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &lines).expect("the golden file can be written");
    }
    assert_eq!(lines, std::fs::read_to_string(path).unwrap_or_default());
    for (rogue, report) in ROGUES.iter().zip(&reports) {
        let shown = report.to_string();
        assert!(!report.conforms(), "{rogue:?}");
        if report.fixture_fault().is_some_and(|fault| fault.contains("does not come back")) {
            assert!(shown.contains("\n  replay    REACTIVE_STREAMS_TCK_REPLAY="), "{rogue:?}\n{shown}");
        }
        if let Some(failure) = report.records().find_map(|record| record.failure) {
            // Of what nests with its items the kit lets go before it dies of it.
            let dies = rogue.2 != Deed::NestsBehind;
            assert_eq!(failure.timeline().contains("->   (the process dies)"), dies, "{rogue:?}\n{shown}");
            assert!(!failure.scenario().is_empty(), "{rogue:?}\n{shown}");
            match failure.replay() {
                // What does the same without the deed lives through the same scenario.
                Some(replay) => assert!(again(*rogue, replay).replayed().is_some(), "{rogue:?} {replay}"),
                None => assert_eq!(failed(report), ["3.3/2"], "only a chain cannot be played again\n{shown}"),
            }
        }
    }
}

/// Plays one scenario, here, without the deed.
fn again((suite, on, _): Rogue, replay: &str) -> Report {
    let options = Options::new();
    match suite {
        Suite::Subscriber => replay_subscriber(&Consumer(on, Deed::Nothing), replay, &options),
        Suite::Processor => replay_processor(&Stages(on, Deed::Nothing), replay, &options),
        _ => replay_publisher(&Doing(on, Deed::Nothing), replay, &options),
    }
}

/// Each check that a death can fail is failed by one of them alone, and without it that one fails nothing: it is only said
/// that nothing was judged.
#[test]
fn no_check_that_a_death_fails_can_be_spared() {
    let own = include_str!("../golden/deaths.txt").lines().map(|line| {
        let own = line.split_whitespace().zip(line.split_whitespace().skip(1));
        own.filter_map(|(id, mark)| (mark == "FAIL").then_some(id)).collect::<Vec<_>>()
    });
    let own: Vec<Vec<&str>> = own.collect();
    let needed: BTreeSet<&str> = own.iter().flatten().copied().collect();
    let of_deaths = ["1.4/4", "1.9/4", "2.13/3", "2.13/4", "3-vii/4", "3.15/1", "3.16/1", "3.3/1", "3.3/2"];
    assert_eq!(needed.into_iter().collect::<Vec<_>>(), of_deaths);
    two_at_a_time(ROGUES, |number, rogue| {
        let [check] = own[number][..] else { return assert!(own[number].is_empty(), "{rogue:?}") };
        let report = judged_without(*rogue, check);
        assert_eq!(report.verdict(check), Some(Verdict::Excluded), "{rogue:?}\n{report}");
        assert_eq!(failed(&report), [""; 0], "{rogue:?}");
    });
}

#[test]
fn without_their_deeds_they_conform() {
    for rogue in SOUND {
        judged(*rogue).assert_conforms();
    }
}

#[test]
fn a_chain_is_tried_in_a_child_and_fails_that_check_alone() {
    for deed in [Deed::Nothing, Deed::LargeFrame] {
        let sound = judged((Suite::Processor, On::Next, deed));
        assert_eq!(sound.verdict("3.3/2"), Some(Verdict::Pass), "{sound}");
    }
    for (deed, says) in [
        (
            Deed::NestsBehind,
            ["8 of them, one behind the other, 300 items, and it completes", "in the first third"],
        ),
        (
            Deed::GrowsBehind,
            [" of them, one behind the other, 3 items, and it completes", "of a stack overflow"],
        ),
    ] {
        let wrong = judged((Suite::Processor, On::Next, deed));
        assert_eq!(
            (wrong.verdict("3.3/2"), wrong.verdict("3.3/1")),
            (Some(Verdict::Fail), Some(Verdict::Pass))
        );
        says.iter().for_each(|says| assert!(wrong.to_string().contains(says), "{says}\n{wrong}"));
    }
    let here = verify_processor_with(&Stages(On::Next, Deed::Nothing), &Options::new());
    assert!(matches!(here.verdict("3.3/2"), Some(Verdict::NotApplicable(_))), "{here}");
}

#[test]
fn a_failure_says_what_was_done_last_and_what_was_not_judged() {
    let report = judged((Suite::Publisher, On::Cancel, Deed::Aborts));
    let shown = report.to_string();
    for expected in [
        "rule 3.15: ",
        "expected  cancel to return normally",
        "got       the process died, by signal 6 (SIGABRT)",
        "replay    REACTIVE_STREAMS_TCK_REPLAY=p1/",
        "before this was judged; see 3.15/1",
    ] {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
    let overflow = judged((Suite::Publisher, On::Request, Deed::Recurses)).to_string();
    assert!(overflow.contains("to return, on a stack of "), "{overflow}");
    assert!(overflow.contains("the process died of a stack overflow"), "{overflow}");
}
