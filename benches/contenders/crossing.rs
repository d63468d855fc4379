//! The harness of the thread boundaries: the same threads, items and barriers for each channel, whose file says only how
//! it is made, how it sends and how it receives.

pub use super::workloads::{LARGE, SMALL};
use std::hint::black_box;
use std::sync::OnceLock;
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// A channel that is made with a capacity and blocks.
pub trait Blocking {
    fn channel(
        capacity: usize,
    ) -> (impl FnMut(u64) + Send + 'static, impl FnMut() -> Option<u64> + Send + 'static);
}

/// A producer on a thread of its own, the consumer here.
pub fn one<C: Blocking, const CAPACITY: usize>(n: u64) -> u64 {
    let (send, receive) = C::channel(CAPACITY);
    let producer = thread::spawn(move || (0..n).map(black_box).for_each(send));
    let sum = total(receive);
    producer.join().expect("the producer does not panic");
    sum
}

/// A producer and two relays on threads of their own, the consumer here.
pub fn three<C: Blocking>(n: u64) -> u64 {
    let ((send, first), (to_second, second), (to_third, third)) =
        (C::channel(SMALL), C::channel(SMALL), C::channel(SMALL));
    let threads = [
        thread::spawn(move || (0..n).map(black_box).for_each(send)),
        thread::spawn(move || std::iter::from_fn(first).for_each(to_second)),
        thread::spawn(move || std::iter::from_fn(second).for_each(to_third)),
    ];
    let sum = total(third);
    threads.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
    sum
}

/// One item there and back, `n` times.
pub fn ping_pong<C: Blocking>(n: u64) -> u64 {
    let ((mut send, there), (back, mut receive)) = (C::channel(1), C::channel(1));
    let echo = thread::spawn(move || std::iter::from_fn(there).for_each(back));
    let mut sum = 0u64;
    for i in 0..n {
        send(black_box(i));
        sum = sum.wrapping_add(receive().expect("the other side answers each"));
    }
    drop(send);
    echo.join().expect("the other side does not panic");
    sum
}

fn total(receive: impl FnMut() -> Option<u64>) -> u64 {
    std::iter::from_fn(receive).fold(0, u64::wrapping_add)
}

/// A channel between tasks.
pub trait Tasks: 'static {
    type Sender: Send + 'static;
    type Receiver: Send + 'static;

    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver);
    fn send(sender: &mut Self::Sender, item: u64) -> impl Future<Output = ()> + Send;
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = Option<u64>> + Send;
}

/// Two workers, started once: what is measured is the channel.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let start = || Builder::new_multi_thread().worker_threads(2).enable_time().build();
    RUNTIME.get_or_init(|| start().expect("a runtime of two threads starts"))
}

/// A producer and a consumer, a task each.
pub fn one_tasks<C: Tasks, const CAPACITY: usize>(n: u64) -> u64 {
    runtime().block_on(async {
        let (sender, receiver) = C::channel(CAPACITY);
        let producer = tokio::spawn(produce::<C>(n, sender));
        let sum = tokio::spawn(total_tasks::<C>(receiver)).await;
        producer.await.expect("the producer does not panic");
        sum.expect("the consumer does not panic")
    })
}

/// A producer, two relays and a consumer, a task each.
pub fn three_tasks<C: Tasks>(n: u64) -> u64 {
    runtime().block_on(async {
        let ((sender, first), (to_second, second), (to_third, third)) =
            (C::channel(SMALL), C::channel(SMALL), C::channel(SMALL));
        tokio::spawn(produce::<C>(n, sender));
        tokio::spawn(relay::<C>(first, to_second));
        tokio::spawn(relay::<C>(second, to_third));
        tokio::spawn(total_tasks::<C>(third)).await.expect("the consumer does not panic")
    })
}

/// Two tasks.
pub fn ping_pong_tasks<C: Tasks>(n: u64) -> u64 {
    runtime().block_on(async {
        let ((mut sender, there), (back, mut receiver)) = (C::channel(1), C::channel(1));
        tokio::spawn(relay::<C>(there, back));
        let here = tokio::spawn(async move {
            let mut sum = 0u64;
            for i in 0..n {
                C::send(&mut sender, black_box(i)).await;
                sum = sum.wrapping_add(C::receive(&mut receiver).await.expect("the other task answers each"));
            }
            sum
        });
        here.await.expect("the task does not panic")
    })
}

async fn produce<C: Tasks>(n: u64, mut sender: C::Sender) {
    for i in 0..n {
        C::send(&mut sender, black_box(i)).await;
    }
}

async fn relay<C: Tasks>(mut receiver: C::Receiver, mut sender: C::Sender) {
    while let Some(item) = C::receive(&mut receiver).await {
        C::send(&mut sender, item).await;
    }
}

async fn total_tasks<C: Tasks>(mut receiver: C::Receiver) -> u64 {
    let mut sum = 0u64;
    while let Some(item) = C::receive(&mut receiver).await {
        sum = sum.wrapping_add(item);
    }
    sum
}

/// What a channel cannot do, being one.
pub const OPERATORS: &[&str] = &[
    "W1", "W1v", "W2", "W2h", "W2v", "W3", "W4a", "W4b", "W4c", "W5", "WU", "W6z", "W6m", "W9", "W10a",
    "W10b", "W10f", "W12s", "W12b", "W15t", "W15s",
];
pub const NO_OPERATORS: &str = "a channel: it has no operators";
/// What is kept of W11.
pub const BUT_NEWEST: &[&str] = &["W11d", "W11l", "W11o"];
pub const ONLY_FULL: &str = "a full channel refuses the newest item, and nothing else";
pub const ONE_CONSUMER: &str = "each item goes to one consumer";
