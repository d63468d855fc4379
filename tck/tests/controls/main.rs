//! What keeps every rule passes, however unusual it is.

mod delayed;
mod meant;
mod odd;
mod parts;
mod shared;
mod unusual;

use reactive_streams_core::Publisher;
use reactive_streams_tck::gallery::{InTask, Synchronous, Ticking};
use reactive_streams_tck::{Env, Fixture, Length, conformance};

struct Sync;

impl Fixture for Sync {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Synchronous::new(env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Synchronous::failing(env.items(Length::Exactly(k))))
    }
}

struct Task;

impl Fixture for Task {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        InTask::new(env, env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(InTask::failing(env, env.items(Length::Exactly(k))))
    }
}

struct Clocked;

impl Fixture for Clocked {
    fn create(&self, env: &Env, length: Length) -> impl Publisher {
        Ticking::new(env, env.items(length))
    }
    fn create_failing_at(&self, env: &Env, k: u64) -> Option<impl Publisher> {
        Some(Ticking::failing(env, env.items(Length::Exactly(k))))
    }
}

conformance!(synchronous, Sync);
conformance!(in_task, Task);
conformance!(ticking, Clocked);
