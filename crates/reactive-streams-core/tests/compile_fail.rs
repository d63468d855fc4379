//! Programs that must not compile, each named after the rule that the types prove.
//!
//! Each program has one line that ends in `//~ ERROR`. On any compiler the test checks that the program is refused
//! with that error on that line, and that it compiles without the line (or with what `; compiles with:` gives
//! instead), so that it is refused for the reason it names. The wording changes with the compiler: it is compared
//! on the version in `PINNED` only. To accept a new wording, on that version: `TRYBUILD=overwrite cargo test -p
//! reactive-streams-core --test compile_fail`.
#![cfg(not(any(loom, shuttle, miri)))]
#![allow(missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// The compiler whose wording the `.stderr` files hold.
const PINNED: &str = "1.95.0";

/// The rules that the documentation calls proved by the types, and those of which the types prove a part.
const RULES: [&str; 11] =
    ["1_03", "1_07", "1_09", "1_10", "2_03", "2_07", "2_11", "2_13", "3_01", "3_03", "3_09"];

const EDITION: &str = "--edition=2024";

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn programs() -> Vec<PathBuf> {
    let files = fs::read_dir("tests/ui").expect("tests run in the folder of their crate");
    let mut programs: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|ext| ext == "rs"));
    programs.sort();
    programs
}

/// Compiles the contract crate, which has no dependencies, and returns where its metadata lies.
fn contract(folder: &Path) -> PathBuf {
    let output = rustc()
        .args([EDITION, "--crate-type=lib", "--crate-name=reactive_streams_core", "--emit=metadata"])
        .args(["--cap-lints=allow", "--out-dir"])
        .arg(folder)
        .arg("src/lib.rs")
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "the contract itself does not compile:\n{}", stderr(&output));
    folder.join("libreactive_streams_core.rmeta")
}

fn check(program: &Path, contract: &Path) -> Output {
    rustc()
        .args([EDITION, "--crate-type=bin", "--emit=metadata", "--error-format=short", "--cap-lints=allow"])
        .arg("--extern")
        .arg(format!("reactive_streams_core={}", contract.display()))
        .arg("--out-dir")
        .arg(contract.parent().expect("in a folder"))
        .arg(program)
        .output()
        .expect("rustc runs")
}

#[test]
fn each_program_is_refused_for_the_reason_it_names() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&folder).expect("a folder for the outcome");
    let contract = contract(&folder);
    for program in programs() {
        let name = program.display();
        let text = fs::read_to_string(&program).expect("readable");
        let marked: Vec<_> = text.lines().enumerate().filter(|(_, line)| line.contains("//~ ")).collect();
        let &[(index, line)] = marked.as_slice() else {
            panic!("{name}: one line is marked, not {marked:?}")
        };
        let (_, marker) = line.split_once("//~ ").expect("marked");
        let (error, instead) = marker.split_once("; compiles with: ").unwrap_or((marker, ""));

        let output = check(&program, &contract);
        let said = stderr(&output);
        assert!(!output.status.success(), "{name} compiles, so nothing is proved");
        let errors: Vec<_> = said.lines().filter(|line| line.contains(": error")).collect();
        let place = format!("{}:{}:", name, index + 1);
        let expected = |line: &str| line.starts_with(&place) && line.contains(error);
        assert!(errors.len() == 1 && expected(errors[0]), "{name}: expected {error} at {place}\n{said}");

        let control = folder.join("control.rs");
        fs::write(&control, text.replace(line, instead)).expect("a control program");
        let output = check(&control, &contract);
        assert!(output.status.success(), "{name} fails without its marked line, too:\n{}", stderr(&output));
    }
}

#[test]
fn each_rule_has_a_program() {
    let named: BTreeSet<_> = programs()
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            name.strip_prefix("spec_").and_then(|rest| rest.get(..4)).unwrap_or(&name).to_owned()
        })
        .collect();
    assert_eq!(named, RULES.map(str::to_owned).into());
}

#[test]
fn the_compiler_says_what_it_said() {
    let version = rustc().arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if version.split(' ').nth(1) == Some(PINNED) {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
    } else {
        println!("the wording is compared on {PINNED} only, and this is {version}");
    }
}
