//! Whether refreshing goes on.
//!
//! Owns: what each project has promised, and when a promise counts as broken. A cloud that cannot be reached breaks
//! none: a restart would not mend it, and time-outs are progress. Knows nothing of who asks, and of what happens then.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::Patience;
use crate::ids::ProjectName;

/// So late anything may be on a busy machine.
pub const GRACE: Duration = Duration::from_mins(2);

/// What a project says of itself at each turn.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// It turns again by then.
    pub again_by: Instant,
    /// When the oldest question was sent that is under way.
    pub asking_since: Option<Instant>,
    /// The same, of those whose requests are heard of under the project's name. A client that is out of use may tell of
    /// its last ones under the name before.
    pub heard_since: Option<Instant>,
    /// How long its questions may take.
    pub patience: Patience,
}

/// What does not go on, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Whose it is; none for what all share.
    pub project: Option<ProjectName>,
    /// What does not go on.
    pub what: Halted,
    /// The last sign of life.
    pub since: Instant,
}

/// Something that does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halted {
    /// The actor does nothing at all.
    Actor,
    /// Questions are under way, but no request ends.
    Requests,
    /// One question does not end.
    Question,
    /// What was learnt is not published.
    Publisher,
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Actor => "the refresh of this project does not go on",
            Self::Requests => "questions to the cloud are under way, but no request ends or times out",
            Self::Question => "a question to the cloud does not end or time out",
            Self::Publisher => "the metrics are not rendered any more",
        })
    }
}

/// The pulse of all projects. Cheap to clone; clones feel the same.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<BTreeMap<ProjectName, Beat>>>);

#[derive(Debug)]
struct Beat {
    turned: Instant,
    promise: Promise,
    /// When the last request ended.
    heard: Option<Instant>,
}

impl Pulse {
    /// A project goes on.
    pub fn turned(&self, project: &ProjectName, promise: Promise) {
        let turned = Instant::now();
        let mut beats = self.beats();
        let heard = beats.get(project).and_then(|beat| beat.heard);
        beats.insert(project.clone(), Beat { turned, promise, heard });
    }

    /// A request of the project has ended, well or not.
    pub fn heard(&self, project: &ProjectName) {
        if let Some(beat) = self.beats().get_mut(project) {
            beat.heard = Some(Instant::now());
        }
    }

    /// A project is watched no longer.
    pub fn gone(&self, project: &ProjectName) {
        self.beats().remove(project);
    }

    /// What does not go on. Time before `forgiven` does not count: the whole process was not running then.
    #[must_use]
    pub fn stall(&self, forgiven: Instant) -> Option<Stall> {
        let now = Instant::now();
        self.beats().iter().find_map(|(project, beat)| {
            let (what, since) = beat.halted(forgiven, now)?;
            let project = Some(project.clone());
            Some(Stall { project, what, since })
        })
    }

    fn beats(&self) -> MutexGuard<'_, BTreeMap<ProjectName, Beat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat {
    fn halted(&self, forgiven: Instant, now: Instant) -> Option<(Halted, Instant)> {
        let is_over = |since: Instant, patience: Duration| {
            let late = now.saturating_duration_since(since.max(forgiven));
            late > patience.saturating_add(GRACE)
        };
        if is_over(self.promise.again_by, Duration::ZERO) {
            return Some((Halted::Actor, self.turned));
        }
        let asking_since = self.promise.asking_since?;
        if let Some(heard_since) = self.promise.heard_since {
            let quiet_since = self.heard.map_or(heard_since, |heard| heard.max(heard_since));
            if is_over(quiet_since, self.promise.patience.silence) {
                return Some((Halted::Requests, quiet_since));
            }
        }
        is_over(asking_since, self.promise.patience.question).then_some((Halted::Question, asking_since))
    }
}
