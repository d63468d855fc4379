//! For the models of the gate: upstreams whose work is done by whoever runs their jobs.

use reactive_streams::{Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_core::shim::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst}; // what a model looks at is no part of it

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Upstreams whose work is done by whoever runs their jobs.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    jobs: Arc<Mutex<Vec<Job>>>,
    /// Upstreams that still have their subscriber.
    pub(crate) alive: Arc<AtomicUsize>,
}

impl Inputs {
    /// Emits `items` and then ends: `Ok` completes, `Err` fails.
    pub(crate) fn input(&self, items: usize, end: Result<(), ()>) -> Input {
        Input { inputs: self.clone(), items, end, attaches_later: false }
    }

    pub(crate) fn job(&self) -> Job {
        self.jobs.lock().pop().expect("one for each input")
    }
}

pub(crate) struct Input {
    inputs: Inputs,
    items: usize,
    end: Result<(), ()>,
    attaches_later: bool,
}

impl Input {
    /// Its subscription, too, is part of the job.
    pub(crate) fn attaches_later(mut self) -> Self {
        self.attaches_later = true;
        self
    }
}

impl Publisher for Input {
    type Item = usize;
    type Error = ();

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = usize, Error = ()> + Send + 'static,
    {
        let Self { inputs, items, end, attaches_later } = self;
        inputs.alive.fetch_add(1, SeqCst);
        let alive = Alive(inputs.alive.clone());
        let mut subscription = Subscription::new();
        if !attaches_later {
            subscriber.on_subscribe(&mut subscription);
        }
        let job: Job = Box::new(move || {
            if attaches_later {
                subscriber.on_subscribe(&mut subscription);
            }
            subscription.run(Box::new(Emitting { left: items, end, subscriber, _alive: alive }));
        });
        inputs.jobs.lock().push(job);
    }
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

struct Emitting<S> {
    left: usize,
    end: Result<(), ()>,
    subscriber: S,
    _alive: Alive,
}

impl<S> Resume for Emitting<S>
where
    S: Subscriber<Item = usize, Error = ()> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while self.left > 0 && subscription.is_ready() {
            self.left -= 1;
            subscription.deliver(self.left, &mut self.subscriber);
        }
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        if self.left > 0 {
            return Turn::Park(self, subscription);
        }
        match self.end {
            Ok(()) => self.subscriber.on_complete(subscription.outstanding()),
            Err(()) => self.subscriber.on_error((), subscription.outstanding()),
        }
        Turn::Done
    }
}
