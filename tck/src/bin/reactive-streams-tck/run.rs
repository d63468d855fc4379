//! Judging, and saying what came out.

use crate::Status;
use crate::gallery::Entry;
use reactive_streams_tck::output::{json_lines, junit};
use reactive_streams_tck::{Options, Report, Verdict};

/// How what came out is written.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    Table,
    Json,
    Junit,
}

/// Some of the gallery, to be judged.
pub(crate) struct Run {
    pub(crate) entries: Vec<&'static Entry>,
    pub(crate) strict: bool,
    pub(crate) only: Vec<String>,
    pub(crate) format: Format,
}

impl Run {
    /// What is to be printed, and what the command ends with.
    pub(crate) fn all(&self) -> (String, Status) {
        let options = self.only.iter().fold(options(self.strict), |options, pattern| options.only(pattern));
        let reports: Vec<Report> = self.entries.iter().map(|entry| (entry.judge)(&options)).collect();
        let worst = reports.iter().map(status).max_by_key(|status| weight(*status)).unwrap_or(Status::Sound);
        (written(&reports, self.format), worst)
    }
}

fn options(strict: bool) -> Options {
    if strict { Options::new().strict() } else { Options::new() }
}

fn written(reports: &[Report], format: Format) -> String {
    match format {
        Format::Table => reports.iter().map(table).collect::<Vec<_>>().join("\n"),
        Format::Json => reports.iter().map(json_lines).collect(),
        Format::Junit => junit(reports),
    }
}

fn table(report: &Report) -> String {
    format!("{} {}\n{report}", report.suite(), report.fixture())
}

/// What one report comes to.
fn status(report: &Report) -> Status {
    let any = |verdict: Verdict| report.records().any(|record| record.verdict == verdict);
    let broken = report.records().any(|record| record.verdict == Verdict::Fail && !record.sound);
    if report.fixture_fault().is_some() || any(Verdict::KitError) {
        Status::Kit
    } else if broken {
        Status::Broken
    } else if report.conforms() {
        Status::Sound
    } else {
        Status::Incomplete
    }
}

/// What is worse weighs more.
fn weight(status: Status) -> u8 {
    match status {
        Status::Sound => 0,
        Status::Incomplete => 1,
        Status::Broken => 2,
        Status::Usage => 3,
        Status::Kit => 4,
    }
}
