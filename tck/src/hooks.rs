//! What a subscriber's fixture may tell the kit, and be told by it.

use crate::log::{Log, What};
use crate::peer::Peer;
use reactive_streams_core::shim::Mutex;
use reactive_streams_core::shim::atomic::{AtomicBool, Ordering::SeqCst};
use std::fmt;
use std::sync::Arc;

/// The three hooks of a [`SubscriberFixture`](crate::SubscriberFixture), each optional. What is done by hooks is
/// judged only if they are there.
///
/// ```
/// use reactive_streams_tck::{End, Hooks};
/// # fn hooks_of(hooks: &Hooks) {
/// hooks.on_more(|| { /* make the subscriber ask for more, from outside */ });
/// hooks.on_leave(|| { /* make it lose interest: drop its future, cancel its handle */ });
/// let done = hooks.done();
/// done.with(End::Completed); // where its consumer sees the end
/// # }
/// ```
#[derive(Clone)]
pub struct Hooks {
    log: Log,
    set: Arc<Set>,
}

#[derive(Default)]
struct Set {
    more: Mutex<Option<Callback>>,
    leave: Mutex<Option<Callback>>,
    tells: AtomicBool,
}

type Callback = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hook {
    More,
    Leave,
}

impl Hooks {
    pub(crate) fn new(log: &Log) -> Self {
        Self { log: log.clone(), set: Arc::default() }
    }

    /// Please demand more: called now and then, and, for a subscriber that
    /// [asks when told](crate::SubscriberCapabilities::asks_when_told), whenever items are there and it asks for nothing.
    pub fn on_more(&self, more: impl Fn() + Send + Sync + 'static) {
        *self.set.more.lock() = Some(Arc::new(more));
    }

    /// Please lose interest: called once, at rest or between two signals, perhaps on another thread. What was
    /// subscribed to must be cancelled then, or at one of the next signals (rule 2.6).
    pub fn on_leave(&self, leave: impl Fn() + Send + Sync + 'static) {
        *self.set.leave.lock() = Some(Arc::new(leave));
    }

    /// I am done, and how: where the subscriber's own consumer learns of the end.
    pub fn done(&self) -> Done {
        self.set.tells.store(true, SeqCst);
        Done { log: self.log.clone() }
    }

    pub(crate) fn has(&self, hook: Hook) -> bool {
        self.slot(hook).lock().is_some()
    }

    /// Whether the fixture tells when it is done.
    pub(crate) fn tells(&self) -> bool {
        self.set.tells.load(SeqCst)
    }

    /// Calls a hook that is there, once the log says so.
    pub(crate) fn call(&self, hook: Hook) {
        let callback = self.slot(hook).lock().clone();
        if let Some(callback) = callback {
            let call = self.log.write(What::Peer(Peer::Calls(hook)));
            callback();
            self.log.write(What::Return(call));
        }
    }

    /// Drops what the fixture left here.
    pub(crate) fn clear(&self) {
        for hook in [Hook::More, Hook::Leave] {
            let callback = self.slot(hook).lock().take();
            drop(callback);
        }
    }

    fn slot(&self, hook: Hook) -> &Mutex<Option<Callback>> {
        match hook {
            Hook::More => &self.set.more,
            Hook::Leave => &self.set.leave,
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (more, leave) = (self.has(Hook::More), self.has(Hook::Leave));
        f.debug_struct("Hooks")
            .field("more", &more)
            .field("leave", &leave)
            .field("done", &self.tells())
            .finish()
    }
}

/// How a subscriber has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// It has seen `on_complete`.
    Completed,
    /// It has seen `on_error`.
    Failed,
}

/// Tells the kit that the subscriber is done: see [`Hooks::done`].
#[derive(Clone)]
pub struct Done {
    log: Log,
}

impl Done {
    /// The end has reached the subscriber's consumer. Not to be called when it was dropped without a terminal.
    pub fn with(&self, end: End) {
        self.log.write(What::Peer(Peer::Done(end)));
    }

    /// Completed for `Ok`, failed for `Err`.
    pub fn result<T, E>(&self, result: &Result<T, E>) {
        self.with(if result.is_ok() { End::Completed } else { End::Failed });
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Done { .. }")
    }
}
