//! One item in, one decision out.

mod chunks;
mod filter;
mod filter_map;
mod flat_map;
mod flat_map_iter;
mod flat_map_unordered;
mod inspect;
mod map;
mod scan;
mod skip;
mod take;
mod take_while;
#[cfg(feature = "tracing")]
mod traced;

pub use chunks::Chunks;
pub use filter::Filter;
pub use filter_map::FilterMap;
pub use flat_map::FlatMap;
pub use flat_map_iter::FlatMapIter;
pub use flat_map_unordered::FlatMapUnordered;
pub use inspect::Inspect;
pub use map::Map;
pub use scan::Scan;
pub use skip::Skip;
pub use take::Take;
pub use take_while::TakeWhile;
#[cfg(feature = "tracing")]
pub use traced::Traced;
