//! Makes the report of what was measured: `report PARTS REPORT`, where PARTS holds what the other targets have written, and
//! REPORT receives the text, the figures and the pictures. `benches/report.sh` runs all of it.
#![allow(missing_docs, unreachable_pub, reason = "a bench target has no public interface")]

mod goals;
mod machine;
mod picture;
mod text;
mod tried;

use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [parts, report] = arguments.as_slice() else {
        // So `cargo bench` calls it, which measures and writes nothing.
        println!("usage: report PARTS REPORT; benches/report.sh runs all that it needs");
        return;
    };
    let (parts, report) = (Path::new(parts), Path::new(report));
    let part = |name: &str| -> Value {
        let file = parts.join(name).with_extension("json");
        let Ok(text) = fs::read_to_string(&file) else {
            eprintln!("report: {} is not there, and its section is left out", file.display());
            return Value::Null;
        };
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    let mut whole = json!({
        "machine": machine::machine(),
        "throughput": part("throughput"),
        "instructions": part("instructions"),
        "memory": part("memory"),
        "overload": part("overload"),
        "scale": part("scale"),
    });
    whole["versions"] = machine::versions(&whole["throughput"]["contenders"]);
    whole["goals"] = goals::goals(&whole);

    fs::create_dir_all(report).unwrap_or_else(|error| panic!("{}: {error}", report.display()));
    let write = |name: &str, text: String| {
        let file = report.join(name);
        fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    };
    for workload in list(&whole["throughput"]["workloads"]) {
        write(&format!("{}.svg", string(&workload["id"])), picture::picture(workload));
    }
    write("README.md", text::text(&whole));
    write("report.json", serde_json::to_string_pretty(&whole).expect("a value is text") + "\n");
}

/// The elements of an array, or none.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// A contender's name, and what is different about this way of its.
fn name(row: &Value) -> String {
    match string(&row["variant"]) {
        "" => string(&row["contender"]).into(),
        variant => format!("{}, {variant}", string(&row["contender"])),
    }
}

/// The unit of a workload's figures, with its article.
fn a_unit(workload: &Value) -> String {
    let unit = string(&workload["unit"]);
    if unit.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {unit}") } else { format!("a {unit}") }
}

/// With three digits that count.
fn short(figure: f64) -> String {
    match figure.abs() {
        f if f.is_nan() => "".into(),
        f if f < 9.995 => format!("{figure:.2}"),
        f if f < 99.95 => format!("{figure:.1}"),
        _ => {
            let digits = format!("{figure:.0}");
            let groups: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap_or("")).collect();
            groups.join(",")
        }
    }
}
