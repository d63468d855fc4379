//! `forward`: one permit an item, flushes, and which side failed.

use futures_util::sink::Sink;
use reactive_streams::{Flow, ForwardError, fail, iter};
use reactive_streams_test::{Live, scripted};
use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};

/// What is seen of a [`Slow`] sink.
#[derive(Debug, PartialEq)]
enum Seen {
    Item(u32),
    Flush,
    Close,
}

/// Is ready once for each permit, and fails at an item of 13.
struct Slow {
    permits: mpsc::Receiver<()>,
    seen: mpsc::Sender<Seen>,
    ready: bool,
}

fn slow() -> (mpsc::Sender<()>, mpsc::Receiver<Seen>, Slow) {
    let (permit, permits) = mpsc::channel();
    let (seen, log) = mpsc::channel();
    (permit, log, Slow { permits, seen, ready: false })
}

impl Sink<u32> for Slow {
    type Error = &'static str;
    fn poll_ready(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.ready = self.ready || self.permits.try_recv().is_ok();
        if self.ready { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
    fn start_send(mut self: Pin<&mut Self>, item: u32) -> Result<(), &'static str> {
        assert!(std::mem::replace(&mut self.ready, false), "it was not ready");
        self.seen.send(Seen::Item(item)).expect("the test listens");
        if item == 13 { Err("unlucky") } else { Ok(()) }
    }
    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.seen.send(Seen::Flush).expect("the test listens");
        Poll::Ready(Ok(()))
    }
    fn poll_close(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.seen.send(Seen::Close).expect("the test listens");
        Poll::Ready(Ok(()))
    }
}

struct Bell(mpsc::Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.send(()).expect("the test listens");
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn each_permit_asks_for_one_item() {
    let (permit, log, sink) = slow();
    let (script, source) = scripted::<u32, Infallible>();
    let mut forward = pin!(Flow::from(source).forward(sink));
    assert!(poll(forward.as_mut()).is_pending());
    assert_eq!(script.requested(), 0);
    permit.send(()).expect("the sink is there");
    assert!(poll(forward.as_mut()).is_pending());
    assert_eq!((script.requested(), log.try_iter().collect::<Vec<_>>()), (1, vec![Seen::Flush]));
    script.next(1).expect("asked for");
    assert!(poll(forward.as_mut()).is_pending());
    assert_eq!((script.requested(), log.try_iter().collect::<Vec<_>>()), (1, vec![Seen::Item(1)]));
    // The sink is still busy when upstream ends.
    script.complete();
    assert_eq!(poll(forward.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(log.try_iter().collect::<Vec<_>>(), [Seen::Close]);
}

#[test]
fn an_item_wakes_the_task() {
    let (permit, _log, sink) = slow();
    let (script, source) = scripted::<u32, Infallible>();
    let mut forward = pin!(Flow::from(source).forward(sink));
    permit.send(()).expect("the sink is there");
    let (rung, rings) = mpsc::channel();
    let waker = Waker::from(Arc::new(Bell(rung)));
    assert!(forward.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(rings.try_iter().count(), 0);
    script.next(1).expect("asked for");
    assert_eq!(rings.try_iter().count(), 1);
}

#[test]
fn a_failure_of_upstream_flushes_and_does_not_close() {
    let (permit, log, sink) = slow();
    let (script, source) = scripted();
    let mut forward = pin!(Flow::from(source).forward(sink));
    permit.send(()).expect("the sink is there");
    assert!(poll(forward.as_mut()).is_pending());
    script.next(1).expect("asked for");
    script.fail("broken");
    assert_eq!(poll(forward.as_mut()), Poll::Ready(Err(ForwardError::Upstream("broken"))));
    assert_eq!(log.try_iter().collect::<Vec<_>>(), [Seen::Flush, Seen::Item(1), Seen::Flush]);
}

#[test]
fn a_failure_of_the_sink_cancels_upstream() {
    let (permit, log, sink) = slow();
    permit.send(()).expect("the sink is there");
    let (script, source) = scripted::<u32, Infallible>();
    let mut forward = pin!(Flow::from(source).forward(sink));
    assert!(poll(forward.as_mut()).is_pending());
    script.next(13).expect("asked for");
    assert_eq!(poll(forward.as_mut()), Poll::Ready(Err(ForwardError::Sink("unlucky"))));
    assert!(script.is_cancelled());
    assert_eq!(log.try_iter().last(), Some(Seen::Item(13)));
}

#[test]
fn dropping_it_cancels() {
    let live = Live::new();
    let (script, source) = scripted::<_, Infallible>();
    let sink = futures_util::sink::drain();
    let mut forward = Box::pin(Flow::from(source).forward(sink));
    assert!(poll(forward.as_mut()).is_pending());
    script.next(live.item(1)).expect("asked for");
    drop(forward);
    assert_eq!((script.is_cancelled(), live.count()), (true, 0));
}

#[test]
fn many_items_take_turns_with_other_tasks_and_all_arrive() {
    let (sender, received) = mpsc::channel();
    let sink = futures_util::sink::unfold(sender, |sender, n: u32| async move {
        sender.send(n).expect("the test listens");
        Ok::<_, Infallible>(sender)
    });
    let mut forward = pin!(iter(0..5000).forward(sink));
    let mut polls = 1;
    while poll(forward.as_mut()).is_pending() {
        polls += 1;
    }
    assert!(polls > 1 && received.try_iter().eq(0..5000));
}

#[test]
fn a_failure_without_items_needs_no_sink() {
    let sink = futures_util::sink::drain::<u32>();
    let failed = fail("broken").forward(sink).block();
    assert_eq!(failed, Err(ForwardError::Upstream("broken")));
    assert_eq!(ForwardError::<Infallible, _>::Sink("full").to_string(), "the sink failed: full");
}
