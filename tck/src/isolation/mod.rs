//! A process of its own for what is judged, so that what kills it kills nothing else.
//!
//! The parent starts this very program again, in a way in which it comes to the same place, and waits. The child judges
//! and hands back its report. One that dies instead is started once more, to write down everything, and what it was
//! doing when it died becomes the report.

mod death;
pub(crate) mod diary;
mod wire;

use crate::outcome::Verdict;
use crate::report::Report;
use crate::rules::Suite;
use crate::{again, log, watch};
use death::Death;
use diary::Read;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The environment variable that makes a process a child: which place it is to come to, how much it is to write down, and
/// where.
const CHILD: &str = "REACTIVE_STREAMS_TCK_CHILD";
/// The environment variable with which no child is started, for who wants to debug.
const IN_PROCESS: &str = "REACTIVE_STREAMS_TCK_IN_PROCESS";

/// Judges in a process of its own, so that an abort or a stack overflow of what is judged becomes a verdict, and what
/// hangs is ended. The `conformance!` macros do that by themselves; this is for a `main` or a test of your own.
///
/// The current program is started again with these `arguments`, and must come to this same call with them; there `judge`
/// runs and the process ends. The arguments must tell it from other such calls. When that process never gets there, or no
/// process can be started, `judge` runs in this one. So it does when a scenario is [played
/// again](crate::verify_publisher), and when the environment variable `REACTIVE_STREAMS_TCK_IN_PROCESS` is set: a debugger
/// stops where it died.
///
/// # Panics
///
/// When `judge` runs here and does.
///
/// ```
/// use reactive_streams_tck::{Suite, adapt::iterator, isolated, verify_publisher};
///
/// let report = isolated(Suite::Publisher, &["judge-the-numbers"], || {
///     verify_publisher(&iterator(|env, length| env.items(length)))
/// });
/// report.assert_conforms();
/// ```
pub fn isolated(
    suite: Suite,
    arguments: &[impl AsRef<OsStr>],
    judge: impl FnOnce() -> Report + Send + 'static,
) -> Report {
    let arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    let place = arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let told = std::env::var(CHILD).ok();
    if let Some(told) = told.as_deref().and_then(Told::read)
        && told.place == place
        && diary::begin(Path::new(told.path), told.everything).is_ok()
    {
        be_child(suite, judge);
    }
    let stays = again::asked().is_some() || std::env::var_os(IN_PROCESS).is_some() || cfg!(miri);
    // A child that comes by another place judges there in itself.
    if stays || told.is_some() {
        return watch::guarded(suite, false, judge);
    }
    match in_child(suite, &arguments, &place) {
        Some(report) => report,
        None => watch::guarded(suite, false, judge),
    }
}

/// The same for a test that `conformance!` and its like have made: the child runs the test of this module's manifest.
#[doc(hidden)]
pub fn judged(suite: Suite, module: &str, judge: fn() -> Report) -> Report {
    let test = module.split_once("::").map_or(module, |(_, path)| path);
    let test = format!("{test}::manifest");
    isolated(suite, &[test.as_str(), "--exact", "--nocapture", "--test-threads=1"], judge)
}

/// What a child is told.
struct Told<'a> {
    place: &'a str,
    everything: bool,
    path: &'a str,
}

impl<'a> Told<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut lines = text.splitn(3, '\n');
        let (place, everything, path) = (lines.next()?, lines.next()? == "everything", lines.next()?);
        Some(Self { place, everything, path })
    }

    fn write(&self) -> String {
        let much = if self.everything { "everything" } else { "little" };
        format!("{}\n{much}\n{}", self.place, self.path)
    }
}

fn be_child(suite: Suite, judge: impl FnOnce() -> Report + Send + 'static) -> ! {
    let report = catch_unwind(AssertUnwindSafe(|| watch::guarded(suite, true, judge)));
    diary::end(&report.unwrap_or_else(|payload| {
        let message = log::message(&*payload);
        let fault = format!("the kit or the fixture is at fault: a panic came out of the judging: {message}");
        Report::without_verdict(suite, Verdict::KitError, fault)
    }));
    // What hangs stays behind in this process, and ends with it.
    std::process::exit(0)
}

/// What the child says, or what its death says; `None` when it never began.
fn in_child(suite: Suite, arguments: &[&OsStr], place: &str) -> Option<Report> {
    let first = run(arguments, place, false).ok()?;
    let name = first.read.name.clone();
    let mut report = match first.read.report {
        Some(report) => {
            pass_on(&first.said);
            report
        }
        // It never came to the place: another harness, perhaps, that takes no such arguments.
        None if !first.read.begun => return None,
        None => {
            // Once more, to see more. What dies by chance may live this time: then what is known is where it died.
            let second = run(arguments, place, true).ok().filter(|again| again.read.report.is_none());
            let died = second.unwrap_or(first);
            Death::new(suite, died.status, &died.said, died.read).report()
        }
    };
    if report.fixture.is_empty() {
        report.fixture = name.unwrap_or_else(|| {
            arguments.first().map_or(place.into(), |it| it.to_string_lossy()).into_owned()
        });
    }
    Some(report)
}

/// A child that has ended.
struct Ended {
    status: ExitStatus,
    read: Read,
    /// What it wrote to its standard output and error.
    said: String,
}

fn run(arguments: &[&OsStr], place: &str, everything: bool) -> io::Result<Ended> {
    let (diary, said) = (Scratch::new("diary")?, Scratch::new("output")?);
    let path = diary.0.to_str().ok_or(io::ErrorKind::InvalidInput)?;
    let output = File::options().append(true).open(&said.0)?;
    let status = Command::new(std::env::current_exe()?)
        .args(arguments)
        .env(CHILD, Told { place, everything, path }.write())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()?;
    let said = String::from_utf8_lossy(&std::fs::read(&said.0)?).into_owned();
    Ok(Ended { status, read: Read::new(&std::fs::read(&diary.0)?), said })
}

/// What was printed while it was judged is printed here, but for what the test harness says of itself.
fn pass_on(said: &str) {
    let harness = |line: &str| line.is_empty() || line.starts_with("running ") || line.starts_with("test ");
    for line in said.lines().filter(|line| !harness(line)) {
        eprintln!("{line}");
    }
}

/// An empty file for this process, which goes when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(what: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, SeqCst);
            let name = format!("reactive-streams-tck-{}-{number}.{what}", std::process::id());
            let path = std::env::temp_dir().join(name);
            match File::create_new(&path) {
                Ok(mut file) => return file.flush().map(|()| Self(path)),
                // Somebody else's, who had this process id.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
