//! A job's compare policy: on which days, from when to when, how often (API text 1.5). All in UTC.
//!
//! Owns: reading one, and the instants at which it has runs due. Pure. What becomes of a policy over time, and which of
//! those instants passed without a run, is in [`schedule`](super::schedule).
//!
//! A policy says twice when runs are due: by its words ([`rule`]) and by the next run that the cloud names. The cloud
//! counts more. Named later in the window than the rule says, a run moves the rule; named where the rule has no window,
//! it shows that the words mean something else than is read here, and only what is named is due.

mod rule;

use jiff::{SignedDuration, Timestamp};

use self::rule::{DAY, Rule};
use super::{Contradiction, time};

/// A run may start so many seconds before it is due, by the clocks of two machines.
const EARLY: i64 = 60;

/// Whether runs are due at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyStatus {
    /// Runs are due.
    Open,
    /// Nobody wants runs.
    Closed,
    /// The job's engines cannot have any, or there is no policy (the texts differ; API text 8.18).
    NoSupport,
    /// Anything else that the cloud says, or nothing.
    Unknown,
}

impl PolicyStatus {
    /// Every state, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Open, Self::Closed, Self::NoSupport, Self::Unknown];

    /// The API's word for the state; `UNKNOWN` is the contract's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::NoSupport => "NO_SUPPORT",
            Self::Unknown => "UNKNOWN",
        }
    }

    fn from_word(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|status| status.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// A policy as the cloud tells it: raw text, any of it absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyReport<'a> {
    /// `status`.
    pub status: Option<&'a str>,
    /// `period`: two stars and the days, `* * 1,3,5`; 1 is Monday.
    pub period: Option<&'a str>,
    /// `begin_time`: `HH:mm:ss`.
    pub begin_time: Option<&'a str>,
    /// `end_time`: `HH:mm:ss`; not later than the begin means on the next day.
    pub end_time: Option<&'a str>,
    /// `next_compare_time`.
    pub next_compare_time: Option<&'a str>,
    /// `interval_hour`: only where runs are hourly; 0 is none.
    pub interval_hour: Option<i64>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether runs are due at all.
    pub status: PolicyStatus,
    /// When the cloud says that the next one is due; may have passed.
    pub next: Option<Timestamp>,
    /// None where the cloud's words make no rule.
    rule: Option<Rule>,
}

/// A run that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    /// When.
    pub(super) at: Timestamp,
    /// What starts from here on is this run: a cloud that draws the moment within the window may have drawn another.
    pub(super) from: Timestamp,
    /// What starts from here on is not: the window has ended, or the next run is due.
    pub(super) until: Timestamp,
}

impl Policy {
    /// Reads a report. What cannot be read in an open policy is told beside it.
    #[must_use]
    pub fn read(report: &PolicyReport<'_>) -> (Self, Vec<Contradiction>) {
        let mut contradictions = Vec::new();
        let status = report.status.map_or(PolicyStatus::Unknown, PolicyStatus::from_word);
        if status != PolicyStatus::Open {
            let policy = Self {
                status,
                next: None,
                rule: None,
            };
            return (policy, contradictions);
        }
        let next = time("next_compare_time", report.next_compare_time, &mut contradictions);
        let rule = Rule::read(report, &mut contradictions);
        (Self { status, next, rule }, contradictions)
    }

    /// When the next run after `now` is due: as the cloud says, else as the rule does.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        if let Some(next) = self.next.filter(|next| *next > now) {
            return Some(next);
        }
        let next = self.moved_rule()?.after(now.as_second())?;
        Timestamp::from_second(next).ok()
    }

    /// Whether `other` says the same of when runs are due. That the next one is another does not make a policy another.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.status, self.rule) == (other.status, other.rule)
    }

    /// The runs due after `heard`, when the policy was told, up to and including `to`, the newest first. Until the one
    /// that the cloud named then, it has none, whatever the rule says.
    pub(super) fn due_since(&self, heard: Timestamp, to: Timestamp) -> impl Iterator<Item = Due> {
        let named = self.next.filter(|next| *next > heard);
        let from = named.unwrap_or(heard);
        let by_rule = self.due_until(to).take_while(move |due| due.at > from);
        by_rule.chain(named.filter(|next| *next <= to).map(|next| self.due(next)))
    }

    /// The runs that the rule has due up to and including `to`, the newest first. They go back two weeks at most.
    pub(super) fn due_until(&self, to: Timestamp) -> impl Iterator<Item = Due> {
        let rule = self.moved_rule().into_iter();
        let instants = rule.flat_map(move |rule| rule.up_to(to.as_second()));
        instants
            .filter_map(|instant| Timestamp::from_second(instant).ok())
            // Before the epoch, a fraction of a second is cut off upwards.
            .filter(move |instant| *instant <= to)
            .map(|instant| self.due(instant))
    }

    /// The run due `at`, by the rule or as the cloud named it.
    pub(super) fn due(&self, at: Timestamp) -> Due {
        let anywhere = (0, self.rule.map_or(DAY, Rule::longest_room));
        let place = self.rule.and_then(|rule| rule.place(at.as_second()));
        let (lateness, room) = place.unwrap_or(anywhere);
        let from = at.checked_sub(SignedDuration::from_secs(lateness + EARLY));
        let until = at.checked_add(SignedDuration::from_secs(room));
        Due {
            at,
            from: from.unwrap_or(Timestamp::MIN),
            until: until.unwrap_or(Timestamp::MAX),
        }
    }

    /// When the window ends in which `instant` is; `instant` itself where it is in none.
    pub(super) fn window_end(&self, instant: Timestamp) -> Timestamp {
        let left = self.rule.map_or(0, |rule| rule.left(instant.as_second()));
        let end = instant.checked_add(SignedDuration::from_secs(left));
        end.unwrap_or(Timestamp::MAX)
    }

    /// The rule, moved so that it has a run due when the cloud says; none if that cannot be.
    fn moved_rule(&self) -> Option<Rule> {
        let rule = self.rule?;
        let Some(next) = self.next else { return Some(rule) };
        let (lateness, _) = rule.place(next.as_second())?;
        Some(rule.moved(lateness))
    }
}

impl Due {
    /// A run that starts later than this after the instant may as well have been started by hand.
    const NEAR: SignedDuration = SignedDuration::from_hours(2);

    /// Whether a run that started at `start` is this one.
    pub(super) fn is_met_by(&self, start: Timestamp) -> bool {
        self.from <= start && start < self.until
    }

    /// Whether a run that started at `start` shows that the policy was in force then.
    pub(super) fn is_proven_by(&self, start: Timestamp) -> bool {
        self.is_met_by(start) && start.duration_since(self.at) <= Self::NEAR
    }
}

#[cfg(test)]
mod tests;
