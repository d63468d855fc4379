//! The contenders of `benches` that need no peer but `futures`, on the workloads that run on one thread.

/// Tasks of the thread boundaries, which are not counted: each on a thread of its own here, so that tokio is not needed.
mod crossing {
    use std::thread::JoinHandle;

    pub struct OnThreads;

    impl OnThreads {
        pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
            std::thread::spawn(move || futures_executor::block_on(task))
        }
    }

    pub fn runtime() -> OnThreads {
        OnThreads
    }
}
#[path = "../contenders/futures.rs"]
mod futures;
#[path = "../contenders/gate.rs"]
mod gate;
#[path = "../contenders/hand.rs"]
mod hand;
#[path = "../contenders/iterator.rs"]
mod iterator;
#[path = "../contenders/ours/mod.rs"]
mod ours;
#[path = "../contenders/slice.rs"]
mod slice;
#[path = "../contenders/table.rs"]
mod table;
#[path = "../contenders/workloads.rs"]
mod workloads;

pub use table::{Contender, Does};
use workloads::Clock;
pub use workloads::Workload;

pub const CONTENDERS: &[Contender] =
    &[hand::CONTENDER, iterator::CONTENDER, futures::CONTENDER, ours::CONTENDER];

/// Each way of each workload, by workload, the hand loop first.
pub fn counted() -> impl Iterator<Item = (&'static Workload, &'static Contender, &'static Does)> {
    let of = |workload: &'static Workload| {
        let ways =
            CONTENDERS.iter().flat_map(|contender| contender.does.iter().map(move |does| (contender, does)));
        ways.filter(|(_, does)| does.workload == workload.id).map(move |(c, d)| (workload, c, d))
    };
    workloads::WORKLOADS.iter().filter(|workload| workload.clock == Clock::Cpu).flat_map(of)
}
