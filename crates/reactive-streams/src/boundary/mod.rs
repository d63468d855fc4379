//! From one thread, executor or world to another.

mod into_stream;
mod map_parallel;
mod publish_on;
mod subscribe_on;

pub use into_stream::IntoStream;
pub use map_parallel::MapParallel;
pub use publish_on::PublishOn;
pub use subscribe_on::SubscribeOn;
