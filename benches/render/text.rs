//! The report in words and tables.

use super::tried::tried;
use super::{a_unit, list, name, number, short, string};
use serde_json::Value;
use std::fmt::Write;

pub fn text(whole: &Value) -> String {
    let mut text = head(whole);
    let throughput = &whole["throughput"];
    if !throughput.is_null() {
        summary(&mut text, throughput);
        goals(&mut text, list(&whole["goals"]));
        list(&throughput["workloads"]).iter().for_each(|workload| section(&mut text, workload));
    }
    instructions(&mut text, whole);
    memory(&mut text, &whole["memory"]);
    overload(&mut text, &whole["overload"]);
    list(&whole["scale"]).iter().for_each(|topic| scale(&mut text, topic));
    text
}

fn head(whole: &Value) -> String {
    let machine = &whole["machine"];
    let of = |key: &str| string(&machine[key]).to_owned();
    let throughput = &whole["throughput"];
    let seconds = |key: &str| number(&throughput[key]) / 1000.0;
    let versions = list(&whole["versions"]).iter().map(|row| {
        let (contender, version) = (string(&row["contender"]), string(&row["version"]));
        format!("| {contender} | {version} |\n")
    });
    format!(
        "# Report\n\n\
         Made by `benches/report.sh` on {}, with the crates of commit {}.\n\n\
         * Processor: {}, {} cores; {}. Before it began, {} threads of the machine wanted to run, on average over a minute.\n\
         * Compiler: {}, the profile `bench` of this workspace: `lto = \"fat\"`, one codegen unit.\n\n\
         ## How the numbers were made\n\n\
         All ways of a workload run the same items through the same capacity, in one process, and their sums are compared \
         first. Each runs {} s before it counts. Then there are {} rounds: in each, every way runs for a {}th of {} s, one \
         after the other, and another one begins each round. So what else the machine does meets all of them alike, and \
         a ratio is the median of the ratios within the rounds. A way that is too slow for its share of a round runs once in \
         it, and sits out once its time is used up, after five rounds at least. Criterion, which `cargo bench -p benches` \
         uses, runs one way to its end before it begins the next, and its ratios drift with the machine.\n\n\
         Workloads of one thread are timed by the processor time of that thread; those with several, and those with timers, \
         by the clock on the wall. *Limit* is a loop written by hand for the one workload, and what it leaves out (demand, \
         cancelling, errors) the others cannot. *Plain* is what the users of a contender write first; other ways are named. An \
         item passes a barrier to the optimiser once, at its source, in all contenders alike. The quartiles show the spread; \
         what they do not show is that a loop of a few instructions has taken 0.28 ns in one build and 0.55 in the next, of \
         any contender, with the same instructions. Below a nanosecond, the instructions further down say more.\n\n\
         <details><summary>Versions</summary>\n\n| contender | version |\n|--|--|\n{}\n</details>\n\n",
        of("date"),
        of("commit"),
        of("processor"),
        machine["cores"],
        of("system"),
        short(number(&throughput["load_before"])),
        of("rustc"),
        seconds("warm_up_ms"),
        throughput["rounds"],
        throughput["rounds"],
        seconds("measuring_ms"),
        versions.collect::<String>(),
    )
}

fn ours(workload: &Value) -> Option<&Value> {
    list(&workload["rows"]).iter().find(|row| string(&row["role"]) == "ours")
}

fn summary(text: &mut String, throughput: &Value) {
    text.push_str(
        "## In one table\n\nNs a unit, the median, and how often the limit's and the best peer's time ours is: less than 1 is \
         better than they are.\n\n\
         | workload | | ours | limit | times the limit | best peer | its time | times the best peer |\n|--|--|--:|--:|--:|--|--:|--:|\n",
    );
    for workload in list(&throughput["workloads"]) {
        let rows = list(&workload["rows"]);
        let limit = rows.iter().find(|row| string(&row["role"]) == "limit");
        let best = rows.iter().find(|row| {
            let best = &workload["best_peer"];
            row["contender"] == best["contender"] && row["variant"] == best["variant"]
        });
        let ns = |row: Option<&Value>| row.map_or(String::new(), |row| short(number(&row["median"])));
        let times = |key: &str| ours(workload).map_or(String::new(), |ours| short(number(&ours[key])));
        let id = string(&workload["id"]);
        let _ = writeln!(
            text,
            "| [{id}](#{}) | {} | {} | {} | {} | {} | {} | {} |",
            id.to_lowercase(),
            string(&workload["title"]),
            ns(ours(workload)),
            ns(limit),
            times("times_limit"),
            best.map(name).unwrap_or_default(),
            ns(best),
            times("times_best_peer"),
        );
    }
    text.push('\n');
}

fn goals(text: &mut String, goals: &[Value]) {
    let met = goals.iter().filter(|goal| goal["met"] == true).count();
    let _ = writeln!(
        text,
        "## Goals\n\n{met} of {} are met in this run.\n\n| workload | who | at most | found | |\n|--|--|--:|--:|--|",
        goals.len()
    );
    for goal in goals {
        let (what, met) = (string(&goal["what"]), goal["met"] == true);
        let over =
            || format!("**not met**, by {}", short(number(&goal["found"]) / number(&goal["at_most"])) + " ×");
        let _ = writeln!(
            text,
            "| {} | {} | {} {what} | {} | {} |",
            string(&goal["workload"]),
            string(&goal["who"]),
            short(number(&goal["at_most"])),
            short(number(&goal["found"])),
            if met { "met".into() } else { over() },
        );
    }
    text.push('\n');
    tried(text, goals);
}

fn section(text: &mut String, workload: &Value) {
    let (id, unit) = (string(&workload["id"]), a_unit(workload));
    let items = short(number(&workload["items"]));
    let _ = writeln!(
        text,
        "## {id}\n\n{}; {items} of them a run.\n\n![{id}]({id}.svg)\n\n\
         | ns {unit} | smallest | median | quartiles | rounds | times ours |\n|--|--:|--:|--:|--:|--:|",
        string(&workload["title"]),
    );
    for row in list(&workload["rows"]) {
        let of = |key: &str| short(number(&row[key]));
        let bold = if string(&row["role"]) == "ours" { "**" } else { "" };
        let _ = writeln!(
            text,
            "| {bold}{}{bold} | {} | {} | {} to {} | {} | {} |",
            name(row),
            of("min"),
            of("median"),
            of("q1"),
            of("q3"),
            row["rounds"],
            of("times_ours"),
        );
    }
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in list(&workload["cannot"]) {
        let (who, reason) = (string(&row["contender"]), string(&row["reason"]));
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(who),
            None => reasons.push((reason, vec![who])),
        }
    }
    let reasons: Vec<String> =
        reasons.iter().map(|(reason, names)| format!("{} ({reason})", names.join(", "))).collect();
    let _ = writeln!(text, "\nNot here: {}.\n", reasons.join("; "));
}

fn instructions(text: &mut String, whole: &Value) {
    let rows = list(&whole["instructions"]["rows"]);
    if rows.is_empty() {
        return;
    }
    text.push_str(
        "## Instructions, locked instructions and allocations\n\nOf an item, on one thread: the first two under callgrind, which \
         no load of the machine changes, the third by an allocator that counts.\n\n\
         | workload | | instructions | times the limit | locked | allocations |\n|--|--|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let allocations = list(&whole["memory"]["allocations"]);
        let same = |other: &&Value| other["workload"] == row["workload"] && other["name"] == row["name"];
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            string(&row["workload"]),
            string(&row["name"]),
            short(number(&row["instructions"])),
            short(number(&row["times_limit"])),
            short(number(&row["locked"])),
            allocations.iter().find(same).map_or(String::new(), |found| short(number(&found["item"]))),
        );
    }
    text.push('\n');
}

fn memory(text: &mut String, memory: &Value) {
    if memory.is_null() {
        return;
    }
    text.push_str(
        "## Memory\n\nItems are numbers of 8 bytes.\n\n| what | bytes | allocations | |\n|--|--:|--:|--|\n",
    );
    for row in list(&memory["memory"]) {
        let (what, note) = (string(&row["what"]), string(&row["note"]));
        let _ =
            writeln!(text, "| {what} | {} | {} | {note} |", whole(number(&row["bytes"])), row["allocations"]);
    }
    text.push('\n');
}

fn overload(text: &mut String, overload: &Value) {
    if overload.is_null() {
        return;
    }
    let _ = writeln!(
        text,
        "## Resident memory under overload\n\nA producer that does not stop, a consumer that takes one item of {} bytes a \
         millisecond, a capacity of {}, {} seconds, a look each 100 ms; each strategy in a process of its own, all at once. \
         The command fails when one grows by more than {} kB after its first second. A strategy that waits holds its producer \
         back: there is no overload.\n\n\
         | strategy | produced | consumed | times | resident after a second, kB | most, kB |\n|--|--:|--:|--:|--:|--:|",
        overload["item_bytes"], overload["capacity"], overload["seconds"], overload["allowed_kb"],
    );
    for row in list(&overload["rows"]) {
        let of = |key: &str| whole(number(&row[key]));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            string(&row["strategy"]),
            of("produced"),
            of("consumed"),
            of("overload"),
            of("resident_kb"),
            of("most_kb"),
        );
    }
    text.push('\n');
}

/// A whole number, in groups of three digits.
fn whole(number: f64) -> String {
    if number < 1000.0 { format!("{number:.0}") } else { short(number) }
}

fn scale(text: &mut String, topic: &Value) {
    let rows = list(&topic["rows"]);
    let Some(first) = rows.first() else { return };
    let figures = list(&first["figures"]);
    let heads: String = figures.iter().map(|figure| format!(" {} |", string(&figure[0]))).collect();
    let title = string(&topic["title"]);
    let title =
        title.chars().next().map(|c| c.to_uppercase().chain(title.chars().skip(1)).collect::<String>());
    let _ = writeln!(
        text,
        "## {}\n\n| |{heads}\n|--|{}",
        title.unwrap_or_default(),
        "--:|".repeat(figures.len())
    );
    for row in rows {
        let of = |figure: &Value| format!(" {} |", short(number(&figure[1])));
        let figures = list(&row["figures"]).iter().map(of).collect::<String>();
        let _ = writeln!(text, "| {} |{figures}", string(&row["what"]));
    }
    text.push('\n');
}
