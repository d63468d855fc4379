//! Publishers that are wrong in one way, and the matrix of which rules they break: each must be caught under the
//! rule that it is written for. `golden/matrix.txt` is the matrix; `UPDATE_GOLDEN=1` writes it anew.

mod flawed;
mod tasks;

use flawed::Flawed;
use reactive_streams_core::Publisher;
use reactive_streams_tck::{Env, Fixture, Length, Report, Verdict, rules, verify_publisher};
use std::fmt::Write as _;

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Nothing,
    /// One item more than asked for, each time.
    PlusOne,
    /// The same, but only after a hundred items.
    PlusOneLate,
    /// An item before any demand.
    BeforeDemand,
    /// Takes any demand for unbounded demand.
    AnyIsAll,
    /// Delivers without asking whether it may.
    NeverAsks,
    /// Makes one item more where the stream is shorter than the demand.
    Pads,
    /// Keeps its failure for itself.
    NeverFails,
    /// Completes when it fails.
    FailureCompletes,
    /// Drops the subscriber when it fails.
    DiesOfFailure,
    /// Never says that it is at its end.
    NeverCompletes,
    /// The same, but only when it is empty.
    NeverCompletesEmpty,
    /// Completes after two items, however many there are.
    CompletesEarly,
    /// Fails at its end.
    CompletionFails,
    /// Drops the subscriber at its end.
    DiesAtEnd,
    /// Stays parked behind its end, and panics when it is woken there.
    StaysAfterEnd,
    /// Looks at the demand once, and delivers all of it without another look.
    DrainsAll,
    /// Answers a cancel in on_next with on_complete.
    CompletesOnCancel,
    /// Answers a cancel at rest with on_complete.
    CompletesInDrop,
    /// Calls on_subscribe again.
    SubscribesTwice,
    /// Drops the subscriber without on_subscribe.
    NeverSubscribes,
    /// An item before on_subscribe.
    ItemFirst,
    /// Completes without on_subscribe when it is empty.
    EmptyWithoutSubscribe,
    /// Panics in subscribe when it is empty.
    PanicsInSubscribe,
    /// Forgets what was requested in on_subscribe.
    ForgetsFirstDemand,
    /// Forgets what was requested in on_next.
    ForgetsDemandInNext,
    /// Takes a cancel in on_next for a pause, and goes on with the next request.
    CancelIsPause,
    /// Takes the larger of old and new demand instead of the sum.
    MaxNotSum,
    /// Loses one unit of demand when it goes on.
    LosesOneAtResume,
    /// Waits until two items are asked for.
    HungryForTwo,
    /// A timer that goes on after the cancel.
    TicksForEver,
    /// A source that goes on after the cancel.
    MakesForEver,
    /// Goes on emptying its source after a cancel in on_next, and drops what it takes.
    EmptiesItsSource,
    /// Leaks the subscriber after a cancel.
    LeaksSubscriber,
    /// Leaks what it has prefetched after a cancel.
    LeaksBuffer,
    /// A task holds the subscriber after a cancel.
    TaskKeepsSubscriber,
    /// Panics when it is cancelled at rest.
    PanicsOnCancel,
    /// Panics when the demand does not fit in 32 bits.
    PanicsOnLarge,
    /// Cuts the demand to 32 bits.
    TruncatesDemand,
    /// Takes a demand of 2^62 for an error.
    FailsOnLarge,
    /// Says that no demand was left.
    UnusedIsNone,
    /// Looks at the unused demand before the last item instead of after it.
    UnusedTooEarly,
    /// Passes on what was asked for in all.
    UnusedIsAll,
    /// Delivers four items between two looks.
    DrainsFour,
    /// Waits for demand to say that it is at its end.
    EndsOnDemand,
    /// Drops the subscriber a second after the cancel.
    DropsLater,
    /// Completes while it holds a lock.
    CompletesUnderLock,
    /// Drops the subscriber while it holds a lock.
    DropsUnderLock,
    /// Its parked state keeps its own link alive.
    HoldsItsWaker,
    /// Turns a panic of the subscriber into on_error.
    PanicIsError,
    /// Swallows a panic of the subscriber.
    SwallowsPanic,
    /// Leaks what it has prefetched when the subscriber panics.
    LeaksBufferOnPanic,
}

/// Each rogue and the rule under which it must be caught.
const ROGUES: &[(Flaw, &str)] = &[
    (Flaw::PlusOne, "1.1"),
    (Flaw::PlusOneLate, "1.1"),
    (Flaw::BeforeDemand, "1.1"),
    (Flaw::AnyIsAll, "1.1"),
    (Flaw::NeverAsks, "1.1"),
    (Flaw::Pads, "1.2"),
    (Flaw::NeverFails, "1.4"),
    (Flaw::FailureCompletes, "1.4"),
    (Flaw::DiesOfFailure, "1.4"),
    (Flaw::NeverCompletes, "1.5"),
    (Flaw::NeverCompletesEmpty, "1.5"),
    (Flaw::CompletesEarly, "1.5"),
    (Flaw::CompletionFails, "1.5"),
    (Flaw::DiesAtEnd, "1.5"),
    (Flaw::StaysAfterEnd, "1.6"),
    (Flaw::DrainsAll, "1.8"),
    (Flaw::CompletesOnCancel, "1.8"),
    (Flaw::CompletesInDrop, "1.8"),
    (Flaw::SubscribesTwice, "1.9"),
    (Flaw::NeverSubscribes, "1.9"),
    (Flaw::ItemFirst, "1.9"),
    (Flaw::EmptyWithoutSubscribe, "1.9"),
    (Flaw::PanicsInSubscribe, "1.9"),
    (Flaw::ForgetsFirstDemand, "3.2"),
    (Flaw::ForgetsDemandInNext, "3.2"),
    (Flaw::CancelIsPause, "3.6"),
    (Flaw::MaxNotSum, "3.8"),
    (Flaw::LosesOneAtResume, "3.8"),
    (Flaw::HungryForTwo, "3.8"),
    (Flaw::TicksForEver, "3.12"),
    (Flaw::MakesForEver, "3.12"),
    (Flaw::EmptiesItsSource, "3.12"),
    (Flaw::LeaksSubscriber, "3.13"),
    (Flaw::LeaksBuffer, "3.13"),
    (Flaw::TaskKeepsSubscriber, "3.13"),
    (Flaw::PanicsOnCancel, "3.15"),
    (Flaw::PanicsOnLarge, "3.16"),
    (Flaw::TruncatesDemand, "3.17"),
    (Flaw::FailsOnLarge, "3.17"),
    (Flaw::UnusedIsNone, "3-i"),
    (Flaw::UnusedTooEarly, "3-i"),
    (Flaw::UnusedIsAll, "3-i"),
    (Flaw::DrainsFour, "3-iii"),
    (Flaw::EndsOnDemand, "3-iv"),
    (Flaw::DropsLater, "3-v"),
    (Flaw::CompletesUnderLock, "3-v"),
    (Flaw::DropsUnderLock, "3-v"),
    (Flaw::HoldsItsWaker, "3-vi"),
    (Flaw::PanicIsError, "3-vii"),
    (Flaw::SwallowsPanic, "3-vii"),
    (Flaw::LeaksBufferOnPanic, "3-vii"),
];

/// Only debug builds know which locks are held.
const UNSEEN_IN_RELEASE: &[&str] = &["CompletesUnderLock", "DropsUnderLock"];

struct Rogue(Flaw);

impl Rogue {
    fn make(&self, env: &Env, length: Length, fails: bool) -> Flawed {
        Flawed { items: Box::new(env.items(length)), fails, flaw: self.0, env: env.clone() }
    }
}

impl Fixture for Rogue {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        self.make(env, length, false)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(self.make(env, Length::Exactly(k), true))
    }
}

fn row(name: &str, report: &Report) -> String {
    let mut row = format!("{name:<22}");
    for outcome in report.outcomes() {
        let mark = match outcome.verdict() {
            Verdict::Pass => ".",
            Verdict::Fail => "F",
            Verdict::Inconclusive => "?",
            Verdict::ProvedByTypes(_) => "t",
            _ => "-",
        };
        let _ = write!(row, " {mark:<5}");
    }
    row.trim_end().to_owned() + "\n"
}

#[test]
fn each_rogue_is_caught_under_its_own_rule_and_the_matrix_stands() {
    let mut matrix = format!("{:<22}", "");
    for rule in rules() {
        let _ = write!(matrix, " {:<5}", rule.id());
    }
    matrix = matrix.trim_end().to_owned() + "\n";
    let mut survivors = Vec::new();
    let synchronous =
        ROGUES.iter().map(|(flaw, rule)| (format!("{flaw:?}"), rule, verify_publisher(&Rogue(*flaw))));
    let in_task =
        tasks::ROGUES.iter().map(|(slip, rule)| (format!("{slip:?}"), rule, verify_publisher(slip)));
    for (name, rule, report) in synchronous.chain(in_task) {
        assert_eq!(report.fixture_fault(), None, "{name}");
        matrix += &row(&name, &report);
        let unseen = UNSEEN_IN_RELEASE.contains(&name.as_str()) && !cfg!(debug_assertions);
        if report.verdict(rule) != Some(Verdict::Fail) && !unseen {
            survivors.push(format!("{name} survives rule {rule}\n{report}"));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/matrix.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &matrix).expect("the golden file can be written");
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        matrix, golden,
        "the matrix has changed; if that is right, run this test with UPDATE_GOLDEN=1"
    );
}

#[test]
fn the_same_publisher_without_a_flaw_passes() {
    verify_publisher(&Rogue(Flaw::Nothing)).assert_conforms();
    verify_publisher(&tasks::Slip::Nothing).assert_conforms();
}
