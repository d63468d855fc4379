//! Who consumes.

use crate::{Demand, Publisher, Subscription};

/// Receives `on_subscribe`, then as many `on_next` as it asked for, then at most one terminal.
///
/// # Obligations
///
/// * **2.1** Nothing comes unless it is asked for: request in `on_subscribe`, `on_next`, or through the handle.
/// * **2.2** A callback that takes long belongs behind a boundary.
/// * **2.3, 3.1** Terminals do not touch the subscription. *Proved by the types* for the lent one: the loan ends with
///   the callback. What `mem::take` moves out of the loan is a value of its own that no publisher looks at.
/// * **2.4** After a terminal the handle, if there is one, is dropped or not used.
/// * **2.5, 2.12** `on_subscribe` comes once; one who receives it twice cancels the newcomer.
/// * **2.6** What is no longer wanted is cancelled; dropping the handle does so.
/// * **2.7, 3.5** Requests and cancels from several threads are harmless: each is one atomic update.
/// * **2.8** Be ready for the item in progress after a cancel from elsewhere.
/// * **2.9, 2.10** Be ready for a terminal with and without demand.
/// * **2.11** What a signal hands over happened before. *Proved by the types:* `Send` and exclusive receivers.
/// * **2.13** Callbacks return normally. A panic ends this stream and is not turned into an error. *Proved by the
///   types:* there is no null item and no null error.
///
/// A subscriber that is *dropped* without a terminal was cancelled, or abandoned: that is its last signal.
///
/// ```
/// use reactive_streams_core::{Demand, Subscriber, Subscription};
/// use std::convert::Infallible;
///
/// /// Asks for one item at a time.
/// struct Print;
///
/// impl Subscriber for Print {
///     type Item = u32;
///     type Error = Infallible;
///     fn on_subscribe(&mut self, subscription: &mut Subscription) {
///         subscription.request(Demand::ONE);
///     }
///     fn on_next(&mut self, item: u32, subscription: &mut Subscription) {
///         println!("{item}");
///         subscription.request(Demand::ONE);
///     }
///     fn on_error(self, error: Infallible, _unused: Option<Demand>) {
///         match error {}
///     }
///     fn on_complete(self, _unused: Option<Demand>) {}
/// }
///
/// let mut subscription = Subscription::new();
/// Print.on_subscribe(&mut subscription);
/// assert_eq!(subscription.outstanding(), Some(Demand::ONE));
/// ```
pub trait Subscriber {
    /// What it receives.
    type Item;
    /// The failure it may be told.
    type Error;

    /// The first signal, once. The subscription is lent for the call.
    fn on_subscribe(&mut self, subscription: &mut Subscription);

    /// Whether it may be told that its publisher is [immediate](Subscription::immediate). Who passes the loan on to another
    /// subscriber, and may carry that to another publisher or thread, does not say so.
    #[doc(hidden)]
    #[inline]
    fn hears_of_immediate(&self) -> bool {
        false
    }

    /// One item that was asked for.
    fn on_next(&mut self, item: Self::Item, subscription: &mut Subscription);

    /// The stream failed. `unused` is the demand that it ended without using.
    fn on_error(self, error: Self::Error, unused: Option<Demand>);

    /// The stream ended well. `unused` is the demand that it ended without using.
    fn on_complete(self, unused: Option<Demand>);
}

/// Both sides at once (rules 4.1, 4.2): it obeys both contracts.
pub trait Processor: Subscriber + Publisher {}

impl<P: Subscriber + Publisher> Processor for P {}
