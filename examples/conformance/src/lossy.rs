//! Channels that lose items by design when the receiver is slow. Sending never waits, so the sender is paced.

use crate::{Subject, spawn, tick};
use futures::stream::{Stream, StreamExt as _};
use reactive_streams_tck::adapt::stream;
use reactive_streams_tck::{Env, Fixture, Item, Length, verify_publisher};
use std::future::ready;
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::{BroadcastStream, WatchStream};

pub(crate) const ALL: &[Subject] = &[
    Subject::new("tokio", "watch", "`watch` as a `WatchStream`, an item each millisecond", || {
        verify_publisher(&tokio_watch())
    }),
    Subject::new("tokio", "broadcast", "`broadcast(4)` as a `BroadcastStream`, without its `Lagged`", || {
        verify_publisher(&tokio_broadcast())
    }),
    Subject::new("async-broadcast", "broadcast, overflow", "with `set_overflow(true)`", || {
        verify_publisher(&overflowing())
    }),
    Subject::new("postage", "watch", "its `watch`, an item each millisecond", || {
        verify_publisher(&postage_watch())
    }),
];

/// Sends an item each millisecond, until sending fails.
fn feed(env: &Env, length: Length, mut send: impl FnMut(Item) -> bool + Send + 'static) {
    let (items, clock) = (env.items(length), env.clock());
    spawn(env, async move {
        for item in items {
            send(item).then_some(())?;
            tick(&clock).await;
        }
        None
    });
}

fn lossy<X>(create: impl Fn(&Env, Length) -> X) -> impl Fixture
where
    X: Stream<Item: Send + 'static> + Send + 'static,
{
    stream(create).capable(|can| can.lossy())
}

pub fn tokio_watch() -> impl Fixture {
    lossy(|env, length| {
        let (sender, receiver) = watch::channel(None);
        feed(env, length, move |item| sender.send(Some(item)).is_ok());
        WatchStream::from_changes(receiver).filter_map(ready)
    })
}

pub fn tokio_broadcast() -> impl Fixture {
    lossy(|env, length| {
        let (sender, receiver) = broadcast::channel(4);
        feed(env, length, move |item| sender.send(item).is_ok());
        BroadcastStream::new(receiver).filter_map(|item| ready(item.ok()))
    })
}

pub fn overflowing() -> impl Fixture {
    lossy(|env, length| {
        let (mut sender, receiver) = async_broadcast::broadcast(4);
        sender.set_overflow(true);
        feed(env, length, move |item| sender.try_broadcast(item).is_ok());
        receiver
    })
}

pub fn postage_watch() -> impl Fixture {
    use postage::sink::Sink;
    lossy(|env, length| {
        let (mut sender, receiver) = postage::watch::channel::<Option<Item>>();
        feed(env, length, move |item| sender.try_send(Some(item)).is_ok());
        receiver.filter_map(ready)
    })
}
