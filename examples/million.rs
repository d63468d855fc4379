//! A million items for a consumer that takes 10 milliseconds each: it would be busy for three hours. `conflate` folds
//! what waits for it into one item, so that it is done when the producer is, and nothing is missing from the sum.

use reactive_streams::{Ledger, Threads, iter};
use std::thread;
use std::time::{Duration, Instant};

/// What became of some of the numbers.
#[derive(Clone, Copy, Default)]
struct Sum {
    numbers: u64,
    total: u64,
}

impl Sum {
    fn and(self, other: Self) -> Self {
        Self { numbers: self.numbers + other.numbers, total: self.total + other.total }
    }
}

fn main() {
    const MILLION: u64 = 1_000_000;
    let started = Instant::now();

    // A queue that waits: upstream is asked for no more than it has room for.
    let buffered = iter(0..MILLION).map(|n| Sum { numbers: 1, total: n }).buffer(100);
    let buffer = buffered.ledger();
    // On a second thread, as fast as it can: what the consumer has not asked for is folded into one.
    let conflated = buffered.publish_on(Threads, 32).conflate(Sum::and);
    let conflate = conflated.ledger();
    // On a third thread, one at a time.
    let consumed = conflated.publish_on(Threads, 1).fold((0, Sum::default()), |(items, sum), item| {
        work();
        println!("{:>9} numbers at once", item.numbers);
        (items + 1, sum.and(item))
    });
    let (items, sum) = consumed.block().expect("numbers cannot fail");

    print("buffer(100)", &buffer);
    print("conflate", &conflate);
    println!("the consumer had {items} items, of {} numbers, after {:.1?}", sum.numbers, started.elapsed());
    assert_eq!((sum.numbers, sum.total), (MILLION, MILLION * (MILLION - 1) / 2), "none is missing");
    assert!(buffer.is_balanced() && conflate.is_balanced());
}

#[allow(clippy::disallowed_methods, reason = "sleeping stands for work")]
fn work() {
    thread::sleep(Duration::from_millis(10));
}

fn print(name: &str, ledger: &Ledger) {
    let (received, emitted, merged) = (ledger.received(), ledger.emitted(), ledger.merged());
    println!(
        "{name}: {received} in, {emitted} out, {merged} merged, at most {} at once",
        ledger.high_water()
    );
}
