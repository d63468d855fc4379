//! The contenders, one file each, with a table of what each does of the workloads and why not of the others.

mod async_channel;
mod crossbeam_channel;
mod crossbeam_queue;
mod crossfire;
mod crossing;
mod flume;
mod futures;
mod futures_channel;
mod futures_rx;
mod gate;
mod hand;
mod iterator;
mod kanal;
mod ours;
mod rtrb;
mod rxrust;
mod slice;
mod standard;
mod table;
mod tokio_mpsc;
mod tokio_stream;
mod workloads;

pub use crossing::runtime;
pub use ours::share_among;
pub use table::{Contender, Does, Role};
pub use tokio_mpsc::broadcast_among;
pub use workloads::{Clock, WORKLOADS, Workload};

/// The limit first, then us, then the peers.
pub const CONTENDERS: &[Contender] = &[
    hand::CONTENDER,
    ours::CONTENDER,
    iterator::CONTENDER,
    futures::CONTENDER,
    tokio_stream::CONTENDER,
    rxrust::CONTENDER,
    futures_rx::CONTENDER,
    rtrb::CONTENDER,
    crossbeam_channel::CONTENDER,
    crossbeam_queue::CONTENDER,
    standard::CONTENDER,
    tokio_mpsc::CONTENDER,
    kanal::CONTENDER,
    crossfire::CONTENDER,
    async_channel::CONTENDER,
    flume::CONTENDER,
    futures_channel::CONTENDER,
];
