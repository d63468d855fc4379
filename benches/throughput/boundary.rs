//! One thread boundary: a million numbers from one thread to another, through a queue of the same capacity.

use reactive_streams::{Threads, iter};
use std::hint::black_box;
use std::thread;

/// A source on a thread of its own, the consumer on another.
pub fn ours<const CAPACITY: usize>(n: u64) -> u64 {
    let numbers = iter(0..n).map(black_box).subscribe_on(Threads);
    let Ok(sum) = numbers.publish_on(Threads, CAPACITY).fold(0, u64::wrapping_add).block();
    sum
}

pub fn crossbeam<const CAPACITY: usize>(n: u64) -> u64 {
    let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
    let producer = thread::spawn(move || {
        (0..n).for_each(|i| sender.send(black_box(i)).expect("the consumer outlives the producer"));
    });
    let sum = receiver.iter().fold(0, u64::wrapping_add);
    producer.join().expect("the producer does not panic");
    sum
}

pub fn tokio_mpsc<const CAPACITY: usize>(n: u64) -> u64 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime of two threads starts");
    runtime.block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(CAPACITY);
        let producer = tokio::spawn(async move {
            for i in 0..n {
                sender.send(black_box(i)).await.expect("the consumer outlives the producer");
            }
        });
        let consumer = tokio::spawn(async move {
            let mut sum = 0u64;
            while let Some(i) = receiver.recv().await {
                sum = sum.wrapping_add(i);
            }
            sum
        });
        producer.await.expect("the producer does not panic");
        consumer.await.expect("the consumer does not panic")
    })
}
