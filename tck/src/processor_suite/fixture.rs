//! What a third party writes for a processor.

use crate::run::blamed_for;
use crate::shown::Shown;
use crate::upstream::Upstream;
use crate::{Capabilities, End, Env};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Publisher, Subscriber};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Makes the processors that the kit judges: whatever turns a publisher into another one.
///
/// ```
/// use reactive_streams_core::Publisher;
/// use reactive_streams_tck::gallery::Buffered;
/// use reactive_streams_tck::{Contract, Env, Errors, ProcessorFixture, Upstream, verify_processor};
///
/// struct MyBuffer;
///
/// impl ProcessorFixture for MyBuffer {
///     fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
///         Buffered::new(env, upstream, 4) // yours instead
///     }
///
///     fn contract(&self) -> Contract {
///         Contract::identity().bound(4).errors(Errors::Delayed)
///     }
/// }
///
/// verify_processor(&MyBuffer).assert_conforms();
/// ```
pub trait ProcessorFixture {
    /// A fresh processor behind `upstream`.
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher;

    /// What comes out for what goes in.
    fn contract(&self) -> Contract;

    /// What reports call it: the name of its type, unless you say otherwise.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

/// A processor as a closure and its contract: what a table of many operators is made of.
///
/// ```
/// use reactive_streams_tck::gallery::Buffered;
/// use reactive_streams_tck::{Contract, Errors, Operator, verify_processor};
///
/// let contract = Contract::identity().bound(4).errors(Errors::Delayed);
/// verify_processor(&Operator::new(contract, |env, upstream| Buffered::new(env, upstream, 4))).assert_conforms();
/// ```
pub struct Operator<F> {
    contract: Contract,
    create: F,
}

impl<F, P> Operator<F>
where
    F: Fn(&Env, Upstream) -> P,
    P: Publisher,
{
    /// The operator that `create` puts behind a publisher.
    pub const fn new(contract: Contract, create: F) -> Self {
        Self { contract, create }
    }
}

impl<F, P> ProcessorFixture for Operator<F>
where
    F: Fn(&Env, Upstream) -> P,
    P: Publisher,
{
    fn create(&self, env: &Env, upstream: Upstream) -> impl Publisher {
        (self.create)(env, upstream)
    }

    fn contract(&self) -> Contract {
        self.contract.clone()
    }

    fn name(&self) -> String {
        std::any::type_name::<F>().to_owned()
    }
}

impl<F> fmt::Debug for Operator<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("contract", &self.contract).finish_non_exhaustive()
    }
}

/// A value that is both a subscriber and a publisher, behind an upstream: its clones are its two ends.
///
/// ```
/// # use reactive_streams_core::{Publisher, Subscriber};
/// # use reactive_streams_tck::gallery::Broken;
/// use reactive_streams_tck::{Contract, Item, Operator, ProcessorFixture, Wired};
///
/// fn fixture<P>(make: impl Fn() -> P) -> impl ProcessorFixture
/// where
///     P: Subscriber<Item = Item, Error = Broken> + Publisher + Clone + Send + 'static,
/// {
///     Operator::new(Contract::identity(), move |_env, upstream| Wired::new(upstream, make()))
/// }
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub struct Wired<P> {
    upstream: Upstream,
    processor: P,
}

impl<P> Wired<P> {
    /// The processor's subscriber's end is subscribed to `upstream` once somebody has subscribed to its publisher's end.
    pub const fn new(upstream: Upstream, processor: P) -> Self {
        Self { upstream, processor }
    }
}

impl<P> Publisher for Wired<P>
where
    P: Subscriber<Item = crate::Item, Error = crate::gallery::Broken> + Publisher + Clone + Send + 'static,
{
    type Item = <P as Publisher>::Item;
    type Error = <P as Publisher>::Error;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Self::Item, Error = Self::Error> + Send + 'static,
    {
        self.processor.clone().subscribe(subscriber);
        self.upstream.subscribe(self.processor);
    }
}

impl<P> fmt::Debug for Wired<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wired { .. }")
    }
}

/// What a processor makes of a failure of its upstream (rule 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Errors {
    /// It passes it on at once; what it holds back then is lost.
    Propagated,
    /// It passes it on after what it holds back.
    Delayed,
    /// It passes it on, after some or all of what it holds back.
    Passed,
    /// As propagated, but what downstream sees is another error.
    Translated,
    /// It goes on without: downstream sees none.
    Recovered,
}

/// What comes out, as `Debug` shows it, for these inputs and this end of theirs.
type Model = dyn Fn(&[u64], End) -> Vec<String> + Send + Sync;

/// What the model has said for these numbers of inputs and these ends.
type Known = HashMap<(u64, End), Arc<[Shown]>>;

/// What comes out of a processor for what goes in, and how far it may go ahead.
///
/// ```
/// use reactive_streams_tck::{Contract, End};
///
/// let halves = Contract::each(|n| (n % 2 == 0).then_some(n / 2));
/// assert_eq!(halves.outputs(4, End::Completed), ["0", "1"]);
///
/// let pairs = Contract::whole(|items, end| match end {
///     End::Completed => items.chunks(2).map(<[u64]>::to_vec).collect::<Vec<_>>(),
///     End::Failed => items.chunks_exact(2).map(<[u64]>::to_vec).collect(),
/// })
/// .inputs_per_output(2);
/// assert_eq!(pairs.outputs(3, End::Completed), ["[0, 1]", "[2]"]);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Contract {
    model: Arc<Model>,
    /// What it was asked for before.
    known: Arc<Mutex<Known>>,
    /// How its model has panicked.
    pub(crate) fault: Arc<Mutex<Option<String>>>,
    pub(crate) bound: Option<u64>,
    pub(crate) ratio: u64,
    pub(crate) errors: Errors,
    pub(crate) ordered: bool,
    pub(crate) lossy: bool,
    pub(crate) capabilities: Capabilities,
}

impl Contract {
    /// The outputs are what this function makes of the inputs `0, 1, 2, ..` and of how they end; they are compared as
    /// `Debug` shows them. It holds nothing back, and passes failures on.
    ///
    /// Upstream may also break off: it drops the subscriber, without a terminal. What comes out then may be what comes out
    /// for these inputs so far, whatever else there might have been, or what comes out when one of the two ends follows
    /// them; so a processor may pass on the rest that it holds, or lose it. No end may come out (rule 3-v).
    pub fn whole<O>(model: impl Fn(&[u64], End) -> Vec<O> + Send + Sync + 'static) -> Self
    where
        O: fmt::Debug + 'static,
    {
        let model =
            move |items: &[u64], end| model(items, end).iter().map(|out| format!("{out:?}")).collect();
        Self {
            model: Arc::new(model),
            known: Arc::default(),
            fault: Arc::default(),
            bound: Some(0),
            ratio: 1,
            errors: Errors::Propagated,
            ordered: true,
            lossy: false,
            capabilities: Capabilities::new().shows::<O>(),
        }
    }

    /// Each input by itself becomes none, one or several outputs.
    pub fn each<O, I>(model: impl Fn(u64) -> I + Send + Sync + 'static) -> Self
    where
        O: fmt::Debug + 'static,
        I: IntoIterator<Item = O>,
    {
        Self::whole(move |items, _| items.iter().flat_map(|n| model(*n)).collect())
    }

    /// What goes in comes out.
    pub fn identity() -> Self {
        Self::each(Some)
    }

    /// How many items it holds, or has on order, beyond what downstream waits for: none, unless you say so.
    pub const fn bound(mut self, items: u64) -> Self {
        self.bound = Some(items);
        self
    }

    /// It may ask upstream for as much as it likes.
    pub const fn unbounded(mut self) -> Self {
        self.bound = None;
        self
    }

    /// It needs so many inputs for one output at most, and may ask for as many.
    pub const fn inputs_per_output(mut self, inputs: u64) -> Self {
        self.ratio = inputs;
        self
    }

    /// What it makes of a failure.
    pub const fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// The outputs may come in any order.
    pub const fn unordered(mut self) -> Self {
        self.ordered = false;
        self
    }

    /// It may drop or merge items: what comes out is what the model says with gaps, in order. It asks for as much as it
    /// likes.
    pub fn lossy(mut self) -> Self {
        self.lossy = true;
        self.unbounded().capable(|out| out.lossy().not_endless())
    }

    /// What is true of the stream that comes out, as a publisher: that its end comes only under demand, for example.
    pub fn capable(mut self, change: impl FnOnce(Capabilities) -> Capabilities) -> Self {
        self.capabilities = change(self.capabilities);
        self
    }

    /// What the stream that comes out can do: one that ends by itself is never longer than that, and not endless.
    pub(crate) fn below(&self) -> Capabilities {
        // Beyond the longest stream that is played.
        const LONG: u64 = 2_000;
        let count = |inputs| self.count(inputs, End::Completed);
        let capabilities = self.capabilities.clone().unknown("its items are judged by rule 4.1");
        let longest = count(LONG);
        if longest < count(2 * LONG) || capabilities.lengths.is_empty() {
            return capabilities;
        }
        let shortest = *capabilities.lengths.start();
        capabilities.lengths(shortest..=longest).not_endless()
    }

    /// Whether its items are one to one, but for what it cuts off.
    pub(crate) fn is_even(&self) -> bool {
        let count = |inputs| self.count(inputs, End::Completed);
        let most = count(20);
        (0..20).all(|inputs| count(inputs) == inputs.min(most))
    }

    /// What comes out for so many inputs.
    #[must_use]
    pub fn outputs(&self, inputs: u64, end: End) -> Vec<String> {
        let items: Vec<u64> = (0..inputs).collect();
        (self.model)(&items, end)
    }

    /// The same, without asking the model twice.
    pub(crate) fn expected(&self, inputs: u64, end: End) -> Arc<[Shown]> {
        if let Some(known) = self.known.lock().get(&(inputs, end)) {
            return Arc::clone(known);
        }
        let asked = format!(
            "its model, for {inputs} inputs that {}",
            match end {
                End::Completed => "complete",
                End::Failed => "fail",
            }
        );
        let outputs = blamed_for("processor", || self.outputs(inputs, end), &asked).unwrap_or_else(|fault| {
            self.fault.lock().get_or_insert(fault.0);
            Vec::new()
        });
        let outputs: Arc<[Shown]> = outputs.into_iter().map(Shown::from).collect();
        self.known.lock().insert((inputs, end), Arc::clone(&outputs));
        outputs
    }

    /// How many come out.
    pub(crate) fn count(&self, inputs: u64, end: End) -> u64 {
        self.expected(inputs, end).len() as u64
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Contract");
        debug.field("bound", &self.bound).field("errors", &self.errors).finish_non_exhaustive()
    }
}
