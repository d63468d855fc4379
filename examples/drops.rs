//! A queue of 100 whose hook sees each dropped item and hands it over to another thread, which prints the first ten
//! and then a count each second.

use reactive_streams::{Dropped, Overflow, Threads, iter};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    // A hook runs on the thread that drops, here the producer's, so that it only hands over. This one holds the
    // producer up when the reporter does not keep pace; where it must not, take `try_send` and count.
    let (hand_over, dropped) = sync_channel(1_000);
    let reporter = thread::spawn(move || report(&dropped));
    let hook = move |lost| hand_over.send(lost).expect("the reporter listens to the end");

    // A hundred numbers, a hundred times a second, on a thread of their own.
    let numbers = iter(0..30_000_u64)
        .inspect(|n| {
            if n % 100 == 0 {
                work(Duration::from_millis(10));
            }
        })
        .subscribe_on(Threads);
    let buffered = numbers.buffer(100).overflow(Overflow::DropOldest).on_dropped(hook);
    let ledger = buffered.ledger();
    // A consumer that takes a millisecond for each, on another.
    let consumed = buffered.publish_on(Threads, 1).inspect(|_| work(Duration::from_millis(1))).count();
    let consumed = consumed.block().expect("numbers cannot fail");

    let seen = reporter.join().expect("the reporter has listened to the end");
    let (received, dropped) = (ledger.received(), ledger.total_dropped());
    println!("{received} received, {consumed} consumed, {dropped} dropped, {seen} of them seen by the hook");
    assert_eq!(seen, dropped);
    assert_eq!(received, consumed as u64 + dropped);
}

/// Ends with the hook, which ends with its queue.
fn report(dropped: &Receiver<Dropped<u64>>) -> u64 {
    let second = Duration::from_secs(1);
    let (mut seen, mut said, mut due) = (0, 0, Instant::now() + second);
    loop {
        if Instant::now() >= due {
            println!("{} more within a second", seen - said);
            (said, due) = (seen, due + second);
        }
        match dropped.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(Dropped { item, reason, .. }) => {
                seen += 1;
                if seen <= 10 {
                    println!("dropped: {item}, {reason}");
                    said = seen;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return seen,
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "sleeping stands for work")]
fn work(time: Duration) {
    thread::sleep(time);
}
