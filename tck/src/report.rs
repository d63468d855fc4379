//! What came out: the verdicts on everything.

use crate::explore::Thoroughness;
use crate::hints::Hint;
use crate::judge::{not_run, outcomes};
use crate::options::Options;
use crate::outcome::{Checked, Failure, Outcome, Verdict};
use crate::rules::{Check, Rule, SPECIFICATION, Strength, Suite};
use crate::verify::UNKNOWN;
use std::fmt;

/// The verdicts on one publisher, subscriber or processor. It displays as a table, with what is wrong below it.
#[derive(Debug)]
#[must_use]
pub struct Report {
    pub(crate) suite: Suite,
    pub(crate) fixture: String,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) scenarios: usize,
    pub(crate) strict: bool,
    /// How many schedules were played, if it was explored.
    pub(crate) thoroughness: Option<Thoroughness>,
    /// The timeline, when one scenario was played again and nothing else.
    pub(crate) replayed: Option<String>,
    pub(crate) fault: Option<String>,
    pub(crate) doubt: Option<String>,
}

/// One line of a report for machines: a check, or a rule that the suite has no check for.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The version of the specification.
    pub specification: &'static str,
    /// The version of the kit.
    pub kit: &'static str,
    /// Who was judged.
    pub suite: Suite,
    /// What the fixture is called.
    pub fixture: &'a str,
    /// The rule.
    pub rule: &'static Rule,
    /// The check, if there is one.
    pub check: Option<&'static Check>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it counts as sound in this run.
    pub sound: bool,
    /// How strongly it binds.
    pub strength: Strength,
    /// How often its case occurred.
    pub witnesses: usize,
    /// How many scenarios were played.
    pub scenarios: usize,
    /// How thoroughly those were explored in which its case occurred.
    pub explored: Option<Thoroughness>,
    /// Why it was excluded, or what is wrong with the kit.
    pub note: Option<&'a str>,
    /// Expected, got, scenario, replay and timeline, when it failed.
    pub failure: Option<&'a Failure>,
}

impl Report {
    /// Something does not return, so that nothing was judged.
    pub(crate) fn hung(suite: Suite, message: String) -> Self {
        Self::without_verdict(suite, Verdict::KitError, message)
    }

    /// Nothing was judged, for this reason.
    pub(crate) fn without_verdict(suite: Suite, verdict: Verdict, fault: String) -> Self {
        let outcomes = not_run(suite, |_| verdict);
        Self { outcomes, fault: Some(fault), ..Self::of(suite, String::new(), &Options::new()) }
    }

    /// With this doubt, if something is wrong, or if nobody can say of the items that they are right.
    pub(crate) fn doubted(mut self, doubt: &Option<String>) -> Self {
        if !self.conforms() || !self.has_compared() {
            self.doubt.clone_from(doubt);
        }
        self
    }

    /// Whether it is known, as far as that is asked, what the items of a publisher are to be.
    fn has_compared(&self) -> bool {
        self.checked("1.2/2").map(Checked::verdict) != Some(Verdict::NotApplicable(UNKNOWN))
    }

    /// With what speaks for a mistake of the fixture beside the failures of certain checks.
    pub(crate) fn hinted(mut self, hints: &[Hint]) -> Self {
        let checks = self.outcomes.iter_mut().flat_map(|outcome| &mut outcome.checks);
        for failure in checks.filter_map(|checked| checked.failure.as_mut()) {
            let hint = hints.iter().find(|hint| hint.checks.contains(&failure.check.id));
            failure.doubt = hint.map(|hint| hint.says.clone());
        }
        self
    }

    /// One check is judged after the others.
    pub(crate) fn settle(&mut self, id: &str, verdict: Verdict, witnesses: usize) {
        self.amend(id, |checked| Checked { witnesses, ..Checked::unjudged(checked.check, verdict) });
    }

    /// Changes one check, and what its rule comes to.
    pub(crate) fn amend(&mut self, id: &str, change: impl FnOnce(Checked) -> Checked) {
        let mut change = Some(change);
        let mut checks = Vec::new();
        for checked in std::mem::take(&mut self.outcomes).into_iter().flat_map(|outcome| outcome.checks) {
            match change.take_if(|_| checked.check.id == id) {
                Some(change) => checks.push(change(checked)),
                None => checks.push(checked),
            }
        }
        self.outcomes = outcomes(self.suite, checks, self.scenarios);
    }

    /// Nothing has been judged yet.
    pub(crate) fn of(suite: Suite, fixture: String, options: &Options) -> Self {
        Self {
            suite,
            fixture,
            outcomes: Vec::new(),
            scenarios: 0,
            strict: options.strict,
            thoroughness: None,
            replayed: None,
            fault: None,
            doubt: None,
        }
    }

    /// Who was judged.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// What the fixture is called.
    #[must_use]
    pub fn fixture(&self) -> &str {
        &self.fixture
    }

    /// One outcome a rule, all of them, in the order of [`rules`](crate::rules).
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// How many scenarios were played.
    #[must_use]
    pub fn scenarios(&self) -> usize {
        self.scenarios
    }

    /// One record a check, and one for each rule without checks, in the order of the rules.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.outcomes.iter().flat_map(move |outcome| {
            let record = Record {
                specification: SPECIFICATION,
                kit: env!("CARGO_PKG_VERSION"),
                suite: self.suite,
                fixture: &self.fixture,
                rule: outcome.rule,
                check: None,
                verdict: outcome.verdict,
                sound: outcome.verdict.is_sound(),
                strength: outcome.rule.strength,
                witnesses: outcome.witnesses,
                scenarios: outcome.scenarios,
                explored: None,
                note: None,
                failure: None,
            };
            let checks = outcome.checks.iter().map(move |checked| Record {
                check: Some(checked.check),
                verdict: checked.verdict,
                sound: self.accepts(checked),
                strength: checked.check.strength,
                witnesses: checked.witnesses,
                explored: checked.explored,
                note: checked.note(),
                failure: checked.failure(),
                ..record
            });
            checks.chain(outcome.checks.is_empty().then_some(record))
        })
    }

    /// The verdict on one rule, as `"1.9"`, or one check, as `"1.9/2"`; `None` when the kit has none of this name.
    #[must_use]
    pub fn verdict(&self, id: &str) -> Option<Verdict> {
        let rule = self.outcomes.iter().find(|outcome| outcome.rule.id == id).map(Outcome::verdict);
        rule.or_else(|| self.checked(id).map(Checked::verdict))
    }

    fn checked(&self, id: &str) -> Option<&Checked> {
        self.outcomes.iter().flat_map(|outcome| &outcome.checks).find(|checked| checked.check.id == id)
    }

    /// Why there is no verdict at all: what the fixture did wrong, most likely.
    #[must_use]
    pub fn fixture_fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// What speaks for a mistake of the fixture, when whose fault a failure is cannot be told.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    /// The checks that were to be judged and were not: the manifest has them, and the run does not.
    pub fn missing(&self) -> impl Iterator<Item = &'static Check> {
        self.suite.checks().filter(|check| self.verdict(check.id).is_none_or(|it| it == Verdict::NotRun))
    }

    /// Everything that happened, when one scenario was played again instead of all of them.
    #[must_use]
    pub fn replayed(&self) -> Option<&str> {
        self.replayed.as_deref()
    }

    /// How many schedules were played, and how far the small scenarios were explored.
    #[must_use]
    pub fn strength(&self) -> Option<String> {
        self.thoroughness.map(|thoroughness| thoroughness.to_string())
    }

    /// Which of several failures is to be read first: a panic says where it comes from, and of the others that one whose
    /// scenario is the shortest.
    fn plainest(&self) -> Option<Plainest> {
        let checks = || self.outcomes.iter().flat_map(|outcome| &outcome.checks);
        let mut failures = Vec::new();
        for checked in checks().filter(|checked| !self.accepts(checked)) {
            let failure = checked.failure.as_ref();
            failures.extend(failure.map(|failure| {
                let panics = failure.got.starts_with("a panic");
                (!panics, failure.timeline().lines().count(), checked.check.id)
            }));
        }
        // Of those that are alike, the first one.
        let (calm, _, check) = *failures.iter().min_by_key(|(calm, length, _)| (*calm, *length))?;
        let why = if calm { "its scenario is the shortest" } else { "it says what panics" };
        (failures.len() > 1).then_some(Plainest { check, why, failures: failures.len() })
    }

    /// Whether a check is in order: in a scenario that is played again most cases do not occur.
    fn accepts(&self, checked: &Checked) -> bool {
        checked.is_sound(self.strict) || self.replayed.is_some() && checked.verdict == Verdict::Inconclusive
    }

    /// Whether each check was judged and passed, or is excluded, not applicable or proved by types. What only SHOULD be
    /// so may fail, unless the run is strict.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.fault.is_none() && self.records().all(|record| record.sound) && self.missing().next().is_none()
    }

    /// Fails the test unless the publisher conforms.
    ///
    /// # Panics
    ///
    /// When a check failed, is inconclusive or was not run, when the fixture is at fault, and when the kit is; the message
    /// is the whole report.
    pub fn assert_conforms(&self) {
        assert!(self.conforms(), "the {} does not conform\n\n{self}", self.suite);
    }

    /// Fails the test unless this one check, or all of this one rule, passed or cannot fail.
    ///
    /// # Panics
    ///
    /// As [`assert_conforms`](Self::assert_conforms), with the message of this one; and when there is none of this name.
    pub fn assert(&self, id: &str) {
        if let Some(fault) = &self.fault {
            panic!("\nno verdict: {fault}");
        }
        let mut found = false;
        for checked in self.outcomes.iter().flat_map(|outcome| &outcome.checks) {
            if checked.check.id == id || checked.check.rule() == id {
                found = true;
                assert!(
                    self.accepts(checked),
                    "\n{}",
                    Explained {
                        checked,
                        scenarios: self.scenarios,
                        doubt: self.doubt(),
                        first: self.plainest().filter(|first| first.check != checked.check.id)
                    }
                );
            }
        }
        assert!(found || self.verdict(id).is_some(), "the kit has no rule and no check {id}");
    }

    /// Fails the test when a check of the suite has no test among `tests`, or was not judged though the fixture is not at
    /// fault.
    ///
    /// # Panics
    ///
    /// Then; the message names the checks.
    pub fn assert_manifest(&self, tests: &[&str]) {
        if self.outcomes.is_empty() {
            return; // There is no verdict, and every other test says why.
        }
        let listed = |check: &&Check| !tests.contains(&check.id);
        let untested: Vec<&str> = self.suite.checks().filter(listed).map(Check::id).collect();
        let unknown: Vec<&&str> = tests.iter().filter(|id| self.checked(id).is_none()).collect();
        assert!(
            untested.is_empty() && unknown.is_empty(),
            "the tests do not match the manifest of the {} suite: no test for {untested:?}, no check for {unknown:?}",
            self.suite
        );
        let missing: Vec<&str> = self.missing().map(Check::id).collect();
        assert!(
            missing.is_empty() || self.fault.is_some(),
            "the run does not match the manifest of the {} suite: not judged were {missing:?}",
            self.suite
        );
    }
}

/// The failure that is to be read first.
struct Plainest {
    check: &'static str,
    why: &'static str,
    failures: usize,
}

/// What is wrong with one check.
struct Explained<'a> {
    checked: &'a Checked,
    scenarios: usize,
    doubt: Option<&'a str>,
    /// Another one, which is to be read first.
    first: Option<Plainest>,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checked { check, verdict, note, failure, .. } = self.checked;
        let asks = crate::rule(check.rule()).map_or("", |rule| rule.asks);
        writeln!(f, "rule {}: {asks}", check.rule())?;
        writeln!(f, "  check     {}: {}", check.id, check.asserts)?;
        if let Some(doubt) = self.doubt {
            writeln!(f, "  fixture?  {doubt}")?;
        }
        if let (Some(Plainest { check, why, .. }), Some(_)) = (&self.first, failure) {
            writeln!(f, "  first     see {check}, which fails, too, perhaps of the same cause: {why}")?;
        }
        match (failure, verdict) {
            (Some(failure), _) => write!(f, "{failure}"),
            (None, Verdict::Inconclusive) => writeln!(
                f,
                "  inconclusive: in {} scenarios the case never occurred. {}",
                self.scenarios,
                check.needs.remedy()
            ),
            (None, Verdict::NotRun) => {
                let why = note.as_deref().unwrap_or("it was filtered out, and so this is no whole run");
                writeln!(f, "  not run: {why}")
            }
            (None, _) => writeln!(f, "  {verdict}: {}", note.as_deref().unwrap_or("")),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return writeln!(f, "no verdict: {fault}");
        }
        if let Some(doubt) = &self.doubt {
            writeln!(f, "is the fixture right? {doubt}\n")?;
        }
        let scenarios = self.scenarios;
        if let Some(timeline) = &self.replayed {
            writeln!(f, "one scenario, played again\n{timeline}")?;
        }
        writeln!(
            f,
            "{:<6} {:<15} {:>9}  what it asks ({scenarios} scenarios)",
            "rule", "verdict", "witnesses"
        )?;
        for outcome in &self.outcomes {
            let rule = outcome.rule;
            write!(f, "{:<6} {:<15} {:>9}  {}", rule.id, outcome.verdict, outcome.witnesses, rule.asks)?;
            match (outcome.verdict, outcome.checks.iter().find_map(Checked::note)) {
                (Verdict::NotApplicable(why), _) => writeln!(f, " [{why}]")?,
                (Verdict::Excluded | Verdict::KitError, Some(note)) => writeln!(f, " [{note}]")?,
                _ => writeln!(f)?,
            }
        }
        if !self.has_compared() {
            // Its rule is not the whole of it, and has another verdict.
            writeln!(f, "\nthe items were not compared (check 1.2/2): {UNKNOWN}")?;
        }
        if let Some(thoroughness) = &self.thoroughness {
            writeln!(f, "\n{thoroughness}\n\n{:<6} how thoroughly its case was explored", "check")?;
            let checks = self.outcomes.iter().flat_map(|outcome| &outcome.checks);
            for (checked, explored) in checks.filter_map(|checked| Some((checked, checked.explored?))) {
                writeln!(f, "{:<6} {explored}", checked.check.id)?;
            }
        }
        let sound = |checked: &&Checked| {
            !checked.verdict.is_sound() && (self.replayed.is_none() || !self.accepts(checked))
        };
        if let Some(Plainest { check, why, failures }) = self.plainest() {
            writeln!(f, "\n{failures} checks fail, perhaps of one cause. Start with {check}: {why}")?;
        }
        for checked in self.outcomes.iter().flat_map(|outcome| &outcome.checks).filter(sound) {
            write!(f, "\n{}", Explained { checked, scenarios, doubt: None, first: None })?;
        }
        Ok(())
    }
}
