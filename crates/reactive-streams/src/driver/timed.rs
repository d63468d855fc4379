//! A valve and a clock: `sample`, `timeout`. The arming of alarms is shared with `interval`, which has no upstream.
//!
//! A store is asked what it waits for when there is nothing else to do, and an alarm is armed only when that is
//! another time than before. The clock is read when an alarm rings and when a store asks for the time, never for
//! an item. An alarm without demand finds whatever waits still waiting: nothing here emits without demand.
//!
//! Left to this driver: what is left to the valve.

use crate::driver::gate::{Act, Gate, Hook, Lost, Machine};
use crate::driver::valve::{self, Intake, Store, Valve};
use crate::ledger::{Ledger, Reason};
use reactive_streams_core::{Clock, Demand, Publisher, Subscriber};
use std::sync::Arc;
use std::time::Duration;

/// What a store waits for, beside items and demand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Nothing.
    Event,
    /// It must know the time.
    Time,
    /// It must know when it is this late.
    Until(Duration),
}

/// A store that knows the time.
pub(crate) trait Paced: Store {
    /// What it waits for, now that nothing can be let out.
    fn wait(&mut self, demand: Option<Demand>) -> Wait;

    /// It is `now`. An error ends the stream.
    fn tick(&mut self, now: Duration) -> Result<(), Self::Error>;
}

/// The alarm that is armed.
pub(crate) struct Armed {
    clock: Arc<dyn Clock>,
    at: Option<Duration>,
}

impl Armed {
    /// There is none yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, at: None }
    }

    /// What the gate is to do about it.
    pub(crate) fn wait<T, E, L>(&mut self, wait: Wait) -> Act<T, E, L> {
        match wait {
            Wait::Time => Act::Time(Arc::clone(&self.clock)),
            Wait::Until(at) if self.at != Some(at) => {
                self.at = Some(at);
                Act::WakeAt(Arc::clone(&self.clock), at)
            }
            Wait::Event | Wait::Until(_) => Act::Idle,
        }
    }

    /// Whether it waits for what there is an alarm for, or for none.
    fn is_set_for(&self, wait: &Wait) -> bool {
        match wait {
            Wait::Event => true,
            Wait::Time => false,
            Wait::Until(at) => self.at == Some(*at),
        }
    }

    /// It is `now`: an alarm that was due has rung.
    pub(crate) fn tick(&mut self, now: Duration) {
        self.at = self.at.filter(|at| *at > now);
    }
}

/// The first time after `now` that lies a whole number of periods after `start`, and that number.
pub(crate) fn grid(start: Duration, period: Duration, now: Duration) -> (u64, Duration) {
    let passed = now.saturating_sub(start).as_nanos() / period.as_nanos().max(1);
    let number = u64::try_from(passed).unwrap_or(u64::MAX).saturating_add(1);
    let since = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).saturating_mul(number);
    (number, start.saturating_add(Duration::from_nanos(since)))
}

/// A valve whose store knows the time.
struct Timed<St: Paced> {
    valve: Valve<St>,
    armed: Armed,
}

impl<St: Paced> Machine for Timed<St> {
    type Out = St::Out;
    type Error = St::Error;
    type Lost = St::In;

    fn next(&mut self, demand: Option<Demand>) -> Act<St::Out, St::Error, St::In> {
        match self.valve.next(demand) {
            Act::Idle if self.valve.is_open() => self.armed.wait(self.valve.store.wait(demand)),
            act => act,
        }
    }

    fn rest(&mut self) {
        self.valve.rest();
    }

    fn holds(&self) -> bool {
        self.valve.holds()
    }

    fn is_calm(&mut self, demand: Option<Demand>) -> bool {
        self.valve.is_calm(demand) && self.armed.is_set_for(&self.valve.store.wait(demand))
    }

    fn close(&mut self, reason: Reason) -> Lost<St::In> {
        self.valve.close(reason)
    }

    fn unsaid(&mut self) -> Option<St::Error> {
        self.valve.unsaid()
    }

    fn tick(&mut self, now: Duration) -> Lost<St::In> {
        self.armed.tick(now);
        if self.valve.is_open()
            && let Err(error) = self.valve.store.tick(now)
        {
            let too_late = self.valve.end(Err(error));
            debug_assert!(too_late.is_none(), "it is open");
        }
        Lost::Nothing
    }
}

impl<St: Paced> Intake for Timed<St> {
    type Store = St;

    fn valve(&mut self) -> &mut Valve<St> {
        &mut self.valve
    }
}

/// Puts `store` between `source` and `downstream`, and tells it the time.
pub(crate) fn subscribe<P, St, D>(
    source: P,
    store: St,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    hook: Option<Hook<St::In>>,
    downstream: D,
) where
    P: Publisher,
    St: Paced + Store<In = P::Item, InError = P::Error>,
    D: Subscriber<Item = St::Out, Error = St::Error> + Send + 'static,
{
    let machine = Timed { valve: Valve::new(store, ledger), armed: Armed::new(clock) };
    if let Some(gate) = Gate::start(machine, downstream, hook) {
        valve::feed(source, gate, |held, _| held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reactive_streams_test::VirtualClock;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn the_grid_is_strictly_ahead() {
        assert_eq!(grid(S, 2 * S, S), (1, 3 * S));
        assert_eq!(grid(S, 2 * S, 3 * S - S / 2), (1, 3 * S));
        assert_eq!(grid(S, 2 * S, 3 * S), (2, 5 * S));
        assert_eq!(grid(S, 2 * S, Duration::ZERO), (1, 3 * S));
        assert!(grid(S, Duration::from_nanos(1), Duration::MAX).1 > S);
    }

    #[test]
    fn an_alarm_is_armed_once_for_each_time() {
        let mut armed = Armed::new(Arc::new(VirtualClock::new()));
        assert!(matches!(armed.wait::<(), (), ()>(Wait::Until(S)), Act::WakeAt(_, S)));
        assert!(matches!(armed.wait::<(), (), ()>(Wait::Until(S)), Act::Idle));
        armed.tick(S / 2);
        assert!(matches!(armed.wait::<(), (), ()>(Wait::Until(S)), Act::Idle));
        armed.tick(S);
        assert!(matches!(armed.wait::<(), (), ()>(Wait::Until(S)), Act::WakeAt(_, S)));
        assert!(matches!(armed.wait::<(), (), ()>(Wait::Event), Act::Idle));
    }
}
