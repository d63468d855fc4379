//! Puts everything of `conformance::subjects` through the kit and prints what came out; with `--write DIR`, it writes it
//! there as Markdown, too: `verdicts.md`, and a file for each crate.

use conformance::{Judged, subjects, verdict, verdicts, version};
use reactive_streams_tck::{Coverage, Suite, Verdict};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

const USAGE: &str = "usage: conformance [--write DIR]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let directory = match &*arguments {
        [] => None,
        [flag, directory] if flag == "--write" => Some(PathBuf::from(directory)),
        _ => {
            eprintln!("conformance: {USAGE}");
            return ExitCode::from(2);
        }
    };
    let judged: Vec<Judged> = subjects().into_iter().map(|subject| (subject, (subject.verify)())).collect();
    let verdicts = verdicts(&judged);
    print!("{verdicts}");
    let Some(directory) = directory else { return ExitCode::SUCCESS };
    let mut files = vec![("verdicts".to_owned(), verdicts)];
    files.extend(
        judged.chunk_by(|(a, _), (b, _)| a.krate == b.krate).map(|of| (of[0].0.krate.to_owned(), page(of))),
    );
    for (name, text) in files {
        let path = directory.join(name).with_extension("md");
        if let Err(error) = fs::write(&path, text) {
            eprintln!("conformance: {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// All that came out for one crate.
fn page(judged: &[Judged]) -> String {
    let krate = judged[0].0.krate;
    let mut text =
        format!("# {krate} {}\n\nWritten by a command; see [README.md](README.md).\n\n", version(krate));
    for one in judged {
        let _ = writeln!(text, "* {}: {}. {}", one.0.name, one.0.what, verdict(one));
    }
    let full: Vec<&Judged> = judged.iter().filter(|judged| judged.1.fixture_fault().is_none()).collect();
    if let Some(first) = full.first() {
        text += "\n| rule | what it asks |";
        full.iter().for_each(|judged| text += &format!(" {} |", judged.0.name));
        text += "\n|--|--|";
        full.iter().for_each(|_| text += "--|");
        text += "\n";
        let checks = |at: &usize| {
            matches!(first.1.outcomes()[*at].rule().coverage(Suite::Publisher), Coverage::Checks)
        };
        for at in (0..first.1.outcomes().len()).filter(checks) {
            let rule = first.1.outcomes()[at].rule();
            let _ = write!(text, "| {} | {} |", rule.id(), rule.asks());
            for judged in &full {
                let outcome = &judged.1.outcomes()[at];
                let _ = match outcome.verdict() {
                    Verdict::Pass => write!(text, " pass, {} times |", outcome.witnesses()),
                    Verdict::NotApplicable(why) => write!(text, " {why} |"),
                    verdict => write!(text, " **{}** |", verdict.name()),
                };
            }
            text += "\n";
        }
    }
    for (subject, report) in judged {
        let wrong: Vec<String> = report
            .records()
            .filter(|record| !record.sound)
            .filter_map(|record| {
                let (check, failure) = (record.check?, record.failure?);
                Some(format!("check {}: {}\n{failure}", check.id(), check.asserts()))
            })
            .collect();
        if let Some(fault) = report.fixture_fault() {
            let _ = write!(text, "\n## {}: no verdict\n\n```text\n{}\n```\n", subject.name, fault.trim_end());
        } else if !wrong.is_empty() {
            let _ = write!(
                text,
                "\n## {}: what is wrong\n\n```text\n{}\n```\n",
                subject.name,
                wrong.join("\n").trim_end()
            );
        }
    }
    text
}
