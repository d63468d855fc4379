//! The model of two threads at one desk. Run with `.ci/loom`, which also plants the bug that it must find.
#![cfg(loom)]
#![allow(missing_docs, reason = "tests")]

use loom::thread;
use reactive_streams_sync::Desk;
use std::sync::Arc;

/// Sits down if the desk is free, and works: what it laid down is what it finds.
fn work(desk: &Desk<u32>, mine: u32) {
    if desk.sit(mine).is_ok() {
        assert_eq!(desk.take(), Some(mine));
        desk.put(mine).expect("it sits there");
        assert_eq!(desk.take(), Some(mine));
        desk.leave();
    } else {
        desk.leave();
        assert_eq!((desk.take(), desk.put(mine)), (None, Err(mine)));
    }
}

#[test]
fn one_at_a_time_sits_and_works() {
    loom::model(|| {
        let desk = Arc::new(Desk::new());
        let other = {
            let desk = Arc::clone(&desk);
            thread::spawn(move || work(&desk, 1))
        };
        work(&desk, 2);
        other.join().expect("no panic");
        assert!(!desk.is_mine());
    });
}
