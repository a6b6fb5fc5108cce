//! What the inhabitants of the world are called.
//!
//! Owns: projects, and the names, engines and kinds of jobs by their number. Knows nothing of comparisons.

/// A tenant's project in one region.
pub(crate) struct ProjectFacts {
    /// The name that a configuration would give it; the cloud's own name of a default project is its region.
    pub(crate) name: &'static str,
    /// The project's id.
    pub(crate) id: &'static str,
    /// The region it lies in.
    pub(crate) region: &'static str,
}

/// The two projects of every world. The first has the id of the API text's example request.
pub(crate) const PROJECTS: [ProjectFacts; 2] = [
    ProjectFacts {
        name: "payments",
        id: "5237e10fe9aa4ad5b16b6a5245248314",
        region: "ap-southeast-1",
    },
    ProjectFacts {
        name: "analytics",
        id: "9c1f6e0a7b5d4c3f8e2a1d0b6f4c7e35",
        region: "eu-west-101",
    },
];

/// What a kind of job is called and how its ids end.
#[derive(Clone, Copy)]
pub(crate) struct JobKind {
    /// The value of `job_type` (API text 2.1).
    pub(crate) job_type: &'static str,
    /// The last part of names of such jobs.
    suffix: &'static str,
    /// How ids of such jobs end.
    pub(crate) id_ending: &'static str,
}

const DISASTER_RECOVERY: JobKind = JobKind {
    job_type: "cloudDataGuard",
    suffix: "dr",
    id_ending: "jb20y",
};
const SYNC: JobKind = JobKind {
    job_type: "sync",
    suffix: "sync",
    id_ending: "jb20r",
};
const MIGRATION: JobKind = JobKind {
    job_type: "migration",
    suffix: "migration",
    id_ending: "jb502",
};
const REPLAY: JobKind = JobKind {
    job_type: "replay",
    suffix: "replay",
    id_ending: "jb201",
};

/// All values of `job_type` that the job list takes.
pub(crate) const JOB_TYPES: [&str; 4] = [
    MIGRATION.job_type,
    SYNC.job_type,
    DISASTER_RECOVERY.job_type,
    REPLAY.job_type,
];

const COMMON_KINDS: [JobKind; 5] = [DISASTER_RECOVERY, SYNC, SYNC, MIGRATION, DISASTER_RECOVERY];

/// Replay jobs are rare: one in so many.
const REPLAY_EVERY: usize = 13;

/// The kind of the job with this number in its project.
pub(crate) fn kind(number: usize) -> JobKind {
    if number % REPLAY_EVERY == REPLAY_EVERY - 1 {
        REPLAY
    } else {
        COMMON_KINDS[number % COMMON_KINDS.len()]
    }
}

/// The kind of a job made by hand, whose `job_type` may be anything.
pub(crate) fn kind_named(job_type: &str) -> JobKind {
    [DISASTER_RECOVERY, SYNC, MIGRATION, REPLAY]
        .into_iter()
        .find(|kind| kind.job_type == job_type)
        .unwrap_or(SYNC)
}

/// `engine_type` and how people shorten it in a name. All of these support a comparison policy (API text 1.5).
const ENGINES: [(&str, &str); 4] = [
    ("mysql-to-mysql", "mysql"),
    ("mysql-to-taurus", "taurus"),
    ("mysql-to-mysql", "mysql"),
    ("taurus-to-mysql", "taurus"),
];

/// The engine of a job that has no comparison policy.
pub(crate) const ENGINE_WITHOUT_POLICY: &str = "oracle-to-gaussdbv5";

const SUBJECTS: [[&str; 12]; 2] = [
    [
        "orders",
        "ledger",
        "customers",
        "invoices",
        "refunds",
        "sessions",
        "cards",
        "payouts",
        "disputes",
        "risk",
        "loyalty",
        "audit",
    ],
    [
        "events",
        "clicks",
        "campaigns",
        "profiles",
        "reports",
        "segments",
        "search",
        "funnels",
        "cohorts",
        "forecasts",
        "surveys",
        "experiments",
    ],
];

/// The `engine_type` of the job with this number.
pub(crate) fn engine(number: usize) -> &'static str {
    ENGINES[number % ENGINES.len()].0
}

/// The name of the job with this number in this project: `orders-mysql-dr`; from the second round on `orders-mysql-dr-2`.
pub(crate) fn job_name(project: usize, number: usize) -> String {
    let subjects = SUBJECTS[project % SUBJECTS.len()];
    let subject = subjects[number % subjects.len()];
    let engine = ENGINES[number % ENGINES.len()].1;
    let suffix = kind(number).suffix;
    match number / subjects.len() {
        0 => format!("{subject}-{engine}-{suffix}"),
        round => format!("{subject}-{engine}-{suffix}-{}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_thousand_jobs_have_a_thousand_names() {
        let names: HashSet<String> = (0..1000).map(|number| job_name(0, number)).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.contains("orders-mysql-dr"));
    }

    #[test]
    fn all_four_kinds_occur_and_replay_is_rare() {
        let kinds: Vec<&str> = (0..26).map(|number| kind(number).job_type).collect();
        for job_type in JOB_TYPES {
            assert!(kinds.contains(&job_type), "{job_type}");
        }
        assert_eq!(kinds.iter().filter(|kind| **kind == "replay").count(), 2);
    }
}
