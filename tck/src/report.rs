//! What came out.

use crate::rules::Rule;
use crate::trace::Trace;
use std::fmt;

/// The verdict on one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// What the rule speaks of occurred, and the publisher obeyed.
    Pass,
    /// The publisher broke the rule.
    Fail,
    /// What the rule speaks of never occurred.
    Inconclusive,
    /// The fixture's capabilities say that it cannot occur.
    NotApplicable(&'static str),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable(_) => "not applicable",
        })
    }
}

/// What one rule was found to be.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) rule: &'static Rule,
    pub(crate) verdict: Verdict,
    pub(crate) witnesses: usize,
    pub(crate) scenarios: usize,
    pub(crate) failure: Option<Failure>,
}

impl Outcome {
    /// The number of the rule, as `"1.1"` or `"3-iv"`.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule.id
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How often what the rule speaks of occurred.
    #[must_use]
    pub fn witnesses(&self) -> usize {
        self.witnesses
    }

    /// The shortest failure, if there is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// # Panics
    ///
    /// Unless the verdict is pass or not applicable; the message says what to look at.
    pub(crate) fn assert(&self) {
        match (&self.verdict, &self.failure) {
            (_, Some(failure)) => panic!("\n{}\n{failure}", Heading(self.rule)),
            (Verdict::Inconclusive, None) => panic!(
                "\n{}\n  inconclusive: in {} scenarios the case never occurred. Can the fixture make a stream of some \
                 length, and do its capabilities say what it cannot do?\n",
                Heading(self.rule),
                self.scenarios,
            ),
            _ => {}
        }
    }
}

struct Heading(&'static Rule);

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.0.id, self.0.asks)
    }
}

/// How a publisher broke a rule.
#[derive(Debug)]
pub struct Failure {
    /// The number of the assertion within its rule.
    pub(crate) assertion: u8,
    pub(crate) scenario: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) check: &'static str,
    pub(crate) timeline: String,
    pub(crate) length: usize,
    /// In how many more scenarios it broke the rule.
    pub(crate) more: usize,
}

impl Failure {
    pub(crate) fn of(rule: &Rule, trace: &Trace, finding: Finding) -> Self {
        Self {
            assertion: finding.assertion,
            scenario: trace.plan.name.clone(),
            expected: finding.expected,
            got: finding.got,
            check: rule.check,
            timeline: trace.timeline(finding.at),
            length: trace.len(),
            more: 0,
        }
    }

    /// What was done to the publisher.
    #[must_use]
    pub fn scenario(&self) -> &str {
        &self.scenario
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  scenario  {}", self.scenario)?;
        writeln!(f, "  expected  {}", self.expected)?;
        writeln!(f, "  got       {} (assertion {})", self.got, self.assertion)?;
        writeln!(f, "  check     {}", self.check)?;
        writeln!(f, "  timeline\n{}", self.timeline.trim_end())?;
        if self.more > 0 {
            writeln!(f, "  and in {} longer scenarios", self.more)?;
        }
        Ok(())
    }
}

/// One thing that a rule objects to.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) assertion: u8,
    pub(crate) at: usize,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// What a rule makes of one log.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) witnesses: usize,
    pub(crate) findings: Vec<Finding>,
}

impl Judgement {
    /// What the rule speaks of occurred once more.
    pub(crate) fn witness(&mut self) {
        self.witnesses += 1;
    }

    /// The rule was broken at entry `at`.
    pub(crate) fn object(
        &mut self,
        assertion: u8,
        at: usize,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.findings.push(Finding { assertion, at, expected: expected.into(), got: got.into() });
    }
}

/// The verdicts on one publisher. It displays as a table, with what is wrong below it.
#[derive(Debug)]
#[must_use]
pub struct Report {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) scenarios: usize,
    pub(crate) fault: Option<String>,
}

impl Report {
    /// One outcome a rule, in the order of the table.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The verdict on one rule; `None` when the kit has none of this number.
    #[must_use]
    pub fn verdict(&self, rule: &str) -> Option<Verdict> {
        self.outcomes.iter().find(|outcome| outcome.rule.id == rule).map(Outcome::verdict)
    }

    /// Why there is no verdict at all: what the fixture did wrong, most likely.
    #[must_use]
    pub fn fixture_fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether each rule passed or is not applicable.
    #[must_use]
    pub fn conforms(&self) -> bool {
        let sound = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Pass | Verdict::NotApplicable(_));
        self.fault.is_none() && self.outcomes.iter().all(sound)
    }

    /// Fails the test unless the publisher conforms.
    ///
    /// # Panics
    ///
    /// When a rule failed or is inconclusive, or the fixture is at fault; the message is the whole report.
    pub fn assert_conforms(&self) {
        assert!(self.conforms(), "the publisher does not conform\n\n{self}");
    }

    /// Fails the test unless the publisher keeps this one rule, or cannot break it.
    ///
    /// # Panics
    ///
    /// When the rule failed or is inconclusive, when the fixture is at fault, and when there is no such rule.
    pub fn assert_rule(&self, rule: &str) {
        if let Some(fault) = &self.fault {
            panic!("\nno verdict: {fault}");
        }
        let outcome = self.outcomes.iter().find(|outcome| outcome.rule.id == rule);
        outcome.unwrap_or_else(|| panic!("the kit has no rule {rule}")).assert();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return writeln!(f, "no verdict: {fault}");
        }
        writeln!(
            f,
            "{:<6} {:<15} {:>9}  what it asks ({} scenarios)",
            "rule", "verdict", "witnesses", self.scenarios
        )?;
        for outcome in &self.outcomes {
            let rule = outcome.rule;
            write!(f, "{:<6} {:<15} {:>9}  {}", rule.id, outcome.verdict, outcome.witnesses, rule.asks)?;
            match outcome.verdict {
                Verdict::NotApplicable(why) => writeln!(f, " [{why}]")?,
                _ => writeln!(f)?,
            }
        }
        for outcome in &self.outcomes {
            if let Some(failure) = &outcome.failure {
                write!(f, "\n{}\n{failure}", Heading(outcome.rule))?;
            }
        }
        Ok(())
    }
}
