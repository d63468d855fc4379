//! A publisher that a stranger wrote with the contract crate and std alone passes.

use reactive_streams_core::{Demand, Publisher, Resume, Subscriber, Subscription, Turn};
use reactive_streams_tck::{Capabilities, Env, Fixture, Length, conformance};
use std::fmt;

/// The Collatz sequence from a number down to one.
struct Collatz {
    from: Option<u64>,
    limit: u64,
}

/// It overflowed, or went on for too long.
#[derive(Debug)]
struct TooFar;

impl fmt::Display for TooFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sequence goes too far")
    }
}

impl Publisher for Collatz {
    type Item = u64;
    type Error = TooFar;

    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = u64, Error = TooFar> + Send + 'static,
    {
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        subscription.run(Box::new(Steps { next: self.from, left: self.limit, subscriber }));
    }
}

struct Steps<S> {
    next: Option<u64>,
    left: u64,
    subscriber: S,
}

impl<S> Resume for Steps<S>
where
    S: Subscriber<Item = u64, Error = TooFar> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        while let Some(n) = self.next
            && self.left > 0
            && subscription.is_ready()
        {
            self.next = match n {
                1 => None,
                n if n % 2 == 0 => Some(n / 2),
                n => Some(3 * n + 1),
            };
            self.left -= 1;
            subscription.deliver(n, &mut self.subscriber);
        }
        let unused: Option<Demand> = subscription.outstanding();
        if subscription.is_cancelled() {
            return Turn::Done;
        }
        match self.next {
            None => self.subscriber.on_complete(unused),
            Some(_) if self.left == 0 => self.subscriber.on_error(TooFar, unused),
            Some(_) => return Turn::Park(self, subscription),
        }
        Turn::Done
    }
}

struct CollatzFixture;

impl Fixture for CollatzFixture {
    fn create(&self, _env: &Env, length: Length) -> impl Publisher {
        // 2^n takes n steps down to one.
        match length {
            Length::Exactly(0) => Collatz { from: None, limit: u64::MAX },
            Length::Exactly(n) => Collatz { from: Some(1 << (n - 1)), limit: u64::MAX },
            Length::Endless => unreachable!("it is not endless"),
        }
    }

    fn create_failing_at(&self, _env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Collatz { from: Some(27), limit: k }) // it takes 112
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().lengths(0..=60).failing_at(0..=111).not_endless()
    }
}

conformance!(collatz, CollatzFixture);
