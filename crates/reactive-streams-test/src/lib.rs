//! For tests of pipelines: everything is driven by hand, nothing sleeps and nothing looks at the wall clock.
//!
//! | you want to | you need |
//! |--|--|
//! | see what a publisher does | [`probe`]: asks and cancels by hand, records every signal |
//! | feed a subscriber or an operator | [`scripted`]: a publisher that is told what to signal |
//! | test time | [`VirtualClock`]: stands still until it is advanced |
//! | test tasks | [`ManualExecutor`]: polls only when it is told to |
//! | find leaks | [`Live`]: counts the items that are alive |
//! | see that nothing runs elsewhere | [`Threads`]: on which threads something happened |

#![forbid(unsafe_code)]

mod clock;
mod executor;
mod live;
mod probe;
mod script;
mod threads;

pub use clock::VirtualClock;
pub use executor::ManualExecutor;
pub use live::{Live, Tracked};
pub use probe::{Probe, probe};
pub use script::{Script, Scripted, scripted};
pub use threads::Threads;
