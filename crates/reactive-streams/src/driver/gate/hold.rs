//! What a thread has for itself stays in the hands of the input that runs, from item to item.
//!
//! To take machine and outlet from the desk, and to put them back, costs more than most of what is done with them. So the
//! line of an input keeps both between its items, for as long as all of them go the same way: out as they come in, or
//! into the queue. What goes out is asked for again at once, so that nothing is counted, and the machine hears of all of it
//! when the *run* ends.
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
//! * What the machine is not told of changes nothing but its queue and what this input was asked for, which follows from
//!   the queue. What is counted for all to see is counted at each item.

use super::Gate;
use super::alone::Laid;
use super::shared::Shared;
use reactive_streams_core::{Demand, Subscriber, Subscription, shim};

/// Items of one input that go the same way.
pub(crate) struct Run {
    /// Into the queue; otherwise, out as they come in.
    pub(crate) keeps: bool,
    /// What was held when it began.
    pub(crate) held: usize,
    /// Downstream wants no end of items, and nobody has a hold on it: there is nothing to look at and nothing to count.
    pub(super) all: bool,
}

impl Run {
    pub(super) const NONE: Self = Self { keeps: false, held: 0, all: false };
}

/// What the line of an input may have in its hands.
pub(crate) struct Hold<M: Shared, D>(Option<(M::Own, Laid<M, D>)>);

impl<M: Shared, D> Hold<M, D> {
    pub(crate) const NOTHING: Self = Self(None);

    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
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
    /// An item of the run that `hold` is in, if it is in one. The input is asked for another one for each that passes.
    #[inline(always)]
    pub(crate) fn pass_held(
        &self,
        hold: &mut Hold<M, D>,
        input: usize,
        item: M::Lost,
        lent: &mut Subscription,
    ) -> Ran<M::Lost> {
        let Hold(Some((own, laid))) = hold else { return Ran::Not(item) };
        let (_, outlet, run) = laid.parts();
        if self.desk.is_called() {
            return Ran::Not(item);
        }
        if M::OF_ALL && run.keeps {
            if run.all {
                M::keep(own, input, item, u64::MAX);
            } else {
                let wanted = outlet.subscription.wanted().unwrap_or(0);
                if wanted == 0 {
                    return Ran::Not(item);
                }
                M::keep(own, input, item, wanted);
            }
            return if lent.is_used_up() { Ran::Last } else { Ran::Done };
        }
        if run.all {
            let (item, last) = match M::through(own, input, item) {
                Ok(passed) => passed,
                Err(item) => return Ran::Not(item),
            };
            lent.give_back();
            // A subscription that the compiler knows.
            let mut subscription = Subscription::of_all();
            subscription.pass(item, &mut outlet.downstream);
            if subscription.wants_all() {
                return if last { Ran::Last } else { Ran::Done };
            }
            outlet.subscription = subscription;
            return Ran::Last;
        }
        if !shim::planted("alone-runs-on-unseeing") && !outlet.subscription.is_ready() {
            return Ran::Not(item);
        }
        let (item, last) = match M::through(own, input, item) {
            Ok(passed) => passed,
            Err(item) => return Ran::Not(item),
        };
        lent.give_back();
        outlet.subscription.deliver(item, &mut outlet.downstream);
        if last || outlet.subscription.is_cancelled() { Ran::Last } else { Ran::Done }
    }

    /// The run ends, if there is one: the machine hears of it, and lies at the desk.
    #[inline]
    pub(crate) fn end_run(&self, hold: &mut Hold<M, D>, input: usize) {
        if let Some((own, laid)) = hold.0.take() {
            self.end(own, laid, input);
        }
    }

    #[inline(never)]
    fn end(&self, own: M::Own, mut laid: Laid<M, D>, input: usize) {
        let (machine, _, run) = laid.parts();
        machine.ran(input, own, run);
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
        let (machine, outlet, run) = laid.parts();
        let asked = lent.outstanding().map_or(0, Demand::get);
        let Some((own, held)) = machine.run(input, asked) else { return self.lay_down(laid) };
        let wanted = outlet.subscription.outstanding();
        let all = outlet.subscription.is_bare() && wanted == Some(Demand::UNBOUNDED);
        *run = Run { keeps, held, all };
        hold.0 = Some((own, laid));
    }
}
