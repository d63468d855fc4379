//! `flat_map`: demand carried from inner to inner, ends, cancels, and the stack.

use reactive_streams::{Demand, Flow, iter};
use reactive_streams_test::{Live, Script, Scripted, probe, scripted};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

type Inner = (Script<u32, u32>, Scripted<u32, u32>);

type Hands = Vec<Script<u32, u32>>;

/// Two inners driven by hand, and what hands them out.
fn two() -> (Hands, impl FnMut(usize) -> Scripted<u32, u32>) {
    let made: [Inner; 2] = [scripted(), scripted()];
    let (scripts, publishers): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    let mut publishers: Vec<_> = publishers.into_iter().map(Some).collect();
    (scripts, move |n| publishers[n].take().expect("each inner is taken once"))
}

#[test]
fn what_an_inner_leaves_unused_goes_to_the_next() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    probe.request(5);
    assert_eq!(outer.requested(), 1);
    outer.next(0).expect("asked for");
    assert_eq!(inners[0].requested(), 5);
    inners[0].next(1).expect("asked for");
    inners[0].next(2).expect("asked for");
    inners[0].complete();
    assert_eq!(outer.requested(), 2);
    outer.next(1).expect("asked for");
    assert_eq!(inners[1].requested(), 3);
    probe.request(2);
    assert_eq!(inners[1].requested(), 5);
    inners[1].next(3).expect("asked for");
    inners[1].complete();
    outer.complete();
    assert_eq!(probe.items(), [1, 2, 3]);
    assert!(probe.is_complete());
    assert_eq!(probe.unused(), Demand::new(4));
}

#[test]
fn demand_that_comes_between_two_inners_is_kept() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    outer.next(0).expect("asked for");
    inners[0].complete();
    probe.request(3);
    outer.next(1).expect("asked for");
    assert_eq!(inners[1].requested(), 3);
}

#[test]
fn completion_waits_for_the_inner_and_needs_no_demand() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    outer.next(0).expect("asked for");
    outer.complete();
    assert!(probe.is_active());
    inners[0].complete();
    assert!(probe.is_complete());
}

#[test]
fn an_error_of_the_outer_waits_for_the_inner() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    probe.request(1);
    outer.next(0).expect("asked for");
    outer.fail(9);
    inners[0].next(1).expect("asked for");
    inners[0].complete();
    assert_eq!(probe.items(), [1]);
    assert_eq!(probe.error(), Some(9));
}

#[test]
fn an_error_of_an_inner_cancels_the_outer() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    outer.next(0).expect("asked for");
    inners[0].fail(7);
    assert_eq!(probe.error(), Some(7));
    assert!(outer.is_cancelled());
}

#[test]
fn a_cancel_reaches_the_inner_and_the_outer() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    outer.next(0).expect("asked for");
    probe.cancel();
    assert!(inners[0].is_cancelled() && outer.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_cancel_between_two_inners_reaches_the_outer() {
    let (outer, source) = scripted();
    let (inners, f) = two();
    let probe = probe(Flow::from(source).flat_map(f));
    outer.next(0).expect("asked for");
    inners[0].complete();
    probe.cancel();
    assert!(outer.is_cancelled() && probe.is_dropped());
}

#[test]
fn a_million_inners_that_complete_at_once_do_not_grow_the_stack() {
    let flow = iter(0..1_000_000u64).flat_map(|n| iter([n]));
    assert_eq!(flow.count().block(), Ok(1_000_000));
    let probe = probe(iter(0..100_000u32).flat_map(|_| iter(None::<u32>)));
    assert!(probe.is_complete());
}

#[test]
fn operators_inside_an_inner_cut_off_that_inner_only() {
    let flow = iter(0..3).flat_map(|_| iter(0..).take(2).buffer(3));
    assert_eq!(flow.collect::<Vec<_>>().block(), Ok(vec![0, 1, 0, 1, 0, 1]));
    let probe = probe(iter(0..3).flat_map(|_| iter(0..9).buffer(2).take(2)));
    for _ in 0..6 {
        probe.request(1);
    }
    assert_eq!(probe.items(), [0, 1, 0, 1, 0, 1]);
    assert!(probe.is_complete());
}

#[test]
fn nothing_stays_alive_after_a_cancel() {
    let live = Live::new();
    let items = live.clone();
    let probe = probe(iter(0..9).flat_map(move |n| {
        let items = items.clone();
        iter(0..n).map(move |n| items.item(n))
    }));
    probe.request(7);
    assert_eq!(probe.items().len(), 7);
    probe.cancel();
    assert_eq!(live.count(), 0);
}

#[test]
fn a_panic_in_the_closure_cancels_the_outer() {
    let (outer, source) = scripted::<u32, Infallible>();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let probe = probe(Flow::from(source).flat_map(move |n: u32| {
        counted.fetch_add(1, Relaxed);
        assert!(n == 0, "planned");
        iter([n])
    }));
    probe.request(9);
    outer.next(0).expect("asked for");
    let next = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| outer.next(1)));
    assert!(next.is_err());
    assert!(outer.is_cancelled() && probe.is_dropped());
    assert_eq!(calls.load(Relaxed), 2);
}

/// Its wakers mind where they are dropped.
struct Picky(reactive_streams_test::ManualExecutor);
impl reactive_streams::Spawn for Picky {
    fn spawn(&self, task: reactive_streams::Task) {
        use std::task::{Context, Wake, Waker};
        struct Own(Waker);
        impl Wake for Own {
            fn wake(self: Arc<Self>) {
                self.0.wake_by_ref()
            }
        }
        impl Drop for Own {
            fn drop(&mut self) {
                reactive_streams_core::shim::assert_unlocked();
            }
        }
        let mut task = task;
        self.0.spawn(Box::pin(std::future::poll_fn(move |context| {
            let own = Waker::from(Arc::new(Own(context.waker().clone())));
            task.as_mut().poll(&mut Context::from_waker(&own))
        })));
    }
}

#[test]
fn a_baton_drops_what_an_inner_left_in_the_link_under_no_lock() {
    let executor = reactive_streams_test::ManualExecutor::new();
    let spawner = Arc::new(Picky(executor.clone()));
    let (script, outer) = scripted::<u32, Infallible>();
    let probe = probe(Flow::from(outer).flat_map(move |n| {
        let mut polls = 0;
        reactive_streams::from_future(
            std::future::poll_fn(move |context: &mut std::task::Context<'_>| {
                polls += 1;
                if polls == 2 {
                    std::task::Poll::Ready(n)
                } else {
                    context.waker().wake_by_ref();
                    std::task::Poll::Pending
                }
            }),
            Arc::clone(&spawner),
        )
    }));
    probe.request(5);
    script.next(1).expect("asked");
    executor.run();
    assert_eq!(probe.items(), [1]);
    script.next(2).expect("asked");
    executor.run();
    assert_eq!(probe.items(), [2]);
}
