//! Reports for machines: JSON lines and JUnit XML. For people a [`Report`] displays as a table.
//!
//! Behind the feature `output`.

use crate::{Failure, Record, Report, Thoroughness, Verdict};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Value, json};
use std::io;

/// One JSON object a line: one for each check, one for each rule without checks, and one more if there is no verdict.
///
/// | field | what it has |
/// |--|--|
/// | `specification`, `kit` | their versions |
/// | `suite`, `fixture` | who was judged |
/// | `rule`, `asks` | the rule, and what it asks |
/// | `check`, `asserts` | the check, and what must be so; null when the suite has none for this rule |
/// | `strength` | `MUST`, `SHOULD` or `MAY` |
/// | `verdict` | [`Verdict::name`]; `sound` is false when it counts as a failure |
/// | `reason` | why it is not applicable or excluded, or what proves it |
/// | `witnesses`, `scenarios` | how often its case occurred, in how many scenarios |
/// | `explored` | null, or how thoroughly those were explored: `scenarios` in which its case occurred, `schedules` under which they were played, and a `summary` |
/// | `failure` | null, or `scenario`, `expected`, `got`, `look_at`, `doubt`, `replay`, `timeline` and `more` |
/// | `fault` | in a line of its own, without the fields from `rule` on: what the fixture did wrong |
///
/// ```
/// use reactive_streams_tck::{adapt::iterator, output::json_lines, verify_publisher};
///
/// let report = verify_publisher(&iterator(|env, length| env.items(length)).named("numbers"));
/// let lines = json_lines(&report);
/// assert_eq!(lines.lines().count(), report.records().count());
/// assert!(lines.lines().all(|line| line.contains(r#""fixture":"numbers""#)));
/// ```
#[must_use]
pub fn json_lines(report: &Report) -> String {
    let fault = report.fixture_fault().map(|fault| {
        json!({
            "specification": crate::SPECIFICATION,
            "kit": env!("CARGO_PKG_VERSION"),
            "suite": report.suite().to_string(),
            "fixture": report.fixture(),
            "fault": fault,
        })
    });
    let lines = report.records().map(|record| json_of(&record)).chain(fault);
    lines.map(|line| format!("{line}\n")).collect()
}

fn json_of(record: &Record<'_>) -> Value {
    json!({
        "specification": record.specification,
        "kit": record.kit,
        "suite": record.suite.to_string(),
        "fixture": record.fixture,
        "rule": record.rule.id(),
        "asks": record.rule.asks(),
        "check": record.check.map(|check| check.id()),
        "asserts": record.check.map(|check| check.asserts()),
        "strength": record.strength.to_string(),
        "verdict": record.verdict.name(),
        "sound": record.sound,
        "reason": reason(record),
        "witnesses": record.witnesses,
        "scenarios": record.scenarios,
        "explored": record.explored.map(|explored| json!({
            "scenarios": explored.scenarios(),
            "schedules": explored.schedules(),
            "summary": explored.to_string(),
        })),
        "failure": record.failure.map(|failure| json!({
            "scenario": failure.scenario(),
            "expected": failure.expected(),
            "got": failure.got(),
            "look_at": failure.look(),
            "doubt": failure.doubt(),
            "replay": failure.replay(),
            "timeline": failure.timeline(),
            "more": failure.more(),
        })),
    })
}

fn reason(record: &Record<'_>) -> Option<String> {
    match record.verdict {
        Verdict::NotApplicable(why) => Some(why.to_owned()),
        Verdict::ProvedByTypes(programs) => Some(programs.join(", ")),
        _ => record.note.map(str::to_owned),
    }
}

/// JUnit XML, with a `testsuite` for each report and a `testcase` for each check.
///
/// What counts as a failure is a `failure`, whose `type` is the [name](Verdict::name) of the verdict; what the kit or the
/// fixture did wrong is an `error`; what was not judged, for whatever reason, is `skipped`, and says why. How thoroughly
/// the scenarios of a check were explored is its property `explored`.
///
/// ```
/// use reactive_streams_tck::{adapt::iterator, output::junit, verify_publisher};
///
/// let report = verify_publisher(&iterator(|env, length| env.items(length)).named("a < b"));
/// let xml = junit(&[report]);
/// assert!(xml.contains(r#"<testsuite name="a &lt; b" "#) && xml.contains(r#"failures="0""#));
/// ```
#[must_use]
pub fn junit(reports: &[Report]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let written = write(&mut writer, reports);
    debug_assert!(written.is_ok());
    let mut xml = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    xml.push('\n');
    xml
}

type Xml = Writer<Vec<u8>>;

fn write(xml: &mut Xml, reports: &[Report]) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("testsuites")))?;
    for report in reports {
        suite(xml, report)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn suite(xml: &mut Xml, report: &Report) -> io::Result<()> {
    let cases: Vec<(Record<'_>, Case)> = report.records().map(|record| (record, Case::of(&record))).collect();
    let count = |wanted: Case| cases.iter().filter(|(_, case)| *case == wanted).count();
    let faults = usize::from(report.fixture_fault().is_some());
    let mut element = BytesStart::new("testsuite");
    element.push_attribute(("name", &*printable(report.fixture())));
    for (name, number) in [
        ("tests", cases.len() + faults),
        ("failures", count(Case::Failed)),
        ("errors", count(Case::Error) + faults),
        ("skipped", count(Case::Skipped)),
    ] {
        element.push_attribute((name, &*number.to_string()));
    }
    xml.write_event(Event::Start(element))?;
    for (record, case) in &cases {
        let name = match record.check {
            Some(check) => format!("{} {}", check.id(), check.asserts()),
            None => format!("{} {}", record.rule.id(), record.rule.asks()),
        };
        let what = reason(record).unwrap_or_else(|| record.verdict.to_string());
        let (inside, message, text) = match case {
            Case::Passed => (None, what, String::new()),
            Case::Skipped => (Some("skipped"), format!("{}: {what}", record.verdict.name()), String::new()),
            Case::Error => (Some("error"), what, String::new()),
            Case::Failed => match record.failure {
                Some(failure) => (Some("failure"), message(failure), failure.to_string()),
                None => (Some("failure"), "its case never occurred".to_owned(), String::new()),
            },
        };
        let inside = inside.map(|element| (element, record.verdict.name(), message, text));
        testcase(xml, report, &name, record.explored, inside)?;
    }
    if let Some(fault) = report.fixture_fault() {
        let message = fault.lines().next().unwrap_or_default().to_owned();
        let inside = ("error", "fixture", message, fault.to_owned());
        testcase(xml, report, "the fixture is sound", None, Some(inside))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

/// What a record is for who reads JUnit files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl Case {
    fn of(record: &Record<'_>) -> Self {
        match record.verdict {
            Verdict::KitError => Self::Error,
            Verdict::NotRun => Self::Skipped,
            _ if !record.sound => Self::Failed,
            Verdict::Pass => Self::Passed,
            _ => Self::Skipped,
        }
    }
}

fn message(failure: &Failure) -> String {
    format!("expected {}; got {}", failure.expected(), failure.got())
}

fn testcase(
    xml: &mut Xml,
    report: &Report,
    name: &str,
    explored: Option<Thoroughness>,
    inside: Option<(&str, &str, String, String)>,
) -> io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("classname", &*format!("{}.{}", report.suite(), printable(report.fixture()))));
    element.push_attribute(("name", name));
    if explored.is_none() && inside.is_none() {
        return xml.write_event(Event::Empty(element));
    }
    xml.write_event(Event::Start(element))?;
    if let Some(explored) = explored {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", "explored"));
        property.push_attribute(("value", &*explored.to_string()));
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        xml.write_event(Event::Empty(property))?;
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
    }
    let Some((kind, verdict, message, text)) = inside else {
        return xml.write_event(Event::End(BytesEnd::new("testcase")));
    };
    let mut inner = BytesStart::new(kind);
    inner.push_attribute(("message", &*printable(&message)));
    inner.push_attribute(("type", verdict));
    if text.is_empty() {
        xml.write_event(Event::Empty(inner))?;
    } else {
        xml.write_event(Event::Start(inner))?;
        xml.write_event(Event::Text(BytesText::new(&printable(&text))))?;
        xml.write_event(Event::End(BytesEnd::new(kind)))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

/// Without the characters that XML cannot hold, not even escaped.
fn printable(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r') || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}
