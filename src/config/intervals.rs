//! The intervals at the top level, and how they fit each other.
//!
//! Owns: which must not be shorter than which. A default gives way to what was set; what was set contradicting itself
//! is a mistake.

use std::time::Duration;

use super::errors::Mistakes;
use super::read::Section;
use super::{get, units};

/// A job may miss one poll, but not two, before its series go.
const STALE_IDLE_INTERVALS: u32 = 2;

/// All of them, each with those before it in mind.
pub(super) struct Intervals {
    pub(super) poll: Duration,
    pub(super) idle: Duration,
    pub(super) policy: Duration,
    pub(super) stale: Duration,
}

/// None only if something is among the mistakes.
pub(super) fn read(top: &Section, mistakes: &mut Mistakes) -> Option<Intervals> {
    let poll = get::duration(top, "poll_interval");
    let idle = at_least(top, "idle_interval", poll, "not shorter than poll_interval", mistakes);
    let policy = at_least(top, "policy_interval", idle, "not shorter than idle_interval", mistakes);
    let twice = idle.map(|idle| idle * STALE_IDLE_INTERVALS);
    let stale = at_least(top, "stale_after", twice, "at least twice idle_interval", mistakes);
    Some(Intervals {
        poll: poll?,
        idle: idle?,
        policy: policy?,
        stale: stale?,
    })
}

fn at_least(
    top: &Section,
    name: &str,
    least: Option<Duration>,
    rule: &str,
    mistakes: &mut Mistakes,
) -> Option<Duration> {
    let value = get::duration(top, name)?;
    match (least, top.entry(name)?.at) {
        (Some(least), None) => Some(value.max(least)),
        (Some(least), at) if value < least => {
            let what = format!("must be {rule}: {} or longer", units::duration_text(least));
            mistakes.add(at, top.path_of(name), what);
            None
        }
        _ => Some(value),
    }
}
