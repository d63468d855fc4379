//! A correct publisher in a task with one slip, chosen by name.

use crate::flawed::{pause, quietly};
use crate::slips::turn;
use reactive_streams_core::{Demand, Publisher, Spawn, Subscriber, Subscription};
use reactive_streams_tck::gallery::Broken;
use reactive_streams_tck::{Env, Fixture, Item, Length};
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

/// What is wrong with a rogue; [`ROGUES`] says under which rule it must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    Nothing,
    /// Waits for a timer between two items, and does not notice a cancel meanwhile.
    SleepsThroughCancel,
    /// Waits for its timer for ever once it was cancelled, and still owns the subscriber.
    WaitsForEver,
    /// Panics at its end.
    PanicsAtEnd,
    /// Delivers what was asked for when it was polled, without another look.
    DrainsInOnePoll,
    /// Waits for demand once, and never again.
    AsksOnce,
    /// Takes it for demand that it was polled again.
    TrustsThePoll,
    /// Waits for a timer between two items, and for a cancel by the subscription as it was before on_subscribe.
    WatchesTheOldOne,
    /// Goes on polling itself after a cancel.
    SpinsAfterCancel,
    /// Subscribes again when it is polled for the second time.
    SubscribesAgain,
    /// An item goes out before the demand is looked at, when the task begins with demand that is cancelled.
    OneAheadOfCancel,
    /// Takes a handle that was given up for an end of all demand, the last of it too.
    ForgetsTheGivenUp,
}

pub(crate) const ROGUES: &[(Slip, &str)] = &[
    (Slip::SleepsThroughCancel, "3-v"),
    (Slip::WaitsForEver, "3.13"),
    (Slip::PanicsAtEnd, "1.4"),
    (Slip::DrainsInOnePoll, "3-iii"),
    (Slip::AsksOnce, "3.8"),
    (Slip::TrustsThePoll, "1.1"),
    (Slip::WatchesTheOldOne, "3-ii"),
    (Slip::SpinsAfterCancel, "3.12"),
    (Slip::SubscribesAgain, "1.9"),
    (Slip::OneAheadOfCancel, "3-iii"),
    (Slip::ForgetsTheGivenUp, "1.4"),
];

impl Fixture for Slip {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        InTask { items: env.items(length), fails: false, slip: *self, env: env.clone() }
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(InTask { items: env.items(Length::Exactly(k)), fails: true, slip: *self, env: env.clone() })
    }
}

struct InTask<I> {
    items: I,
    fails: bool,
    slip: Slip,
    env: Env,
}

impl<I: Iterator<Item = Item> + Send + 'static> Publisher for InTask<I> {
    type Item = Item;
    type Error = Broken;

    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Item, Error = Broken> + Send + 'static,
    {
        self.env.executor().spawn(Box::pin(self.run(subscriber)));
    }
}

impl<I: Iterator<Item = Item>> InTask<I> {
    async fn run<S: Subscriber<Item = Item, Error = Broken>>(self, mut subscriber: S) {
        let (slip, clock) = (self.slip, self.env.clock());
        let mut items = self.items.peekable();
        let mut subscription = Subscription::new();
        drop(subscription.canceller()); // which makes a link
        let mut old = subscription.fork();
        subscriber.on_subscribe(&mut subscription);
        if slip == Slip::SubscribesAgain {
            subscriber.on_subscribe(&mut subscription);
        }
        let mut looked = false;
        while items.peek().is_some() {
            if slip == Slip::TrustsThePoll {
                trusting(&mut subscription).await;
                if subscription.is_cancelled() {
                    break;
                }
            } else if slip != Slip::AsksOnce || !std::mem::replace(&mut looked, true) {
                if poll_fn(|context| subscription.poll_demand(context)).await.is_none() {
                    break;
                }
            } else if !subscription.is_ready() {
                std::future::pending::<()>().await;
            }
            if slip == Slip::OneAheadOfCancel {
                turn().await;
            }
            // A fork has no demand of its own, so that it is abandoned as soon as nobody can ask.
            if slip == Slip::ForgetsTheGivenUp
                && subscription.has_handle()
                && subscription.fork().is_abandoned()
            {
                return;
            }
            let batch = match slip {
                Slip::DrainsInOnePoll => subscription.outstanding().map_or(1, Demand::get).min(5),
                _ => 1,
            };
            for item in items.by_ref().take(batch as usize) {
                if subscription.is_ready() {
                    subscription.deliver(item, &mut subscriber);
                } else {
                    subscriber.on_next(item, &mut subscription);
                }
            }
            match slip {
                Slip::WatchesTheOldOne => {
                    let mut time = std::pin::pin!(pause(&clock, Duration::from_millis(5)));
                    poll_fn(|context| match time.as_mut().poll(context) {
                        Poll::Pending if !subscription.is_cancelled() => old.poll_cancelled(context),
                        _ => Poll::Ready(()),
                    })
                    .await;
                }
                Slip::SleepsThroughCancel => pause(&clock, Duration::from_millis(5)).await,
                Slip::OneAheadOfCancel => {}
                _ => turn().await,
            }
        }
        if subscription.is_cancelled() || items.peek().is_some() {
            match slip {
                Slip::SpinsAfterCancel => loop {
                    turn().await;
                },
                Slip::WaitsForEver => std::future::pending::<()>().await,
                _ => return,
            }
        }
        if slip == Slip::PanicsAtEnd {
            quietly("at the end");
        }
        match self.fails {
            true => subscriber.on_error(Broken, subscription.outstanding()),
            false => subscriber.on_complete(subscription.outstanding()),
        }
    }
}

/// Waits for demand, or for the second poll.
async fn trusting(subscription: &mut Subscription) {
    let mut again = false;
    poll_fn(|context| match subscription.poll_demand(context) {
        Poll::Pending if !std::mem::replace(&mut again, true) => Poll::Pending,
        _ => Poll::Ready(()),
    })
    .await;
}
