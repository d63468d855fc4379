//! What the rules are, for people.

use crate::args::{ids, or};
use reactive_streams_tck::{Check, Coverage, Rule, Suite, rule, rules};
use std::fmt::Write as _;

/// The rules, one a line.
pub(crate) fn rules_table() -> String {
    let mut text = format!("{:<6} {:<8} {:>6}  what it asks\n", "rule", "strength", "checks");
    for rule in rules() {
        let checks = Suite::ALL.iter().flat_map(|suite| rule.checks(*suite)).count();
        let _ = writeln!(text, "{:<6} {:<8} {checks:>6}  {}", rule.id(), rule.strength(), rule.asks());
    }
    text
}

/// The checks, one a line.
pub(crate) fn checks_table() -> String {
    let mut text = format!("{:<10} {:<8} {:<8}  what must be so\n", "suite", "check", "strength");
    for suite in Suite::ALL {
        for check in suite.checks() {
            let _ =
                writeln!(text, "{suite:<10} {:<8} {:<8}  {}", check.id(), check.strength(), check.asserts());
        }
    }
    text
}

/// All there is to say of a rule or a check.
pub(crate) fn one(id: &str) -> Result<String, String> {
    let (of, number) = id.split_once('/').map_or((id, None), |(rule, _)| (rule, Some(id)));
    let Some(rule) = rule(of) else {
        return Err(format!("there is no rule {of}{}", or(of, rules().map(Rule::id))));
    };
    let mut checks: Vec<(&Check, Vec<String>)> = Vec::new();
    for suite in Suite::ALL {
        for check in rule.checks(*suite).filter(|check| number.is_none_or(|number| check.id() == number)) {
            match checks.iter_mut().find(|(known, _)| known.id() == check.id()) {
                Some((_, suites)) => suites.push(suite.to_string()),
                None => checks.push((check, vec![suite.to_string()])),
            }
        }
    }
    if let Some(number) = number
        && checks.is_empty()
    {
        return Err(format!("there is no check {number}{}", or(number, ids())));
    }
    let mut text = format!("{} ({}): {}\n", rule.id(), rule.strength(), rule.asks());
    for (heading, words) in [("why", rule.why()), ("how", rule.how()), ("breaks it", rule.breaks())] {
        paragraph(&mut text, heading, words);
    }
    for suite in Suite::ALL {
        let what = match rule.coverage(*suite) {
            Coverage::Checks => continue,
            Coverage::Types(programs) => {
                format!("the types prove it: {} do not compile", programs.join(", "))
            }
            Coverage::NotApplicable(why) => format!("not applicable: {why}"),
            _ => continue,
        };
        paragraph(&mut text, &suite.to_string(), &what);
    }
    for (check, suites) in checks {
        let what = format!("{} ({}; {})", check.asserts(), check.strength(), suites.join(", "));
        paragraph(&mut text, check.id(), &what);
    }
    Ok(text)
}

/// A heading, and words beside it, wrapped.
fn paragraph(text: &mut String, heading: &str, words: &str) {
    const INDENT: usize = 14;
    const WIDTH: usize = 100;
    let mut line = format!("  {heading:<width$}", width = INDENT - 2);
    for word in words.split_whitespace() {
        if line.len() > INDENT && line.len() + word.len() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(INDENT);
        }
        line += word;
        line.push(' ');
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
