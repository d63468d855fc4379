//! Counts what is alive.

use crate::Threads;
use reactive_streams_core::shim::atomic::AtomicUsize;
use reactive_streams_core::shim::atomic::Ordering::SeqCst;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Counts the items that it made and that were not dropped yet. Clones share the count.
///
/// ```
/// use reactive_streams_test::Live;
///
/// let live = Live::new();
/// let item = live.item(7);
/// assert_eq!((*item, live.count(), live.made()), (7, 1, 1));
/// drop(item);
/// assert_eq!((live.count(), live.made()), (0, 1));
/// ```
#[derive(Clone, Default)]
pub struct Live {
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    alive: AtomicUsize,
    made: AtomicUsize,
    threads: Threads,
}

impl Live {
    /// A count of zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wraps `value` in an item that is counted until it is dropped.
    pub fn item<V>(&self, value: V) -> Tracked<V> {
        Tracked { value, _token: Token::new(Arc::clone(&self.counts)) }
    }

    /// How many of the items are alive; clones of items count.
    #[must_use]
    pub fn count(&self) -> usize {
        self.counts.alive.load(SeqCst)
    }

    /// How many items there ever were; clones of items count.
    #[must_use]
    pub fn made(&self) -> usize {
        self.counts.made.load(SeqCst)
    }

    /// On which threads items were made, cloned and dropped.
    #[must_use]
    pub fn threads(&self) -> &Threads {
        &self.counts.threads
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("count", &self.count()).field("made", &self.made()).finish()
    }
}

/// A value whose lifetime is counted; see [`Live::item`]. It compares, orders and hashes as its value does.
#[derive(Clone)]
pub struct Tracked<V> {
    value: V,
    _token: Token,
}

impl<V> Tracked<V> {
    /// The value; it is not counted any more.
    pub fn into_inner(self) -> V {
        self.value
    }

    /// Another value in the same counted item.
    ///
    /// ```
    /// use reactive_streams_test::Live;
    ///
    /// let live = Live::new();
    /// let word = live.item(7).map(|x| x.to_string());
    /// assert_eq!((word.as_str(), live.made()), ("7", 1));
    /// ```
    pub fn map<W>(self, f: impl FnOnce(V) -> W) -> Tracked<W> {
        Tracked { value: f(self.value), _token: self._token }
    }
}

impl<V> Deref for Tracked<V> {
    type Target = V;
    fn deref(&self) -> &V {
        &self.value
    }
}

impl<V: PartialEq> PartialEq for Tracked<V> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<V: Eq> Eq for Tracked<V> {}

impl<V: PartialEq> PartialEq<V> for Tracked<V> {
    fn eq(&self, other: &V) -> bool {
        self.value == *other
    }
}

impl<V: PartialOrd> PartialOrd for Tracked<V> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<V: Ord> Ord for Tracked<V> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<V: std::hash::Hash> std::hash::Hash for Tracked<V> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<V: fmt::Debug> fmt::Debug for Tracked<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<V: fmt::Display> fmt::Display for Tracked<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The counted part, apart from the value so that the value can be moved out.
struct Token(Arc<Counts>);

impl Token {
    fn new(counts: Arc<Counts>) -> Self {
        counts.alive.fetch_add(1, SeqCst);
        counts.made.fetch_add(1, SeqCst);
        counts.threads.note();
        Self(counts)
    }
}

impl Clone for Token {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.threads.note();
        self.0.alive.fetch_sub(1, SeqCst);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn clones_count_and_moved_out_values_do_not() {
        let live = Live::new();
        let first = live.item("a");
        let second = first.clone();
        assert_eq!(live.count(), 2);
        assert_eq!(first.into_inner(), "a");
        assert_eq!(live.count(), 1);
        drop(second);
        assert_eq!((live.count(), live.made()), (0, 2));
    }

    #[test]
    fn it_compares_as_its_value_does() {
        let live = Live::new();
        assert_eq!(live.item(1), live.item(1));
        assert_eq!(live.item(1), 1);
        assert!(live.item(1) < live.item(2));
        assert_eq!(format!("{:?} {}", live.item(1), live.item(2)), "1 2");
    }
}
