//! What came out for one rule, one check, one log.

use crate::explore::Thoroughness;
use crate::rules::{Check, Rule, Strength};
use std::fmt;

/// The verdict on one check, or on one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// What the rule speaks of occurred, and it was obeyed.
    Pass,
    /// It was broken. If it only [SHOULD](crate::Strength::Should) be kept, a run that is not strict conforms nevertheless:
    /// [`Report::conforms`](crate::Report::conforms) says what counts.
    Fail,
    /// What the rule speaks of never occurred.
    Inconclusive,
    /// It cannot occur, for this reason.
    NotApplicable(&'static str),
    /// Safe code cannot break it: these programs do not compile.
    ProvedByTypes(&'static [&'static str]),
    /// The user does not want it judged; the reason is in the [note](Checked::note).
    Excluded,
    /// It was to be judged and was not.
    NotRun,
    /// The kit itself has a bug; the [note](Checked::note) says which.
    KitError,
}

impl Verdict {
    /// One word for machines: `pass`, `fail`, `inconclusive`, `not-applicable`, `proved-by-types`, `excluded`,
    /// `not-run` or `error`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable(_) => "not-applicable",
            Self::ProvedByTypes(_) => "proved-by-types",
            Self::Excluded => "excluded",
            Self::NotRun => "not-run",
            Self::KitError => "error",
        }
    }

    /// Whether nothing is wrong with it.
    pub(crate) const fn is_sound(&self) -> bool {
        matches!(self, Self::Pass | Self::NotApplicable(_) | Self::ProvedByTypes(_) | Self::Excluded)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fail => "FAIL",
            Self::NotApplicable(_) => "not applicable",
            Self::ProvedByTypes(_) => "proved by types",
            Self::NotRun => "NOT RUN",
            Self::KitError => "KIT ERROR",
            other => other.name(),
        })
    }
}

/// What one rule was found to be: what its checks come to.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) rule: &'static Rule,
    pub(crate) verdict: Verdict,
    pub(crate) witnesses: usize,
    pub(crate) scenarios: usize,
    pub(crate) checks: Vec<Checked>,
}

impl Outcome {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// The verdict: the worst of its checks.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How often what the rule speaks of occurred.
    #[must_use]
    pub fn witnesses(&self) -> usize {
        self.witnesses
    }

    /// Its checks, one by one; none when the suite has none.
    #[must_use]
    pub fn checks(&self) -> &[Checked] {
        &self.checks
    }

    /// The failure of its first check that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.checks.iter().find_map(Checked::failure)
    }
}

/// What one check was found to be.
#[derive(Debug)]
pub struct Checked {
    pub(crate) check: &'static Check,
    pub(crate) verdict: Verdict,
    pub(crate) witnesses: usize,
    /// How thoroughly the scenarios were explored in which its case occurred.
    pub(crate) explored: Option<Thoroughness>,
    pub(crate) note: Option<String>,
    pub(crate) failure: Option<Failure>,
}

impl Checked {
    /// Nothing was looked at for it.
    pub(crate) const fn unjudged(check: &'static Check, verdict: Verdict) -> Self {
        Self { check, verdict, witnesses: 0, explored: None, note: None, failure: None }
    }

    /// The check.
    #[must_use]
    pub fn check(&self) -> &'static Check {
        self.check
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How often its case occurred.
    #[must_use]
    pub fn witnesses(&self) -> usize {
        self.witnesses
    }

    /// How thoroughly the scenarios were explored in which its case occurred; `None` when it never did, and for a scenario
    /// that is played again.
    #[must_use]
    pub fn explored(&self) -> Option<Thoroughness> {
        self.explored
    }

    /// Why it was excluded, or what is wrong with the kit.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The shortest failure, if there is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether nothing is wrong, or only advice is disregarded and the run is not strict.
    pub(crate) fn is_sound(&self, strict: bool) -> bool {
        self.verdict.is_sound()
            || !strict && self.verdict == Verdict::Fail && self.check.strength == Strength::Should
    }
}

/// How a check failed.
#[derive(Debug)]
pub struct Failure {
    pub(crate) check: &'static Check,
    pub(crate) scenario: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) look: &'static str,
    /// What speaks for a mistake of the fixture.
    pub(crate) doubt: Option<String>,
    pub(crate) timeline: String,
    /// In how many more scenarios it failed.
    pub(crate) more: usize,
    pub(crate) replay: Option<String>,
    pub(crate) shrunk: Option<Shrunk>,
}

/// The same failure in fewer steps.
#[derive(Debug)]
pub(crate) struct Shrunk {
    pub(crate) scenario: String,
    pub(crate) timeline: String,
}

impl Failure {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> &'static Check {
        self.check
    }

    /// What was done, in the fewest steps that are known to fail.
    #[must_use]
    pub fn scenario(&self) -> &str {
        self.shrunk.as_ref().map_or(&self.scenario, |shrunk| &shrunk.scenario)
    }

    /// What should have come.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What came.
    #[must_use]
    pub fn got(&self) -> &str {
        &self.got
    }

    /// What to look at.
    #[must_use]
    pub fn look(&self) -> &'static str {
        self.look
    }

    /// What speaks for a mistake of the fixture, or a word that its capabilities do not say, when this fails and the rest of
    /// the [report](crate::Report::doubt) may be right.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    /// Every call and signal, with an arrow at the one that is wrong.
    #[must_use]
    pub fn timeline(&self) -> &str {
        self.shrunk.as_ref().map_or(&self.timeline, |shrunk| &shrunk.timeline)
    }

    /// What plays it again.
    #[must_use]
    pub fn replay(&self) -> Option<&str> {
        self.replay.as_deref()
    }

    /// In how many more scenarios it failed.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }
}

/// One thing that a judge objects to.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The number of the check within its rule.
    pub(crate) check: u8,
    pub(crate) at: usize,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// What a judge makes of one log.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) witnesses: [usize; Self::CHECKS],
    pub(crate) findings: Vec<Finding>,
}

impl Judgement {
    /// Room for the checks of one rule, which are counted from one.
    pub(crate) const CHECKS: usize = 12;

    /// What this check speaks of occurred once more.
    pub(crate) fn witness(&mut self, check: u8) {
        self.witnesses[usize::from(check)] += 1;
    }

    /// This check fails at entry `at`.
    pub(crate) fn object(
        &mut self,
        check: u8,
        at: usize,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) {
        self.findings.push(Finding { check, at, expected: expected.into(), got: got.into() });
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(doubt) = &self.doubt {
            writeln!(f, "  fixture?  {doubt}")?;
        }
        writeln!(f, "  scenario  {}", self.scenario())?;
        writeln!(f, "  expected  {}", self.expected)?;
        writeln!(f, "  got       {}", self.got)?;
        writeln!(f, "  look at   {}", self.look)?;
        if let Some(replay) = &self.replay {
            writeln!(f, "  replay    {}={replay}", crate::replay::VARIABLE)?;
        }
        writeln!(f, "  timeline\n{}", self.timeline().trim_end())?;
        if self.more > 0 {
            writeln!(f, "  and in {} longer scenarios", self.more)?;
        }
        Ok(())
    }
}
