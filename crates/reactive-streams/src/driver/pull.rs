//! Sources that can be asked for their next item: `iter`, `once`, `from_fn`, lines of a reader, and those that
//! have none.
//!
//! Left to this driver: §1.1 §1.3 §1.5 §1.7 §1.8 §3.3 §3.6 §3.12 §3.13, and the contract's 3-i to 3-v.

use reactive_streams_core::{Resume, Subscriber, Subscription, Turn};

/// What a source has next.
pub(crate) enum Pulled<T, E> {
    /// The next item.
    Item(T),
    /// There is none, and never will be.
    End,
    /// There is none, because of this.
    Fail(E),
}

/// A source as a plain value.
pub(crate) trait Pull: Send + 'static {
    type Item: Send + 'static;
    type Error: Send + 'static;

    /// The next item. It is called under demand only, and not again after the end.
    fn pull(&mut self) -> Pulled<Self::Item, Self::Error>;

    /// The end, when it is known without asking for an item: then it is signalled without demand.
    #[inline]
    fn end(&mut self) -> Option<Result<(), Self::Error>> {
        None
    }
}

/// Runs `source` into `subscriber` on this thread. The state moves to the heap when it first parks.
#[inline]
pub(crate) fn subscribe<G, S>(source: G, mut subscriber: S)
where
    G: Pull,
    S: Subscriber<Item = G::Item, Error = G::Error> + Send + 'static,
{
    let immediate = subscriber.hears_of_immediate();
    let mut subscription = if immediate { Subscription::immediate() } else { Subscription::new() };
    subscriber.on_subscribe(&mut subscription);
    let running = Running { source, subscriber };
    if subscription.wants_all() {
        // The same loop over a subscription that the compiler knows: nothing is counted, and there is nothing to look at.
        return running.begin::<true>(Subscription::of_all());
    }
    running.begin::<false>(subscription);
}

struct Running<G, S> {
    source: G,
    subscriber: S,
}

enum Next<E> {
    Wait,
    End(Option<Result<(), E>>),
}

impl<G, S> Running<G, S>
where
    G: Pull,
    S: Subscriber<Item = G::Item, Error = G::Error> + Send + 'static,
{
    #[inline(always)]
    fn begin<const ALL: bool>(mut self, mut subscription: Subscription) {
        match self.emit::<ALL>(&mut subscription) {
            Next::Wait => subscription.park(Box::new(Parked { running: Some(self) })),
            Next::End(end) => self.finish(end, subscription),
        }
    }

    // Inlined into all callers, so that on the first run, before anything parks, the whole pipeline is one loop
    // over locals.
    #[inline(always)]
    fn emit<const ALL: bool>(&mut self, subscription: &mut Subscription) -> Next<G::Error> {
        while subscription.is_ready() {
            match self.source.pull() {
                Pulled::Item(item) if ALL => subscription.pass(item, &mut self.subscriber),
                Pulled::Item(item) => subscription.deliver(item, &mut self.subscriber),
                Pulled::End => return Next::End(Some(Ok(()))),
                Pulled::Fail(error) => return Next::End(Some(Err(error))),
            }
        }
        if subscription.is_cancelled() {
            return Next::End(None);
        }
        match self.source.end() {
            None => Next::Wait,
            end => Next::End(end),
        }
    }

    #[inline(always)]
    fn finish(self, end: Option<Result<(), G::Error>>, mut subscription: Subscription) {
        let Self { source, subscriber } = self;
        match end {
            None => drop(subscriber),
            Some(Ok(())) => subscriber.on_complete(subscription.outstanding()),
            Some(Err(error)) => subscriber.on_error(error, subscription.outstanding()),
        }
        drop(source);
    }
}

/// While it runs, the state is out of the box: then the resumed loop, too, is one over locals.
struct Parked<G, S> {
    running: Option<Running<G, S>>,
}

impl<G, S> Resume for Parked<G, S>
where
    G: Pull,
    S: Subscriber<Item = G::Item, Error = G::Error> + Send + 'static,
{
    fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
        let Some(mut running) = self.running.take() else { return Turn::Done };
        let mut local = std::mem::take(&mut subscription);
        match running.emit::<false>(&mut local) {
            Next::Wait => {
                self.running = Some(running);
                Turn::Park(self, local)
            }
            Next::End(end) => {
                running.finish(end, local);
                Turn::Done
            }
        }
    }
}
