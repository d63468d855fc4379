//! `into_stream`.

use futures_core::Stream;
use futures_util::StreamExt;
use proptest::prelude::*;
use reactive_streams::{Flow, Reason, Threads, iter};
use reactive_streams_test::{Live, scripted};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn one_means_one() {
    let (script, publisher) = scripted::<u8, ()>();
    let mut stream = Flow::from(publisher).into_stream(1);
    assert_eq!(script.requested(), 0, "it subscribes when it is polled");
    assert_eq!(poll(&mut stream), Poll::Pending);
    script.next(1).expect("asked for");
    assert_eq!(script.next(2), Err(2));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(1))));
    assert_eq!(script.next(2), Err(2), "the consumer has not come back yet");
    assert_eq!(poll(&mut stream), Poll::Pending);
    script.next(2).expect("asked for");
    script.complete();
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(2))));
    assert_eq!((poll(&mut stream), poll(&mut stream)), (Poll::Ready(None), Poll::Ready(None)));
}

#[test]
fn an_error_comes_after_the_items_and_ends_it() {
    let (script, publisher) = scripted();
    let mut stream = Flow::from(publisher).into_stream(3);
    assert_eq!(poll(&mut stream), Poll::Pending);
    script.next(1).expect("asked for");
    script.fail("broken");
    let got: Vec<_> = std::iter::from_fn(|| match poll(&mut stream) {
        Poll::Ready(item) => item,
        Poll::Pending => panic!("nothing more can come"),
    })
    .collect();
    assert_eq!(got, [Ok(1), Err("broken")]);
}

#[test]
fn each_signal_wakes_once() {
    let (script, publisher) = scripted::<u8, ()>();
    let mut stream = Flow::from(publisher).into_stream(4);
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    let mut context = Context::from_waker(&waker);
    assert!(stream.poll_next_unpin(&mut context).is_pending());
    script.next(1).expect("asked for");
    script.next(2).expect("asked for");
    assert_eq!(counting.0.load(SeqCst), 1);
    assert_eq!(stream.poll_next_unpin(&mut context), Poll::Ready(Some(Ok(1))));
    assert_eq!(stream.poll_next_unpin(&mut context), Poll::Ready(Some(Ok(2))));
    assert!(stream.poll_next_unpin(&mut context).is_pending());
    script.complete();
    assert_eq!(counting.0.load(SeqCst), 2);
    assert_eq!(stream.poll_next_unpin(&mut context), Poll::Ready(None));
}

#[test]
fn dropping_it_cancels_and_counts() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, ()>();
    let mut stream = Flow::from(publisher).into_stream(3);
    let ledger = stream.ledger();
    assert!(poll(&mut stream).is_pending());
    for item in 0..3 {
        script.next(live.item(item)).expect("asked for");
    }
    drop(poll(&mut stream));
    drop(stream);
    assert!(script.is_cancelled());
    assert_eq!((live.count(), ledger.dropped(Reason::Cancelled), ledger.emitted()), (0, 2, 1));
    assert!(ledger.is_balanced());
}

#[test]
fn upstream_that_goes_without_a_terminal_is_a_panic_and_not_a_hang() {
    let (script, publisher) = scripted::<u8, ()>();
    let mut stream = Flow::from(publisher).into_stream(3);
    assert!(poll(&mut stream).is_pending());
    drop(script);
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut stream))).is_err());
    assert_eq!(poll(&mut stream), Poll::Ready(None));
}

#[test]
#[should_panic(expected = "a prefetch of at least one item")]
fn a_prefetch_of_zero_is_refused() {
    let _ = iter(0..1).into_stream(0);
}

#[test]
fn it_receives_from_a_thread() {
    for prefetch in [1, 3, 64] {
        let stream = iter(0..2000).subscribe_on(Threads).into_stream(prefetch);
        let items: Vec<_> = futures_executor::block_on(stream.collect());
        assert!(items.into_iter().map(Result::unwrap).eq(0..2000));
    }
}

/// What happens next to a stream.
#[derive(Clone, Copy, Debug)]
enum Step {
    Item,
    Poll,
    Complete,
    Fail,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Item),
        8 => Just(Step::Poll),
        1 => Just(Step::Complete),
        1 => Just(Step::Fail),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// Order, bounds, ends and books, against a queue.
    #[test]
    fn it_is_a_queue_with_an_end(prefetch in 1..6usize, steps in steps()) {
        let live = Live::new();
        let (script, publisher) = scripted();
        let mut stream = Flow::from(publisher).into_stream(prefetch);
        let ledger = stream.ledger();
        let (mut held, mut sent, mut got) = (VecDeque::new(), 0u64, 0u64);
        let (mut end, mut over) = (None, false);
        for step in steps {
            match step {
                Step::Item if end.is_none() && script.next(live.item(sent)).is_ok() => {
                    held.push_back(sent);
                    sent += 1;
                }
                Step::Complete if end.is_none() && script.requested() > 0 => {
                    script.complete();
                    end = Some(Ok(()));
                }
                Step::Fail if end.is_none() && script.requested() > 0 => {
                    script.fail("down");
                    end = Some(Err("down"));
                }
                Step::Poll => {
                    let polled = poll(&mut stream).map(|item| item.map(|item| item.map(|item| *item)));
                    let expected = match (held.pop_front(), end) {
                        (Some(item), _) => { got += 1; Poll::Ready(Some(Ok(item))) }
                        (None, None) => Poll::Pending,
                        (None, Some(Err(error))) if !over => { over = true; Poll::Ready(Some(Err(error))) }
                        (None, Some(_)) => { over = true; Poll::Ready(None) }
                    };
                    prop_assert_eq!(polled, expected);
                }
                _ => {}
            }
            prop_assert!(script.requested() <= got + prefetch as u64);
            prop_assert!(ledger.high_water() <= prefetch as u64);
            prop_assert_eq!((ledger.received(), ledger.emitted()), (sent, got));
            prop_assert_eq!(ledger.depth(), held.len() as u64);
        }
        drop(stream);
        prop_assert_eq!(live.count(), 0);
        prop_assert_eq!(ledger.dropped(Reason::Cancelled), sent - got);
        prop_assert!(ledger.is_balanced());
    }
}
