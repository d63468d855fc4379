//! What is no publisher can be judged through its adapter: what is right passes, and what is wrong fails under the rule
//! that says so.

use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_io::{AsyncBufRead, AsyncRead};
use futures_util::io::Cursor;
use futures_util::stream::{self, StreamExt};
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::{Clock, Spawn};
use reactive_streams_tck::adapt::{
    buf_reader, fused_stream, iterator, publisher, reader, receiver, stream, try_iterator, try_receiver,
    try_stream,
};
use reactive_streams_tck::gallery::{Broken, InTask, Synchronous};
use reactive_streams_tck::{Env, Fixture, Item, Length, Sharing, Verdict, conformance, verify_publisher};
use reactive_streams_test::VirtualClock;
use std::future::poll_fn;
use std::io;
use std::iter::{from_fn, once};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, TrySendError, channel, sync_channel};
use std::task::{Context, Poll, ready};
use std::time::Duration;

fn results(env: &Env, k: u64) -> impl Iterator<Item = Result<Item, Broken>> + Send + use<> {
    env.items(Length::Exactly(k)).map(Ok).chain(once(Err(Broken)))
}

fn content(env: &Env, length: Length) -> Vec<u8> {
    env.bytes(length).collect()
}

/// Reads what its parts read, and fails at the end if it is told to.
struct Parts {
    parts: Vec<Vec<u8>>,
    failure: Option<io::Error>,
}

impl Parts {
    fn new(env: &Env, length: Length, sizes: &[usize]) -> Self {
        let mut sizes = sizes.iter().cycle();
        let (mut rest, mut parts) = (content(env, length), Vec::new());
        while !rest.is_empty() {
            let size = rest.len().min(*sizes.next().unwrap());
            parts.insert(0, rest.drain(..size).collect());
        }
        Self { parts, failure: None }
    }

    fn failing(env: &Env, k: u64, sizes: &[usize]) -> Self {
        Self { failure: Some(io::ErrorKind::BrokenPipe.into()), ..Self::new(env, Length::Exactly(k), sizes) }
    }
}

impl AsyncRead for Parts {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let filled = ready!(self.as_mut().poll_fill_buf(context))?;
        let count = filled.len().min(buffer.len());
        buffer[..count].copy_from_slice(&filled[..count]);
        self.consume(count);
        Poll::Ready(Ok(count))
    }
}

impl AsyncBufRead for Parts {
    fn poll_fill_buf(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let parts = self.get_mut();
        match (parts.parts.last(), parts.failure.take()) {
            (None, Some(error)) => Poll::Ready(Err(error)),
            (part, failure) => {
                parts.failure = failure;
                Poll::Ready(Ok(part.map_or(&[], |part| part)))
            }
        }
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        let Some(part) = self.parts.last_mut() else { return };
        part.drain(..count);
        if part.is_empty() {
            self.parts.pop();
        }
    }
}

conformance!(any_publisher, publisher(|env, length| InTask::new(env, env.items(length))));
conformance!(
    any_clone,
    publisher(|env, length| InTask::new(env, env.items(length))).shared(Sharing::MultiUnicast)
);
conformance!(any_iterator, iterator(|env, length| env.items(length)));
conformance!(
    any_iterator_of_results,
    try_iterator(|env, length| env.items(length).map(Ok::<_, Broken>)).failing(results)
);
conformance!(any_stream, stream(|env, length| stream::iter(env.items(length))));
conformance!(
    any_stream_of_results,
    try_stream(|env, length| stream::iter(env.items(length).map(Ok::<_, Broken>)))
        .failing(|env, k| stream::iter(results(env, k)))
);
conformance!(
    any_stream_that_is_pending_for_ever,
    stream(|_, _| stream::pending::<u64>()).capable(|can| can.not_finite().silent())
);
conformance!(any_fused_stream, fused_stream(|env, length| stream::iter(env.items(length)).fuse()));
conformance!(
    any_buffered_reader,
    buf_reader(|env, length| Parts::new(env, length, &[3, 1, 40]))
        .failing(|env, k| Parts::failing(env, k, &[4]))
        .capable(|can| can.not_endless())
);
conformance!(
    any_reader,
    reader(|env, length| Parts::new(env, length, &[2, 30]))
        .failing(|env, k| Parts::failing(env, k, &[5, 1]))
        .capable(|can| can.not_endless())
);
conformance!(
    any_waiting_receiver,
    receiver(|env, length| {
        let (sender, receiver) = channel();
        env.items(length).for_each(|item| sender.send(item).unwrap());
        move || receiver.recv().ok()
    })
    .capable(|can| can.not_endless())
);
conformance!(
    any_receiver_that_can_be_tried,
    try_receiver(|env, length| tried(env, length, 0)).capable(|can| can.lengths(0..=64).not_endless())
);

/// A channel, fed after `delay` milliseconds.
fn tried(env: &Env, length: Length, delay: u32) -> impl FnMut() -> Poll<Option<Item>> + Send + use<> {
    let (sender, receiver) = sync_channel(64);
    let (mut items, mut left) = (env.items(length), delay);
    let mut feed = Some(move || items.all(|item| sender.try_send(item).is_ok()));
    if delay == 0 {
        let mut feed = feed.take().unwrap();
        env.executor().spawn(Box::pin(async move { _ = feed() }));
    }
    move || {
        if left > 0 {
            left -= 1;
        } else if let Some(mut feed) = feed.take() {
            _ = feed();
        }
        match receiver.try_recv() {
            Ok(item) => Poll::Ready(Some(item)),
            Err(TryRecvError::Empty) => Poll::Pending,
            Err(TryRecvError::Disconnected) => Poll::Ready(None),
        }
    }
}

/// Fails unless `fixture` breaks `rule`.
#[track_caller]
fn breaks<F: Fixture>(rule: &str, fixture: &F) -> String {
    let report = verify_publisher(fixture);
    assert_eq!(report.verdict(rule), Some(Verdict::Fail), "{rule}\n{report}");
    report.to_string()
}

/// The second subscriber takes what the first one would.
#[test]
fn clones_that_share_a_source_are_not_independent() {
    let shared = publisher(|env, length| {
        let items = Arc::new(Mutex::new(env.items(length)));
        Synchronous::new(from_fn(move || items.lock().next()))
    });
    breaks("1.10", &shared.shared(Sharing::MultiUnicast));
}

#[test]
fn a_receiver_is_tried_again_until_something_is_there() {
    let late = try_receiver(|env, length| tried(env, length, 20));
    verify_publisher(&late.capable(|can| can.lengths(0..=64).not_endless())).assert_conforms();
}

#[test]
fn a_stream_that_forgets_its_waker_stalls() {
    let stalls = stream(|env, length| {
        let mut items = stream::iter(env.items(length));
        let mut ready = true;
        stream::poll_fn(move |context| {
            ready = !ready;
            if ready { Poll::Pending } else { items.poll_next_unpin(context) }
        })
    });
    breaks("1.5", &stalls);
    breaks("3.8", &stalls);
}

/// The waker is right, once: whoever polls next has another one.
#[test]
fn a_stream_that_keeps_the_waker_of_its_first_poll_stalls() {
    let paced = |keeps: bool| {
        stream(move |env, length| {
            let (mut items, clock) = (stream::iter(env.items(length)), env.clock());
            let (mut first, mut due) = (None, Duration::ZERO);
            let mut alarm = Vec::new();
            stream::poll_fn(move |context| {
                alarm.clear();
                if clock.now() < due {
                    let own = || context.waker().clone();
                    let waker = if keeps { first.get_or_insert_with(own).clone() } else { own() };
                    alarm.push(clock.wake_at(due, waker));
                    return Poll::Pending;
                }
                due = clock.now() + Duration::from_millis(1);
                items.poll_next_unpin(context)
            })
        })
    };
    verify_publisher(&paced(false)).assert_conforms();
    breaks("3.8", &paced(true));
}

#[test]
fn a_stream_that_wakes_for_ever_never_rests() {
    // It leaves a task that outlives it and wakes itself.
    let spins = stream(|env, length| {
        let (executor, mut started) = (env.executor(), false);
        let items = env.items(length);
        stream::iter(items).inspect(move |_| {
            if !std::mem::replace(&mut started, true) {
                executor.spawn(Box::pin(poll_fn(|context| {
                    context.waker().wake_by_ref();
                    Poll::Pending
                })));
            }
        })
    });
    // Each scenario takes as long as the kit is patient.
    breaks("3.12", &spins.capable(|can| can.lengths(1..=1).not_endless()));
}

#[test]
fn a_stream_that_loses_an_item_ends_too_early() {
    breaks("1.5", &stream(|env, length| stream::iter(env.items(length)).skip(1)));
    breaks("1.5", &iterator(|env, length| env.items(length).skip(1)));
}

#[test]
fn a_stream_that_repeats_an_item_has_one_too_many() {
    let repeats = stream(|env, length| stream::iter(once(env.item(0)).chain(env.items(length))));
    breaks("1.2", &repeats);
}

/// Says that it has ended when its last item is made, not when it is taken.
struct Hasty<X>(X, usize);

impl<X: Stream + Unpin> Stream for Hasty<X> {
    type Item = X::Item;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<X::Item>> {
        self.1 += 1;
        self.0.poll_next_unpin(context)
    }
}

impl<X: Stream + Unpin> FusedStream for Hasty<X> {
    fn is_terminated(&self) -> bool {
        self.1 == 1
    }
}

#[test]
fn a_stream_is_taken_at_its_word_that_it_has_ended() {
    let hasty = fused_stream(|env, length| Hasty(stream::iter(env.items(length)), 0));
    let report = breaks("1.5", &hasty);
    assert!(report.contains("on_complete after 1"), "{report}");
}

#[test]
fn a_stream_that_is_kept_alive_by_another_is_not_let_go() {
    // The items live in a queue that a task owns, too.
    let kept = stream(|env, length| {
        let queue = std::sync::Arc::new(env.items(length).collect::<Vec<_>>());
        let shared = std::sync::Arc::clone(&queue);
        env.executor().spawn(Box::pin(async move {
            std::future::pending::<()>().await;
            drop(shared);
        }));
        stream::iter(0..queue.len()).map(move |at| queue[at].clone())
    });
    breaks("3.13", &kept.capable(|can| can.not_endless()));
}

#[test]
fn a_source_that_panics_is_seen() {
    let panics = || panic!("the disk is full");
    let report =
        breaks("1.4", &stream(move |env, length| stream::iter(env.items(length)).map(move |_| panics())));
    assert!(report.contains("the disk is full"), "{report}");
}

#[test]
fn a_reader_is_judged_by_its_content() {
    let report = breaks(
        "1.5",
        &buf_reader(|env, length| {
            let mut bytes = content(env, length);
            if bytes.len() > 2 {
                bytes.swap(1, 2);
            }
            Cursor::new(bytes)
        })
        .capable(|can| can.not_endless()),
    );
    assert!(report.contains("byte 1 is 0x45; 0x26 was to be read\""), "{report}");
    assert!(!report.contains("env.bytes"), "{report}");
    let own = buf_reader(|_, length| Cursor::new(vec![65; length.get().min(60_000) as usize]));
    let report = verify_publisher(&own.capable(|can| can.not_endless()));
    let doubt = report.doubt().expect("a doubt");
    assert!(
        doubt.starts_with("create() has not asked for env.bytes(length), and what is read is something else"),
        "{doubt}"
    );
    assert!(
        report.to_string().contains("byte 0 is 0x41; 0x07 was to be read: create() has not asked"),
        "{report}"
    );
    let short = reader(|env, length| {
        Cursor::new(content(env, length).split_off(usize::from(length != Length::Exactly(0))))
    });
    breaks("1.5", &short.capable(|can| can.not_endless()));
}

/// Waits a virtual millisecond.
async fn tick(clock: &VirtualClock) {
    let (due, mut alarm) = (clock.now() + Duration::from_millis(1), None);
    poll_fn(|context| {
        if clock.now() >= due {
            return Poll::Ready(());
        }
        alarm = Some(clock.wake_at(due, context.waker().clone()));
        Poll::Pending
    })
    .await;
    drop(alarm);
}

/// An item takes as many polls as it takes, also in a stream of thousands.
#[test]
fn a_stream_that_needs_many_polls_for_an_item_is_not_taken_for_busy() {
    let slow = stream(|env, length| {
        let (mut items, mut polled) = (stream::iter(env.items(length)), 0);
        stream::poll_fn(move |context| {
            polled += 1;
            if polled % 4 == 0 {
                return items.poll_next_unpin(context);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
    });
    verify_publisher(&slow).assert_conforms();
}

/// Whatever the schedule: time that goes on keeps no task from running for ever.
#[test]
fn a_feed_that_ticks_without_end_starves_nobody() {
    let fed = try_receiver(|env, length| {
        let (sender, receiver) = sync_channel(2);
        let (items, clock) = (env.items(length), env.clock());
        env.executor().spawn(Box::pin(async move {
            for item in items {
                tick(&clock).await;
                if let Err(TrySendError::Disconnected(_)) = sender.try_send(item) {
                    return;
                }
            }
        }));
        move || match receiver.try_recv() {
            Ok(item) => Poll::Ready(Some(item)),
            Err(TryRecvError::Empty) => Poll::Pending,
            Err(TryRecvError::Disconnected) => Poll::Ready(None),
        }
    });
    verify_publisher(&fed.capable(|can| can.lossy())).assert_conforms();
}
