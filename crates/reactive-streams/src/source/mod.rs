//! Where items come from.

mod iter;

pub use iter::{Iter, iter};
