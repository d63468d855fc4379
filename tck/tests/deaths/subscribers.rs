//! A subscriber that is right until it does its deed.

use crate::{Deed, On};
use reactive_streams_core::{Demand, Handle, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Done, End, Env, Hooks, Item, SubscriberCapabilities, SubscriberFixture};
#[allow(clippy::disallowed_types, reason = "a lock that really deadlocks is what this is about")]
use std::sync::{Arc, Mutex, Weak};

pub(crate) struct Consumer(pub(crate) On, pub(crate) Deed);

#[allow(clippy::disallowed_types, reason = "a lock that really deadlocks is what this is about")]
type Shared = Mutex<Option<Arc<Handle>>>;

impl SubscriberFixture for Consumer {
    fn create(
        &self,
        env: &Env,
        hooks: &Hooks,
    ) -> impl Subscriber<Item = Item, Error = Broken> + Send + 'static {
        let Self(on, deed) = *self;
        if on == On::Create {
            deed.perform(1);
        }
        if on == On::Task {
            env.executor().spawn(Box::pin(async move { deed.perform(1) }));
        }
        let shared: Arc<Shared> = Arc::default();
        let handle = |shared: &Shared| shared.lock().expect("nobody panics here").clone();
        hooks.on_leave({
            let shared = Arc::clone(&shared);
            move || {
                if let Some(handle) = handle(&shared) {
                    handle.cancel();
                }
            }
        });
        hooks.on_more({
            let shared = Arc::clone(&shared);
            move || {
                if (on, deed) == (On::Hook, Deed::Deadlocks) {
                    // It is still locked when the item comes that it asks for.
                    if let Some(handle) = &*shared.lock().expect("nobody panics here") {
                        handle.request(Demand::ONE);
                    }
                } else if let Some(handle) = handle(&shared) {
                    handle.request(Demand::ONE);
                }
            }
        });
        // The hooks own the handle, and the subscriber knows it weakly (rule 3-vi).
        Consuming { on, deed, shared: Arc::downgrade(&shared), subscribed: false, done: hooks.done() }
    }

    fn capabilities(&self) -> SubscriberCapabilities {
        if self.0 == On::Describe {
            self.1.perform(1);
        }
        let capabilities = SubscriberCapabilities::new();
        if self.0 == On::Hook { capabilities.asks_when_told() } else { capabilities }
    }
}

struct Consuming {
    on: On,
    deed: Deed,
    shared: Weak<Shared>,
    subscribed: bool,
    done: Done,
}

impl Consuming {
    fn at(&self, on: On) {
        if self.on == on {
            self.deed.perform(1);
        }
    }
}

impl Subscriber for Consuming {
    type Item = Item;
    type Error = Broken;

    fn on_subscribe(&mut self, subscription: &mut Subscription) {
        if std::mem::replace(&mut self.subscribed, true) {
            return subscription.cancel(); // rule 2.5
        }
        if let Some(shared) = self.shared.upgrade() {
            *shared.lock().expect("nobody panics here") = Some(Arc::new(subscription.handle()));
        }
        if self.on != On::Hook {
            subscription.request(Demand::ONE);
        }
    }

    fn on_next(&mut self, _item: Item, subscription: &mut Subscription) {
        self.at(On::Next);
        if let Some(shared) = self.shared.upgrade() {
            drop(shared.lock().expect("nobody panics here"));
        }
        if self.on != On::Hook {
            subscription.request(Demand::ONE);
        }
    }

    fn on_error(self, _error: Broken, _unused: Option<Demand>) {
        self.at(On::Error);
        self.done.with(End::Failed);
    }

    fn on_complete(self, _unused: Option<Demand>) {
        self.at(On::Complete);
        self.done.with(End::Completed);
    }
}
