//! What does not return: a publisher that deadlocks, a fixture that blocks.
//!
//! While a fixture is judged, another thread looks at the process from time to time. It does not go by a clock: a run is
//! `hung` when in a long row of looks no thread of the process could run, none used CPU time and the kit made no step; or
//! when the kit made no step while the process used up [`SPINNING`] of CPU time. A machine that is busy elsewhere delays
//! both. Looking needs `/proc`; where there is none, nobody watches, and what hangs, hangs.

use crate::log::Call;
use crate::plan::{Plan, Source};
use crate::report::Report;
use crate::rules::Suite;
use reactive_streams_core::shim::Mutex;
use std::cell::RefCell;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// So many looks in a row must find everything asleep.
const ASLEEP: u32 = 250;
/// CPU time without a step of the kit, in ticks of ten milliseconds.
const SPINNING: u64 = 60_000 / 10;
/// The pace of looking; no verdict depends on it.
const PACE: Duration = Duration::from_millis(20);

/// Where the kit is.
#[derive(Debug, Default)]
pub(crate) struct Position {
    steps: AtomicU64,
    at: Mutex<Option<(Arc<Plan>, Doing)>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    Create,
    Call(Call),
}

thread_local! {
    static POSITION: RefCell<Option<Arc<Position>>> = const { RefCell::new(None) };
}

/// The kit goes on to this.
pub(crate) fn at(plan: &Arc<Plan>, doing: Doing) {
    POSITION.with_borrow(|position| {
        if let Some(position) = position {
            *position.at.lock() = Some((Arc::clone(plan), doing));
            position.steps.fetch_add(1, SeqCst);
        }
    });
}

/// The kit makes a step where it is.
pub(crate) fn step(doing: Doing) {
    POSITION.with_borrow(|position| {
        if let Some(position) = position {
            if let Some(at) = &mut *position.at.lock() {
                at.1 = doing;
            }
            position.steps.fetch_add(1, SeqCst);
        }
    });
}

impl Position {
    fn message(&self) -> String {
        let Some((plan, doing)) = self.at.lock().clone() else {
            return "hung: the fixture's capabilities() or name() did not return; this is no verdict on the publisher"
                .to_owned();
        };
        let replay = crate::replay::Replay { plan: Plan::clone(&plan), told: Default::default() };
        let place = format!("\n  scenario  {}\n  replay    {}={replay}", plan.name, crate::replay::VARIABLE);
        match doing {
            Doing::Create => {
                let function = match plan.source {
                    Source::Length(_) => "create",
                    Source::FailingAt(_) => "create_failing_at",
                };
                format!(
                    "hung: the fixture is at fault, not the publisher: {function} did not return. It must not wait for \
                     what runs on env.executor() or env.clock(), since the kit drives those{place}"
                )
            }
            Doing::Call(call) => {
                let call = match call {
                    Call::Settle => "a task or an alarm of it".to_owned(),
                    Call::TearDown => "the drop of what it left behind".to_owned(),
                    call => call.to_string(),
                };
                format!(
                    "hung: the publisher does not come back: {call} did not return. Is a lock held while the subscriber is \
                     called, which may request and cancel there? Does it wait for a thread or a task that this call keeps \
                     from running?{place}"
                )
            }
        }
    }
}

/// Looks until `done` says so by going away; `true` when it hangs.
fn looks(position: &Position, done: &std::sync::mpsc::Receiver<()>) -> bool {
    let _own = Watching::begin();
    let (mut steps, mut spent, mut since, mut asleep) = (0, 0, 0, 0);
    loop {
        match done.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return false,
        }
        let Some(seen) = look() else {
            // Nobody can look here: wait for the end.
            let _ = done.recv();
            return false;
        };
        let now = position.steps.load(SeqCst);
        if now != steps {
            (steps, since, asleep) = (now, seen.spent, 0);
        }
        asleep = if seen.asleep && seen.spent == spent { asleep + 1 } else { 0 };
        spent = seen.spent;
        if asleep >= ASLEEP || spent.saturating_sub(since) >= SPINNING {
            return true;
        }
    }
}

struct Seen {
    /// No other thread can run.
    asleep: bool,
    /// CPU time of the process, in ticks.
    spent: u64,
}

fn look() -> Option<Seen> {
    let watching = watching().lock().clone();
    let (mut asleep, mut spent) = (true, 0);
    for task in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        if task
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .is_some_and(|id: u64| watching.contains(&id))
        {
            continue;
        }
        // One that has ended meanwhile could run a moment ago.
        let Ok(stat) = std::fs::read_to_string(task.path().join("stat")) else {
            asleep = false;
            continue;
        };
        // Behind the name, which may have anything in it: the state, and as 14th and 15th field of all the ticks.
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        asleep &= fields.first() == Some(&"S");
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        spent += ticks(11) + ticks(12);
    }
    Some(Seen { asleep, spent })
}

/// The threads that look: they are not what is looked at.
fn watching() -> &'static Mutex<Vec<u64>> {
    static WATCHING: OnceLock<Mutex<Vec<u64>>> = OnceLock::new();
    WATCHING.get_or_init(Mutex::default)
}

/// This thread is one of them as long as this lives.
struct Watching(Option<u64>);

impl Watching {
    fn begin() -> Self {
        let link = std::fs::read_link("/proc/thread-self").ok();
        let own = link.and_then(|link| link.file_name()?.to_str()?.parse().ok());
        watching().lock().extend(own);
        Self(own)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        watching().lock().retain(|id| Some(*id) != self.0);
    }
}

/// Keeps a watch on this thread until it is dropped. What hangs ends the process, since nothing else can: the message
/// goes to the standard error.
pub(crate) fn watch() -> Option<Watch> {
    let watched = POSITION.with_borrow(Option::is_some);
    if watched {
        return None; // by who started this thread
    }
    let position = Arc::new(Position::default());
    POSITION.set(Some(Arc::clone(&position)));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        if looks(&position, &receiver) {
            let message = position.message();
            // `eprintln` is what a test harness captures.
            let _ = writeln!(std::io::stderr(), "\nno verdict: {message}\nThe process ends here.");
            std::process::exit(70);
        }
    });
    Some(Watch(sender))
}

/// See [`watch`].
#[derive(Debug)]
pub(crate) struct Watch(#[allow(dead_code, reason = "dropping it is what tells")] Sender<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        POSITION.set(None);
    }
}

/// Judges on a thread of its own; what hangs there is left behind, and the report says so.
#[doc(hidden)]
pub fn guarded(judge: fn() -> Report) -> Report {
    let position = Arc::new(Position::default());
    let (inner, (sender, reports)) = (Arc::clone(&position), channel());
    let (alive, done) = channel();
    let judging = std::thread::spawn(move || {
        let _alive = alive;
        POSITION.set(Some(inner));
        let _ = sender.send(judge());
    });
    if !looks(&position, &done) {
        match judging.join() {
            Ok(()) => {}
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }
    reports.try_recv().unwrap_or_else(|_| Report::without_verdict(Suite::Publisher, position.message()))
}
