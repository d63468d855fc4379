//! The subscription: demand and cancellation, lent to the subscriber, accounted for by the publisher.

mod account;
mod drivers;
mod marks;
mod weak;

use crate::link::{Link, Parked, run};
use crate::{AtHome, Canceller, Demand, Handle, Home, Subscriber, Tie, shim};
use account::Account;
use marks::Marks;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
pub use weak::WeakSubscription;

/// Connects one publisher with one subscriber. The publisher owns it and lends it to the two callbacks that may
/// ask, as a [`Context`] is lent to [`Future::poll`].
///
/// # The subscriber's side
///
/// [`request`](Self::request) and [`cancel`](Self::cancel) inside a callback are arithmetic on the publisher's own
/// locals. A subscriber that must ask later, from elsewhere, takes a [`handle`](Self::handle), once; one that
/// only may have to cancel takes a [`canceller`](Self::canceller).
///
/// An operator that carries one downstream from upstream to upstream may *replace* what it was lent in
/// `on_subscribe`: `*subscription = mine`. The publisher then emits against the demand and the link of that one.
///
/// # The publisher's side
///
/// A publisher makes one with [`new`](Self::new), lends it to `on_subscribe`, and then follows this loop: while
/// [`is_ready`](Self::is_ready), produce an item and [`deliver`](Self::deliver) it; at the end, pass
/// [`outstanding`](Self::outstanding) to the terminal; without demand, [`park`](Self::park) the state. It keeps
/// nothing that it took from the subscription over `on_subscribe`, since that may have been replaced there.
///
/// ```
/// use reactive_streams_core::{Demand, Subscription};
///
/// let mut subscription = Subscription::new();
/// let handle = subscription.handle();
/// handle.request(Demand::of(2)); // from anywhere, at any time
/// subscription.request(Demand::ONE); // inside a callback
/// assert_eq!(subscription.outstanding(), Demand::new(3));
/// handle.cancel();
/// assert!(subscription.is_cancelled());
/// ```
#[must_use = "a subscription that is dropped cancels nothing by itself, but nobody will serve it any more"]
pub struct Subscription {
    /// Requested, taken over and not delivered; nothing once cancelled.
    account: Account,
    marks: Marks,
    link: Option<Arc<Link>>,
}

impl Subscription {
    /// A subscription without demand.
    #[inline]
    pub const fn new() -> Self {
        Self { account: Account::of(0), marks: Marks::FRESH, link: None }
    }

    /// A subscription of a publisher that runs nowhere but inside the calls of `subscribe` and `request` that reach it,
    /// on the thread of the caller, and that waits for nothing but demand: an operator with several inputs that all are
    /// so needs no lock. No operator claims it for more than what it was lent.
    #[doc(hidden)]
    #[inline]
    pub const fn immediate() -> Self {
        let mut subscription = Self::new();
        subscription.marks.set(Marks::IMMEDIATE);
        subscription
    }

    /// A subscription that everything was asked of, and that nobody has a hold on: see [`wants_all`](Self::wants_all).
    #[doc(hidden)]
    #[inline]
    pub const fn of_all() -> Self {
        let mut subscription = Self::new();
        subscription.account = Account::ALL;
        subscription
    }

    /// Whether it is as [`of_all`](Self::of_all) makes it. To go on with that one instead tells the compiler so, and a loop
    /// over it counts nothing.
    #[doc(hidden)]
    #[inline]
    pub fn wants_all(&self) -> bool {
        self.is_bare() && self.account.total() == u64::MAX
    }

    /// Whether its publisher is [`immediate`](Self::immediate). It is said in `on_subscribe` only.
    #[doc(hidden)]
    pub fn is_immediate(&self) -> bool {
        self.marks.has(Marks::IMMEDIATE)
    }

    pub(crate) fn on_link(link: Arc<Link>, outstanding: u64, handed_out: bool) -> Self {
        Self {
            account: Account::of(outstanding),
            marks: Marks::NONE.with(Marks::HANDED_OUT, handed_out),
            link: Some(link),
        }
    }

    // ---- the subscriber's side

    /// Asks for `demand` more items (rules 2.1, 3.8). After a cancel it does nothing (3.6). It never emits: the
    /// publisher goes on when the callback returns (3.3).
    #[inline]
    pub fn request(&mut self, demand: Demand) {
        if !self.marks.has(Marks::CANCELLED) {
            self.account.add(demand.get());
            if let Some(link) = &self.link {
                link.requests.add();
            }
        }
    }

    /// Wants nothing more (rules 2.6, 3.7, 3.12). The publisher drops the subscriber when the callback returns.
    ///
    /// It reaches the publisher that lent the subscription and leaves the link alone, which may belong to a
    /// downstream that goes on with another upstream.
    #[inline]
    pub fn cancel(&mut self) {
        self.marks.set(Marks::CANCELLED);
        self.account.clear();
    }

    /// Takes the handle, for who must ask later, from elsewhere. It lives downstream of the subscriber, never
    /// inside it, and dropping it cancels.
    ///
    /// # Panics
    ///
    /// When it was taken before: there is one handle to a subscription, so that requests have one order (2.7).
    pub fn handle(&mut self) -> Handle {
        assert!(
            !self.has_handle(),
            "the handle of this subscription was taken before: share that one, or take a canceller"
        );
        self.marks.set(Marks::HANDED_OUT);
        Handle::new(self.make_link())
    }

    /// Takes something that can cancel from elsewhere and never requests. Dropping it does nothing.
    pub fn canceller(&mut self) -> Canceller {
        Canceller::new(&self.make_link())
    }

    fn make_link(&mut self) -> Arc<Link> {
        // The cold half takes nothing of ours by reference, so that a subscription on the stack can stay in
        // registers where nobody takes a link.
        let link = self.link.take().unwrap_or_else(new_link);
        self.link = Some(Arc::clone(&link));
        link
    }

    // ---- the publisher's side

    /// Whether it wants no more (rule 1.8). Looks at the shared word if there is one.
    #[inline]
    pub fn is_cancelled(&mut self) -> bool {
        self.look();
        self.marks.has(Marks::CANCELLED)
    }

    /// What was asked for and not delivered: what a terminal passes on, too. From 2^63 on it is
    /// [unbounded](Demand::UNBOUNDED) (rule 3.17).
    #[inline]
    pub fn outstanding(&mut self) -> Option<Demand> {
        self.look();
        Demand::new(self.account.total())
    }

    /// How many items are wanted, by one look: none once it is cancelled. Each question looks anew, so that two of them
    /// may see two things; who must act on both asks this one.
    #[inline]
    pub fn wanted(&mut self) -> Option<u64> {
        self.look();
        (!self.marks.has(Marks::CANCELLED)).then_some(self.account.total())
    }

    /// Whether an item may be delivered now: there is demand and no cancel (rule 1.1). Ask before each item.
    #[inline]
    pub fn is_ready(&mut self) -> bool {
        self.look();
        !self.account.is_empty()
    }

    /// Uses one unit of demand for `item` and signals it.
    ///
    /// # Panics
    ///
    /// In debug builds, when there is no demand: the publisher did not ask [`is_ready`](Self::is_ready).
    #[inline]
    pub fn deliver<S: Subscriber>(&mut self, item: S::Item, subscriber: &mut S) {
        debug_assert!(self.account.total() != 0, "rule 1.1: an item without demand; ask is_ready() first");
        shim::assert_unlocked();
        self.account.take_one();
        subscriber.on_next(item, self);
    }

    /// Whether nobody can ever ask for more: no demand is left, and no handle was taken or the one who had it has
    /// [given it up](Handle::give_up). A publisher that only waits for demand may then drop its subscriber, which is
    /// a cancel by abandonment.
    pub fn is_abandoned(&mut self) -> bool {
        // In this order: what was asked for before the handle was given up is seen by the look.
        let alone = !self.has_handle() || self.link.as_ref().is_none_or(|link| link.has_left());
        self.look();
        self.marks.has(Marks::CANCELLED) || self.account.is_empty() && alone
    }

    /// Whether a handle, a canceller or a waker exists.
    #[inline]
    pub fn is_linked(&self) -> bool {
        self.link.is_some()
    }

    /// Whether it is all here: nobody has a handle, a canceller or a waker, and it is not cancelled.
    #[doc(hidden)]
    #[inline]
    pub fn is_bare(&self) -> bool {
        self.link.is_none() && !self.marks.has(Marks::CANCELLED)
    }

    /// Whether the handle was taken, so that demand may come from elsewhere.
    #[inline]
    pub fn has_handle(&self) -> bool {
        self.marks.has(Marks::HANDED_OUT)
    }

    /// How often handle and cancellers were called so far, which debug builds and the feature `tally` count for the kit; that a
    /// handle is dropped is no call.
    #[doc(hidden)]
    pub fn calls(&self) -> Option<u64> {
        self.link.as_ref().and_then(|link| link.calls.get())
    }

    /// How often it was asked so far, lent once there was a link, or by its handle, and counted like [`calls`](Self::calls).
    #[doc(hidden)]
    pub fn requests(&self) -> Option<u64> {
        self.link.as_ref().and_then(|link| link.requests.get())
    }

    /// Another subscription on the same link, without demand of its own: for an operator that carries a
    /// downstream from upstream to upstream, gives its subscription away, and gets only the unused demand back. It keeps the
    /// link alive: one that is kept in what is parked there is a cycle (rule 3-vi), and [`downgrade`](Self::downgrade) none.
    pub fn fork(&self) -> Self {
        Self { account: Account::of(0), marks: self.marks.lasting(), link: self.link.clone() }
    }

    /// Wakes the state that is parked here, or keeps it from parking once. It runs on the thread that wakes, so
    /// whoever calls it holds no lock. The waker keeps the parked state alive: one that is kept in what the parked state
    /// owns, as in a queue that both of its ends share, is a cycle, and nothing of it is ever dropped (rule 3-vi). There
    /// the parked state owns the queue weakly, or the waker is kept elsewhere.
    pub fn waker(&mut self) -> Waker {
        Waker::from(self.make_link())
    }

    /// Drops the waker that a publisher which has ended may have left in the link. It is foreign: an operator that
    /// carries a downstream from upstream to upstream calls this under no lock, before it waits itself under one.
    pub fn forget_waker(&mut self) {
        // Once cancelled, what lies in the link is not ours.
        if let Some(link) = &self.link
            && !self.marks.has(Marks::CANCELLED)
        {
            link.forget();
        }
    }

    /// From now on, until what is returned is dropped, what is parked here goes on at `home` and not on the thread that
    /// brings the demand or the wake-up. The last home that was set and not given up counts. For an operator that moves
    /// its upstream into a task; it calls this while nothing is parked, in `on_subscribe`.
    pub fn resume_at(&mut self, home: Arc<dyn Home>) -> AtHome {
        self.marks.clear(Marks::IMMEDIATE);
        AtHome::new(&self.make_link(), home)
    }

    /// From now on, until what is returned is dropped, a cancel from elsewhere reaches `upstream` as well, on the thread
    /// that cancels. For an operator whose state stays with its upstream while it waits for an item; it asks
    /// [`is_cancelled`](Self::is_cancelled) afterwards. `None`: there is no [link](Self::is_linked), and nobody can
    /// cancel from elsewhere.
    ///
    /// ```
    /// use reactive_streams_core::Subscription;
    ///
    /// let (mut upstream, mut downstream) = (Subscription::new(), Subscription::new());
    /// let handle = downstream.handle();
    /// let tie = downstream.tie(upstream.canceller());
    /// handle.cancel();
    /// assert!(upstream.is_cancelled());
    /// # drop(tie);
    /// ```
    pub fn tie(&self, upstream: Canceller) -> Option<Tie> {
        self.link.as_ref().map(|link| Tie::new(link, upstream))
    }

    /// Runs a publisher's state on this thread until it has ended or stays parked.
    pub fn run(self, state: Box<dyn Resume>) {
        run(state, self);
    }

    /// Parks a publisher's state until there is demand, a wake-up or a cancel, and runs it again on the thread
    /// that brings one. If one has come already, it runs now. After a cancel it is dropped instead.
    ///
    /// Without handle, canceller and waker nothing can come: the state is dropped.
    pub fn park(self, state: Box<dyn Resume>) {
        if let Some((state, subscription)) = self.try_park(state) {
            run(state, subscription);
        }
    }

    /// `Some` gives both back: something has arrived.
    pub(crate) fn try_park(mut self, state: Box<dyn Resume>) -> Option<(Box<dyn Resume>, Self)> {
        if self.has_arrived() {
            return Some((state, self));
        }
        shim::assert_unlocked();
        let link = if self.marks.has(Marks::CANCELLED) { None } else { self.link.take() }?;
        let (outstanding, handed_out) = (self.account.total(), self.has_handle());
        match link.park(Parked::State { state, outstanding, handed_out }) {
            // The last strong reference may be ours: then the state goes here.
            Ok(()) => None,
            Err(parked) => {
                self.link = Some(link);
                match parked {
                    Some(Parked::State { state, .. }) => {
                        self.look();
                        Some((state, self))
                    }
                    _ => None,
                }
            }
        }
    }

    /// For a publisher that runs as a task: ready with the demand, or with `None` once it is cancelled or nobody
    /// can ask any more; otherwise the next request or cancel wakes the task.
    pub fn poll_demand(&mut self, context: &mut Context<'_>) -> Poll<Option<Demand>> {
        loop {
            if self.is_abandoned() {
                return Poll::Ready(None);
            }
            if let Some(demand) = Demand::new(self.account.total()) {
                return Poll::Ready(Some(demand));
            }
            if self.park_task(context.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// For a publisher that runs as a task and waits for something else: ready once it is cancelled; otherwise
    /// the next request, wake-up or cancel wakes the task.
    pub fn poll_cancelled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.is_cancelled() {
                return Poll::Ready(());
            }
            if self.link.is_none() || self.park_task(context.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// False: something has arrived, look again.
    fn park_task(&mut self, waker: &Waker) -> bool {
        if self.has_arrived() {
            return false;
        }
        self.link.as_ref().is_none_or(|link| link.park(Parked::Task(waker.clone())).is_ok())
    }

    /// The run that begins now is the answer to whatever has arrived so far.
    pub(crate) fn answer_news(&mut self) {
        self.marks.clear(Marks::NOTED);
        self.marks.clear(Marks::FRESH);
    }

    /// Looks, and says whether something has come that the run may not have answered: a wake-up, or demand of
    /// which some is left. Not only this look counts: whoever finds no demand and then asks whether it was
    /// cancelled has taken demand out of the word that nobody would come back for.
    fn has_arrived(&mut self) -> bool {
        if shim::planted("park-trusts-the-last-look") {
            self.marks.clear(Marks::FRESH);
        }
        self.look();
        let (noted, fresh) = (self.marks.has(Marks::NOTED), self.marks.has(Marks::FRESH));
        self.answer_news();
        noted || fresh && !self.account.is_empty()
    }

    #[inline]
    fn look(&mut self) {
        if let Some(link) = &self.link
            && link.has_news()
        {
            (self.account, self.marks) = take_over(link, self.account, self.marks);
        }
    }
}

/// By value for the reason that [`Subscription::make_link`] gives.
#[cold]
#[inline(never)]
fn take_over(link: &Link, mut account: Account, mut marks: Marks) -> (Account, Marks) {
    // Once cancelled, what is in the word is not ours: the link's owner may go on with another upstream.
    if !marks.has(Marks::CANCELLED) {
        let taken = link.take();
        marks = marks.with(Marks::NOTED, taken.noted);
        if taken.cancelled {
            marks.set(Marks::CANCELLED);
            account.clear();
        } else {
            account.take_over(taken.count);
            marks = marks.with(Marks::FRESH, taken.count != 0);
        }
    }
    (account, marks)
}

#[cold]
fn new_link() -> Arc<Link> {
    Link::new()
}

impl Default for Subscription {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Subscription {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            let_go(link, self.marks.has(Marks::CANCELLED));
        }
    }
}

/// It takes the link by value for the reason that [`Subscription::make_link`] gives.
#[cold]
#[inline(never)]
fn let_go(link: Arc<Link>, cancelled: bool) {
    // Once cancelled, the link may belong to a downstream that has gone on.
    if std::thread::panicking() && !cancelled {
        link.poison();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("outstanding", &Demand::new(self.account.total()))
            .field("cancelled", &self.marks.has(Marks::CANCELLED))
            .field("linked", &self.link.is_some())
            .finish()
    }
}

/// A publisher's state while it is parked.
///
/// It is dropped, not resumed, when the subscription is cancelled: what must be released is released in `Drop`.
pub trait Resume: Send {
    /// Goes on, on the thread that brought the demand or the wake-up. `subscription` holds what has arrived.
    fn resume(self: Box<Self>, subscription: Subscription) -> Turn;
}

/// What a resumed publisher wants next.
#[must_use]
pub enum Turn {
    /// It has signalled a terminal, or dropped its subscriber.
    Done,
    /// It has nothing to do until the next demand or wake-up.
    Park(Box<dyn Resume>, Subscription),
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "Done",
            Self::Park(..) => "Park { .. }",
        })
    }
}
