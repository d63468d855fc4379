//! An executor that a test drives.

use crate::Threads;
use reactive_streams_core::shim::{self, Mutex};
use reactive_streams_core::{Spawn, Task};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

/// Runs tasks only when it is told to, on the calling thread, first come first served. Clones share the tasks.
///
/// When the last clone is dropped, the tasks that are left are dropped, and with them the streams in them.
///
/// ```
/// use reactive_streams_core::Spawn;
/// use reactive_streams_test::ManualExecutor;
/// use std::sync::mpsc::channel;
///
/// let executor = ManualExecutor::new();
/// let (sender, receiver) = channel();
/// executor.spawn(Box::pin(async move { sender.send(7).unwrap() }));
/// assert_eq!(executor.pending(), 1);
/// assert_eq!(executor.run(), 1);
/// assert_eq!((receiver.recv(), executor.pending()), (Ok(7), 0));
/// ```
#[derive(Clone, Default)]
pub struct ManualExecutor {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    threads: Threads,
}

#[derive(Default)]
struct State {
    spawned: u64,
    tasks: BTreeMap<u64, Entry>,
    /// The tasks that were woken and wait for their turn.
    queue: VecDeque<u64>,
    /// The state of the dice, if the order is drawn by lot.
    dice: Option<u64>,
}

struct Entry {
    /// `None` while it is being polled.
    task: Option<Task>,
    /// It was woken since it was last polled.
    woken: bool,
}

impl ManualExecutor {
    /// An executor without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An executor that draws by lot which task comes next, the same way for the same `seed`, and now and then
    /// polls one that nobody woke, as any executor may.
    ///
    /// ```
    /// use reactive_streams_core::Spawn;
    /// use reactive_streams_test::ManualExecutor;
    /// use std::sync::mpsc::channel;
    ///
    /// let order = |seed| {
    ///     let (executor, (sender, receiver)) = (ManualExecutor::shuffled(seed), channel());
    ///     for name in 0..9 {
    ///         let sender = sender.clone();
    ///         executor.spawn(Box::pin(async move { sender.send(name).unwrap() }));
    ///     }
    ///     executor.run();
    ///     receiver.try_iter().collect::<Vec<u32>>()
    /// };
    /// assert_eq!(order(1), order(1));
    /// assert_ne!(order(1), order(2));
    /// ```
    #[must_use]
    pub fn shuffled(seed: u64) -> Self {
        let executor = Self::new();
        executor.shared.state.lock().dice = Some(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        executor
    }

    /// Polls until no task can be run. Returns how many polls that took. Call it under no lock.
    ///
    /// # Panics
    ///
    /// Passes on what a task panics with; that task is dropped.
    pub fn run(&self) -> usize {
        let mut polls = 0;
        while self.run_one() {
            polls += 1;
        }
        polls
    }

    /// Polls the next task that can be run, once; false when there is none. Call it under no lock.
    ///
    /// # Panics
    ///
    /// Passes on what the task panics with; the task is dropped.
    pub fn run_one(&self) -> bool {
        shim::assert_unlocked();
        let next = self.shared.next();
        next.map(|(id, task)| self.poll(id, task)).is_some()
    }

    /// Polls the task of this number now, once, whoever else waits and whether or not it was woken, as any executor
    /// may; false when it has ended or is being polled. [`queued`](Self::queued) has the numbers of those that were
    /// woken. Call it under no lock.
    ///
    /// ```
    /// use reactive_streams_core::Spawn;
    /// use reactive_streams_test::ManualExecutor;
    /// use std::sync::mpsc::channel;
    ///
    /// let (executor, (sender, receiver)) = (ManualExecutor::new(), channel());
    /// for name in ["first", "second"] {
    ///     let sender = sender.clone();
    ///     executor.spawn(Box::pin(async move { sender.send(name).unwrap() }));
    /// }
    /// let last = *executor.queued().last().unwrap();
    /// assert!(executor.run_task(last) && !executor.run_task(last));
    /// executor.run();
    /// assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["second", "first"]);
    /// ```
    ///
    /// # Panics
    ///
    /// Passes on what the task panics with; the task is dropped.
    pub fn run_task(&self, id: u64) -> bool {
        shim::assert_unlocked();
        let task = self.shared.take(id);
        task.map(|task| self.poll(id, task)).is_some()
    }

    fn poll(&self, id: u64, mut task: Task) {
        let polled = Polled { shared: &self.shared, id, task: None };
        let waker = Waker::from(Arc::new(Awake {
            id,
            shared: Arc::downgrade(&self.shared),
            threads: self.threads().clone(),
        }));
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => drop(task),
            Poll::Pending => polled.put_back(task),
        }
    }

    /// Drops every task that is not being polled, and the streams in them, as an executor does that shuts down.
    /// Call it under no lock.
    pub fn drop_tasks(&self) {
        shim::assert_unlocked();
        let mut state = self.shared.state.lock();
        let (polled, idle): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut state.tasks).into_iter().partition(|(_, entry)| entry.task.is_none());
        state.tasks = polled;
        drop(state);
        drop(idle);
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.state.lock().tasks.len()
    }

    /// The numbers of the tasks that can be run now, in the order in which they were woken. Tasks are numbered
    /// from zero as they are spawned.
    #[must_use]
    pub fn queued(&self) -> Vec<u64> {
        self.shared.state.lock().queue.iter().copied().collect()
    }

    /// The numbers of the tasks that wait and were not woken.
    #[must_use]
    pub fn idle(&self) -> Vec<u64> {
        let state = self.shared.state.lock();
        let idle = state.tasks.iter().filter(|(_, entry)| entry.task.is_some() && !entry.woken);
        idle.map(|(id, _)| *id).collect()
    }

    /// How many tasks can be run now.
    #[must_use]
    pub fn runnable(&self) -> usize {
        self.shared.state.lock().queue.len()
    }

    /// On which threads tasks were spawned and woken.
    ///
    /// ```
    /// use reactive_streams_core::Spawn;
    /// use reactive_streams_test::ManualExecutor;
    ///
    /// let executor = ManualExecutor::new();
    /// let elsewhere = executor.clone();
    /// std::thread::spawn(move || elsewhere.spawn(Box::pin(async {}))).join().unwrap();
    /// assert_eq!((executor.runnable(), executor.threads().others().len()), (1, 1));
    /// ```
    #[must_use]
    pub fn threads(&self) -> &Threads {
        &self.shared.threads
    }
}

impl Spawn for ManualExecutor {
    fn spawn(&self, task: Task) {
        self.shared.threads.note();
        let mut state = self.shared.state.lock();
        let id = state.spawned;
        state.spawned += 1;
        state.tasks.insert(id, Entry { task: Some(task), woken: true });
        state.queue.push_back(id);
    }
}

impl State {
    /// The task whose turn it is.
    fn pick(&mut self) -> Option<u64> {
        if self.dice.is_none() || self.queue.is_empty() {
            return self.queue.pop_front();
        }
        if self.throw(8) == 0 {
            let drawn = self.throw(self.tasks.len());
            let id = self.tasks.keys().nth(drawn).copied()?;
            self.queue.retain(|queued| *queued != id);
            return Some(id);
        }
        let drawn = self.throw(self.queue.len());
        self.queue.remove(drawn)
    }

    /// A number below `sides` (xorshift).
    fn throw(&mut self, sides: usize) -> usize {
        let Some(dice) = &mut self.dice else { return 0 };
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        (*dice >> 33) as usize % sides.max(1)
    }
}

impl Shared {
    fn next(&self) -> Option<(u64, Task)> {
        let mut state = self.state.lock();
        loop {
            let id = state.pick()?;
            if let Some(entry) = state.tasks.get_mut(&id)
                && let Some(task) = entry.task.take()
            {
                entry.woken = false;
                return Some((id, task));
            }
        }
    }

    /// Takes a task out of its turn.
    fn take(&self, id: u64) -> Option<Task> {
        let mut state = self.state.lock();
        let entry = state.tasks.get_mut(&id)?;
        let task = entry.task.take()?;
        entry.woken = false;
        state.queue.retain(|queued| *queued != id);
        Some(task)
    }

    fn wake(&self, id: u64) {
        let mut state = self.state.lock();
        if let Some(entry) = state.tasks.get_mut(&id)
            && !std::mem::replace(&mut entry.woken, true)
            && entry.task.is_some()
        {
            state.queue.push_back(id);
        }
    }
}

/// A task that is out for polling. It comes back, or its entry goes, also when the poll panics.
struct Polled<'a> {
    shared: &'a Shared,
    id: u64,
    task: Option<Task>,
}

impl Polled<'_> {
    fn put_back(mut self, task: Task) {
        self.task = Some(task);
    }
}

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        match self.task.take() {
            None => {
                state.tasks.remove(&self.id);
            }
            Some(task) => {
                if let Some(entry) = state.tasks.get_mut(&self.id) {
                    entry.task = Some(task);
                    if entry.woken {
                        state.queue.push_back(self.id);
                    }
                }
            }
        }
    }
}

/// Wakes one task; keeps neither it nor the executor alive.
struct Awake {
    id: u64,
    shared: Weak<Shared>,
    threads: Threads,
}

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.threads.note();
        if let Some(shared) = self.shared.upgrade() {
            shared.wake(self.id);
        }
    }
}

impl fmt::Debug for ManualExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pending, runnable) = (self.pending(), self.runnable());
        f.debug_struct("ManualExecutor").field("pending", &pending).field("runnable", &runnable).finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::Live;
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_task_that_wakes_itself_is_polled_again_after_the_others() {
        let executor = ManualExecutor::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        for name in ["a", "b"] {
            let (order, mut rounds) = (Arc::clone(&order), 2);
            executor.spawn(Box::pin(poll_fn(move |context| {
                order.lock().push(name);
                rounds -= 1;
                if rounds == 0 {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })));
        }
        assert_eq!(executor.run(), 4);
        assert_eq!(*order.lock(), ["a", "b", "a", "b"]);
        assert_eq!(executor.pending(), 0);
    }

    #[test]
    fn an_executor_that_draws_by_lot_polls_every_task_to_its_end() {
        for seed in 0..50 {
            let executor = ManualExecutor::shuffled(seed);
            for rounds in 0..7 {
                let mut left = rounds;
                executor.spawn(Box::pin(poll_fn(move |context| {
                    if left == 0 {
                        return Poll::Ready(());
                    }
                    left -= 1;
                    context.waker().wake_by_ref();
                    Poll::Pending
                })));
            }
            assert!(executor.run() >= 7 + (0..7).sum::<usize>(), "seed {seed}");
            assert_eq!((executor.pending(), executor.runnable()), (0, 0), "seed {seed}");
        }
    }

    #[test]
    fn a_task_that_is_not_woken_stays_pending() {
        let executor = ManualExecutor::new();
        let kept = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&kept);
        executor.spawn(Box::pin(poll_fn(move |context| {
            let mut kept = keep.lock();
            match *kept {
                Some(_) => Poll::Ready(()),
                None => {
                    *kept = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })));
        assert_eq!((executor.run(), executor.pending(), executor.runnable()), (1, 1, 0));
        let waker = kept.lock().clone().expect("the task left its waker");
        waker.wake_by_ref();
        waker.wake();
        assert_eq!((executor.runnable(), executor.run(), executor.pending()), (1, 1, 0));
    }

    #[test]
    fn a_wake_from_another_thread_is_remembered_though_nobody_is_left_to_wake() {
        let executor = ManualExecutor::new();
        let threads = executor.threads().clone();
        let kept = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&kept);
        executor.spawn(Box::pin(poll_fn(move |context| {
            keep.lock().replace(context.waker().clone());
            Poll::<()>::Pending
        })));
        executor.run();
        let waker = kept.lock().take().expect("the task left its waker");
        waker.wake_by_ref();
        drop(executor);
        assert_eq!(threads.others(), []);
        let other = std::thread::spawn(move || waker.wake());
        let id = other.thread().id();
        other.join().expect("it wakes");
        assert_eq!(threads.others(), [id]);
    }

    #[test]
    fn a_task_can_be_polled_out_of_its_turn_and_without_a_reason() {
        let (executor, polls) = (ManualExecutor::new(), Arc::new(Mutex::new(Vec::new())));
        for name in 0..3 {
            let polls = Arc::clone(&polls);
            executor.spawn(Box::pin(poll_fn(move |_| {
                polls.lock().push(name);
                Poll::<()>::Pending
            })));
        }
        assert_eq!(executor.queued(), [0, 1, 2]);
        assert!(executor.run_task(1));
        assert_eq!((executor.queued(), executor.idle()), (vec![0, 2], vec![1]));
        assert!(executor.run_task(1) && !executor.run_task(3));
        assert_eq!((executor.run(), polls.lock().clone()), (2, vec![1, 1, 0, 2]));
    }

    #[test]
    fn a_task_may_run_the_executor_and_spawn() {
        let executor = ManualExecutor::new();
        let inner = executor.clone();
        executor.spawn(Box::pin(async move {
            inner.spawn(Box::pin(async {}));
            assert_eq!(inner.run(), 1);
        }));
        assert_eq!((executor.run(), executor.pending()), (1, 0));
    }

    #[test]
    fn a_panic_drops_the_task_and_reaches_the_caller() {
        let (executor, live) = (ManualExecutor::new(), Live::new());
        let item = live.item(());
        executor.spawn(Box::pin(async move {
            let _item = item;
            panic!("as planned");
        }));
        assert!(catch_unwind(AssertUnwindSafe(|| executor.run())).is_err());
        assert_eq!((executor.pending(), live.count()), (0, 0));
    }

    #[test]
    fn dropped_tasks_are_gone_and_new_ones_run() {
        let (executor, live) = (ManualExecutor::new(), Live::new());
        let item = live.item(());
        executor.spawn(Box::pin(async move { drop(item) }));
        executor.drop_tasks();
        assert_eq!((live.count(), executor.pending(), executor.run()), (0, 0, 0));
        executor.spawn(Box::pin(async {}));
        assert_eq!(executor.run(), 1);
    }

    #[test]
    fn the_last_clone_takes_the_tasks_with_it() {
        let (executor, live) = (ManualExecutor::new(), Live::new());
        let item = live.item(());
        executor.spawn(Box::pin(async move {
            let _item = item;
            std::future::pending::<()>().await;
        }));
        executor.run();
        drop(executor);
        assert_eq!(live.count(), 0);
    }
}
