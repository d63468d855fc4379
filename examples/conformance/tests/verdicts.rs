//! Each subject breaks what it is known to break, and nothing else; and `docs/conformance/verdicts.md` says so.

use conformance::{rules, subjects, verdicts};
use reactive_streams_tck::Verdict;

#[test]
fn each_breaks_what_it_is_known_to_break_and_the_document_says_so() {
    let judged: Vec<_> = subjects().into_iter().map(|subject| (subject, (subject.verify)())).collect();
    for (subject, report) in &judged {
        let name = format!("{}: {}", subject.krate, subject.name);
        match (subject.fault, report.fixture_fault()) {
            (Some(expected), Some(fault)) => assert!(fault.contains(expected), "{name}\n{report}"),
            (None, None) => {
                let broken = rules(report, Verdict::Fail);
                let known = subject.breaks.iter().all(|rule| broken.contains(rule));
                assert!(
                    known && broken.is_empty() == subject.breaks.is_empty(),
                    "{name}: {broken:?}\n{report}"
                );
            }
            _ => panic!("{name}\n{report}"),
        }
    }
    let written = include_str!("../../../docs/conformance/verdicts.md");
    assert_eq!(verdicts(&judged), written, "cargo run -- --write ../../docs/conformance");
}
