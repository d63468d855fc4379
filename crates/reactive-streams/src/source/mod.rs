//! Where items come from.

mod channel;
mod defer;
mod empty;
mod fail;
mod from_fn;
mod from_future;
mod from_stream;
mod iter;
mod lines;
mod once;
mod pending;

pub use channel::{
    Channel, Closed, Permit, Ready, SendError, SendTimeoutError, Sender, Sending, SendingUntil, Sent,
    TrySendError, channel, try_channel,
};
pub use defer::{Defer, defer};
pub use empty::{Empty, empty};
pub use fail::{Fail, fail};
pub use from_fn::{FromFn, from_fn};
pub use from_future::{FromFuture, from_future};
pub use from_stream::{FromStream, from_stream, from_try_stream};
pub use iter::{Iter, iter};
pub use lines::{Lines, LinesError, lines};
pub use once::{Once, once};
pub use pending::{Pending, pending};
