//! What a change of plans came to, also in words.

use std::fmt;

use crate::ids::ProjectName;

/// What a change of plans came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Projects that are new, or begin anew.
    pub added: Vec<ProjectName>,
    /// Projects that go on with something changed.
    pub changed: Vec<ProjectName>,
    /// Projects that are watched no longer.
    pub removed: Vec<ProjectName>,
    /// How many go on as they were.
    pub unchanged: usize,
}

/// `2 projects added (a, b), 1 changed (c), 7 unchanged`.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, names) in [
            ("added", &self.added),
            ("changed", &self.changed),
            ("removed", &self.removed),
        ] {
            if !names.is_empty() {
                write!(f, "{} {what} (", names.len())?;
                let names = names.iter().map(ProjectName::as_str).take(SHOWN_NAMES);
                f.write_str(&names.collect::<Vec<_>>().join(", "))?;
                f.write_str("), ")?;
            }
        }
        write!(f, "{} unchanged", self.unchanged)
    }
}

/// So many names of each kind are told; a log line of a thousand helps nobody.
const SHOWN_NAMES: usize = 20;
