//! Work for two threads.

use reactive_streams_core::shim::thread;

/// What `what` makes of each item, told its number, in their order. Each has its own world.
pub(crate) fn two_at_a_time<T: Sync, R: Send>(items: &[T], what: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let every_second = |from: usize| -> Vec<(usize, R)> {
        let items = items.iter().enumerate().skip(from).step_by(2);
        items.map(|(number, item)| (number, what(number, item))).collect()
    };
    let mut made = thread::scope(|scope| {
        let odd = scope.spawn(|| every_second(1));
        let mut made = every_second(0);
        made.extend(odd.join().expect("each is made"));
        made
    });
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}
