//! `inspect`.

use reactive_streams::{Flow, iter};
use reactive_streams_test::{probe, scripted};
use std::sync::mpsc::channel;

#[test]
fn each_item_is_seen_before_it_is_passed_on() {
    let (log, order) = channel();
    let after = log.clone();
    iter(0..2)
        .inspect(move |n| log.send(("before", *n)).expect("heard"))
        .for_each(move |n| after.send(("after", n)).expect("heard"))
        .block()
        .expect("it cannot fail");
    assert_eq!(order.iter().collect::<Vec<_>>(), [("before", 0), ("after", 0), ("before", 1), ("after", 1)]);
}

#[test]
fn everything_else_passes() {
    let (script, publisher) = scripted::<u32, &str>();
    let probe = probe(Flow::from(publisher).inspect(|_| {}));
    probe.request(2);
    assert_eq!(script.requested(), 2);
    script.fail("down");
    assert_eq!((probe.error(), probe.unused().map(|n| n.get())), (Some("down"), Some(2)));
}
