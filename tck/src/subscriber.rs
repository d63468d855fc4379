//! The kit's subscriber: does what the plan says and writes down what it gets.

use crate::Item;
use crate::company;
use crate::log::{Log, Via, What};
use crate::plan::{Inside, Panics, Plan, Step, When};
use crate::stack::Stack;
use reactive_streams_core::shim::{self, Mutex, thread};
use reactive_streams_core::{Canceller, Demand, Handle, Subscriber, Subscription};
use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};

/// More items than any plan lets come: the publisher has run away.
const RUNAWAY: u64 = 600;
/// More items than this after a cancel: likewise.
const RUNAWAY_AFTER_CANCEL: u64 = 100;

/// More items than any plan with a deep stream lets come.
const RUNAWAY_DEEP: u64 = 12_000;
/// So many items of a deep stream are written down before the others are counted.
const SHOWN: u64 = 12;

/// What the kit's own panics carry.
pub(crate) struct KitPanic;

/// The kit's end of the subscription. It owns the handle; the subscriber knows it weakly (rule 3-vi).
pub(crate) struct Control {
    pub(crate) log: Log,
    handle: Mutex<Option<Arc<Handle>>>,
    canceller: Mutex<Option<Canceller>>,
}

impl Control {
    pub(crate) fn new(log: Log) -> Arc<Self> {
        Arc::new(Self { log, handle: Mutex::new(None), canceller: Mutex::new(None) })
    }

    /// Does one step; `lent` is there inside a callback. A step that needs what was not handed out is left out.
    pub(crate) fn perform(&self, step: Step, lent: Option<&mut Subscription>) {
        self.perform_on(Some(&self.log), step, lent);
    }

    /// The same; without a log it is not written down.
    fn perform_on(&self, log: Option<&Log>, step: Step, lent: Option<&mut Subscription>) {
        let via = match step {
            Step::Request(_, via) | Step::Cancel(via) => via,
            Step::GiveUp => return self.give_up(log),
        };
        match via {
            Via::Lent => {
                if let Some(subscription) = lent {
                    written(log, step, || match step {
                        Step::Request(n, _) => subscription.request(Demand::of(n)),
                        _ => subscription.cancel(),
                    });
                }
            }
            Via::Handle | Via::HandleOnThread => {
                let handle = self.handle.lock().clone();
                let Some(handle) = handle else { return };
                on_thread(via == Via::HandleOnThread, &self.log, log, move |log| {
                    written(log, step, || match step {
                        Step::Request(n, _) => handle.request(Demand::of(n)),
                        _ => handle.cancel(),
                    });
                });
            }
            Via::Canceller | Via::CancellerOnThread => {
                let canceller = self.canceller.lock().clone();
                let Some(canceller) = canceller else { return };
                on_thread(via == Via::CancellerOnThread, &self.log, log, move |log| {
                    written(log, step, || canceller.cancel());
                });
            }
            Via::HandleDropped => {
                let kept = self.handle.lock().take();
                if kept.is_some() {
                    written(log, step, || drop(kept));
                }
            }
        }
    }

    /// The canceller that comes of it takes the place of another one. Inside a call of the handle it is left out.
    fn give_up(&self, log: Option<&Log>) {
        let kept = self.handle.lock().take().map(Arc::try_unwrap);
        if let Some(Err(used)) = kept {
            *self.handle.lock() = Some(used);
        } else if let Some(Ok(handle)) = kept {
            let mut canceller = None;
            written(log, Step::GiveUp, || canceller = Some(handle.give_up()));
            let before = std::mem::replace(&mut *self.canceller.lock(), canceller);
            drop(before);
        }
    }

    /// Whether the handle was handed out and is still here.
    pub(crate) fn has_handle(&self) -> bool {
        self.handle.lock().is_some()
    }

    /// Lets go of handle and canceller.
    pub(crate) fn let_go(&self) {
        let handle = self.handle.lock().take();
        let canceller = self.canceller.lock().take();
        drop((handle, canceller));
    }
}

fn on_thread(other: bool, own: &Log, log: Option<&Log>, work: impl FnOnce(Option<&Log>) + Send + 'static) {
    if !other {
        return work(log);
    }
    let (written, own) = (log.cloned(), own.clone());
    let helper = move || {
        own.adopt_thread();
        work(written.as_ref());
    };
    if let Err(payload) = thread::spawn(helper).join() {
        resume_unwind(payload);
    }
}

fn written(log: Option<&Log>, step: Step, work: impl FnOnce()) {
    let Some(log) = log else { return work() };
    let call = log.write(match step {
        Step::Request(n, via) => What::Request { n, via },
        Step::Cancel(via) => What::Cancel { via },
        Step::GiveUp => What::GiveUp,
    });
    work();
    log.write(What::Return(call));
}

/// Writes down a signal, and whether a lock of ours is held while it comes (in debug builds).
fn signalled(log: &Log, signal: What) -> usize {
    let number = log.write(signal);
    if catch_unwind(shim::assert_unlocked).is_err() {
        log.write(What::Locked);
    }
    number
}

/// The subscriber.
pub(crate) struct Recorder<T, E> {
    log: Log,
    control: Weak<Control>,
    /// Those of all subscribers, if there are several.
    others: Vec<Weak<Control>>,
    plan: Arc<Plan>,
    received: u64,
    after_cancel: u64,
    subscribed: bool,
    cancelled: bool,
    /// Of the thread of the last item.
    stack: Option<Stack>,
    signals: PhantomData<fn(T, E)>,
}

impl<T, E> Recorder<T, E> {
    pub(crate) fn new(control: &Arc<Control>, plan: &Arc<Plan>) -> Self {
        Self {
            log: control.log.clone(),
            control: Arc::downgrade(control),
            others: Vec::new(),
            plan: Arc::clone(plan),
            received: 0,
            after_cancel: 0,
            subscribed: false,
            cancelled: false,
            stack: None,
            signals: PhantomData,
        }
    }

    /// The same, among these.
    pub(crate) fn among(mut self, all: &[Arc<Control>]) -> Self {
        self.others = all.iter().map(Arc::downgrade).collect();
        self
    }

    /// Does what is to be done here with the subscriptions of others, and lets others subscribe.
    fn act_beside(&self, here: Inside) {
        for (_, member) in self.plan.joins.iter().filter(|(inside, _)| *inside == here) {
            company::join(*member);
        }
        for (_, member, step) in self.plan.beside.iter().filter(|(inside, ..)| *inside == here) {
            if let Some(control) = self.others.get(*member).and_then(Weak::upgrade) {
                control.perform(*step, None);
            }
        }
    }

    fn perform(&mut self, step: Step, subscription: &mut Subscription) {
        self.cancelled |= matches!(step, Step::Cancel(_));
        if let Some(control) = self.control.upgrade() {
            control.perform(step, Some(subscription));
        }
    }

    /// Counts an item of a deep stream instead of writing it down, if nothing but requests are due at it.
    fn elide(&mut self, item: &dyn Any, subscription: &mut Subscription) -> bool {
        let depth = Stack::depth(&mut self.stack);
        let plan = &self.plan;
        let counted = |(when, step): &(When, Step)| match step {
            Step::Request(..) => true,
            Step::Cancel(_) | Step::GiveUp => !when.is_due(self.received),
        };
        if self.received <= SHOWN || self.log.is_cancelled() || !plan.on_next.iter().all(counted) {
            return false;
        }
        let mut requested = 0_u64;
        for (_, step) in plan.on_next.iter().filter(|(when, _)| when.is_due(self.received)) {
            match *step {
                // The same as below, for ten thousand items.
                Step::Request(n, Via::Lent) => subscription.request(Demand::of(n)),
                step => {
                    if let Some(control) = self.control.upgrade() {
                        control.perform_on(None, step, Some(subscription));
                    }
                }
            }
            if let Step::Request(n, _) = step {
                requested = requested.saturating_add(*n);
            }
        }
        if let Some(stack) = self.log.elide(requested, depth, self.log.print(item)) {
            self.log.write(What::StackGrows { index: self.received, stack });
            resume_unwind(Box::new(KitPanic));
        }
        true
    }

    fn panic_if(&self, planned: bool) {
        if planned {
            self.log.write(What::SubscriberPanics);
            resume_unwind(Box::new(KitPanic));
        }
    }
}

impl<T: 'static, E: 'static> Subscriber for Recorder<T, E> {
    type Item = T;
    type Error = E;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if TypeId::of::<T>() == TypeId::of::<Item>() {
            self.log.items_are_ours();
        }
        let signal = signalled(&self.log, What::OnSubscribe);
        let again = std::mem::replace(&mut self.subscribed, true);
        let plan = Arc::clone(&self.plan);
        if again {
            // Publishers that subscribe again are judged by what they do after that.
            if plan.rejects {
                subscription.cancel(); // rule 2.5
            }
        } else if let Some(control) = self.control.upgrade() {
            if plan.replaces {
                *subscription = Subscription::new();
            }
            if plan.handle && !subscription.has_handle() {
                *control.handle.lock() = Some(Arc::new(subscription.handle()));
                self.log.write(What::Handle);
            }
            if plan.canceller {
                *control.canceller.lock() = Some(subscription.canceller());
            }
            for step in &plan.on_subscribe {
                self.perform(*step, subscription);
            }
            self.act_beside(Inside::Subscribe);
            self.panic_if(plan.panics == Some(Panics::OnSubscribe));
        }
        self.log.write(What::Return(signal));
    }

    fn on_next(&mut self, item: T, subscription: &mut Subscription) {
        self.received += 1;
        self.after_cancel += u64::from(self.cancelled);
        if self.plan.deep && self.received <= RUNAWAY_DEEP && self.elide(&item, subscription) {
            return;
        }
        let value = self.log.show(&item);
        drop(item);
        let most = if self.plan.deep { RUNAWAY_DEEP } else { RUNAWAY };
        let signal = signalled(&self.log, What::OnNext { index: self.received, value });
        if self.received > most || self.after_cancel > RUNAWAY_AFTER_CANCEL {
            self.log.write(What::Runaway);
            resume_unwind(Box::new(KitPanic));
        }
        let plan = Arc::clone(&self.plan);
        for (when, step) in &plan.on_next {
            if when.is_due(self.received) {
                self.perform(*step, subscription);
            }
        }
        self.act_beside(Inside::Nth(self.received));
        self.panic_if(plan.panics == Some(Panics::OnNext(self.received)));
        self.log.write(What::Return(signal));
    }

    fn on_error(self, error: E, unused: Option<Demand>) {
        let signal = signalled(&self.log, What::OnError { error: self.log.show(&error), unused });
        drop(error);
        self.act_beside(Inside::Terminal);
        self.panic_if(self.plan.panics == Some(Panics::Terminal));
        self.log.write(What::Return(signal));
    }

    fn on_complete(self, unused: Option<Demand>) {
        let signal = signalled(&self.log, What::OnComplete { unused });
        self.act_beside(Inside::Terminal);
        self.panic_if(self.plan.panics == Some(Panics::Terminal));
        self.log.write(What::Return(signal));
    }
}

impl<T, E> Drop for Recorder<T, E> {
    fn drop(&mut self) {
        signalled(&self.log, What::Dropped);
        if !std::thread::panicking() {
            self.act_beside(Inside::Drop);
        }
    }
}
