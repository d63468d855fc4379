//! `first`.

use reactive_streams::{Flow, empty, fail, from_fn};
use reactive_streams_test::scripted;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

#[test]
fn one_item_is_asked_for() {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let flow = from_fn(move || Some(counter.fetch_add(1, Relaxed)));
    assert_eq!(flow.clone().first().block(), Ok(Some(0)));
    assert_eq!(futures_executor::block_on(flow.first()), Ok(Some(1)));
    assert_eq!(asked.load(Relaxed), 2);
}

#[test]
fn it_is_ready_at_the_first_item_and_cancels() {
    let (script, publisher) = scripted::<u32, u32>();
    let mut first = pin!(Flow::from(publisher).first());
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert_eq!(script.requested(), 1);
    script.next(7).expect("it asks");
    assert!(script.is_cancelled());
    assert_eq!(first.as_mut().poll(&mut context), Poll::Ready(Ok(Some(7))));
}

#[test]
fn nothing_and_a_failure() {
    assert_eq!(empty::<u32>().first().block(), Ok(None));
    assert_eq!(fail::<u32, _>("down").first().block(), Err("down"));
}
