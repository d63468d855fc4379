//! Where items end.

mod collect;
mod terminal;

pub use collect::Collect;
pub use terminal::{Consume, Terminal};
