//! Who plays which part: makes the job with a given number in a given world.
//!
//! Owns: the parts (the one that always fails, the one that never starts, …) and who plays them. Knows nothing of what
//! becomes of them.

use std::collections::HashSet;

use super::Founding;
use super::calendar::{self, Arrangement};
use super::chance::{chance, job_id};
use super::job::Job;
use super::life::Life;
use super::names;
use super::pace::Pace;
use super::policy::{DAY, Days, END_OF_DAY, Gap, HOUR, Policy, Rhythm, weekday};
use super::run::{Luck, Opening, Plan};
use super::timetable::Timetable;
use crate::simulator::WorldKind;

/// In a live world a run is due every so many seconds: long enough for the longest wait and run.
const LIVE_INTERVAL: std::ops::RangeInclusive<i64> = 120..=240;
/// A job whose policy was closed had its last run this many intervals ago.
const CLOSED_AGO: i64 = 20;
/// A job that is stuck had its last run this many intervals ago: in a live world over an hour, its policy's hour.
const STUCK_AGO: i64 = 60;
/// The fewest reports that a job's history has, where it may have so many.
const LEAST_HISTORY: i64 = 12;
/// Jobs are older than their history by up to so many seconds.
const AGE: i64 = 90 * DAY;
/// Hours from run to run of an hourly policy: all divide a day, so that runs stay at the same times of the day.
const HOURS: [i64; 5] = [1, 2, 3, 4, 6];
/// A window's length in seconds.
const WINDOW: i64 = 2 * HOUR;

/// What a job is there to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Runs come and end, mostly well.
    Ordinary,
    /// Runs when the world starts.
    Running,
    /// Waits when the world starts.
    Waiting,
    /// Every run finds differences.
    Inconsistent,
    /// Every run fails.
    Failing,
    /// A run is due and never starts.
    Stuck,
    /// The policy is closed.
    Closed,
    /// The engine has no policy.
    Unsupported,
    /// The detail answers with another id.
    Slipping,
}

/// The first jobs of each project, in this order; all others are ordinary or, now and then, closed or unsupported.
const PARTS: [Part; 8] = [
    Part::Running,
    Part::Waiting,
    Part::Inconsistent,
    Part::Failing,
    Part::Stuck,
    Part::Closed,
    Part::Unsupported,
    Part::Slipping,
];

/// The job with this number in this project of a world.
pub(crate) fn cast(founding: &Founding, project: usize, number: usize) -> Job {
    let mut rng = chance(founding.seed, &[to_i64(project), to_i64(number)]);
    let facts = names::kind(number);
    let id = job_id(&mut rng, facts.id_ending);
    let part = part(number, facts.job_type, &mut rng);
    let unsupported = part == Part::Unsupported;
    let life = life(founding, part, &mut rng);
    let oldest = if unsupported {
        founding.start
    } else {
        life.plan.timetable.due(life.plan.first)
    };
    Job {
        id,
        name: names::job_name(project, number),
        job_type: facts.job_type.into(),
        engine_type: if unsupported {
            names::ENGINE_WITHOUT_POLICY
        } else {
            names::engine(number)
        }
        .into(),
        task_type: if facts.job_type == "migration" {
            "FULL_TRANS"
        } else {
            "FULL_INCR_TRANS"
        }
        .into(),
        status: if part == Part::Closed {
            "FULL_TRANSFER_COMPLETE"
        } else {
            "INCRE_TRANSFER_STARTED"
        }
        .into(),
        created: oldest - rng.i64(1..AGE),
        scripted_policy: None,
        life: Some(life),
        scripted: Vec::new(),
        hidden: HashSet::new(),
    }
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn part(number: usize, job_type: &str, rng: &mut fastrand::Rng) -> Part {
    if job_type == "replay" {
        return Part::Unsupported;
    }
    PARTS.get(number).copied().unwrap_or_else(|| match rng.u8(0..20) {
        0 => Part::Closed,
        1 => Part::Unsupported,
        _ => Part::Ordinary,
    })
}

fn life(founding: &Founding, part: Part, rng: &mut fastrand::Rng) -> Life {
    let Arrangement {
        rhythm,
        window,
        timetable,
    } = match founding.kind {
        WorldKind::Daily => calendar::arrange(part, founding.start, rng),
        kind => arrange(kind, part, founding.start, rng),
    };
    Life {
        plan: plan(founding, part, timetable, rng),
        policy: match part {
            Part::Closed => Policy::Closed(rhythm),
            Part::Unsupported => Policy::Unsupported,
            _ => Policy::Open(rhythm),
        },
        window,
        types: types(part, rng),
        gap: Gap::draw(rng),
        // In a daily world the wait may be long, and no start is told that was none.
        dated_while_waiting: rng.bool() && founding.kind != WorldKind::Daily,
        slips: part == Part::Slipping,
    }
}

/// The arrangement of a job in a world that is not daily.
fn arrange(kind: WorldKind, part: Part, start: i64, rng: &mut fastrand::Rng) -> Arrangement {
    let rhythm = rhythm(part, rng);
    let (interval, anchor) = match (kind, part) {
        (WorldKind::Live, Part::Running) => (rng.i64(LIVE_INTERVAL), start - 3),
        (WorldKind::Live, Part::Waiting) => (rng.i64(LIVE_INTERVAL), start),
        (WorldKind::Live, _) => {
            let interval = rng.i64(LIVE_INTERVAL);
            (interval, start - rng.i64(0..interval))
        }
        _ => {
            let interval = rhythm.seconds();
            // Neither just over nor soon due, and on a whole minute, as people set them.
            let anchor = start + rng.i64(interval / 4..interval * 3 / 4);
            (interval, anchor - anchor % 60)
        }
    };
    let rhythm = match rhythm {
        Rhythm::Weekly(_) => Rhythm::Weekly(Days::of(&[weekday(anchor)])),
        other => other,
    };
    let begin = rhythm.window_begin(anchor);
    let window = match (kind, rhythm) {
        // No real policy says "every two minutes": in a live world the window is always open.
        (WorldKind::Live, _) => (0, END_OF_DAY),
        (_, Rhythm::Hourly(_)) => (begin, END_OF_DAY),
        _ => (begin, begin + WINDOW),
    };
    Arrangement {
        rhythm,
        window,
        timetable: Timetable::every(interval, anchor),
    }
}

fn rhythm(part: Part, rng: &mut fastrand::Rng) -> Rhythm {
    let hours = HOURS[rng.usize(0..HOURS.len())];
    let any = [Rhythm::Daily, Rhythm::Hourly(hours), Rhythm::Weekly(Days::ALL)][rng.usize(0..3)];
    // Whoever works out from the policy when a run was due must find that this one missed some.
    if part == Part::Stuck { Rhythm::Hourly(1) } else { any }
}

fn plan(founding: &Founding, part: Part, timetable: Timetable, rng: &mut fastrand::Rng) -> Plan {
    let (kind, reports) = (founding.kind, founding.reports);
    let last = match (kind, part) {
        (WorldKind::Daily, Part::Stuck) => -1,
        (_, Part::Stuck) => -STUCK_AGO,
        (_, Part::Closed) => -CLOSED_AGO,
        (WorldKind::Live | WorldKind::Daily, _) => i64::MAX,
        (WorldKind::Quiet | WorldKind::Empty, _) => -1,
    };
    let history = match kind {
        WorldKind::Daily => reports,
        _ => rng.i64(LEAST_HISTORY.min(reports)..=reports),
    };
    let newest_at_start = last.min(0);
    Plan {
        seed: rng.u64(..),
        timetable,
        pace: match kind {
            WorldKind::Daily => Pace::Real,
            _ => Pace::Brisk,
        },
        reports,
        first: if part == Part::Unsupported {
            i64::MAX
        } else {
            newest_at_start - history + 1
        },
        last,
        luck: match part {
            Part::Inconsistent => Luck::AlwaysDifferent,
            Part::Failing => Luck::AlwaysFailing,
            _ => Luck::Mixed,
        },
        opening: match (kind, part) {
            (WorldKind::Live | WorldKind::Daily, Part::Running) => Opening::Running,
            (WorldKind::Live | WorldKind::Daily, Part::Waiting) => Opening::Waiting,
            _ => Opening::Any,
        },
    }
}

fn types(part: Part, rng: &mut fastrand::Rng) -> Vec<&'static str> {
    match (part, rng.u8(0..10)) {
        (Part::Ordinary, 0) => vec!["lines"],
        (_, 0..4) => vec!["lines", "object_comparison"],
        _ => vec!["lines", "account", "object_comparison"],
    }
}
