//! The command of the conformance kit: lists and explains the rules, and runs the kit's own gallery.

#![forbid(unsafe_code)]

mod args;
mod explain;
mod flawed;
mod gallery;
mod run;

use args::{Command, parse};
use std::io::{self, Write};
use std::process::ExitCode;

/// What the command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Everything conforms, or there was nothing to judge.
    Sound = 0,
    /// A rule was broken.
    Broken = 1,
    /// The command was not understood.
    Usage = 2,
    /// The kit or a fixture of the gallery is at fault.
    Kit = 3,
    /// Nothing is broken, but not everything was judged.
    Incomplete = 4,
}

fn main() -> ExitCode {
    let (text, status) = match parse(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => (text, Status::Sound),
        Ok(Command::Run(run)) => run.all(),
        Ok(Command::Replay(replay)) => match replay.play() {
            Ok(played) => played,
            Err(message) => return refuse(&message),
        },
        Err(message) => return refuse(&message),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads has enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            eprintln!("{}: standard output: {error}", args::NAME);
            return ExitCode::from(Status::Kit as u8);
        }
        Ok(()) => {}
    }
    ExitCode::from(status as u8)
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("{}: {message}", args::NAME);
    ExitCode::from(Status::Usage as u8)
}
