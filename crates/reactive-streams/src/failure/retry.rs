//! Subscribes again when upstream fails.
//!
//! ```text
//! first   a--b--x
//! second         a--b--c-|
//! out     a--b---a--b--c-|
//! ```
//!
//! Driver: baton.

use crate::Flow;
use crate::driver::baton::{self, After, Course};
use reactive_streams_core::{Publisher, Subscriber};

impl<P: Publisher + Clone + Send + 'static> Flow<P> {
    /// Subscribes again, at once, when upstream fails, up to `retries` times; then the error is passed on.
    ///
    /// Items that were delivered before the failure are delivered again. What must be made anew for each attempt
    /// comes from [`defer`](crate::defer), and so does what is not `Clone`: an `impl Publisher`, a boxed one, and
    /// whatever has a queue, since its counters are of one run.
    ///
    /// # Demand
    ///
    /// Passes through. What an attempt left unused goes to the next.
    ///
    /// # Completion and errors
    ///
    /// Completes with the attempt that does; the error is that of the last one.
    ///
    /// # Cancellation
    ///
    /// Cancels the attempt that runs; no other follows.
    ///
    /// # Examples
    ///
    /// ```
    /// use reactive_streams::{fail, iter};
    ///
    /// let flaky = iter([1]).map_err(|never| match never {}).chain(fail("down"));
    /// let flow = flaky.retry(2).or_else(|_| iter([0]));
    /// assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![1, 1, 1, 0]));
    /// ```
    pub fn retry(self, retries: u64) -> Flow<Retry<P>> {
        Flow::from(Retry { source: self.publisher, retries })
    }
}

/// See [`Flow::retry`].
#[derive(Clone, Debug)]
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Retry<P> {
    source: P,
    retries: u64,
}

impl<P: Publisher + Clone + Send + 'static> Publisher for Retry<P> {
    type Item = P::Item;
    type Error = P::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = P::Item, Error = P::Error> + Send + 'static,
    {
        baton::go(Attempts { source: self.source, left: self.retries }, subscriber, ());
    }
}

struct Attempts<P> {
    source: P,
    left: u64,
}

impl<P: Publisher + Clone + Send + 'static> Course for Attempts<P> {
    type Mail = ();
    type Inner = P;
    type Error = P::Error;

    fn next(&mut self, (): ()) -> P {
        self.source.clone()
    }

    fn after(&mut self, end: Result<(), P::Error>) -> After<Self> {
        match end {
            Ok(()) => After::Complete,
            Err(error) if self.left == 0 => After::Fail(error),
            Err(_) => {
                self.left -= 1;
                After::Start(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fail;

    #[test]
    fn the_last_error_is_passed_on() {
        let mut course = Attempts { source: fail::<(), u32>(0), left: 1 };
        assert!(matches!(course.after(Err(1)), After::Start(())));
        assert!(matches!(course.after(Err(2)), After::Fail(2)));
        assert!(matches!(course.after(Ok(())), After::Complete));
    }
}
