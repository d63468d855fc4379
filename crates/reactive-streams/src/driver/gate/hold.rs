//! What a thread has for itself stays in the hands of the input that runs, from item to item.
//!
//! To take machine and outlet from the desk, and to put them back, costs more than most of what is done with them. So the
//! line of an input keeps both between its items, for as long as all of them go the same way: out as they come in, or
//! into the queue. It counts how many may, and the machine hears of them when the *run* ends.
//!
//! # Invariants
//!
//! * The invariants of [alone](super::alone) hold; what is in a line's hands is at the desk for all others. A call that
//!   looks for it there meanwhile, on the same thread, finds nothing and tells the gate, as beside a machine that works.
//! * A line has it only while its publisher will call it again within the same call of ours: it has demand left, so that
//!   it brings an item, a terminal, or is dropped. Each of the three lays it down. So nothing is in a line's hands when
//!   the call returns.
//! * Before each item this thread looks whether it was called, cancelled, and asked; if anything but the usual is to be
//!   done, the run ends first.
//! * What the machine is not told of changes nothing but its queue and two numbers of this input, which follow from the
//!   queue and from what is left of the run. What is counted for all to see is counted at each item.

use super::Gate;
use super::alone::Laid;
use super::shared::Shared;
use reactive_streams_core::{Demand, Subscriber, Subscription, shim};

/// Items of one input that go the same way.
pub(crate) struct Run {
    /// Into the queue; otherwise, out as they come in.
    pub(crate) keeps: bool,
    /// So many more may, before something else is to be done.
    pub(crate) left: u64,
    /// Then this input is to be asked for so many more, if they pass.
    pub(crate) batch: u64,
    /// What was held when it began.
    pub(crate) held: usize,
}

/// What the line of an input may have in its hands.
pub(crate) struct Hold<M, D>(Option<Held<M, D>>);

struct Held<M, D> {
    laid: Laid<M, D>,
    run: Run,
    /// Downstream wants no end of items, and nobody has a hold on it: there is nothing to look at and nothing to count.
    all: bool,
}

impl<M, D> Hold<M, D> {
    pub(crate) const NOTHING: Self = Self(None);
}

/// What became of an item.
pub(crate) enum Ran<T> {
    Done,
    /// It went that way, and something else is to be done.
    Last,
    /// It is to go another way.
    Not(T),
}

impl<M, D> Gate<M, D>
where
    M: Shared,
    D: Subscriber<Item = M::Out, Error = M::Error> + Send + 'static,
{
    /// An item of the run that `hold` is in, if it is in one.
    #[inline(always)]
    pub(crate) fn pass_held(
        &self,
        hold: &mut Hold<M, D>,
        input: usize,
        item: M::Lost,
        lent: &mut Subscription,
    ) -> Ran<M::Lost> {
        let Hold(Some(Held { laid, run, all })) = hold else { return Ran::Not(item) };
        let (machine, outlet) = laid.parts();
        if self.desk.is_called() {
            return Ran::Not(item);
        }
        if M::OF_ALL && run.keeps {
            let wanted = if *all { u64::MAX } else { outlet.subscription.wanted().unwrap_or(0) };
            if wanted == 0 {
                return Ran::Not(item);
            }
            if let Some(item) = machine.keep(input, item, wanted) {
                return Ran::Not(item);
            }
            run.left -= 1;
            return if run.left == 0 { Ran::Last } else { Ran::Done };
        }
        if !*all && !shim::planted("alone-runs-on-unseeing") && !outlet.subscription.is_ready() {
            return Ran::Not(item);
        }
        let (item, last) = match machine.through(input, item) {
            Ok(passed) => passed,
            Err(item) => return Ran::Not(item),
        };
        run.left -= 1;
        if run.left == 0 {
            run.left = run.batch;
            if let Some(more) = Demand::new(run.batch) {
                lent.request(more);
            }
        }
        let done = if *all {
            // A subscription that the compiler knows.
            let mut subscription = Subscription::of_all();
            subscription.pass(item, &mut outlet.downstream);
            let still = subscription.wants_all();
            if !still {
                outlet.subscription = subscription;
            }
            still
        } else {
            outlet.subscription.deliver(item, &mut outlet.downstream);
            !outlet.subscription.is_cancelled()
        };
        if last || !done { Ran::Last } else { Ran::Done }
    }

    /// The run ends, if there is one: the machine hears of it, and lies at the desk.
    #[inline]
    pub(crate) fn end_run(&self, hold: &mut Hold<M, D>, input: usize) {
        if let Some(held) = hold.0.take() {
            self.end(held, input);
        }
    }

    #[inline(never)]
    fn end(&self, held: Held<M, D>, input: usize) {
        let Held { mut laid, run, .. } = held;
        laid.parts().0.ran(input, &run);
        self.lay_down(laid);
    }

    /// What this thread has worked on goes into these hands, if the next items of this input may all go the same way;
    /// otherwise, back to the desk.
    #[inline]
    pub(super) fn lay_down_or_hold(
        &self,
        laid: Laid<M, D>,
        hold: Option<&mut Hold<M, D>>,
        input: usize,
        keeps: bool,
        lent: &mut Subscription,
    ) {
        match hold {
            Some(hold) if !shim::fuzz_coin(2) => self.begin_run(laid, hold, input, keeps, lent),
            _ => self.lay_down(laid),
        }
    }

    #[inline(never)]
    fn begin_run(
        &self,
        mut laid: Laid<M, D>,
        hold: &mut Hold<M, D>,
        input: usize,
        keeps: bool,
        lent: &mut Subscription,
    ) {
        let (machine, outlet) = laid.parts();
        let asked = lent.outstanding().map_or(0, Demand::get);
        match machine.run(input, keeps, asked) {
            Some(run) => {
                let wanted = outlet.subscription.outstanding();
                let all = outlet.subscription.is_bare() && wanted == Some(Demand::UNBOUNDED);
                hold.0 = Some(Held { laid, run, all });
            }
            None => self.lay_down(laid),
        }
    }
}
