//! What a child writes down while it judges, so that its parent knows how far it came: a file that is only added to.

use super::wire::Wire;
use crate::log::{Call, What};
use crate::plan::{Plan, Source};
use crate::report::Report;
use crate::rules::{Check, Suite};
use crate::watch::Doing;
use reactive_streams_core::shim::Mutex;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The child has come to the place.
    Begun,
    /// What the fixture is called.
    Named(String),
    /// This check is left out, for this reason.
    LeftOut(String, String),
    /// A scenario begins.
    Scenario { name: String, replay: String, fails: bool },
    /// What plays it again is not what its plan says, but this.
    Again(String),
    /// The kit calls this. Only where a child is told to write down everything, as those below.
    Doing(Place),
    /// Something happened, and perhaps began or ended.
    Happened { text: String, opens: Option<(usize, Place)>, closes: Option<usize> },
}

/// Who has been called by the kit and has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Create,
    Call(Call),
    /// The kit's own subscriber is signalled.
    Kit,
    /// A panic of the kit's own subscriber unwinds what signalled it.
    Panic,
}

const CALLS: [Call; 6] =
    [Call::Subscribe, Call::Request, Call::Cancel, Call::Settle, Call::Signal, Call::TearDown];

impl Wire for Place {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Create => 0,
            Self::Kit => 1,
            Self::Panic => 2,
            Self::Call(call) => 3 + CALLS.iter().position(|one| one == call).unwrap_or(0),
        }
        .put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(match usize::take(from)? {
            0 => Self::Create,
            1 => Self::Kit,
            2 => Self::Panic,
            number => Self::Call(*CALLS.get(number - 3)?),
        })
    }
}

impl Wire for Entry {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Scenario { name, replay, fails } => {
                1_u64.put(out);
                name.put(out);
                replay.put(out);
                fails.put(out);
            }
            Self::Begun => 5_u64.put(out),
            Self::LeftOut(check, reason) => {
                7_u64.put(out);
                check.put(out);
                reason.put(out);
            }
            Self::Again(replay) => {
                6_u64.put(out);
                replay.put(out);
            }
            Self::Named(name) => {
                4_u64.put(out);
                name.put(out);
            }
            Self::Doing(place) => {
                2_u64.put(out);
                place.put(out);
            }
            Self::Happened { text, opens, closes } => {
                3_u64.put(out);
                text.put(out);
                opens.put(out);
                closes.put(out);
            }
        }
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(match u64::take(from)? {
            1 => Self::Scenario {
                name: Wire::take(from)?,
                replay: Wire::take(from)?,
                fails: Wire::take(from)?,
            },
            2 => Self::Doing(Wire::take(from)?),
            3 => Self::Happened {
                text: Wire::take(from)?,
                opens: Wire::take(from)?,
                closes: Wire::take(from)?,
            },
            5 => Self::Begun,
            4 => Self::Named(Wire::take(from)?),
            6 => Self::Again(Wire::take(from)?),
            7 => Self::LeftOut(Wire::take(from)?, Wire::take(from)?),
            _ => return None,
        })
    }
}

/// What comes behind the entries.
const REPORT: u64 = 99;
const PRELIMINARY: u64 = 98;

/// The diary of this process, if it is a child.
static DIARY: OnceLock<Diary> = OnceLock::new();

struct Diary {
    file: Mutex<File>,
    everything: bool,
}

impl Diary {
    fn add(&self, bytes: &[u8]) {
        // One call for each entry: what was written stays, whatever becomes of this process. A disk that is full cannot be
        // helped, and the parent sees that something is missing.
        let _ = self.file.lock().write_all(bytes);
    }

    fn enter(&self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.put(&mut bytes);
        self.add(&bytes);
    }
}

/// From now on this process is a child that writes here.
pub(super) fn begin(path: &Path, everything: bool) -> io::Result<()> {
    let file = Mutex::new(OpenOptions::new().append(true).open(path)?);
    let _ = DIARY.set(Diary { file, everything });
    if let Some(diary) = DIARY.get() {
        diary.enter(&Entry::Begun);
    }
    Ok(())
}

/// The last entry.
pub(super) fn end(report: &Report) {
    hand_over(REPORT, report);
}

/// The report on all but what is tried next.
pub(crate) fn preliminary(report: &Report) {
    hand_over(PRELIMINARY, report);
}

fn hand_over(tag: u64, report: &Report) {
    if let Some(diary) = DIARY.get() {
        let mut bytes = Vec::new();
        tag.put(&mut bytes);
        report.put(&mut bytes);
        diary.add(&bytes);
    }
}

/// Whether this process is a child.
pub(crate) fn is_kept() -> bool {
    DIARY.get().is_some()
}

/// The fixture is called this.
pub(crate) fn named(name: &str) {
    if let Some(diary) = DIARY.get() {
        diary.enter(&Entry::Named(name.to_owned()));
    }
}

/// The checks of the suite for which there is such a reason are left out.
pub(crate) fn left_out<'a>(suite: Suite, reason: impl Fn(&Check) -> Option<&'a str>) {
    let Some(diary) = DIARY.get() else { return };
    for check in suite.checks() {
        if let Some(reason) = reason(check) {
            diary.enter(&Entry::LeftOut(check.id.to_owned(), reason.to_owned()));
        }
    }
}

/// The kit goes on to this scenario.
pub(crate) fn scenario(plan: &Plan) {
    if let Some(diary) = DIARY.get() {
        let replay = crate::replay::Replay { plan: plan.clone(), told: Default::default() };
        let replay = if diary.everything { replay.to_string() } else { String::new() };
        let fails = matches!(plan.source, Source::FailingAt(_));
        diary.enter(&Entry::Scenario { name: plan.name.clone(), replay, fails });
    }
}

/// This plays that scenario again.
pub(crate) fn again(again: &dyn Fn() -> String) {
    if let Some(diary) = DIARY.get().filter(|diary| diary.everything) {
        diary.enter(&Entry::Again(again()));
    }
}

/// The kit does this.
pub(crate) fn doing(doing: Doing) {
    if let Some(diary) = DIARY.get().filter(|diary| diary.everything) {
        diary.enter(&Entry::Doing(match doing {
            Doing::Kit => Place::Kit,
            Doing::Describe | Doing::Create | Doing::Share => Place::Create,
            Doing::Call(call) => Place::Call(call),
        }));
    }
}

/// This was written into the log as entry `number`.
pub(crate) fn happened(number: usize, what: &What) {
    if let Some(diary) = DIARY.get().filter(|diary| diary.everything) {
        let closes = if let What::Return(call) = what { Some(*call) } else { None };
        let opens = place(what).map(|place| (number, place));
        diary.enter(&Entry::Happened { text: what.to_string(), opens, closes });
    }
}

/// Whom this calls.
fn place(what: &What) -> Option<Place> {
    match what {
        What::Subscribe => Some(Place::Call(Call::Subscribe)),
        What::Request { .. } => Some(Place::Call(Call::Request)),
        What::Cancel { .. } => Some(Place::Call(Call::Cancel)),
        What::SubscriberPanics => Some(Place::Panic),
        What::Above(what) if what.is_signal() => Some(Place::Call(Call::Signal)),
        what if what.is_signal() => Some(Place::Kit),
        _ => None,
    }
}

/// What a child left behind: whether it began, the name of the fixture, its entries from the last
/// scenario on, how many scenarios there were, and its report.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) begun: bool,
    pub(super) name: Option<String>,
    /// The checks that were left out, and why.
    pub(super) left_out: Vec<(String, String)>,
    pub(super) scenarios: usize,
    pub(super) last: Vec<Entry>,
    pub(super) preliminary: Option<Report>,
    pub(super) report: Option<Report>,
}

impl Read {
    pub(super) fn new(mut bytes: &[u8]) -> Self {
        let mut read = Self::default();
        loop {
            let mut behind = bytes;
            match u64::take(&mut behind) {
                Some(REPORT) => {
                    read.report = Report::take(&mut behind);
                    return read;
                }
                Some(PRELIMINARY) => {
                    read.preliminary = Report::take(&mut behind);
                    bytes = behind;
                    continue;
                }
                _ => {}
            }
            let Some(entry) = Entry::take(&mut bytes) else { return read };
            match entry {
                Entry::Begun => read.begun = true,
                Entry::Named(name) => read.name = Some(name),
                Entry::LeftOut(check, reason) => read.left_out.push((check, reason)),
                Entry::Scenario { .. } => {
                    read.scenarios += 1;
                    read.last = vec![entry];
                }
                entry => read.last.push(entry),
            }
        }
    }
}
