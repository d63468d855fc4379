//! What `/proc` says of the threads of this process.

use super::row::{Seen, State, Thread};
use reactive_streams_core::shim::Mutex;
use std::fs::{read_dir, read_link, read_to_string};
use std::path::Path;
use std::sync::OnceLock;

/// The number of the system call by which a thread waits for another one, where it is known.
const FUTEX: Option<u64> = if cfg!(target_arch = "x86_64") {
    Some(202)
} else if cfg!(any(target_arch = "aarch64", target_arch = "riscv64", target_arch = "loongarch64")) {
    Some(98)
} else if cfg!(any(target_arch = "x86", target_arch = "arm")) {
    Some(240)
} else {
    None
};

/// The id of this thread.
pub(super) fn own_id() -> Option<u64> {
    read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

/// All threads but those that look; `None` when nobody can look here. What `own` uses is charged; without it, what all do.
pub(super) fn look(own: Option<u64>) -> Option<Seen> {
    let watching = watching().lock().clone();
    let mut threads = Vec::new();
    for task in read_dir("/proc/self/task").ok()?.flatten() {
        let id = task.file_name().to_str().and_then(|name| name.parse().ok())?;
        if watching.contains(&id) {
            continue;
        }
        let charged = own.is_none_or(|own| own == id);
        // One that has ended meanwhile could run a moment ago.
        let gone = Thread { id, state: State::Runs, naps: 0, taken: 0, ticks: 0, charged: false };
        threads.push(thread(&task.path(), id, charged).unwrap_or(gone));
    }
    threads.sort_by_key(|thread| thread.id);
    let ids: Vec<u64> = threads.iter().map(|thread| thread.id).collect();
    for thread in threads.iter_mut().filter(|thread| thread.state == State::Sleeps) {
        let call = read_to_string(format!("/proc/self/task/{}/syscall", thread.id));
        if call.is_ok_and(|call| waits_within(&call, &ids)) {
            thread.state = State::Waits;
        }
    }
    Some(Seen { threads, idle: idle() })
}

fn thread(path: &Path, id: u64, charged: bool) -> Option<Thread> {
    let status = read_to_string(path.join("status")).ok()?;
    let stat = read_to_string(path.join("stat")).ok()?;
    // Behind the name, which may have anything in it: the state, and as 14th and 15th field of all the ticks.
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let state = if fields.first() == Some(&"S") { State::Sleeps } else { State::Runs };
    let switches = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim_start_matches(':').trim().parse().ok())
    };
    let (naps, taken) = (switches("voluntary_ctxt_switches")?, switches("nonvoluntary_ctxt_switches")?);
    Some(Thread { id, state, naps, taken, ticks: ticks(11) + ticks(12), charged })
}

/// Whether this system call waits, without a limit, for what only a thread of this process can do: a futex of its own, or
/// the end of one of these `threads`, whose id is what is waited on.
fn waits_within(call: &str, threads: &[u64]) -> bool {
    const PRIVATE: u64 = 0x80;
    let mut fields = call.split_whitespace();
    let number = fields.next().and_then(|text| text.parse::<u64>().ok());
    let mut argument =
        || fields.next().and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok());
    let (Some(_), Some(operation), Some(value), Some(limit)) =
        (argument(), argument(), argument(), argument())
    else {
        return false;
    };
    // FUTEX_WAIT or FUTEX_WAIT_BITSET.
    let waits = matches!(operation & 0x7f, 0 | 9);
    FUTEX.is_some()
        && number == FUTEX
        && waits
        && limit == 0
        && (operation & PRIVATE != 0 || threads.contains(&value))
}

/// For how long all processors together had nothing to do.
fn idle() -> Option<u64> {
    let stat = read_to_string("/proc/stat").ok()?;
    stat.lines().next()?.split_whitespace().nth(4)?.parse().ok()
}

/// The threads that look: they are not what is looked at.
fn watching() -> &'static Mutex<Vec<u64>> {
    static WATCHING: OnceLock<Mutex<Vec<u64>>> = OnceLock::new();
    WATCHING.get_or_init(Mutex::default)
}

/// This thread is one of them as long as this lives.
pub(super) struct Watching(Option<u64>);

impl Watching {
    pub(super) fn begin() -> Self {
        let own = own_id();
        watching().lock().extend(own);
        Self(own)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        watching().lock().retain(|id| Some(*id) != self.0);
    }
}

#[cfg(all(test, target_os = "linux", not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn only_waiting_without_a_limit_for_this_process_is_waiting() {
        let Some(number) = FUTEX else { return };
        let call = |rest: &str| waits_within(&format!("{number} {rest} 0x0 0xffffffff 0x7ffd 0x7f00"), &[77]);
        assert!(call("0x7fc01c482d54 0x89 0x2 0x0"), "a lock");
        assert!(call("0x7fc01c482d54 0x80 0x2 0x0"), "a futex of old");
        assert!(call("0x7fc01c482d54 0x109 0x4d 0x0"), "the join of thread 77");
        assert!(!call("0x7fc01c482d54 0x109 0x4e 0x0"), "a futex that other processes may know");
        assert!(!call("0x7fc01c482d54 0x89 0x2 0x7fc01bc7e8a0"), "a lock with a limit");
        assert!(!call("0x7fc01c482d54 0x81 0x2 0x0"), "it wakes");
        assert!(!waits_within("0 0x3 0x0 0x0 0x0", &[0]), "it reads");
        assert!(!waits_within("running", &[]), "it runs");
    }

    #[test]
    fn the_threads_of_this_process_are_seen() {
        let seen = look(None).expect("there is /proc");
        let own = own_id().expect("there is /proc");
        assert!(seen.threads.iter().any(|thread| thread.id == own && thread.state == State::Runs));
        assert!(seen.idle.is_some());
    }
}
