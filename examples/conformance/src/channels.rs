//! Asynchronous channels that lose nothing: a task sends, and waits while the channel is full.

use crate::{Subject, spawn, tick};
use futures::SinkExt;
use futures::stream;
use reactive_streams_tck::adapt::{fused_stream, stream};
use reactive_streams_tck::{Capabilities, Env, Fixture, Item, verify_publisher};
use std::convert::identity;
use std::future::ready;

/// How many items a channel holds.
const CAPACITY: usize = 4;

/// Who holds senders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Senders {
    /// The task that sends, and nobody else.
    One,
    /// Another one, too, which sends nothing and holds its sender for good. The stream never completes.
    OneMoreIdle,
}
use Senders::{One, OneMoreIdle};

impl Senders {
    fn limit(self, can: Capabilities) -> Capabilities {
        if self == OneMoreIdle { can.not_finite() } else { can }
    }

    /// Holds `sender` for good, if there is to be another one.
    fn hold<T: Clone + Send + 'static>(self, env: &Env, sender: &T) {
        if self == OneMoreIdle {
            let held = sender.clone();
            spawn(env, async move {
                futures::future::pending::<()>().await;
                drop(held);
                None
            });
        }
    }
}

const SENT: &str = "a bounded channel, one sender";
const HELD: &str = "the same, while somebody else holds a sender and sends nothing";
const FUSED: &str = "an item each millisecond, and taken at its word that it has ended";
/// What is in the queue stays alive when the receiver is gone.
pub(crate) const KEEPS: &[&str] = &["3.13", "3-vii"];

pub(crate) const ALL: &[Subject] = &[
    Subject::new("futures", "mpsc", SENT, || verify_publisher(&futures_mpsc(One))),
    Subject::new("futures", "mpsc, idle sender", HELD, || verify_publisher(&futures_mpsc(OneMoreIdle))),
    Subject::new("tokio", "mpsc", SENT, || verify_publisher(&tokio_mpsc(One))),
    Subject::new("tokio", "mpsc, idle sender", HELD, || verify_publisher(&tokio_mpsc(OneMoreIdle))),
    Subject::new("async-broadcast", "broadcast", SENT, || verify_publisher(&broadcast(One))),
    Subject::new("async-broadcast", "broadcast, idle sender", HELD, || {
        verify_publisher(&broadcast(OneMoreIdle))
    }),
    Subject::new("async-channel", "bounded", SENT, || verify_publisher(&async_channel(One))),
    Subject::new("async-channel", "bounded, idle sender", HELD, || {
        verify_publisher(&async_channel(OneMoreIdle))
    })
    .breaks(KEEPS),
    Subject::new("flume", "bounded", SENT, || verify_publisher(&flume(One))),
    Subject::new("flume", "bounded, idle sender", HELD, || verify_publisher(&flume(OneMoreIdle)))
        .breaks(KEEPS),
    Subject::new("tachyonix", "channel", SENT, || verify_publisher(&tachyonix(One))),
    Subject::new("tachyonix", "channel, idle sender", HELD, || verify_publisher(&tachyonix(OneMoreIdle)))
        .breaks(KEEPS),
    Subject::new("postage", "mpsc", SENT, || verify_publisher(&postage(One))),
    Subject::new("postage", "mpsc, idle sender", HELD, || verify_publisher(&postage(OneMoreIdle)))
        .breaks(KEEPS),
    Subject::new("crossfire", "mpsc", SENT, || verify_publisher(&crossfire(One))),
    Subject::new("crossfire", "mpsc, idle sender", HELD, || verify_publisher(&crossfire(OneMoreIdle)))
        .breaks(KEEPS),
    Subject::new("kanal", "bounded_async", SENT, || verify_publisher(&kanal(One))),
    Subject::new("kanal", "bounded_async, idle sender", HELD, || verify_publisher(&kanal(OneMoreIdle)))
        .breaks(KEEPS),
    Subject::new("async-channel", "bounded, fused", FUSED, || verify_publisher(&fused_async_channel())),
    Subject::new("async-broadcast", "broadcast, fused", FUSED, || verify_publisher(&fused_broadcast())),
    Subject::new("flume", "bounded, fused", FUSED, || verify_publisher(&fused_flume())),
    Subject::new("futures", "mpsc, fused", FUSED, || verify_publisher(&fused_mpsc())),
];

/// The receiving end of `$channel` as a stream, while a task sends: as fast as it can, or an item each millisecond.
macro_rules! channel {
    ($senders:ident, $channel:expr, |$sender:ident, $item:ident| $send:expr, $stream:expr) => {
        channel!(stream, $senders, |_clock| ready(()), $channel, |$sender, $item| $send, $stream)
            .capable(move |can| $senders.limit(can))
    };
    (paced $adapter:ident, $channel:expr, |$sender:ident, $item:ident| $send:expr, $stream:expr) => {
        channel!($adapter, One, |clock| tick(clock), $channel, |$sender, $item| $send, $stream)
    };
    ($adapter:ident, $senders:expr, |$clock:ident| $pause:expr, $channel:expr, |$sender:ident, $item:ident| $send:expr,
     $stream:expr) => {
        $adapter(move |env, length| {
            let ($sender, receiver) = $channel;
            $senders.hold(env, &$sender);
            let (items, clock) = (env.items(length), env.clock());
            #[allow(unused_mut, reason = "some send by exclusive reference")]
            let mut $sender = $sender;
            spawn(env, async move {
                let $clock = &clock;
                for $item in items {
                    $pause.await;
                    $send.await.ok()?;
                }
                None
            });
            $stream(receiver)
        })
    };
}

pub fn futures_mpsc(senders: Senders) -> impl Fixture {
    channel!(senders, futures::channel::mpsc::channel(CAPACITY), |sender, item| sender.send(item), identity)
}

pub fn tokio_mpsc(senders: Senders) -> impl Fixture {
    let stream_of = tokio_stream::wrappers::ReceiverStream::new;
    channel!(senders, tokio::sync::mpsc::channel(CAPACITY), |sender, item| sender.send(item), stream_of)
}

pub fn broadcast(senders: Senders) -> impl Fixture {
    channel!(
        senders,
        async_broadcast::broadcast(CAPACITY),
        |sender, item| sender.broadcast_direct(item),
        identity
    )
}

pub fn async_channel(senders: Senders) -> impl Fixture {
    channel!(senders, async_channel::bounded(CAPACITY), |sender, item| sender.send(item), identity)
}

pub fn flume(senders: Senders) -> impl Fixture {
    let stream_of = flume::Receiver::into_stream;
    channel!(senders, flume::bounded(CAPACITY), |sender, item| sender.send_async(item), stream_of)
}

pub fn tachyonix(senders: Senders) -> impl Fixture {
    channel!(senders, tachyonix::channel(CAPACITY), |sender, item| sender.send(item), identity)
}

pub fn postage(senders: Senders) -> impl Fixture {
    use postage::sink::Sink;
    channel!(
        senders,
        postage::mpsc::channel(CAPACITY),
        |sender, item| Sink::send(&mut sender, item),
        identity
    )
}

pub fn crossfire(senders: Senders) -> impl Fixture {
    let stream_of = crossfire::AsyncRx::into_stream;
    channel!(senders, crossfire::mpsc::bounded_async(CAPACITY), |sender, item| sender.send(item), stream_of)
}

/// One `recv` after the other. Its own `stream()` is left alone: see `examples/kanal_stream.rs`.
pub fn kanal(senders: Senders) -> impl Fixture {
    let stream_of = |receiver: kanal::AsyncReceiver<Item>| {
        stream::unfold(receiver, |receiver| async { Some((receiver.recv().await.ok()?, receiver)) })
    };
    channel!(senders, kanal::bounded_async(CAPACITY), |sender, item| sender.send(item), stream_of)
}

pub fn fused_async_channel() -> impl Fixture {
    channel!(paced fused_stream, async_channel::bounded(CAPACITY), |sender, item| sender.send(item), identity)
}

pub fn fused_broadcast() -> impl Fixture {
    let channel = async_broadcast::broadcast;
    channel!(paced fused_stream, channel(CAPACITY), |sender, item| sender.broadcast_direct(item), identity)
}

pub fn fused_flume() -> impl Fixture {
    let stream_of = flume::Receiver::into_stream;
    channel!(paced fused_stream, flume::bounded(CAPACITY), |sender, item| sender.send_async(item), stream_of)
}

pub fn fused_mpsc() -> impl Fixture {
    channel!(paced fused_stream, futures::channel::mpsc::channel(CAPACITY),
        |sender, item| sender.send(item),
        identity
    )
}
