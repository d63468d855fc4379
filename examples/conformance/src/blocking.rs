//! Channels for threads: tried each virtual millisecond, while a task sends; or filled beforehand and waited on.

use crate::channels::KEEPS;
use crate::{Subject, spawn, tick};
use crossbeam_channel as crossbeam;
use reactive_streams_tck::adapt::{iterator, receiver, try_receiver};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, Length, verify_publisher};
use std::sync::mpsc;
use std::task::Poll;

const CAPACITY: usize = 4;
const TRIED: &str = "a bounded channel by `try_send` and `try_recv`";
const HELD: &str = "the same, while somebody else holds a sender and sends nothing";
const FILLED: &str = "an unbounded channel that is full, by `recv`";

pub(crate) const ALL: &[Subject] = &[
    Subject::new("std", "mpsc::sync_channel", TRIED, || verify_publisher(&std_channel(false))),
    Subject::new("std", "mpsc::sync_channel, idle sender", HELD, || verify_publisher(&std_channel(true))),
    Subject::new("std", "mpsc::channel", FILLED, || verify_publisher(&std_filled())),
    Subject::new("crossbeam-channel", "bounded", TRIED, || verify_publisher(&crossbeam_channel(false))),
    Subject::new("crossbeam-channel", "bounded, idle sender", HELD, || {
        verify_publisher(&crossbeam_channel(true))
    })
    .breaks(KEEPS),
    Subject::new(
        "crossbeam-channel",
        "unbounded",
        "an unbounded channel that is full, as an iterator",
        || verify_publisher(&crossbeam_filled()),
    ),
    Subject::new("kanal", "bounded", TRIED, || verify_publisher(&kanal_channel(false))),
    Subject::new("kanal", "bounded, idle sender", HELD, || verify_publisher(&kanal_channel(true)))
        .breaks(KEEPS),
];

/// Sends in a task, and waits a millisecond while the channel is full. `send` gives back what has no room, or fails.
fn feed(env: &Env, length: Length, mut send: impl FnMut(Item) -> Result<Option<Item>, ()> + Send + 'static) {
    let (items, clock) = (env.items(length), env.clock());
    spawn(env, async move {
        for item in items {
            let mut left = Some(item);
            while let Some(item) = left.take() {
                left = send(item).ok()?;
                if left.is_some() {
                    tick(&clock).await;
                }
            }
        }
        None
    });
}

/// Keeps what it is given for good.
fn hold<T: Send + 'static>(env: &Env, held: T) {
    spawn(env, async move {
        std::future::pending::<()>().await;
        drop(held);
        None
    });
}

fn limit(idle: bool) -> impl FnOnce(Capabilities) -> Capabilities {
    move |can| if idle { can.not_finite() } else { can }
}

pub fn std_channel(idle: bool) -> impl Fixture {
    let fixture = try_receiver(move |env, length| {
        let (sender, receiver) = mpsc::sync_channel(CAPACITY);
        idle.then(|| hold(env, sender.clone()));
        feed(env, length, move |item| match sender.try_send(item) {
            Ok(()) => Ok(None),
            Err(mpsc::TrySendError::Full(item)) => Ok(Some(item)),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(()),
        });
        move || match receiver.try_recv() {
            Ok(item) => Poll::Ready(Some(item)),
            Err(mpsc::TryRecvError::Empty) => Poll::Pending,
            Err(mpsc::TryRecvError::Disconnected) => Poll::Ready(None),
        }
    });
    fixture.capable(limit(idle))
}

pub fn std_filled() -> impl Fixture {
    let fixture = receiver(|env, length| {
        let (sender, receiver) = mpsc::channel();
        env.items(length).for_each(|item| drop(sender.send(item)));
        move || receiver.recv().ok()
    });
    fixture.capable(|can| can.not_endless())
}

pub fn crossbeam_channel(idle: bool) -> impl Fixture {
    let fixture = try_receiver(move |env, length| {
        let (sender, receiver) = crossbeam::bounded(CAPACITY);
        idle.then(|| hold(env, sender.clone()));
        feed(env, length, move |item| match sender.try_send(item) {
            Ok(()) => Ok(None),
            Err(crossbeam::TrySendError::Full(item)) => Ok(Some(item)),
            Err(crossbeam::TrySendError::Disconnected(_)) => Err(()),
        });
        move || match receiver.try_recv() {
            Ok(item) => Poll::Ready(Some(item)),
            Err(crossbeam::TryRecvError::Empty) => Poll::Pending,
            Err(crossbeam::TryRecvError::Disconnected) => Poll::Ready(None),
        }
    });
    fixture.capable(limit(idle))
}

pub fn crossbeam_filled() -> impl Fixture {
    let fixture = iterator(|env, length| {
        let (sender, receiver) = crossbeam::unbounded();
        env.items(length).for_each(|item| drop(sender.send(item)));
        receiver
    });
    fixture.capable(|can| can.not_endless())
}

pub fn kanal_channel(idle: bool) -> impl Fixture {
    let fixture = try_receiver(move |env, length| {
        let (sender, receiver) = kanal::bounded(CAPACITY);
        idle.then(|| hold(env, sender.clone()));
        feed(env, length, move |item| {
            let mut item = Some(item);
            sender.try_send_option(&mut item).map_err(drop)?;
            Ok(item)
        });
        move || match receiver.try_recv() {
            Ok(Some(item)) => Poll::Ready(Some(item)),
            Ok(None) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        }
    });
    fixture.capable(limit(idle))
}
