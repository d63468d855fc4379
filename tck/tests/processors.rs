//! Processors that keep every rule pass, and the kit's own publisher does.

use reactive_streams_core::{Clock, Publisher, Spawn};
use reactive_streams_tck::gallery::{Broken, Buffered};
use reactive_streams_tck::{
    Contract, Env, Errors, Fixture, Item, Length, Operator, conformance, processor_conformance,
};
use reactive_streams_test::{VirtualClock, scripted};
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

fn buffer(capacity: u64) -> Contract {
    Contract::identity().bound(capacity).errors(Errors::Delayed)
}

processor_conformance!(buffered, Operator::new(buffer(4), |env, upstream| Buffered::new(env, upstream, 4)));
processor_conformance!(
    buffered_one,
    Operator::new(buffer(1), |env, upstream| Buffered::new(env, upstream, 1))
);
processor_conformance!(nothing, Operator::new(Contract::identity(), |_, upstream| upstream));

/// The test crate's script, read out by a task as far as there is demand, again and again.
struct Read;

impl Read {
    fn publisher(env: &Env, length: Length, fails: bool) -> impl Publisher + use<> {
        let (script, publisher) = scripted::<Item, Broken>();
        let (mut items, clock) = (env.items(length), env.clock());
        env.executor().spawn(Box::pin(async move {
            let mut next = items.next();
            while let Some(item) = next {
                if script.is_cancelled() {
                    return;
                }
                next = match script.next(item) {
                    Ok(()) => items.next(),
                    Err(item) => {
                        tick(&clock).await;
                        Some(item)
                    }
                };
            }
            if fails { script.fail(Broken) } else { script.complete() }
        }));
        publisher
    }
}

/// Until the next millisecond.
async fn tick(clock: &VirtualClock) {
    let due = clock.now() + Duration::from_millis(1);
    let mut alarm = None;
    poll_fn(|context| {
        if clock.now() >= due {
            return Poll::Ready(());
        }
        alarm = Some(clock.wake_at(due, context.waker().clone()));
        Poll::Pending
    })
    .await;
}

impl Fixture for Read {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Self::publisher(env, length, false)
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Self::publisher(env, Length::Exactly(k), true))
    }
}

conformance!(script_of_the_test_crate, Read);
