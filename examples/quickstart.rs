//! The first pipeline: a way in for other threads, a bounded queue, a slow consumer, and what was lost between them.
#![allow(clippy::disallowed_methods, reason = "sleeping stands for work")]

use reactive_streams::{Overflow, Threads, channel};
use std::{thread, time::Duration};

fn main() {
    // Room for eight; when it is full the oldest goes.
    let (sender, numbers) = channel(8, Overflow::DropOldest);
    let ledger = numbers.ledger();

    let producer = thread::spawn(move || {
        for n in 1..=1_000 {
            let _accepted = sender.send(n).expect("somebody listens");
        }
    });

    // From here on in a thread of its own, to which one number is on its way at a time.
    let shown = numbers.publish_on(Threads, 1).for_each(|n| {
        thread::sleep(Duration::from_millis(10));
        println!("{n}");
    });
    shown.block().expect("numbers cannot fail");
    producer.join().expect("the producer has sent everything");
    println!("{} sent, {} shown, {} dropped", ledger.received(), ledger.emitted(), ledger.total_dropped());
}
