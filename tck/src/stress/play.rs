//! One run: threads that race, and the thread that waits for the end.

use crate::draw::Draw;
use crate::env::SourceRunsAway;
use crate::log::{Call, Event, Log, Via, What, message};
use crate::plan::When::{Every, Nth};
use crate::plan::{Plan, Source, Step};
use crate::run::{FixtureFault, created};
use crate::shown::Own;
use crate::subscriber::{Control, KitPanic, Recorder};
use crate::{Capabilities, Env, Fixture, Length};
use reactive_streams_core::Publisher;
use reactive_streams_core::shim::atomic::AtomicUsize;
use reactive_streams_core::shim::atomic::Ordering::SeqCst;
use reactive_streams_core::shim::thread;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Threads that run the tasks and the alarms of the kit's executor and clock.
const WORKERS: usize = 2;

/// The kinds of races.
const KINDS: u64 = 6;
/// The lengths of those that only request, in turn, where there are such streams.
const LENGTHS: [u64; 8] = [24, 0, 24, 1, 24, 2, 24, 7];
/// Where those fail that do, in turn.
const FAILURES: [u64; 4] = [6, 0, 6, 1];

/// What the threads of one run do.
pub(super) struct Course {
    pub(super) plan: Arc<Plan>,
    /// The steps of each thread, and how often it lets others go first before each.
    threads: Vec<Vec<(usize, Step)>>,
    real_threads: bool,
    own: Option<Own>,
}

impl Course {
    /// The kinds of races, in turn; numbers and places by lot.
    pub(super) fn draw(seed: u64, capabilities: &Capabilities) -> Self {
        let (mut draw, lap) = (Draw::new(seed), (seed / KINDS) as usize);
        let short = LENGTHS[lap % LENGTHS.len()];
        let short = capabilities.lengths.contains(&short).then_some(Length::Exactly(short));
        let finite = capabilities.at_most(24).map(Source::Length);
        let any_finite = short.map(Source::Length).or(finite);
        let endless =
            (capabilities.endless && !capabilities.silent).then_some(Source::Length(Length::Endless));
        let (least, most) = capabilities.failing.clone().into_inner();
        let failing = FAILURES[lap % FAILURES.len()];
        let failing = (least <= most).then(|| Source::FailingAt(failing.min(most).max(least)));
        let any = capabilities.endless.then_some(Source::Length(Length::Endless)).or_else(|| {
            let shortest = *capabilities.lengths.start();
            (!capabilities.lengths.is_empty()).then_some(Source::Length(Length::Exactly(shortest)))
        });
        let first = Source::FailingAt(*capabilities.failing.start());
        let or_any = |source: Option<Source>| source.or(finite).or(endless).or(any).unwrap_or(first);
        let (what, source, cancels) = match seed % KINDS {
            0 => ("requests", or_any(any_finite), 0),
            1 => ("requests to a stream that fails", or_any(failing), 0),
            2 => ("requests and a cancel", or_any(endless), 1),
            3 => ("two cancels", or_any(endless), 2),
            4 => ("requests and a cancel near the end", or_any(finite), 1),
            _ => ("requests, one by one from on_next", or_any(any_finite), 0),
        };
        let mut plan =
            Plan::new(format!("race number {seed}: {what}; {source}"), source).handle().canceller();
        // One item is there at once: a cancel that comes in time is one before any request.
        let silent = cancels > 0 && source.items() <= 1 && draw.one_in(2);
        let unbounded = !silent && cancels > 0 && draw.one_in(2);
        if silent {
            plan.name.push_str("; nobody asks");
        } else if unbounded {
            plan = plan.first(Step::Request(u64::MAX, Via::Lent));
        } else if draw.one_in(2) {
            plan = plan.first(Step::Request(1 + draw.below(5), Via::Lent));
        }
        if seed % KINDS == 5 {
            plan = plan.at(Every(1), Step::Request(1, Via::Lent));
        }
        if source == Source::Length(Length::Endless) {
            plan = plan.at(Nth(400), Step::Cancel(Via::Lent));
        }
        let mut threads = Vec::new();
        for thread in 0..3 {
            let mut steps = Vec::new();
            let requests = match thread < cancels {
                _ if silent => 0,
                true => draw.below(3),
                false => 2 + draw.below(6),
            };
            for _ in 0..requests {
                steps.push((draw.below(4) as usize, Step::Request(1 + draw.below(4), Via::Handle)));
            }
            if thread < cancels {
                let via = draw.pick(&[Via::Handle, Via::Canceller, Via::HandleDropped]);
                steps.push((draw.below(60) as usize, Step::Cancel(via)));
            }
            threads.push(steps);
        }
        Self { plan: Arc::new(plan), threads, real_threads: capabilities.real_threads, own: capabilities.own }
    }
}

/// What came of a run.
pub(super) struct Raced {
    pub(super) events: Vec<Event>,
    /// The items were of the kit's own type.
    pub(super) ours: bool,
    /// What did not return or did not come.
    pub(super) hung: Option<String>,
}

/// `None`: the fixture has no such publisher.
pub(super) fn race<F: Fixture>(
    fixture: &F,
    course: &Course,
    patience: u64,
) -> Result<Option<Raced>, FixtureFault> {
    let env = Env::showing(course.own);
    match course.plan.source {
        Source::Length(length) => {
            let publisher = created(|| fixture.create(&env, length), &course.plan)?;
            Ok(Some(race_for(publisher, &env, course, patience)))
        }
        Source::FailingAt(k) => {
            let publisher = created(|| fixture.create_failing_at(&env, k), &course.plan)?;
            Ok(publisher.map(|publisher| race_for(publisher, &env, course, patience)))
        }
    }
}

/// What all threads of a run share.
#[derive(Default)]
struct Counts {
    /// The workers are to stop.
    over: AtomicUsize,
    /// Workers in the middle of something, and how much they have done.
    working: AtomicUsize,
    work: AtomicUsize,
    /// Racing threads that have taken all their steps.
    finished: AtomicUsize,
}

fn race_for<P: Publisher>(publisher: P, env: &Env, course: &Course, patience: u64) -> Raced {
    let log = env.log().clone();
    let (control, counts) = (Control::new(log.clone()), Arc::new(Counts::default()));
    let call = log.write(What::Subscribe);
    let subscriber = Recorder::new(&control, &course.plan);
    if guarded(&log, Call::Subscribe, || publisher.subscribe(subscriber)) {
        log.write(What::Return(call));
    }
    let mut threads: Vec<_> = (0..WORKERS).map(|_| worker(env, &counts)).collect();
    // A step without a handle would be none. It may come from another thread.
    let began = wait(patience, || control.has_handle() || log.is_dropped());
    for steps in &course.threads {
        let (steps, control, counts) = (steps.clone(), Arc::clone(&control), Arc::clone(&counts));
        threads.push(thread::spawn(move || {
            for (turns, step) in steps {
                (0..turns).for_each(|_| thread::yield_now());
                perform(&control, step);
            }
            drop(control);
            counts.finished.fetch_add(1, SeqCst);
        }));
    }
    let racing = course.threads.len();
    let mut hung = None;
    if !began {
        hung = Some("on_subscribe did not come".to_owned());
    } else if wait(patience, || counts.finished.load(SeqCst) == racing) {
        // All has been asked for: whatever is missing now is missing for good, if it is known that nothing moves.
        let ended = || log.is_dropped();
        let at_rest = || ended() || is_at_rest(env, &counts);
        if !course.real_threads && wait(patience / 8, at_rest) && !ended() {
            log.write(What::Settled { ticking: false, busy: false });
        }
        // Then it is brought to its end: by demand without bound or, where there is no end, by a cancel.
        perform(&control, Step::Request(u64::MAX, Via::Handle));
        let leaves = course.plan.source == Source::Length(Length::Endless) || log.is_cancelled();
        if leaves {
            perform(&control, Step::Cancel(Via::HandleDropped));
        }
        if !wait(patience, ended) {
            hung = Some(match leaves {
                true => "the subscriber was not dropped after the last cancel".to_owned(),
                false => "the stream did not end, though everything was asked for".to_owned(),
            });
        }
    } else {
        hung = Some("a request or a cancel did not return".to_owned());
    }
    counts.over.store(1, SeqCst);
    if hung.is_none() {
        for thread in threads {
            let _ = thread.join();
        }
        guarded(&log, Call::TearDown, || control.let_go());
        for _ in 0..2 {
            guarded(&log, Call::TearDown, || env.executor().drop_tasks());
            guarded(&log, Call::TearDown, || env.clock().forget_alarms());
        }
        // A publisher's own threads may be behind, and nobody knows by how much: what they still hold is no leak yet.
        if !course.real_threads || wait(patience, || env.live().count() == 0) {
            log.write(What::TornDown);
        } else {
            let live = env.live().count();
            hung = Some(format!(
                "{live} items were still alive when everything had been let go: they are leaked (rule 3.13), unless a thread \
                 of the publisher still holds them"
            ));
        }
    }
    Raced { events: log.take(), ours: log.has_our_items(), hung }
}

/// Runs tasks, and moves the clock when there are none.
fn worker(env: &Env, counts: &Arc<Counts>) -> thread::JoinHandle<()> {
    let (executor, clock, log, counts) = (env.executor(), env.clock(), env.log().clone(), Arc::clone(counts));
    thread::spawn(move || {
        while counts.over.load(SeqCst) == 0 {
            counts.working.fetch_add(1, SeqCst);
            let mut worked = false;
            guarded(&log, Call::Settle, || worked = executor.run_one());
            if !worked {
                let returned = guarded(&log, Call::Settle, || {
                    worked = clock.advance_to_next(Duration::MAX).is_some();
                });
                worked |= !returned;
            }
            counts.work.fetch_add(usize::from(worked), SeqCst);
            counts.working.fetch_sub(1, SeqCst);
            if !worked {
                thread::yield_now();
            }
        }
    })
}

/// Whether no task can run, no alarm is armed, and no worker is in the middle of something. All of it is seen in one
/// piece: whoever had done something meanwhile would still be at it, or have counted it.
fn is_at_rest(env: &Env, counts: &Counts) -> bool {
    let executor = env.executor();
    let work = counts.work.load(SeqCst);
    counts.working.load(SeqCst) == 0
        && executor.runnable() == 0
        && executor.idle().len() == executor.pending()
        && env.clock().armed() == 0
        && counts.working.load(SeqCst) == 0
        && counts.work.load(SeqCst) == work
}

/// Lets all other threads go first, again and again, until it is `done`; false when the patience is at its end.
fn wait(patience: u64, done: impl Fn() -> bool) -> bool {
    for _ in 0..patience {
        if done() {
            return true;
        }
        thread::yield_now();
    }
    done()
}

fn perform(control: &Control, step: Step) {
    let call = if matches!(step, Step::Cancel(_)) { Call::Cancel } else { Call::Request };
    guarded(&control.log, call, || control.perform(step, None));
}

/// Calls, and writes down what panic comes out; false when one does.
fn guarded(log: &Log, from: Call, call: impl FnOnce()) -> bool {
    let gone = log.is_dropped();
    let Err(payload) = catch_unwind(AssertUnwindSafe(call)) else { return true };
    log.write(if payload.is::<KitPanic>() {
        What::Unwound(from)
    } else if payload.is::<SourceRunsAway>() {
        What::SourceRunsAway { gone }
    } else {
        What::Panicked { from, message: message(&*payload) }
    });
    false
}
