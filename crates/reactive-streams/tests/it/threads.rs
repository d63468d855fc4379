//! Publishers that have a thread of their own, for the races that a user would see.

use reactive_streams::{Publisher, Subscriber, Subscription};
use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::{Arc, mpsc};

type Job = Box<dyn FnOnce() + Send>;

/// Starts the publishers that were made with it, all at once.
pub(crate) struct Crew {
    hire: mpsc::Sender<Job>,
    jobs: mpsc::Receiver<Job>,
}

impl Crew {
    pub(crate) fn new() -> Self {
        let (hire, jobs) = mpsc::channel();
        Self { hire, jobs }
    }

    /// A publisher that emits, and waits for demand, on a thread of its own.
    pub(crate) fn publisher<I: IntoIterator>(&self, items: I) -> OnThread<I> {
        OnThread { items, hire: self.hire.clone() }
    }

    /// Runs all that have been subscribed to, beside `meanwhile`, until they have ended.
    pub(crate) fn run(self, meanwhile: impl FnOnce()) {
        std::thread::scope(|scope| {
            let jobs: Vec<_> = self.jobs.try_iter().collect();
            let start = Arc::new(std::sync::Barrier::new(jobs.len() + 1));
            for job in jobs {
                let start = Arc::clone(&start);
                scope.spawn(move || {
                    start.wait();
                    job();
                });
            }
            start.wait();
            meanwhile();
        });
    }
}

pub(crate) struct OnThread<I> {
    items: I,
    hire: mpsc::Sender<Job>,
}

impl<I> Publisher for OnThread<I>
where
    I: IntoIterator<Item: Send + 'static> + Send + 'static,
{
    type Item = I::Item;
    type Error = Infallible;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = I::Item, Error = Infallible> + Send + 'static,
    {
        let Self { items, hire } = self;
        let job = move || {
            let mut subscription = Subscription::new();
            subscriber.on_subscribe(&mut subscription);
            for item in items {
                let demand = futures_executor::block_on(poll_fn(|context| subscription.poll_demand(context)));
                if demand.is_none() || !subscription.is_ready() {
                    return;
                }
                subscription.deliver(item, &mut subscriber);
            }
            subscriber.on_complete(subscription.outstanding());
        };
        hire.send(Box::new(job)).expect("the crew waits for it");
    }
}
