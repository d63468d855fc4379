//! Where items end.

mod collect;
mod count;
mod first;
mod fold;
mod for_each;
mod for_each_async;
mod forward;
mod terminal;

pub use collect::Collect;
pub use count::Count;
pub use first::First;
pub use fold::Fold;
pub use for_each::ForEach;
pub use for_each_async::ForEachAsync;
pub use forward::{Forward, ForwardError};
pub use terminal::{Consume, Terminal};
