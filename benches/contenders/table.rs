//! What a contender's file says of it.

use super::workloads::{Run, WORKLOADS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Written by hand for the one workload.
    Limit,
    Ours,
    Peer,
}

#[derive(Debug)]
pub struct Contender {
    pub name: &'static str,
    pub role: Role,
    /// The package, whose version the report names; none for what comes with the compiler.
    pub package: Option<&'static str>,
    pub does: &'static [Does],
    pub cannot: &'static [Cannot],
}

/// One row: a workload, done in one way. The first row of a workload is the contender's plain way.
#[derive(Debug)]
pub struct Does {
    pub workload: &'static str,
    /// What is different about it; empty for the plain way.
    pub variant: &'static str,
    pub run: Run,
}

/// The workloads that it cannot do, for one reason.
#[derive(Debug)]
pub struct Cannot {
    pub workloads: &'static [&'static str],
    pub reason: &'static str,
}

pub const fn plain(workload: &'static str, run: Run) -> Does {
    Does { workload, variant: "", run }
}

pub const fn variant(workload: &'static str, variant: &'static str, run: Run) -> Does {
    Does { workload, variant, run }
}

pub const fn cannot(workloads: &'static [&'static str], reason: &'static str) -> Cannot {
    Cannot { workloads, reason }
}

impl Contender {
    /// Each workload is done, or there is a reason why it is not.
    ///
    /// # Panics
    ///
    /// When the table has a gap, names what is no workload, or both does and cannot do one.
    pub fn check(&self) {
        let known = |id: &str| WORKLOADS.iter().any(|workload| workload.id == id);
        let named = self.does.iter().map(|does| does.workload);
        let named = named.chain(self.cannot.iter().flat_map(|cannot| cannot.workloads).copied());
        named.for_each(|id| assert!(known(id), "{}: there is no workload {id}", self.name));
        for workload in WORKLOADS {
            let does = self.does.iter().any(|does| does.workload == workload.id);
            let cannot = self.reason(workload.id).is_some();
            assert!(does != cannot, "{}: {} is both or neither done", self.name, workload.id);
        }
    }

    /// Why it does not do the workload.
    pub fn reason(&self, workload: &str) -> Option<&'static str> {
        self.cannot.iter().find(|cannot| cannot.workloads.contains(&workload)).map(|cannot| cannot.reason)
    }
}
