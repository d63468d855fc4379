//! Publishers for several subscribers: a stream for each, one stream for all, or one subscriber at a time.

use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Demand, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::{Broken, InTask, Synchronous, Ticking};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, Sharing, conformance};
use reactive_streams_test::ManualExecutor;
use std::future::poll_fn;
use std::iter::Peekable;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The gallery, cloned.
struct Each(u8);

impl Fixture for Each {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        (self.0 == 0).then(|| Synchronous::new(env.items(length)))
    }
    fn create_shared_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher + Clone> {
        Some(Synchronous::failing(env.items(Length::Exactly(k))))
    }
}

struct EachInTask;

impl Fixture for EachInTask {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        InTask::new(env, env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(InTask::new(env, env.items(length)))
    }
}

struct EachTicking;

impl Fixture for EachTicking {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Ticking::new(env, env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Ticking::new(env, env.items(length)))
    }
}

/// One at a time: whoever comes second is refused.
struct Single<I> {
    source: Arc<Mutex<Option<I>>>,
}

impl<I> Clone for Single<I> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source) }
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Single<I> {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, mut subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let source = self.source.lock().take();
        if let Some(source) = source {
            return Synchronous::new(source).subscribe(NeverFails(subscriber));
        }
        let mut subscription = Subscription::new();
        subscriber.on_subscribe(&mut subscription);
        if !subscription.is_cancelled() {
            subscriber.on_error(Broken, subscription.outstanding());
        }
    }
}

/// Another type of errors for what never fails.
struct NeverFails<S>(S);

impl<S: Subscriber> Subscriber for NeverFails<S> {
    type Item = S::Item;
    type Error = std::convert::Infallible;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: S::Item, subscription: &mut Subscription) {
        self.0.on_next(item, subscription);
    }
    fn on_error(self, error: Self::Error, _unused: Option<Demand>) {
        match error {}
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}

struct SingleFixture;

impl Fixture for SingleFixture {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Single { source: Arc::new(Mutex::new(Some(env.items(length)))) }
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Single { source: Arc::new(Mutex::new(Some(env.items(length)))) })
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().sharing(Sharing::Unicast)
    }
}

/// One stream for all: whoever is first at its head takes the next item out of the source, and all get a clone.
struct Hub<I: Iterator<Item = Item>> {
    state: Arc<Mutex<State<I>>>,
    executor: ManualExecutor,
}

struct State<I: Iterator<Item = Item>> {
    source: Peekable<I>,
    seen: Vec<Item>,
    wakers: Vec<Waker>,
}

impl<I: Iterator<Item = Item>> Clone for Hub<I> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), executor: self.executor.clone() }
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> Hub<I> {
    fn new(env: &Env, source: I) -> Self {
        let state = State { source: source.peekable(), seen: Vec::new(), wakers: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), executor: env.executor() }
    }
}

impl<I: Iterator<Item = Item>> State<I> {
    fn has_ended(&mut self, cursor: usize) -> bool {
        cursor == self.seen.len() && self.source.peek().is_none()
    }

    fn next(&mut self, cursor: usize) -> Option<Item> {
        if cursor == self.seen.len() {
            let item = self.source.next()?;
            self.seen.push(item);
        }
        self.seen.get(cursor).cloned()
    }
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for Hub<I> {
    type Item = Item;
    type Error = Broken;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        let (cursor, executor) = (self.state.lock().seen.len(), self.executor.clone());
        executor.spawn(Box::pin(follow(self.state, cursor, subscriber)));
    }
}

async fn follow<I, S>(state: Arc<Mutex<State<I>>>, mut cursor: usize, mut subscriber: S)
where
    I: Iterator<Item = Item> + Send + 'static,
    S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
{
    let mut subscription = Subscription::new();
    subscriber.on_subscribe(&mut subscription);
    while let Some(next) = poll_fn(|context| next(&state, cursor, &mut subscription, context)).await {
        match next {
            Some(item) => {
                cursor += 1;
                subscription.deliver(item, &mut subscriber);
            }
            None => return subscriber.on_complete(subscription.outstanding()),
        }
    }
}

/// An item, the end, or that nobody wants any more.
fn next<I: Iterator<Item = Item>>(
    state: &Mutex<State<I>>,
    cursor: usize,
    subscription: &mut Subscription,
    context: &mut Context<'_>,
) -> Poll<Option<Option<Item>>> {
    loop {
        if subscription.is_cancelled() {
            return Poll::Ready(None);
        }
        let ready = subscription.is_ready();
        let mut hub = state.lock();
        if ready || hub.has_ended(cursor) {
            let item = hub.next(cursor);
            let wakers = std::mem::take(&mut hub.wakers);
            drop(hub);
            wakers.into_iter().for_each(Waker::wake);
            return Poll::Ready(Some(item));
        }
        hub.wakers.push(context.waker().clone());
        drop(hub);
        match subscription.poll_demand(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(_)) => {}
        }
    }
}

struct HubFixture;

impl Fixture for HubFixture {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Hub::new(env, env.items(length))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Hub::new(env, env.items(length)))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().sharing(Sharing::Multicast).hot()
    }
}

/// The same, of items that nobody can show.
#[derive(Clone)]
struct Veiled<P>(P);

struct Veil<S>(S);

/// It is neither `Debug` nor comparable.
struct Hidden {
    _item: Item,
}

impl<P: Publisher<Item = Item>> Publisher for Veiled<P> {
    type Item = Hidden;
    type Error = P::Error;
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Hidden, Error = P::Error> + Send + 'static,
    {
        self.0.subscribe(Veil(subscriber));
    }
}

impl<S: Subscriber<Item = Hidden>> Subscriber for Veil<S> {
    type Item = Item;
    type Error = S::Error;
    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        self.0.on_subscribe(subscription);
    }
    fn on_next(&mut self, item: Item, subscription: &mut Subscription) {
        self.0.on_next(Hidden { _item: item }, subscription);
    }
    fn on_error(self, error: S::Error, unused: Option<Demand>) {
        self.0.on_error(error, unused);
    }
    fn on_complete(self, unused: Option<Demand>) {
        self.0.on_complete(unused);
    }
}

struct VeiledHub;

impl Fixture for VeiledHub {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Veiled(Hub::new(env, env.items(length)))
    }
    fn create_shared(&self, env: &Env, length: Length) -> Option<impl Publisher + Clone> {
        Some(Veiled(Hub::new(env, env.items(length))))
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new().sharing(Sharing::Multicast).hot()
    }
}

conformance!(each, Each(0));
conformance!(each_in_task, EachInTask);
conformance!(each_ticking, EachTicking);
conformance!(single, SingleFixture);
conformance!(hub, HubFixture);
conformance!(one_stream_of_what_cannot_be_shown, VeiledHub);

/// Whether it is the same stream for all cannot be judged then, which is no fault of the publisher's.
#[test]
fn what_cannot_be_shown_is_not_compared_between_subscribers() {
    let verdict = reactive_streams_tck::verify_publisher(&VeiledHub).verdict("1.11/3");
    assert!(matches!(verdict, Some(reactive_streams_tck::Verdict::NotApplicable(_))), "{verdict:?}");
}
