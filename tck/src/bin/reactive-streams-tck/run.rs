//! Judging, and saying what came out.

use crate::Status;
use crate::args::NAME;
use crate::gallery::Entry;
use reactive_streams_tck::output::{json_lines, junit};
use reactive_streams_tck::{Options, Report, Verdict, isolated};

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
        let reports: Vec<Report> = self.entries.iter().map(|entry| self.judged(entry)).collect();
        let worst = reports.iter().map(status).max_by_key(|status| weight(*status)).unwrap_or(Status::Sound);
        (written(&reports, self.format), worst)
    }
}

impl Run {
    /// In a process of its own, which is told to judge this one and nothing else.
    fn judged(&self, entry: &'static Entry) -> Report {
        let mut arguments = vec!["run", entry.name];
        arguments.extend(self.strict.then_some("--strict"));
        arguments.extend(self.only.iter().flat_map(|pattern| ["--only", pattern]));
        let options = self.only.iter().fold(options(self.strict), |options, pattern| options.only(pattern));
        let judge = entry.judge;
        isolated(entry.suite, &arguments, move || judge(&options, None))
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
    let mut text = format!("{} {}\n{report}", report.suite(), report.fixture());
    let mut strings: Vec<&str> = Vec::new();
    for string in report.records().filter_map(|record| record.failure?.replay()) {
        if !strings.contains(&string) {
            strings.push(string);
        }
    }
    // In a replay there is nothing to say again.
    for string in strings.iter().filter(|_| report.replayed().is_none()) {
        text += &format!("\nonce more: {NAME} replay '{}:{string}'", report.fixture());
    }
    if !strings.is_empty() {
        text.push('\n');
    }
    text
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

/// One scenario, to be played again.
pub(crate) struct Replay {
    pub(crate) entry: &'static Entry,
    pub(crate) string: String,
    pub(crate) strict: bool,
    pub(crate) format: Format,
}

impl Replay {
    /// As [`Run::all`]; an error when the string is another one's.
    pub(crate) fn play(&self) -> Result<(String, Status), String> {
        let report = (self.entry.judge)(&options(self.strict), Some(&self.string));
        if let Some(fault) = report.fixture_fault() {
            return Err(format!("replay {}:{}: {fault}", self.entry.name, self.string));
        }
        let status = status(&report);
        Ok((
            written(&[report], self.format),
            if status == Status::Incomplete { Status::Sound } else { status },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reactive_streams_tck::adapt::iterator;
    use reactive_streams_tck::{Length, record_publisher, verify_publisher};

    #[test]
    fn what_a_report_comes_to() {
        let sound = iterator(|env, length| env.items(length));
        assert_eq!(status(&verify_publisher(&sound)), Status::Sound);
        let part = record_publisher(&sound).judge(&Options::new().only("1.1"));
        assert_eq!(status(&part), Status::Incomplete);
        let broken = iterator(|env, length| env.items(length).skip(1));
        assert_eq!(status(&verify_publisher(&broken)), Status::Broken);
        let faulty = iterator(|env, length| {
            assert_ne!(length, Length::Exactly(0), "no such file");
            env.items(length)
        });
        assert_eq!(status(&verify_publisher(&faulty)), Status::Kit);
    }

    #[test]
    fn the_worst_counts() {
        let order = [Status::Sound, Status::Incomplete, Status::Broken, Status::Usage, Status::Kit];
        assert!(order.is_sorted_by_key(|status| weight(*status)));
    }
}
