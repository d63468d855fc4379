//! Inner publishers ten at once.
#![allow(clippy::disallowed_types, reason = "a lock of the benchmark's own, never held while anything runs")]

use super::demand::{Unbounded, result, sum, total};
use reactive_streams::{Spawn, Task, from_future, iter, once};
use std::collections::VecDeque;
use std::future::ready;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

#[inline(never)]
pub fn flat_map_square(n: u64) -> u64 {
    let flow = iter(0..n / 1000).flat_map_unordered(10, |i| iter(i * 1000..(i + 1) * 1000));
    total::<Unbounded>(flow.map(black_box))
}

#[inline(never)]
pub fn flat_map_n_of_one(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).flat_map_unordered(10, |i| iter([black_box(i)])))
}

#[inline(never)]
pub fn ready_items(n: u64) -> u64 {
    total::<Unbounded>(iter(0..n).flat_map_unordered(10, |i| once(black_box(i))))
}

/// An executor of this thread.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<Task>>>);

impl Spawn for Queue {
    fn spawn(&self, task: Task) {
        self.0.lock().expect("nobody panics").push_back(task);
    }
}

impl Queue {
    /// Runs what is ready, and all tasks here are.
    fn run(&self) {
        let next = || self.0.lock().expect("nobody panics").pop_front();
        let mut context = Context::from_waker(Waker::noop());
        while let Some(mut task) = next() {
            assert!(
                task.as_mut().poll(&mut context).is_ready(),
                "the task of a ready future is done at once"
            );
        }
    }
}

#[inline(never)]
pub fn futures(n: u64) -> u64 {
    let queue = Queue::default();
    let spawner = queue.clone();
    let flow = iter(0..n).flat_map_unordered(10, move |i| from_future(ready(black_box(i)), spawner.clone()));
    sum::<Unbounded>(flow);
    queue.run();
    result()
}
