//! Ticks.
//!
//! ```text
//! clock   ----1----2----3----4----      demand for two ticks, one of them late
//! demand  1-----------1-----------
//! out     ----0-------1-----------
//! ```
//!
//! Driver: timed, without an upstream.

use crate::Flow;
use crate::driver::gate::{Act, Gate, Lost, Machine};
use crate::driver::timed::{Armed, Wait, grid};
use crate::ledger::Reason;
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// When the ticks that nobody asked for in time come. See [`Flow::missed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissedTick {
    /// One after another, as soon as they are asked for: none is left out.
    #[default]
    Burst,
    /// The first as soon as it is asked for; the others are left out, and their numbers with them.
    Skip,
    /// The first as soon as it is asked for, and the next a whole period after that.
    Delay,
}

/// The number of each tick: 0 after one `period`, 1 after two, and so on. It never ends by itself and cannot fail.
///
/// # Demand
///
/// One tick for each unit. A tick without demand waits, and the next ones behave as [`Flow::missed`] says. An alarm
/// is armed only under demand.
///
/// # Cancellation
///
/// Disarms the alarm.
///
/// # Panics
///
/// When `period` is zero.
///
/// # Examples
///
/// ```
/// use reactive_streams::interval;
/// use reactive_streams_test::{VirtualClock, probe};
/// use std::time::Duration;
///
/// let clock = VirtualClock::new();
/// let probe = probe(interval(Duration::from_secs(1), clock.clone()));
/// probe.request(2);
/// clock.advance(Duration::from_secs(3));
/// assert_eq!(probe.items(), [0, 1]);
/// probe.request(2); // the third has been waiting, the fourth is not due
/// assert_eq!(probe.items(), [2]);
/// ```
pub fn interval<C: Clock + 'static>(period: Duration, clock: C) -> Flow<Interval> {
    assert!(!period.is_zero(), "interval: the period is zero");
    Flow::from(Interval { period, missed: MissedTick::Burst, clock: Arc::new(clock) })
}

impl Flow<Interval> {
    /// When the ticks that nobody asked for in time come.
    pub fn missed(mut self, missed: MissedTick) -> Self {
        self.publisher.missed = missed;
        self
    }
}

/// See [`interval`].
#[derive(Clone)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Interval {
    period: Duration,
    missed: MissedTick,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Interval");
        fields.field("period", &self.period).field("missed", &self.missed).finish_non_exhaustive()
    }
}

impl Publisher for Interval {
    type Item = u64;
    type Error = Infallible;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = u64, Error = Infallible> + Send + 'static,
    {
        let ticks = Ticks::new(self.clock, self.period, self.missed);
        let _gate = Gate::start(ticks, subscriber, None);
    }
}

struct Ticks {
    start: Duration,
    period: Duration,
    missed: MissedTick,
    /// The next tick, and when it is due.
    number: u64,
    due: Duration,
    /// When we last looked, and whether that was since the demand came.
    now: Duration,
    looked: bool,
    armed: Armed,
}

impl Ticks {
    fn new(clock: Arc<dyn Clock>, period: Duration, missed: MissedTick) -> Self {
        let now = clock.now();
        let (start, due) = (now, now.saturating_add(period));
        Self { start, period, missed, number: 0, due, now, looked: true, armed: Armed::new(clock) }
    }

    /// This one has gone out.
    fn step(&mut self) {
        self.number += 1;
        match self.missed {
            MissedTick::Burst => self.due = self.due.saturating_add(self.period),
            MissedTick::Delay => self.due = self.now.saturating_add(self.period),
            MissedTick::Skip => {
                let ahead;
                (ahead, self.due) = grid(self.start, self.period, self.now);
                self.number = ahead - 1;
            }
        }
    }
}

impl Machine for Ticks {
    type Out = u64;
    type Error = Infallible;
    type Lost = Infallible;

    fn next(&mut self, demand: Option<Demand>) -> Act<u64, Infallible, Infallible> {
        if demand.is_none() {
            self.looked = false;
            return Act::Idle;
        }
        if self.due <= self.now {
            let number = self.number;
            self.step();
            return Act::Emit(number);
        }
        self.armed.wait(if self.looked { Wait::Until(self.due) } else { Wait::Time })
    }

    /// Only demand brings the next tick.
    fn holds(&self) -> bool {
        true
    }

    fn close(&mut self, _reason: Reason) -> Lost<Infallible> {
        Lost::Nothing
    }

    fn tick(&mut self, now: Duration) -> Lost<Infallible> {
        self.armed.tick(now);
        (self.now, self.looked) = (now, true);
        Lost::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reactive_streams_test::VirtualClock;

    const S: Duration = Duration::from_secs(1);

    fn at(time: Duration) -> Arc<dyn Clock> {
        let clock = VirtualClock::new();
        clock.advance(time);
        Arc::new(clock)
    }

    /// What goes out when three ticks are asked for five and a half periods after the start, and when the next is due.
    fn late(missed: MissedTick) -> (Vec<u64>, Duration) {
        let mut ticks = Ticks::new(at(S), S, missed);
        let (mut out, demand) = (Vec::new(), Some(Demand::UNBOUNDED));
        assert!(matches!(ticks.next(None), Act::Idle));
        assert!(matches!(ticks.next(demand), Act::Time(_)));
        let _ = ticks.tick(6 * S + S / 2);
        for _ in 0..3 {
            if let Act::Emit(number) = ticks.next(demand) {
                out.push(number);
            }
        }
        (out, ticks.due)
    }

    #[test]
    fn missed_ticks_come_as_the_policy_says() {
        assert_eq!(late(MissedTick::Burst), (vec![0, 1, 2], 5 * S));
        assert_eq!(late(MissedTick::Skip), (vec![0], 7 * S));
        assert_eq!(late(MissedTick::Delay), (vec![0], 7 * S + S / 2));
    }

    #[test]
    fn it_looks_at_the_time_once_and_then_arms_once() {
        let mut ticks = Ticks::new(at(S), S, MissedTick::Skip);
        let demand = Some(Demand::ONE);
        assert!(matches!(ticks.next(demand), Act::WakeAt(_, at) if at == 2 * S));
        assert!(matches!(ticks.next(demand), Act::Idle));
        let _ = ticks.tick(2 * S);
        assert!(matches!(ticks.next(demand), Act::Emit(0)));
        assert!(matches!(ticks.next(demand), Act::WakeAt(_, at) if at == 3 * S));
    }
}
