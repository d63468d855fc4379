//! How a finished recording is to be judged.

use crate::rule;
use crate::rules::{Able, Check, Suite};

/// How a run is judged. The default judges everything, and what a publisher should do is advice.
///
/// ```
/// use reactive_streams_tck::Options;
///
/// let options = Options::new().strict().exclude("3-iv", "the protocol tells its end only when it is asked");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options {
    pub(crate) strict: bool,
    excluded: Vec<(String, String)>,
    only: Vec<String>,
}

impl Options {
    /// Everything is judged, and nothing is stricter than the rules are.
    pub const fn new() -> Self {
        Self { strict: false, excluded: Vec::new(), only: Vec::new() }
    }

    /// What SHOULD be so counts as if it had to be.
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Leaves out one check, as `"1.9/2"`, or all of a rule, as `"1.9"`, and says why.
    pub fn exclude(mut self, id: impl Into<String>, reason: impl Into<String>) -> Self {
        self.excluded.push((id.into(), reason.into()));
        self
    }

    /// Judges only what one of these patterns names: `"1.9/2"`, `"1.9"`, or `"3.*"`. What is not named is
    /// [`NotRun`](crate::Verdict::NotRun), so that such a run cannot pass for a whole one.
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// Whether every check is judged.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.only.is_empty()
    }

    pub(crate) fn selects(&self, check: &Check) -> bool {
        self.is_whole() || self.only.iter().any(|pattern| check.is_named_by(pattern))
    }

    /// What is to be left out or selected and names nothing, here or in the capabilities: a slip of the pen would go
    /// unnoticed.
    pub(crate) fn mistake(&self, able: &dyn Able) -> Option<String> {
        let checks = || Suite::ALL.iter().flat_map(|suite| suite.checks());
        let names = |id: &str| checks().any(|check| check.is_named_by(id)) || rule(id).is_some();
        let declared = able.excluded().iter().map(|(id, _)| ("exclude", *id));
        let patterns = self.excluded.iter().map(|(id, _)| ("Options::exclude", id.as_str()));
        let patterns = declared.chain(patterns);
        let mut patterns =
            patterns.chain(self.only.iter().map(|pattern| ("Options::only", pattern.as_str())));
        let (call, pattern) = patterns.find(|(_, pattern)| !names(pattern))?;
        Some(format!(
            "{call}({pattern:?}) names no check and no rule; `reactive-streams-tck list checks` lists them all"
        ))
    }

    /// The reason for which this check is left out.
    pub(crate) fn excludes(&self, check: &Check) -> Option<&str> {
        self.excluded.iter().find(|(id, _)| check.is_named_by(id)).map(|(_, reason)| reason.as_str())
    }
}
