//! Reports for machines: each line is an object, the XML is well-formed whatever a report has in it, and the counts are
//! right.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use reactive_streams_tck::adapt::iterator;
use reactive_streams_tck::output::{json_lines, junit};
use reactive_streams_tck::{Fixture, Length, Options, Report, Verdict, record_publisher, verify_publisher};
use serde_json::Value;

/// Panics with what XML cannot hold, at the third item.
fn hostile() -> impl Fixture {
    let panics = |number| assert!(number < 2, "<![CDATA[ & \"quoted\" \u{0} \u{1b}[31m ]]>\u{ffff}");
    iterator(move |env, length| env.items(length).inspect(move |item| panics(**item)))
        .named("<hostile & \"name\">")
        .capable(|can| can.exclude("3.16", "<it is & known>"))
}

fn sound() -> impl Fixture {
    iterator(|env, length| env.items(length)).named("sound").capable(|can| can.lengths(0..=8).not_endless())
}

fn lines(report: &Report) -> Vec<Value> {
    json_lines(report).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn each_line_is_an_object_and_each_check_has_one() {
    let report = verify_publisher(&sound());
    let lines = lines(&report);
    let ids: Vec<&str> = lines.iter().filter_map(|line| line["check"].as_str()).collect();
    let checks: Vec<&str> = report.suite().checks().map(|check| check.id()).collect();
    assert_eq!(ids, checks);
    assert!(lines.iter().all(|line| line["specification"] == "1.0.4" && line["sound"] == true));
    let of = |check: &str| lines.iter().find(|line| line["check"] == check).expect(check);
    let explored = &of("1.1/2")["explored"];
    assert!(explored["scenarios"].as_u64() > Some(10) && explored["schedules"].as_u64() > Some(10));
    assert!(explored["summary"].as_str().is_some_and(|text| text.contains(" in one order")), "{explored}");
    assert_eq!(of("1.4/1")["explored"], Value::Null);
    assert_eq!((&of("1.1/2")["verdict"], &of("1.1/2")["failure"]), (&"pass".into(), &Value::Null));
    assert_eq!(
        (&of("1.4/1")["verdict"], &of("1.4/1")["reason"]),
        (&"not-applicable".into(), &"it cannot fail".into())
    );
}

#[test]
fn a_failure_says_in_its_line_what_was_expected_and_what_came() {
    let lines = lines(&verify_publisher(&hostile()));
    let failed: Vec<&Value> = lines.iter().filter(|line| line["verdict"] == "fail").collect();
    assert!(!failed.is_empty());
    for line in failed {
        for field in ["scenario", "expected", "got", "look_at", "timeline"] {
            assert!(line["failure"][field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {line}");
        }
    }
    let excluded = lines.iter().find(|line| line["rule"] == "3.16").expect("it is there");
    assert_eq!((&excluded["verdict"], &excluded["reason"]), (&"excluded".into(), &"<it is & known>".into()));
}

#[test]
fn a_fixture_at_fault_has_a_line_of_its_own() {
    let faulty = iterator(|env, length| {
        assert_ne!(length, Length::Exactly(0), "no such file");
        env.items(length)
    });
    let report = verify_publisher(&faulty);
    let lines = lines(&report);
    let fault = lines.last().and_then(|line| line["fault"].as_str()).expect("the last line");
    assert!(fault.contains("no such file"), "{fault}");
    assert!(lines.iter().all(|line| line["verdict"] != "pass"));
    let parsed = parse(&junit(&[report]));
    assert_eq!((parsed.errors, parsed.counted("errors")), (1, 1));
}

#[derive(Default)]
struct Parsed {
    suites: Vec<Vec<(String, String)>>,
    cases: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    explored: usize,
    text: String,
}

impl Parsed {
    /// The sum of an attribute of all suites.
    fn counted(&self, name: &str) -> usize {
        let of = |suite: &Vec<(String, String)>| {
            suite.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse::<usize>().ok())
        };
        self.suites.iter().map(|suite| of(suite).expect(name)).sum()
    }
}

fn parse(xml: &str) -> Parsed {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut parsed = Parsed::default();
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Eof => return parsed,
            Event::Start(element) | Event::Empty(element) => {
                let attributes: Vec<(String, String)> = element
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.expect("a well-formed attribute");
                        let value = attribute
                            .normalized_value(XmlVersion::Implicit1_0)
                            .expect("an escaped value")
                            .into_owned();
                        (attribute.key.as_ref().to_owned(), value)
                    })
                    .collect();
                match element.name().as_ref() {
                    "testsuites" => {}
                    "testsuite" => parsed.suites.push(attributes),
                    "testcase" => parsed.cases += 1,
                    "failure" => parsed.failures += 1,
                    "error" => parsed.errors += 1,
                    "skipped" => parsed.skipped += 1,
                    "properties" => {}
                    "property" => {
                        assert_eq!(attributes[0].1, "explored");
                        assert!(attributes[1].1.contains(" schedules: "), "{}", attributes[1].1);
                        parsed.explored += 1;
                    }
                    other => panic!("{}", other),
                }
            }
            Event::Text(text) => parsed.text += text.as_ref(),
            _ => {}
        }
    }
}

#[test]
fn the_xml_is_well_formed_and_its_counts_are_right() {
    let reports = [verify_publisher(&sound()), verify_publisher(&hostile())];
    let xml = junit(&reports);
    let allowed = |c: char| c == '\n' || !c.is_control() && c != '\u{ffff}';
    assert!(xml.chars().all(allowed), "nothing that XML cannot hold");
    let parsed = parse(&xml);
    assert_eq!(parsed.suites.len(), 2);
    assert_eq!(parsed.suites[1][0], ("name".to_owned(), "<hostile & \"name\">".to_owned()));
    assert_eq!(parsed.cases, parsed.counted("tests"));
    assert_eq!(parsed.failures, parsed.counted("failures"));
    assert_eq!(parsed.skipped, parsed.counted("skipped"));
    let judged = reports.iter().flat_map(Report::records).filter(|record| record.witnesses > 0).count();
    assert_eq!(parsed.explored, judged);
    assert!(parsed.failures > 0 && parsed.errors == 0 && parsed.text.contains("timeline"));
}

#[test]
fn what_was_left_out_is_skipped() {
    let report = record_publisher(&sound()).judge(&Options::new().only("1.*"));
    let left_out = report.records().filter(|record| record.verdict == Verdict::NotRun).count();
    let xml = junit(&[report]);
    assert!(left_out > 20 && parse(&xml).failures == 0);
    assert_eq!(xml.matches("type=\"not-run\"/>").count(), left_out);
}
