//! The command, run as a user runs it: each subcommand, and what is wrong on the command line.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn command(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_reactive-streams-tck")).args(arguments).output();
    output.expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// What it prints, when all is well.
#[track_caller]
fn prints(arguments: &[&str]) -> String {
    let output = command(arguments);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    text(&output.stdout)
}

/// It ends with this status, and says nothing but what was found.
#[track_caller]
fn ends(status: i32, arguments: &[&str]) -> String {
    let output = command(arguments);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{printed}\n{}", text(&output.stderr));
    printed
}

/// It is not understood, and one line says why.
#[track_caller]
fn refuses(arguments: &[&str], why: &str) {
    let output = command(arguments);
    let (said, printed) = (text(&output.stderr), text(&output.stdout));
    assert_eq!((output.status.code(), printed.as_str()), (Some(2), ""), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("reactive-streams-tck: ") && said.contains(why), "{arguments:?}: {said}");
}

#[test]
fn help_and_version() {
    let help = prints(&["--help"]);
    for word in ["list", "explain", "run", "replay", "--only", "--strict", "--format", "exit status"] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(prints(&["run", "-h"]), help);
    assert_eq!(prints(&["--version"]), format!("reactive-streams-tck {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn list_has_every_rule_every_check_and_the_gallery() {
    let rules = prints(&["list"]);
    assert_eq!(rules, prints(&["list", "rules"]));
    assert_eq!(rules.lines().count(), 1 + 43 + 9);
    for rule in reactive_streams_tck::rules() {
        assert!(
            rules
                .lines()
                .any(|line| line.starts_with(&format!("{} ", rule.id())) && line.contains(rule.asks()))
        );
    }
    let checks = prints(&["list", "checks"]);
    let all = reactive_streams_tck::Suite::ALL.iter().map(|suite| suite.checks().count()).sum::<usize>();
    assert_eq!(checks.lines().count(), 1 + all);
    assert!(checks.contains("publisher  1.9/2    MUST      on_subscribe comes once\n"), "{checks}");
    let gallery = prints(&["list", "gallery"]);
    assert!(gallery.contains("ticking") && gallery.contains("one-too-many"), "{gallery}");
}

#[test]
fn explain_says_of_each_rule_what_it_asks_why_how_and_what_breaks_it() {
    for rule in reactive_streams_tck::rules() {
        let explained = prints(&["explain", rule.id()]);
        assert!(explained.starts_with(&format!("{} ({}): {}\n", rule.id(), rule.strength(), rule.asks())));
        for heading in ["\n  why  ", "\n  how  ", "\n  breaks it  "] {
            assert!(explained.contains(heading), "{explained}");
        }
        assert!(explained.lines().all(|line| line.len() <= 130), "{explained}");
    }
    let one = prints(&["explain", "1.8/2"]);
    assert!(one.contains("  1.8/2  ") && !one.contains("  1.8/1  "), "{one}");
    assert!(prints(&["explain", "1.10"]).starts_with("1.10 "));
}

#[test]
fn run_judges_the_gallery_and_nothing_in_it_is_wrong() {
    let table = prints(&["run"]);
    for name in [
        "publisher synchronous\n",
        "publisher in-task\n",
        "publisher ticking\n",
        "subscriber consuming\n",
        "processor buffered\n",
    ] {
        assert!(table.contains(name), "{name}");
    }
    assert!(!table.contains("FAIL") && !table.contains("one-too-many"));
    ends(0, &["run", "--strict", "synchronous", "consuming"]);
}

#[test]
fn each_that_is_flawed_fails_the_check_that_it_is_there_for() {
    let gallery = prints(&["list", "gallery"]);
    let mut flawed = 0;
    for line in gallery.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, check) = (words[0], words[2]);
        if check == "nothing" {
            continue;
        }
        flawed += 1;
        let lines = ends(1, &["run", name, "--format", "json"]);
        let of = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
        let failed: Vec<Value> =
            of.filter(|line| line["verdict"] == "fail").map(|line| line["check"].clone()).collect();
        assert!(failed.contains(&Value::from(check)), "{name}: {failed:?}");
    }
    assert!(flawed >= 8);
    assert!(ends(1, &["run", "--flawed"]).contains("FAIL"));
}

#[test]
fn only_a_part_is_no_whole_run() {
    let lines = ends(4, &["run", "synchronous", "--only", "3.*", "--only", "1.1", "--format", "json"]);
    let mut judged = 0;
    for line in lines.lines().map(|line| serde_json::from_str::<Value>(line).expect(line)) {
        let rule = line["rule"].as_str().expect("a rule");
        let named = rule.starts_with("3.") || rule == "1.1";
        if let Some(check) = line["check"].as_str() {
            assert_eq!(line["verdict"] == "not-run", !named, "{check}: {line}");
            judged += usize::from(named);
        }
    }
    assert!(judged > 10, "{judged}");
    ends(1, &["run", "one-too-many", "--only", "1.1/2"]);
    ends(4, &["run", "one-too-many", "--only", "1.9"]);
}

#[test]
fn junit_has_a_suite_for_each_and_counts_failures() {
    let xml = ends(1, &["run", "synchronous", "one-too-many", "--format=junit"]);
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"), "{xml}");
    assert_eq!(xml.matches("<testsuite ").count(), 2);
    assert_eq!(xml.matches("<failure ").count(), 1);
    let stuck = ends(1, &["run", "never-completes", "--format=junit"]);
    assert!(stuck.contains("type=\"inconclusive\"/>"), "{stuck}");
    assert!(xml.contains("<testcase classname=\"publisher.one-too-many\" name=\"1.1/2 "), "{xml}");
}

#[test]
fn a_failure_of_the_gallery_is_played_again() {
    for name in ["one-too-many", "never-completes", "deaf", "hungry", "clinging", "never-asks", "silenced"] {
        let table = ends(1, &["run", name]);
        let lines = ends(1, &["run", name, "--format", "json"]);
        let mut played = 0;
        for line in lines.lines().map(|line| serde_json::from_str::<Value>(line).expect(line)) {
            let Some(string) = line["failure"]["replay"].as_str() else { continue };
            let what = format!("{name}:{string}");
            assert!(table.contains(&format!("once more: reactive-streams-tck replay '{what}'\n")), "{what}");
            let again = ends(1, &["replay", &what, "--format", "json"]);
            let mut again = again.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
            let same = again.find(|other| other["check"] == line["check"]).expect("the same check");
            assert_eq!(same["verdict"], "fail", "{what}: {}", line["check"]);
            played += 1;
        }
        assert!(played > 0, "{name}");
    }
    let table = ends(1, &["replay", "one-too-many:p1/n3/-/s.r2l"]);
    assert!(
        table.contains("one scenario, played again\na stream of 3 items; in on_subscribe: request(2)\n"),
        "{table}"
    );
    let sound = ends(0, &["replay", "synchronous:p1/n3/-/s.r2l", "--strict"]);
    assert!(sound.contains("on_next #2: 1") && !sound.contains("FAIL"), "{sound}");
}

#[test]
fn what_is_wrong_on_the_command_line_is_said_in_one_line() {
    refuses(&[], "what is to be done?");
    refuses(&["lst"], "there is no command lst; did you mean list?");
    refuses(&["list", "rule"], "no rule");
    refuses(&["list", "rules", "checks"], "one of");
    refuses(&["list", "--strict"], "--strict does nothing here");
    refuses(&["explain"], "takes one rule");
    refuses(&["explain", "1.88"], "there is no rule 1.88; did you mean 1.8?");
    refuses(&["explain", "1.9/77"], "there is no check 1.9/77; did you mean 1.9/");
    refuses(&["explain", ""], "there is no rule ");
    refuses(&["run", "synchronos"], "the gallery has no synchronos; did you mean synchronous?");
    refuses(&["run", "--flawed", "deaf"], "--flawed");
    refuses(&["run", "--only", "9.*"], "--only 9.* names no check");
    refuses(&["run", "--only", "*.1"], "* cannot stand there");
    refuses(&["run", "--only", "[3"], "[ cannot stand there");
    refuses(&["run", "--only"], "--only");
    refuses(&["run", "consuming", "--only", "1.5"], "no suite that is to run has a check of this rule");
    refuses(&["run", "--format", "yaml"], "one of table, json and junit");
    refuses(&["replay"], "one string");
    refuses(&["replay", "p1/n3/-"], "a colon");
    refuses(&["replay", "synchrono:p1/n3/-"], "did you mean synchronous?");
    refuses(&["replay", "consuming:p1/n3/-"], "that of a publisher, and consuming is a subscriber");
    refuses(&["replay", "buffered:x1/t.f/h"], "the part \"t.f\"");
    refuses(&["replay", "deaf:p7/n3/-"], "begins with \"p7\"");
    refuses(&["replay", "deaf:p1/n3"], "cut off");
    refuses(&["replay", "deaf:p1/n3/-/s.r2"], "the part \"s.r2\"");
    refuses(&["replay", "deaf:p1/e/-"], "an endless stream, which the capabilities of deaf exclude");
    refuses(&["replay", "deaf:p1/n3/-", "--only", "1.1"], "--only does nothing here");
    refuses(&["run", "--frobnicate"], "--frobnicate");
    refuses(&["run", "--strict=yes"], "--strict");
    refuses(&["run", "--", "--only"], "the gallery has no --only");
}

#[cfg(unix)]
#[test]
fn what_is_no_unicode_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let word = std::ffi::OsStr::from_bytes(b"ex\xffplain");
    let output =
        Command::new(env!("CARGO_BIN_EXE_reactive-streams-tck")).arg(word).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn who_stops_reading_stops_it_without_a_word() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_reactive-streams-tck"))
        .args(["run", "--flawed", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
}
