//! `for_each`.

use reactive_streams::{Flow, iter};
use reactive_streams_test::{Live, scripted};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;

#[test]
fn each_item_is_seen_in_order_when_blocking_and_when_awaited() {
    for wait in [|run| futures_executor::block_on(run), |run: Run| run.block()] {
        let (sender, seen) = channel();
        let run: Run = iter(0..5000).for_each(Box::new(move |n| sender.send(n).expect("heard")));
        wait(run).expect("it cannot fail");
        assert!(seen.iter().eq(0..5000));
    }
}

type Run = reactive_streams::Terminal<
    reactive_streams::Iter<std::ops::Range<u32>>,
    reactive_streams::ForEach<Box<dyn FnMut(u32) + Send>, u32>,
>;

#[test]
fn a_failure_ends_it() {
    let (script, publisher) = scripted::<u32, &str>();
    script.fail("down");
    assert_eq!(Flow::from(publisher).for_each(drop).block(), Err("down"));
}

#[test]
fn a_panic_in_the_closure_reaches_the_caller_and_nothing_leaks() {
    let live = Live::new();
    let items: Vec<_> = (0..9).map(|n| live.item(n)).collect();
    let run = iter(items).for_each(|n| assert!(*n < 3, "as planned"));
    let panic = catch_unwind(AssertUnwindSafe(|| run.block())).expect_err("it panics");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"as planned"));
    assert_eq!(live.count(), 0);
}
