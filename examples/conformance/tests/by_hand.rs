//! What the kit says of these crates, found again without the kit: as few lines as show it.

use futures::executor::block_on;
use futures::stream::{StreamExt, empty};
use futures::{poll, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// Sends three items, drops the receiver and counts the items that are still alive while the sender is.
macro_rules! kept {
    ($channel:expr, |$sender:ident, $item:ident| $send:expr) => {{
        let item = Arc::new(());
        let (sender, receiver) = $channel;
        #[allow(unused_mut, reason = "some send by exclusive reference")]
        let mut $sender = sender;
        for _ in 0..3 {
            let $item = item.clone();
            assert!($send.is_ok());
        }
        drop(receiver);
        let kept = Arc::strong_count(&item) - 1;
        drop($sender);
        assert_eq!(Arc::strong_count(&item), 1, "they go with the last sender");
        kept
    }};
}

#[test]
fn some_channels_drop_what_is_queued_with_the_receiver() {
    assert_eq!(kept!(std::sync::mpsc::channel(), |sender, item| sender.send(item)), 0);
    assert_eq!(kept!(std::sync::mpsc::sync_channel(4), |sender, item| sender.send(item)), 0);
    assert_eq!(kept!(tokio::sync::mpsc::channel(4), |sender, item| sender.try_send(item)), 0);
    assert_eq!(kept!(futures::channel::mpsc::channel(4), |sender, item| sender.try_send(item)), 0);
    assert_eq!(kept!(async_broadcast::broadcast(4), |sender, item| sender.try_broadcast(item)), 0);
    assert_eq!(kept!(crossbeam_channel::unbounded(), |sender, item| sender.send(item)), 0);
}

#[test]
fn others_keep_it_as_long_as_there_is_a_sender() {
    assert_eq!(kept!(crossbeam_channel::bounded(4), |sender, item| sender.send(item)), 3);
    assert_eq!(kept!(async_channel::bounded(4), |sender, item| sender.try_send(item)), 3);
    assert_eq!(kept!(flume::bounded(4), |sender, item| sender.send(item)), 3);
    assert_eq!(kept!(kanal::bounded(4), |sender, item| sender.send(item)), 3);
    assert_eq!(kept!(tachyonix::channel(4), |sender, item| sender.try_send(item)), 3);
    assert_eq!(kept!(crossfire::mpsc::bounded_async(4), |sender, item| sender.try_send(item)), 3);
    let send = |sender: &mut postage::mpsc::Sender<_>, item| postage::sink::Sink::try_send(sender, item);
    assert_eq!(kept!(postage::mpsc::channel(4), |sender, item| send(&mut sender, item)), 3);
}

#[test]
fn futures_lite_or_ends_with_its_second_stream_though_the_first_has_items() {
    // Pending once, and then an item.
    let mut first = true;
    let late = stream::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(Some(7)) }
    });
    let mut or = futures_lite::stream::or(late, empty());
    assert_eq!(block_on(or.next()), None);
    assert_eq!(block_on(or.next()), Some(7), "who does not ask again never sees it");
}

#[test]
fn futures_lite_race_never_ends() {
    let mut race = futures_lite::stream::race_with_seed(empty::<u64>(), empty(), 7);
    block_on(async { assert_eq!(poll!(race.next()), Poll::Pending) });
    let mut select = stream::select(empty::<u64>(), empty());
    block_on(async { assert_eq!(poll!(select.next()), Poll::Ready(None)) });
}

#[test]
fn rxrust_pushes_all_that_its_source_has_for_one_item() {
    use rxrust::prelude::*;
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let source = (0..100_000).inspect(move |_| _ = count.fetch_add(1, Ordering::Relaxed));
    let mut stream = Shared::from_iter(source).into_stream();
    assert!(matches!(block_on(stream.next()), Some(Ok(0))));
    assert_eq!(made.load(Ordering::Relaxed), 100_000);
}
