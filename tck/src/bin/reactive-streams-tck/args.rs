//! What the user wants.

use crate::explain;
use crate::gallery::{self, Entry, GALLERY};
use crate::run::{Format, Replay, Run};
use lexopt::{Arg, Parser, ValueExt};
use reactive_streams_tck::{Suite, check_replay, rules};
use std::ffi::OsString;

pub(crate) const NAME: &str = "reactive-streams-tck";

const HELP: &str = "\
The conformance kit for Reactive Streams in Rust, on the publishers, subscribers and processors of its gallery.
Yours are judged in your own `cargo test`: see the documentation of the crate.

usage: reactive-streams-tck COMMAND

  list [rules | checks | gallery]   what there is; the rules, if nothing is said
  explain RULE | CHECK              what it asks, why, how it is checked, and what usually breaks it
  run [NAME..]                      judges these of the gallery; all that are correct, if none is named
  replay NAME:STRING                plays one scenario again, as `run` says below a failure

options of `run`, the last two of `replay`, too:
  --flawed          judges those that are flawed on purpose, too: what failures look like
  --only PATTERN    judges only what this names: `1.9/2`, `1.9`, `3.*`; may be given more than once
  --strict          what SHOULD be so counts as if it had to be
  --format FORMAT   table (for people), json (an object a line, for each check) or junit

exit status: 0 everything conforms; 1 a rule is broken; 2 the command is not understood; 3 the kit or a fixture is at
fault; 4 nothing is broken, but something was inconclusive or, with --only, left out
";

pub(crate) enum Command {
    Print(String),
    Run(Run),
    Replay(Replay),
}

pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = Parser::from_args(arguments);
    let (mut words, mut options) = (Vec::new(), Given::default());
    while let Some(argument) = parser.next().map_err(readable)? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Arg::Short('V') | Arg::Long("version") => {
                return Ok(Command::Print(format!("{NAME} {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Arg::Long("flawed") => options.flawed = true,
            Arg::Long("strict") => options.strict = true,
            Arg::Long("only") => options.only.push(text(parser.value().map_err(readable)?)?),
            Arg::Long("format") => options.format = Some(format(&text(parser.value().map_err(readable)?)?)?),
            Arg::Value(word) => words.push(text(word)?),
            unknown @ (Arg::Short(_) | Arg::Long(_)) => {
                return Err(format!("{}; see --help", readable(unknown.unexpected())));
            }
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match &*words {
        ["list", what @ ..] => {
            options.nothing()?;
            list(what)
        }
        ["explain", id] => {
            options.nothing()?;
            Ok(Command::Print(explain::one(id)?))
        }
        ["explain", ..] => Err("explain takes one rule or check, as `explain 1.8`".to_owned()),
        ["run", names @ ..] => run(names, options),
        ["replay", what] => replay(what, options),
        ["replay", ..] => Err("replay takes one string, as `replay NAME:STRING`".to_owned()),
        [] => Err("what is to be done? One of list, explain, run and replay; see --help".to_owned()),
        [unknown, ..] => {
            Err(format!("there is no command {unknown}{}", or(unknown, ["list", "explain", "run", "replay"])))
        }
    }
}

#[derive(Default)]
struct Given {
    flawed: bool,
    strict: bool,
    only: Vec<String>,
    format: Option<Format>,
}

impl Given {
    /// An option that would do nothing is a mistake.
    fn nothing(&self) -> Result<(), String> {
        for (name, given) in [
            ("--flawed", self.flawed),
            ("--strict", self.strict),
            ("--only", !self.only.is_empty()),
            ("--format", self.format.is_some()),
        ] {
            if given {
                return Err(format!("{name} does nothing here; see --help"));
            }
        }
        Ok(())
    }
}

fn list(what: &[&str]) -> Result<Command, String> {
    let text = match what {
        [] | ["rules"] => explain::rules_table(),
        ["checks"] => explain::checks_table(),
        ["gallery"] => gallery::table(),
        [unknown] => return Err(format!("list knows rules, checks and gallery, and no {unknown}")),
        _ => return Err("list takes one of rules, checks and gallery".to_owned()),
    };
    Ok(Command::Print(text))
}

fn run(names: &[&str], given: Given) -> Result<Command, String> {
    let entries = if names.is_empty() {
        GALLERY.iter().filter(|entry| given.flawed || entry.flaw.is_none()).collect()
    } else {
        if given.flawed {
            return Err("--flawed adds to all that are correct; it does nothing beside names".to_owned());
        }
        names.iter().map(|name| entry(name)).collect::<Result<Vec<_>, _>>()?
    };
    for pattern in &given.only {
        check_pattern(pattern, &entries)?;
    }
    let Given { strict, only, format, .. } = given;
    Ok(Command::Run(Run { entries, strict, only, format: format.unwrap_or(Format::Table) }))
}

fn replay(what: &str, given: Given) -> Result<Command, String> {
    let Given { strict, format, .. } = given;
    Given { strict: false, format: None, ..given }.nothing()?;
    let Some((name, string)) = what.split_once(':') else {
        return Err(format!("replay {what}: it takes a name of the gallery, a colon and a string"));
    };
    let entry = entry(name)?;
    check_replay(string).map_err(|error| format!("replay {what}: {error}"))?;
    let string = string.to_owned();
    Ok(Command::Replay(Replay { entry, string, strict, format: format.unwrap_or(Format::Table) }))
}

fn entry(name: &str) -> Result<&'static Entry, String> {
    let found = GALLERY.iter().find(|entry| entry.name == name);
    let nearest = || or(name, GALLERY.iter().map(|entry| entry.name));
    found.ok_or_else(|| format!("the gallery has no {name}{}", nearest()))
}

/// A pattern must be one, and name something.
fn check_pattern(pattern: &str, entries: &[&Entry]) -> Result<(), String> {
    let stem = pattern.strip_suffix('*').unwrap_or(pattern);
    if let Some(wild) = stem.chars().find(|c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}')) {
        return Err(format!(
            "--only {pattern}: {wild} cannot stand there; a pattern is an id, or its beginning and a star"
        ));
    }
    let mut checks = entries.iter().flat_map(|entry| entry.suite.checks());
    if checks.any(|check| check.is_named_by(pattern)) {
        return Ok(());
    }
    if rules().any(|rule| rule.id() == pattern) {
        return Err(format!(
            "--only {pattern}: no suite that is to run has a check of this rule; see `list checks`"
        ));
    }
    Err(format!("--only {pattern} names no check{}", or(stem, ids())))
}

/// The names of all rules and checks.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    let checks = Suite::ALL.iter().flat_map(|suite| suite.checks()).map(|check| check.id());
    rules().map(|rule| rule.id()).chain(checks)
}

/// The nearest of what there is.
pub(crate) fn or(word: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    let nearest = known.into_iter().min_by_key(|known| strsim::damerau_levenshtein(word, known));
    nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

fn format(name: &str) -> Result<Format, String> {
    match name {
        "table" => Ok(Format::Table),
        "json" => Ok(Format::Json),
        "junit" => Ok(Format::Junit),
        unknown => Err(format!("--format {unknown}: it is one of table, json and junit")),
    }
}

fn text(word: OsString) -> Result<String, String> {
    word.string().map_err(readable)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn readable(error: lexopt::Error) -> String {
    error.to_string()
}
