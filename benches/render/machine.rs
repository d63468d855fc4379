//! What was measured on, and with which versions. No name of a host and no path.

use super::{list, string};
use serde_json::{Value, json};
use std::process::Command;

pub fn machine() -> Value {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split(": ").nth(1));
    json!({
        "processor": model.unwrap_or("unknown"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "system": format!("{}, {}", std::env::consts::OS, std::env::consts::ARCH),
        "rustc": said(Command::new("rustc").arg("--version")),
        "commit": said(Command::new("git").args(["log", "-1", "--format=%h", "--abbrev=12", "--", "crates"])),
        "date": said(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"])),
    })
}

fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    output.map_or("unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Of each contender's package, as the lock file has it.
pub fn versions(contenders: &Value) -> Value {
    let lock =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap_or_default();
    let version = |package: &str| {
        let entry = format!("name = \"{package}\"\nversion = \"");
        let rest = &lock[lock.find(&entry)? + entry.len()..];
        rest.split('"').next()
    };
    let of = |contender: &Value| {
        let package = string(&contender["package"]);
        let version =
            version(package).map_or_else(|| "comes with the compiler".into(), |v| format!("{package} {v}"));
        json!({ "contender": contender["contender"], "version": version })
    };
    list(contenders).iter().map(of).collect()
}
