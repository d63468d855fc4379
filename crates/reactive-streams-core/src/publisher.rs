//! Who produces.

use crate::Subscriber;

/// Produces items for a subscriber, never more than it asked for.
///
/// A publisher is a description; [`subscribe`](Self::subscribe) turns it into a running subscription. Being used
/// up by that, one value serves one subscriber; a publisher that can serve several is [`Clone`] (rules 1.10, 1.11).
///
/// # Obligations
///
/// * **1.1** No `on_next` without demand: ask [`Subscription::is_ready`](crate::Subscription::is_ready) before each.
/// * **1.2** It may signal less than was asked for, and then a terminal.
/// * **1.3** Signals come one at a time, in order. *Proved by the types:* the receivers are exclusive.
/// * **1.4, 1.5** A failure is signalled by `on_error`, a normal end by `on_complete`; a panic is neither (see 3-vii).
/// * **1.6, 1.7** Nothing follows a terminal. *Proved by the types* for 1.7: a terminal takes the subscriber.
/// * **1.8, 3.12** After a cancel, signals stop: with a link at most the item in progress still arrives. A stream that is at
///   its end may still say so, since that may cross a cancel from elsewhere on its way. It should not behind a cancel by the
///   subscription that it has lent: that one it knows of.
/// * **1.9** `on_subscribe` comes first and once; `subscribe` returns normally; a publisher that refuses calls
///   `on_subscribe` and then `on_error`. *Proved by the types:* there is no null subscriber.
/// * **3.2, 3.3, 3.10, 3.11** Demand that was asked for inside a callback is served when the callback has
///   returned; the depth of the stack does not grow with the number of items.
/// * **3.13** After a cancel or a terminal the subscriber is dropped promptly.
/// * **3.14** A publisher whose last subscription was cancelled may shut down. One value serves one subscriber, so
///   that it drops its state then.
/// * **3.17** Any sum of demands is valid, and from 2^63 on it has no bound. *Proved by the types* for 3.9: a demand is
///   never zero.
///
/// Besides the 43 rules:
///
/// * **3-i** A terminal carries the demand that was not used: `on_complete(self, subscription.outstanding())`.
/// * **3-ii** The only shared word is the link; a publisher keeps no second channel for demand or cancellation.
/// * **3-iii** Once a link exists, it is looked at before each item.
/// * **3-iv** A terminal needs no demand: a publisher at its end says so at once. One that can never be asked again
///   and cannot end by itself may drop its subscriber: a cancel by abandonment.
/// * **3-v** Dropping the subscriber is its last signal: promptly, once, under no lock, also on a panic.
/// * **3-vi** A handle lives downstream of its subscriber, never inside what the publisher parks.
/// * **3-vii** `request` may run the whole pipeline on the calling thread, as far as to one that has its
///   [home](crate::Home) elsewhere, so it is called under no lock. A panic there cancels the subscription, drops what it
///   held and unwinds to the caller; it never becomes `on_error`.
/// * **3-viii** An operator that changes demand owns a second subscription for its downstream.
/// * **3-ix** A parked state lives in the link, and whoever takes it out has the permit to run it.
///
/// The same nine bind a publisher outside this crate; the conformance kit judges them beside the 43.
///
/// ```
/// use reactive_streams_core::{Publisher, Resume, Subscriber, Subscription, Turn};
/// use std::convert::Infallible;
///
/// /// Counts down to one.
/// struct Countdown(u32);
///
/// impl Publisher for Countdown {
///     type Item = u32;
///     type Error = Infallible;
///     fn subscribe<S>(self, mut subscriber: S)
///     where
///         S: Subscriber<Item = u32, Error = Infallible> + Send + 'static,
///     {
///         let mut subscription = Subscription::new();
///         subscriber.on_subscribe(&mut subscription);
///         subscription.run(Box::new(Running { left: self.0, subscriber }));
///     }
/// }
///
/// struct Running<S> {
///     left: u32,
///     subscriber: S,
/// }
///
/// impl<S: Subscriber<Item = u32> + Send + 'static> Resume for Running<S> {
///     fn resume(mut self: Box<Self>, mut subscription: Subscription) -> Turn {
///         while self.left > 0 && subscription.is_ready() {
///             self.left -= 1;
///             subscription.deliver(self.left + 1, &mut self.subscriber);
///         }
///         if subscription.is_cancelled() {
///             return Turn::Done; // and the subscriber is dropped
///         }
///         if self.left == 0 {
///             self.subscriber.on_complete(subscription.outstanding());
///             return Turn::Done;
///         }
///         Turn::Park(self, subscription)
///     }
/// }
/// # struct Sum(u32, std::sync::mpsc::Sender<u32>);
/// # impl Subscriber for Sum { type Item = u32; type Error = Infallible;
/// #   fn on_subscribe(&mut self, s: &mut Subscription) { s.request(reactive_streams_core::Demand::UNBOUNDED) }
/// #   fn on_next(&mut self, x: u32, _: &mut Subscription) { self.0 += x }
/// #   fn on_error(self, e: Infallible, _: Option<reactive_streams_core::Demand>) { match e {} }
/// #   fn on_complete(self, _: Option<reactive_streams_core::Demand>) { self.1.send(self.0).unwrap() } }
/// # let (tx, rx) = std::sync::mpsc::channel();
/// Countdown(4).subscribe(Sum(0, tx));
/// assert_eq!(rx.recv(), Ok(10));
/// ```
#[must_use = "publishers do nothing unless subscribed to"]
pub trait Publisher {
    /// What it produces.
    type Item: Send + 'static;
    /// How it can fail; [`Infallible`](std::convert::Infallible) when it cannot.
    type Error: Send + 'static;

    /// Starts: lends a [`Subscription`](crate::Subscription) to the subscriber, and signals as it is asked.
    ///
    /// It may run the whole stream before it returns, when the demand is there.
    fn subscribe<S>(self, subscriber: S)
    where
        S: Subscriber<Item = Self::Item, Error = Self::Error> + Send + 'static;
}
