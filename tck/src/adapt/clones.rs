//! Publishers that can be cloned, for several subscribers.

use super::{Adapted, CannotFail, Direct};
use crate::{Capabilities, Env, Fixture, Length, Sharing};
use reactive_streams_core::Publisher;

/// A fixture whose publishers can be cloned. See [`Adapted::shared`].
#[derive(Debug)]
#[must_use]
pub struct Clones<C, K = CannotFail> {
    adapted: Adapted<Direct, C, K>,
}

impl<C, K> Adapted<Direct, C, K> {
    /// The publishers can be cloned, and their clones have this in common (rules 1.10, 1.11, 3.14). It comes last, behind
    /// [`capable`](Adapted::capable) and [`failing`](Adapted::failing).
    ///
    /// ```
    /// use reactive_streams_tck::gallery::Synchronous;
    /// use reactive_streams_tck::{Sharing, Verdict, adapt::publisher, verify_publisher};
    ///
    /// let each = publisher(|env, length| Synchronous::new(env.items(length))).shared(Sharing::MultiUnicast);
    /// let report = verify_publisher(&each);
    /// assert_eq!(report.verdict("1.10"), Some(Verdict::Pass));
    /// ```
    ///
    /// Those that [fail](Adapted::failing) are shared as well:
    ///
    /// ```
    /// use reactive_streams_tck::gallery::Synchronous;
    /// use reactive_streams_tck::{Length, Sharing, Verdict, adapt::publisher, verify_publisher};
    ///
    /// let each = publisher(|env, length| Synchronous::new(env.items(length)))
    ///     .failing(|env, k| Synchronous::failing(env.items(Length::Exactly(k))))
    ///     .shared(Sharing::MultiUnicast);
    /// assert_eq!(verify_publisher(&each).verdict("1.4"), Some(Verdict::Pass));
    /// ```
    pub fn shared<P>(self, sharing: Sharing) -> Clones<C, K>
    where
        C: Fn(&Env, Length) -> P,
        P: Publisher + Clone,
    {
        Clones { adapted: self.capable(|can| can.sharing(sharing)) }
    }
}

impl<C, P> Fixture for Clones<C, CannotFail>
where
    C: Fn(&Env, Length) -> P,
    P: Publisher + Clone,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        (self.adapted.create)(env, length)
    }

    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some((self.adapted.create)(env, length))
    }

    fn name(&self) -> String {
        self.adapted.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.adapted.capabilities()
    }
}

impl<C, K, P, Q> Fixture for Clones<C, K>
where
    C: Fn(&Env, Length) -> P,
    K: Fn(&Env, u64) -> Q,
    P: Publisher + Clone,
    Q: Publisher + Clone,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        (self.adapted.create)(env, length)
    }

    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some((self.adapted.failing)(env, k))
    }

    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some((self.adapted.create)(env, length))
    }

    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        Some((self.adapted.failing)(env, k))
    }

    fn name(&self) -> String {
        self.adapted.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.adapted.capabilities()
    }
}
