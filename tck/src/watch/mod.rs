//! What does not return: a publisher that deadlocks, a fixture that blocks.
//!
//! While a fixture is judged, another thread looks at the process from time to time. What it makes of what it sees is in
//! [`row`], and no clock has a say there. Looking needs `/proc`; where there is none, nobody watches, and what hangs,
//! hangs.

mod proc;
mod row;

use crate::isolation::diary;
use crate::log::Call;
use crate::plan::{Plan, Source};
use crate::report::Report;
use crate::rules::Suite;
use reactive_streams_core::shim::Mutex;
use row::{Hung, Row};
use std::cell::RefCell;
use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use std::sync::atomic::{AtomicU8, AtomicU64};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The pace of looking; no verdict depends on it.
const PACE: Duration = Duration::from_millis(20);
/// How large the stack is on which fixtures are judged, where the kit makes the thread. Without optimization frames are
/// several times larger.
pub(crate) const STACK: usize = if cfg!(debug_assertions) { 16 << 20 } else { 2 << 20 };

/// Where the kit is.
#[derive(Debug)]
pub(crate) struct Position {
    suite: Suite,
    steps: AtomicU64,
    plan: Mutex<Option<Arc<Plan>>>,
    /// What the thread that judges does: [`Doing::number`].
    doing: AtomicU8,
    /// What plays the scenario again, if that is not known from its plan.
    again: Mutex<Option<Again>>,
}

/// Makes a replay string, when one is wanted.
#[derive(Clone)]
struct Again(Arc<dyn Fn() -> String + Send + Sync>);

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Again")
    }
}

/// What the kit has called, and waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Nothing: it computes, which may take long.
    #[default]
    Kit,
    /// What the fixture says of itself.
    Describe,
    Create,
    /// The same, for several subscribers.
    Share,
    Call(Call),
}

impl Doing {
    const CALLS: [Call; 6] =
        [Call::Subscribe, Call::Request, Call::Cancel, Call::Settle, Call::Signal, Call::TearDown];

    /// A call is its place among [`CALLS`](Self::CALLS), behind the others.
    fn number(self) -> u8 {
        match self {
            Self::Kit => 0,
            Self::Describe => 1,
            Self::Create => 2,
            Self::Share => 3,
            Self::Call(call) => 4 + call as u8,
        }
    }

    fn numbered(number: u8) -> Self {
        match number {
            0 => Self::Kit,
            1 => Self::Describe,
            2 => Self::Create,
            3 => Self::Share,
            call => Self::Call(Self::CALLS[usize::from(call - 4)]),
        }
    }
}

thread_local! {
    static POSITION: RefCell<Option<Arc<Position>>> = const { RefCell::new(None) };
}

/// The kit goes on to this scenario, and has a publisher or the like created; until what is returned is dropped.
pub(crate) fn at(plan: &Arc<Plan>) -> impl Drop + use<> {
    diary::scenario(plan);
    POSITION.with_borrow(|position| {
        if let Some(position) = position {
            *position.plan.lock() = Some(Arc::clone(plan));
            *position.again.lock() = None;
        }
    });
    during(Doing::Create)
}

/// The scenario that the kit is at is played again by this string.
pub(crate) fn again(again: impl Fn() -> String + Send + Sync + 'static) {
    diary::again(&again);
    POSITION.with_borrow(|position| {
        if let Some(position) = position {
            *position.again.lock() = Some(Again(Arc::new(again)));
        }
    });
}

/// The kit makes a step where it is; returns what it was doing.
pub(crate) fn step(doing: Doing) -> Option<Doing> {
    diary::doing(doing);
    POSITION.with_borrow(|position| {
        let position = position.as_ref()?;
        let before = position.doing();
        // Only this thread writes it, and who counts the step sees what it is.
        position.doing.store(doing.number(), Release);
        position.advance();
        Some(before)
    })
}

/// The kit does this as long as what is returned lives, and then what it was doing before.
pub(crate) fn during(doing: Doing) -> impl Drop {
    struct Back(Option<Doing>);
    impl Drop for Back {
        fn drop(&mut self) {
            if let Some(doing) = self.0 {
                step(doing);
            }
        }
    }
    Back(step(doing))
}

/// Where this thread is, for who counts steps elsewhere.
pub(crate) fn position() -> Option<Arc<Position>> {
    POSITION.with_borrow(Clone::clone)
}

impl Position {
    fn new(suite: Suite) -> Arc<Self> {
        Arc::new(Self {
            suite,
            steps: AtomicU64::new(0),
            plan: Mutex::default(),
            doing: AtomicU8::new(Doing::Kit.number()),
            again: Mutex::default(),
        })
    }

    fn doing(&self) -> Doing {
        Doing::numbered(self.doing.load(Acquire))
    }

    /// Something has happened.
    pub(crate) fn advance(&self) {
        self.steps.fetch_add(1, SeqCst);
    }

    /// Why it takes long: a hint, and no verdict.
    fn slow(&self, resting: u32, looks: u32) -> String {
        let suite = self.suite;
        let (plan, doing) = (self.plan.lock().clone(), self.doing());
        let doing = match doing {
            Doing::Call(call) => called(suite, call),
            _ => "the fixture",
        };
        let scenario = plan.map_or_else(String::new, |plan| format!(", just now in \"{}\"", plan.name));
        format!(
            "this takes long because the {suite} or its fixture sleeps: at {resting} of {looks} looks no thread ran, at the last one in \
             {doing}{scenario}. Thousands of items go through it, and the kit waits at each. Whoever must wait does so on \
             env.clock(), which takes no time"
        )
    }

    fn message(&self, hung: Hung) -> String {
        let suite = self.suite;
        let (plan, doing) = (self.plan.lock().clone(), self.doing());
        let Some(plan) = plan.filter(|_| doing != Doing::Describe) else {
            return format!(
                "hung: the fixture is at fault, not the {suite}: what it says of itself (name, capabilities, contract) did \
                 not return; {hung}"
            );
        };
        let what = match doing {
            Doing::Kit | Doing::Describe => format!("nothing of the {suite} was called; {hung}"),
            Doing::Create | Doing::Share => format!(
                "the fixture is at fault, not the {suite}: {} did not return; {hung}. It must not wait for what runs on \
                 env.executor() or env.clock(), since the kit drives those",
                if doing == Doing::Share { "create_shared" } else { created(suite, plan.source) }
            ),
            Doing::Call(call) => format!(
                "the {suite} does not come back: {} did not return; {hung}. Is a lock held while the other side is called, \
                 which may request and cancel there? Does it wait for a thread or a task that this call keeps from running?",
                called(suite, call)
            ),
        };
        let mut message = format!("hung: {what}\n  scenario  {}", plan.name);
        let again = self.again.lock().clone().map(|Again(again)| again());
        let alone =
            || crate::replay::Replay { plan: Plan::clone(&plan), told: Default::default() }.to_string();
        if let Some(replay) = again.or_else(|| (suite == Suite::Publisher).then(alone)) {
            message += &format!("\n  replay    {}={replay}", crate::replay::VARIABLE);
        }
        message
    }
}

/// The function of the fixture.
pub(crate) fn created(suite: Suite, source: Source) -> &'static str {
    match (suite, source) {
        (Suite::Publisher, Source::FailingAt(_)) => "create_failing_at",
        (Suite::Subscriber, _) => "create, or the closure of the Sink,",
        _ => "create",
    }
}

/// The call, in words.
pub(crate) fn called(suite: Suite, call: Call) -> &'static str {
    match (suite, call) {
        (Suite::Subscriber, Call::Request) => "the hook on_more",
        (Suite::Subscriber, Call::Cancel) => "the hook on_leave",
        (_, Call::Subscribe) => "subscribe",
        (_, Call::Request) => "request",
        (_, Call::Cancel) => "cancel",
        (_, Call::Settle) => "a task or an alarm of it",
        (_, Call::Signal) => "a signal from upstream",
        (_, Call::TearDown) => "the drop of what it left behind",
    }
}

/// Looks until `done` says so by going away; what is wrong if it hangs. Of all that the process does, only what `own`
/// does is laid to its charge; without one, everything is.
fn looks(position: &Position, own: Option<u64>, done: &Receiver<()>) -> Option<Hung> {
    let _watching = proc::Watching::begin();
    let mut row = Row::default();
    loop {
        match done.recv_timeout(PACE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
        }
        let Some(seen) = proc::look(own) else {
            // Nobody can look here: wait for the end.
            let _ = done.recv();
            return None;
        };
        let computes = position.doing() == Doing::Kit;
        let hung = row.look(position.steps.load(SeqCst), computes, seen);
        if let Some((resting, looks)) = row.rested() {
            // `eprintln` is what a test harness captures.
            let _ = writeln!(std::io::stderr(), "\n{}", position.slow(resting, looks));
        }
        if hung.is_some() {
            return hung;
        }
    }
}

/// Keeps a watch on this thread until it is dropped. What hangs ends the process, since nothing else can: the message
/// goes to the standard error.
pub(crate) fn watch(suite: Suite) -> Option<Watch> {
    let watched = POSITION.with_borrow(Option::is_some);
    if watched {
        return None; // by who started this thread
    }
    let position = Position::new(suite);
    POSITION.set(Some(Arc::clone(&position)));
    let (own, (sender, receiver)) = (proc::own_id(), channel());
    std::thread::spawn(move || {
        if let Some(hung) = looks(&position, own, &receiver) {
            let message = position.message(hung);
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

/// Judges on a thread of its own; what hangs there is left behind, and the report says so. `alone`: nothing else is done
/// in this process.
///
/// # Panics
///
/// When `judge` does.
pub(crate) fn guarded(suite: Suite, alone: bool, judge: impl FnOnce() -> Report + Send + 'static) -> Report {
    let position = Position::new(suite);
    let (inner, (sender, reports)) = (Arc::clone(&position), channel());
    let (alive, done) = channel();
    let (known, own) = channel();
    let judging = move || {
        let _alive = alive;
        let _ = known.send(proc::own_id());
        POSITION.set(Some(inner));
        let _ = sender.send(judge());
    };
    let name = std::thread::current().name().unwrap_or("judging").to_owned();
    let judging = std::thread::Builder::new().name(name).stack_size(STACK).spawn(judging);
    let judging = judging.expect("a thread can be made");
    let own = own.recv().ok().flatten().filter(|_| !alone);
    let hung = looks(&position, own, &done);
    if hung.is_none()
        && let Err(payload) = judging.join()
    {
        std::panic::resume_unwind(payload);
    }
    match (reports.try_recv(), hung) {
        (Ok(report), _) => report,
        (Err(_), Some(hung)) => Report::hung(suite, position.message(hung)),
        (Err(_), None) => unreachable!("it has ended without a panic, and so it has sent one"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_has_a_number_of_its_own() {
        let others = [Doing::Kit, Doing::Describe, Doing::Create, Doing::Share];
        let all: Vec<Doing> = others.into_iter().chain(Doing::CALLS.map(Doing::Call)).collect();
        let numbers: Vec<u8> = all.iter().map(|doing| doing.number()).collect();
        assert_eq!(numbers, (0..10).collect::<Vec<u8>>());
        assert_eq!(numbers.into_iter().map(Doing::numbered).collect::<Vec<_>>(), all);
    }
}
