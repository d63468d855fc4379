//! `for_each_async`.

use futures_executor::block_on;
use reactive_streams::{Flow, Spawn, iter};
use reactive_streams_test::{Live, ManualExecutor, scripted};
use std::cell::RefCell;
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};

#[test]
fn one_body_at_a_time_and_one_item_for_each() {
    let (script, publisher) = scripted::<u32, u32>();
    let gates = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&gates);
    let mut run = pin!(Flow::from(publisher).for_each_async(move |n| {
        let (open, gate) = channel();
        seen.borrow_mut().push((n, open));
        poll_fn(move |_| if gate.try_recv().is_ok() { Poll::Ready(()) } else { Poll::Pending })
    }));
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!(script.requested(), 1);
    script.next(1).expect("it asks");
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!((script.next(2), gates.borrow().len()), (Err(2), 1));
    gates.borrow()[0].1.send(()).expect("the body waits");
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!(script.requested(), 2);
    script.next(2).expect("it asks again");
    script.complete();
    // The body of the last item comes before the end.
    assert!(run.as_mut().poll(&mut context).is_pending());
    gates.borrow()[1].1.send(()).expect("the body waits");
    assert_eq!(run.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}

#[test]
fn a_body_may_borrow_and_need_not_be_send() {
    let (words, count) = (vec!["a", "b"], Rc::new(RefCell::new(0)));
    let run = || {
        iter(0..2).for_each_async(|n| {
            *count.borrow_mut() += words[n].len();
            ready(())
        })
    };
    run().block().expect("it cannot fail");
    block_on(run()).expect("it cannot fail");
    assert_eq!(*count.borrow(), 4);
}

#[test]
fn dropping_it_cancels_and_drops_the_body_and_the_item() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, &str>();
    let mut run = Box::pin(Flow::from(publisher).for_each_async(|item| async move {
        let _held = item;
        std::future::pending::<()>().await;
    }));
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    script.next(live.item(1)).expect("it asks");
    assert!(run.as_mut().poll(&mut context).is_pending());
    assert_eq!(live.count(), 1);
    drop(run);
    assert_eq!((live.count(), script.is_cancelled()), (0, true));
}

#[test]
fn an_item_that_waits_for_its_turn_is_dropped_too() {
    let live = Live::new();
    let (script, publisher) = scripted::<_, &str>();
    let mut run = Box::pin(Flow::from(publisher).for_each_async(|_| ready(())));
    assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    script.next(live.item(1)).expect("it asks");
    drop(run);
    assert_eq!((live.count(), script.is_cancelled()), (0, true));
}

#[test]
fn it_yields_between_many_ready_bodies() {
    let executor = ManualExecutor::new();
    executor.spawn(Box::pin(async {
        iter(0..10_000).for_each_async(|_| ready(())).await.expect("it cannot fail");
    }));
    assert!(executor.run() >= 9);
    assert_eq!(executor.pending(), 0);
}

#[test]
fn a_failure_waits_for_the_body_in_progress() {
    let (script, publisher) = scripted::<u32, &str>();
    let (open, gate) = channel();
    let mut gate = Some(gate);
    let mut run = pin!(Flow::from(publisher).for_each_async(move |_| {
        let gate = gate.take().expect("one item");
        poll_fn(move |_| if gate.try_recv().is_ok() { Poll::Ready(()) } else { Poll::Pending })
    }));
    let mut context = Context::from_waker(Waker::noop());
    assert!(run.as_mut().poll(&mut context).is_pending());
    script.next(1).expect("it asks");
    script.fail("down");
    assert!(run.as_mut().poll(&mut context).is_pending());
    open.send(()).expect("the body waits");
    assert_eq!(run.as_mut().poll(&mut context), Poll::Ready(Err("down")));
}
