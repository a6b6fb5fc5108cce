//! Who plays which part: makes the job with a given number in a given world.
//!
//! Owns: the parts (the one that always fails, the one that never starts, …) and who plays them. Knows nothing of what
//! becomes of them.

use std::collections::HashSet;

use super::chance::{chance, job_id};
use super::job::Job;
use super::life::Life;
use super::names;
use super::policy::{Gap, Policy, Rhythm, weekday};
use super::run::{KEPT_REPORTS, Luck, Opening, Plan};
use crate::simulator::WorldKind;

/// In a live world a run is due every so many seconds: long enough for the longest wait and run.
const LIVE_INTERVAL: std::ops::RangeInclusive<i64> = 120..=240;
/// A job whose policy was closed had its last run this many intervals ago.
const CLOSED_AGO: i64 = 20;
/// A job that is stuck had its last run this many intervals ago: in a live world over an hour, its policy's hour.
const STUCK_AGO: i64 = 60;
/// The fewest reports that a job's history has.
const LEAST_HISTORY: i64 = 12;
/// A day, in seconds.
const DAY: i64 = 24 * 3600;
/// Jobs are older than their history by up to so many seconds.
const AGE: i64 = 90 * DAY;
/// The last second of a day.
const END_OF_DAY: i64 = DAY - 1;
/// Hours from run to run of an hourly policy: all divide a day, so that runs stay at the same times of the day.
const HOURS: [i64; 5] = [1, 2, 3, 4, 6];
/// A window's length in seconds.
const WINDOW: i64 = 2 * 3600;

/// What a job is there to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
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

/// The job with this number in this project of a world that starts at `start` (Unix seconds).
pub(crate) fn cast(kind: WorldKind, seed: u64, project: usize, number: usize, start: i64) -> Job {
    let mut rng = chance(seed, &[to_i64(project), to_i64(number)]);
    let facts = names::kind(number);
    let id = job_id(&mut rng, facts.id_ending);
    let part = part(number, facts.job_type, &mut rng);
    let unsupported = part == Part::Unsupported;
    let life = life(kind, part, start, &mut rng);
    let oldest = if unsupported {
        start
    } else {
        life.plan.anchor + life.plan.first * life.plan.interval
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

fn life(kind: WorldKind, part: Part, start: i64, rng: &mut fastrand::Rng) -> Life {
    let rhythm = rhythm(part, rng);
    let plan = plan(kind, part, rhythm, start, rng);
    let rhythm = match rhythm {
        Rhythm::Weekly(_) => Rhythm::Weekly(weekday(plan.anchor)),
        other => other,
    };
    let begin = rhythm.window_begin(plan.anchor);
    let window = match (kind, rhythm) {
        // No real policy says "every two minutes": in a live world the window is always open.
        (WorldKind::Live, _) => (0, END_OF_DAY),
        (_, Rhythm::Hourly(_)) => (begin, END_OF_DAY),
        _ => (begin, begin + WINDOW),
    };
    Life {
        plan,
        policy: match part {
            Part::Closed => Policy::Closed(rhythm),
            Part::Unsupported => Policy::Unsupported,
            _ => Policy::Open(rhythm),
        },
        window,
        types: types(part, rng),
        gap: Gap::draw(rng),
        dated_while_waiting: rng.bool(),
        slips: part == Part::Slipping,
    }
}

fn rhythm(part: Part, rng: &mut fastrand::Rng) -> Rhythm {
    let hours = HOURS[rng.usize(0..HOURS.len())];
    let any = [Rhythm::Daily, Rhythm::Hourly(hours), Rhythm::Weekly(1)][rng.usize(0..3)];
    // Whoever works out from the policy when a run was due must find that this one missed some.
    if part == Part::Stuck { Rhythm::Hourly(1) } else { any }
}

fn plan(kind: WorldKind, part: Part, rhythm: Rhythm, start: i64, rng: &mut fastrand::Rng) -> Plan {
    let (interval, anchor) = match (kind, part) {
        (WorldKind::Live, Part::Running) => (rng.i64(LIVE_INTERVAL), start - 3),
        (WorldKind::Live, Part::Waiting) => (rng.i64(LIVE_INTERVAL), start),
        (WorldKind::Live, _) => {
            let interval = rng.i64(LIVE_INTERVAL);
            (interval, start - rng.i64(0..interval))
        }
        (WorldKind::Quiet | WorldKind::Empty, _) => {
            let interval = rhythm.seconds();
            // Neither just over nor soon due, and on a whole minute, as people set them.
            let anchor = start + rng.i64(interval / 4..interval * 3 / 4);
            (interval, anchor - anchor % 60)
        }
    };
    let last = match (kind, part) {
        (_, Part::Stuck) => -STUCK_AGO,
        (_, Part::Closed) => -CLOSED_AGO,
        (WorldKind::Live, _) => i64::MAX,
        (WorldKind::Quiet | WorldKind::Empty, _) => -1,
    };
    let history = rng.i64(LEAST_HISTORY..=KEPT_REPORTS);
    let newest_at_start = last.min(0);
    Plan {
        seed: rng.u64(..),
        anchor,
        interval,
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
            (WorldKind::Live, Part::Running) => Opening::Running,
            (WorldKind::Live, Part::Waiting) => Opening::Waiting,
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
