//! A year of weather readings through five queues, and what each of them did to it.
//!
//! The pipeline is in `run.rs`, the producer in `producer.rs`, the table and the check of its numbers in `report.rs`.

#![allow(
    clippy::disallowed_methods,
    reason = "sleeping stands for work, and for the time between two readings"
)]

mod input;
mod producer;
mod progress;
mod reading;
mod report;
mod run;

use input::Input;
use std::env;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

const HELP: &str = "\
Replays a year of weather readings through five queues into a slow consumer, and says what became of them.

usage: cargo run --release --example pipeline [-- [--csv] FILE]

  FILE    another file. A name that ends in .csv: a header, then rows with as many fields. Columns that hold a number
          in the first row hold one in each. Any other name: text, a row for each line.
  -       as FILE: standard input, a row for each line
  --csv   FILE or standard input is a .csv, whatever its name is

A file is read no faster than the pipeline takes it. The first row that is malformed ends it: a field too many or too
few, a number that is none, text that is not UTF-8, a row of more than a megabyte. What came before it flows to the
end. Then the table is printed, and one line on stderr names the file and the row. Rows count from one, the header and
the empty lines of a .csv aside.

exit status: 0, 1 if the input is missing or malformed, 2 for wrong arguments, 3 if the numbers do not add up
";

fn main() -> ExitCode {
    let input = match arguments() {
        Ok(Some(input)) => input,
        Ok(None) => return if print(HELP) { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        Err(wrong) => {
            eprintln!("error: {wrong}; --help says more");
            return ExitCode::from(2);
        }
    };
    let run = run::run(input);
    let mut status = if print(&report::text(&run)) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if let Some(malformed) = &run.seen.malformed {
        eprintln!("error: {malformed}");
        status = ExitCode::FAILURE;
    }
    for error in report::errors(&run) {
        eprintln!("error: the numbers do not add up: {error}");
        status = ExitCode::from(3);
    }
    status
}

/// None is a call for help.
fn arguments() -> Result<Option<Input>, String> {
    let (mut csv, mut file) = (false, None);
    for argument in env::args_os().skip(1) {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(None),
            Some("--csv") => csv = true,
            Some(option) if option.starts_with('-') && option != "-" => {
                return Err(format!("{option} is unknown"));
            }
            _ if file.is_some() => return Err("more than one file".into()),
            _ => file = Some(argument),
        }
    }
    Ok(Some(match file {
        Some(file) if file == "-" => Input::Stdin { csv },
        Some(file) => Input::File { path: file.into(), csv },
        None if csv => return Err("--csv needs a file, or - for standard input".into()),
        None => Input::Recorded,
    }))
}

/// Prints to stdout; false if that cannot be written. If nobody listens any more, that is all right.
fn print(text: &str) -> bool {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: stdout cannot be written: {error}");
            false
        }
        _ => true,
    }
}
