//! `count`.

use reactive_streams::{fail, iter};
use reactive_streams_test::Live;

#[test]
fn it_counts_and_drops_each_item() {
    let live = Live::new();
    let (maker, seen) = (live.clone(), live.clone());
    let items = iter(0..100).inspect(move |_| assert_eq!(seen.count(), 0)).map(move |n| maker.item(n));
    assert_eq!(items.count().block(), Ok(100));
    assert_eq!((live.made(), live.count()), (100, 0));
}

#[test]
fn a_failure_is_not_a_count() {
    assert_eq!(fail::<u32, _>("down").count().block(), Err("down"));
}
