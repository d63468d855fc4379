//! Fixtures in one line, for publishers and for what is none: iterators, streams, channels, readers.
//!
//! | what you have | the fixture | it is asked |
//! |--|--|--|
//! | a publisher | [`publisher`] | as it asks to be |
//! | a publisher that is [`Clone`] | [`publisher`], [`shared`](Adapted::shared) | as it asks to be |
//! | an [`Iterator`], of items or of results | [`iterator`], [`try_iterator`] | on the thread that asks |
//! | a receiver that waits, as a closure | [`receiver`] | on the thread that asks |
//! | a receiver that can be tried, as a closure | [`try_receiver`] | in a task, each virtual millisecond |
//! | a `futures::Stream`, an async receiver | `stream`, `try_stream`, `fused_stream` | in a task |
//! | an `AsyncBufRead`, an `AsyncRead` | `buf_reader`, `reader` | in a task |
//!
//! A function of yours that makes the source says that it borrows nothing of `env`, `-> impl Stream<Item = u64> + use<>`:
//! since edition 2024 the compiler takes it otherwise that it does, and says that `Fixture` is not implemented.
//!
//! The last two rows are behind the feature `futures`. Each adapter asks for one item at a time, under demand only,
//! never again after the end, and is dropped on a cancel. So whatever a rule objects to is the source's doing: items
//! that are lost or come twice, an end or a wake-up that never comes, a panic, tasks that run on, and items that are
//! alive when the receiving end is long gone.
//!
//! ```
//! use reactive_streams_tck::adapt::iterator;
//! use reactive_streams_tck::conformance;
//!
//! conformance!(doubled, iterator(|env, length| env.items(length).map(|item| *item * 2)));
//! # fn main() {
//! #     use reactive_streams_tck::verify_publisher;
//! #     verify_publisher(&iterator(|env, length| env.items(length).map(|item| *item * 2))).assert_conforms();
//! # }
//! ```

mod clones;
mod pull;
#[cfg(feature = "futures")]
mod reader;
#[cfg(feature = "futures")]
mod stream;
mod task;

pub use clones::Clones;
pub use pull::{Iterated, Received, TryIterated, iterator, receiver, try_iterator};
#[cfg(feature = "futures")]
pub use reader::{BufRead, Read, buf_reader, reader};
#[cfg(feature = "futures")]
pub use stream::{Fused, Streamed, TryStreamed, fused_stream, stream, try_stream};
pub use task::{Tried, try_receiver};

use crate::{Capabilities, Env, Fixture, Length};
use reactive_streams_core::Publisher;
use std::fmt;
use std::marker::PhantomData;

/// A way to make a publisher of a source. Yours can stand beside those of this module.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::adapt::{Adapt, Adapted};
/// use reactive_streams_tck::{Capabilities, Env, gallery, verify_publisher};
/// use std::collections::VecDeque;
///
/// struct Queued;
///
/// impl<T: Send + 'static> Adapt<VecDeque<T>> for Queued {
///     fn publisher(_env: &Env, source: VecDeque<T>) -> impl Publisher {
///         gallery::Synchronous::new(source.into_iter())
///     }
/// }
///
/// let capabilities = Capabilities::new().not_endless();
/// let queue = Adapted::<Queued, _>::new(capabilities, |env, length| env.items(length).collect());
/// verify_publisher(&queue).assert_conforms();
/// ```
pub trait Adapt<S> {
    /// The publisher of what `source` has. Tasks go to `env.executor()`, alarms to `env.clock()`.
    fn publisher(env: &Env, source: S) -> impl Publisher;
}

/// A fixture that cannot make a publisher that fails.
#[derive(Clone, Copy, Debug)]
pub struct CannotFail;

/// A fixture made of closures that make sources, and of the way `A` to adapt them.
#[must_use]
pub struct Adapted<A, C, K = CannotFail> {
    create: C,
    failing: K,
    capabilities: Capabilities,
    name: String,
    adapter: PhantomData<fn() -> A>,
}

impl<A, C> Adapted<A, C> {
    /// A fixture whose sources are made by `create`, and which does what `capabilities` say.
    pub fn new<S>(capabilities: Capabilities, create: C) -> Self
    where
        C: Fn(&Env, Length) -> S,
        A: Adapt<S>,
    {
        let name = std::any::type_name::<S>().to_owned();
        Self { create, failing: CannotFail, capabilities, name, adapter: PhantomData }
    }

    /// `create` makes sources that fail, too: after the number of items that it is told.
    pub fn failing<K, S>(self, create: K) -> Adapted<A, C, K>
    where
        K: Fn(&Env, u64) -> S,
        A: Adapt<S>,
    {
        let Self { create: finite, capabilities, name, adapter, .. } = self;
        Adapted { create: finite, failing: create, capabilities, name, adapter }
    }
}

impl<A, C, K> Adapted<A, C, K> {
    /// Takes away what the sources cannot do.
    ///
    /// ```
    /// use reactive_streams_tck::{adapt::iterator, verify_publisher};
    ///
    /// let one = iterator(|env, _| Some(env.item(0)).into_iter());
    /// verify_publisher(&one.capable(|can| can.lengths(1..=1).not_endless())).assert_conforms();
    /// ```
    pub fn capable(mut self, limit: impl FnOnce(Capabilities) -> Capabilities) -> Self {
        self.capabilities = limit(self.capabilities);
        self
    }

    /// What it is called in reports. It begins as the name of the type of its sources.
    ///
    /// ```
    /// use reactive_streams_tck::{Fixture, adapt::iterator};
    ///
    /// assert_eq!(iterator(|env, length| env.items(length)).named("numbers").name(), "numbers");
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl<A, C, S> Fixture for Adapted<A, C, CannotFail>
where
    C: Fn(&Env, Length) -> S,
    A: Adapt<S>,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        A::publisher(env, (self.create)(env, length))
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

impl<A, C, K, S, T> Fixture for Adapted<A, C, K>
where
    C: Fn(&Env, Length) -> S,
    K: Fn(&Env, u64) -> T,
    A: Adapt<S> + Adapt<T>,
{
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        A::publisher(env, (self.create)(env, length))
    }

    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(A::publisher(env, (self.failing)(env, k)))
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

impl<A, C, K> fmt::Debug for Adapted<A, C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapted")
            .field("name", &self.name)
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}

/// What a source that is asked knows of its end: nothing before it is asked once more.
const ASKED: Capabilities = Capabilities::new().lazy_completion().lazy_failure();

/// Publishers, as they are.
#[derive(Debug)]
pub struct Direct(());

impl<P: Publisher> Adapt<P> for Direct {
    fn publisher(_env: &Env, source: P) -> impl Publisher {
        source
    }
}

/// A fixture in a closure, for who needs no type of its own.
///
/// ```
/// use reactive_streams_tck::{adapt::publisher, conformance, gallery::Synchronous, verify_publisher};
///
/// conformance!(my_source, publisher(|env, length| Synchronous::new(env.items(length))));
/// # fn main() {
/// let mine = publisher(|env, length| Synchronous::new(env.items(length)));
/// verify_publisher(&mine).assert_conforms();
/// # }
/// ```
pub fn publisher<P, C>(create: C) -> Adapted<Direct, C>
where
    C: Fn(&Env, Length) -> P,
    P: Publisher,
{
    Adapted::new(Capabilities::new(), create)
}
