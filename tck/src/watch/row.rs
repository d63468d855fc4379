//! When something hangs: pure arithmetic over what was seen of the threads, look by look.
//!
//! Four things are known for certain, or as certainly as no load of the machine can bring them about:
//!
//! * *Deadlocked*: each thread waits, without a limit, until another thread of the process wakes it, and none was switched
//!   to between two looks. Then at one moment all of them waited, and nobody was left to wake one. A thread that could run
//!   and is not let by others is not waiting, and one that was let run has been switched to.
//! * *Asleep*: likewise, but some wait for what may come from outside or from the clock. That must be seen in [`ASLEEP`]
//!   looks in a row, and only those looks count between which a processor of the machine had nothing to do: while one is
//!   idle, nobody who could wake them is kept from running.
//! * *Spins*: so much CPU time was used without a step of the kit or an entry of the log.
//! * *Naps*: so often the threads went to sleep and woke without one.

use std::fmt;

/// Looks that find a deadlock: two are the proof.
const DEADLOCKED: u32 = 3;
const ASLEEP: u32 = 250;
/// In ticks of ten milliseconds.
const SPINS: u64 = 5 * 100;
const NAPS: u64 = 20_000;
/// After so many looks it is asked once whether it is slow because it sleeps.
const LONG: u32 = 500;

/// What holds a thread up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It runs, or could.
    Runs,
    /// Something outside of the process, or the clock, may wake it.
    Sleeps,
    /// Only another thread of the process can.
    Waits,
}

/// One thread at one look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) id: u64,
    pub(super) state: State,
    /// How often it gave up the processor of its own will, and how often it was taken from it.
    pub(super) naps: u64,
    pub(super) taken: u64,
    /// CPU time that it used.
    pub(super) ticks: u64,
    /// What it uses is laid to the charge of who is judged.
    pub(super) charged: bool,
}

/// One look.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) threads: Vec<Thread>,
    /// For how long the processors of the machine had nothing to do, in ticks; `None` when nobody says.
    pub(super) idle: Option<u64>,
}

/// Why it is hung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hung {
    Deadlocked,
    Asleep,
    Spins,
    Naps,
}

impl fmt::Display for Hung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadlocked => f.write_str("every thread waits for another one, and none can run"),
            Self::Asleep => f.write_str("all threads sleep, and nothing wakes them"),
            Self::Spins => write!(f, "{} s of CPU time went by without a step", SPINS / 100),
            Self::Naps => write!(f, "its threads slept and woke {NAPS} times without a step"),
        }
    }
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Row {
    last: Seen,
    steps: u64,
    deadlocked: u32,
    asleep: u32,
    /// Since the last step.
    ticks: u64,
    naps: u64,
    looks: u32,
    /// Looks at which no thread ran.
    resting: u32,
}

impl Row {
    /// `computes`: the time that is used is the kit's own.
    pub(super) fn look(&mut self, steps: u64, computes: bool, seen: Seen) -> Option<Hung> {
        let stepped = std::mem::replace(&mut self.steps, steps) != steps;
        if stepped || computes {
            (self.ticks, self.naps) = (0, 0);
        } else {
            for thread in seen.threads.iter().filter(|thread| thread.charged) {
                let before = self.last.threads.iter().find(|known| known.id == thread.id);
                let since = |now: u64, of: fn(&Thread) -> u64| now.saturating_sub(before.map_or(0, of));
                self.ticks += since(thread.ticks, |known| known.ticks);
                self.naps += since(thread.naps, |known| known.naps);
            }
        }
        let at_rest = !stepped && !seen.threads.is_empty() && self.nobody_ran(&seen);
        let all = |state: fn(State) -> bool| at_rest && seen.threads.iter().all(|thread| state(thread.state));
        self.deadlocked = if all(|state| state == State::Waits) { self.deadlocked + 1 } else { 0 };
        if !all(|state| state != State::Runs) {
            self.asleep = 0;
        } else if seen.idle > self.last.idle && self.last.idle.is_some() {
            self.asleep += 1;
        }
        self.looks = self.looks.saturating_add(1);
        let rests = seen.threads.iter().all(|thread| !thread.charged || thread.state != State::Runs);
        self.resting += u32::from(rests);
        self.last = seen;
        let found = [
            (self.deadlocked >= DEADLOCKED, Hung::Deadlocked),
            (self.asleep >= ASLEEP, Hung::Asleep),
            (self.ticks >= SPINS, Hung::Spins),
            (self.naps >= NAPS, Hung::Naps),
        ];
        found.into_iter().find_map(|(is, hung)| is.then_some(hung))
    }

    /// Once, after many looks: at how many of them no thread ran, if that was most of them. It is no verdict. Who could run
    /// and is not let by others runs.
    pub(super) fn rested(&self) -> Option<(u32, u32)> {
        (self.looks == LONG && self.resting * 2 > LONG).then_some((self.resting, self.looks))
    }

    /// Whether there are the same threads as at the last look, and none of them was switched to since.
    fn nobody_ran(&self, seen: &Seen) -> bool {
        let same = |(now, before): (&Thread, &Thread)| {
            (now.id, now.naps, now.taken) == (before.id, before.naps, before.taken)
        };
        seen.threads.len() == self.last.threads.len() && seen.threads.iter().zip(&self.last.threads).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(id: u64, state: State) -> Thread {
        Thread { id, state, naps: 7, taken: 2, ticks: 5, charged: true }
    }

    fn seen(threads: &[Thread], idle: u64) -> Seen {
        Seen { threads: threads.to_vec(), idle: Some(idle) }
    }

    /// The same look, again and again, on a machine with an idle processor; how many it took.
    fn until_hung(threads: &[Thread], most: u64) -> Option<(u64, Hung)> {
        let mut row = Row::default();
        (0..most).find_map(|look| Some((look, row.look(1, false, seen(threads, look))?)))
    }

    #[test]
    fn who_waits_for_each_other_is_deadlocked_at_once_and_who_sleeps_after_many_looks() {
        let waits = [thread(1, State::Waits), thread(2, State::Waits)];
        assert_eq!(until_hung(&waits, 10), Some((3, Hung::Deadlocked)));
        let sleeps = [thread(1, State::Waits), thread(2, State::Sleeps)];
        assert_eq!(until_hung(&sleeps, 249), None);
        assert_eq!(until_hung(&sleeps, 300), Some((250, Hung::Asleep)));
    }

    #[test]
    fn who_could_run_and_is_not_let_is_not_hung() {
        assert_eq!(until_hung(&[thread(1, State::Waits), thread(2, State::Runs)], 100_000), None);
    }

    #[test]
    fn on_a_machine_without_an_idle_processor_nobody_is_asleep() {
        let mut row = Row::default();
        let look = |row: &mut Row, idle| row.look(1, false, seen(&[thread(1, State::Sleeps)], idle));
        assert!((0..100_000).all(|_| look(&mut row, 40).is_none()));
        // Nor where nobody says whether there is one.
        let unknown = Seen { threads: vec![thread(1, State::Sleeps)], idle: None };
        assert!((0..100_000).all(|_| row.look(1, false, unknown.clone()).is_none()));
    }

    #[test]
    fn who_sleeps_at_most_looks_and_goes_on_is_slow_and_who_could_run_is_not() {
        let slow = |state: fn(u64) -> State| {
            let mut row = Row::default();
            (1..2_000)
                .filter_map(|look| {
                    assert_eq!(row.look(look, false, seen(&[thread(1, state(look))], look)), None);
                    row.rested()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(slow(|_| State::Sleeps), [(500, 500)]);
        assert_eq!(slow(|look| if look % 3 == 0 { State::Runs } else { State::Sleeps }), [(334, 500)]);
        assert_eq!(slow(|look| if look % 3 > 0 { State::Runs } else { State::Sleeps }), []);
    }

    #[test]
    fn who_was_switched_to_between_the_looks_is_not_deadlocked() {
        let mut row = Row::default();
        for look in 0..1000 {
            let woken = Thread { naps: look, ..thread(1, State::Waits) };
            assert_eq!(row.look(1, false, seen(&[woken, thread(2, State::Waits)], 0)), None);
        }
        // Nor is one beside a thread that was not there, or is not any more.
        let mut row = Row::default();
        for look in 0..1000 {
            let threads = [1, 2].map(|id| Thread { naps: 0, ticks: 0, ..thread(id, State::Waits) });
            assert_eq!(row.look(1, false, seen(&threads[..1 + look % 2], 0)), None);
        }
    }

    #[test]
    fn cpu_time_and_naps_count_since_the_last_step_and_only_if_charged() {
        let cases = [
            (true, 0, false, Some(Hung::Spins)),
            (false, 0, false, None),
            (true, 1, false, None),
            (true, 0, true, None),
        ];
        for (charged, steps, computes, expected) in cases {
            let mut row = Row::default();
            let hung = (1..3_000).find_map(|look| {
                let busy = Thread { ticks: look, charged, ..thread(1, State::Runs) };
                row.look(steps * look, computes, seen(&[busy], 0))
            });
            assert_eq!(hung, expected, "{charged} {steps} {computes}");
        }
        let mut row = Row::default();
        let hung = (1..3_000).find_map(|look| {
            let nap = Thread { naps: look * 20, ..thread(1, State::Sleeps) };
            row.look(1, false, seen(&[nap], look))
        });
        assert_eq!(hung, Some(Hung::Naps));
    }
}
