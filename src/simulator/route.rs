//! Which operation a request line means.
//!
//! Owns: paths and methods (API text 0). Knows nothing of who asks and of what exists.

use hyper::Method;
use percent_encoding::percent_decode_str;

/// The operations that the simulated cloud has, named as the API names them.
pub(crate) const OPERATIONS: [&str; 12] = [
    "ShowHealthCompareJobList",
    "ShowHealthCompareJobDetail",
    "ShowHealthObjectCompareJobOverview",
    "ListDataCompareOverview",
    "ShowCompareUsersDetail",
    "ShowComparePolicy",
    "ListJobs",
    "KeystoneCreateUserTokenByPassword",
    "KeystoneListProjects",
    "CreateMetadataToken",
    "ShowSecurityKey",
    UNKNOWN,
];

/// Those of them that answer a list in pages.
pub(crate) const LISTS: [&str; 4] = [
    "ShowHealthCompareJobList",
    "ListDataCompareOverview",
    "ShowCompareUsersDetail",
    "ListJobs",
];

/// The operation of a request that means none.
const UNKNOWN: &str = "Unknown";

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The control API, with the rest of the path, decoded.
    Control(Vec<String>),
    /// A login for a token.
    Login,
    /// The list of projects.
    Projects,
    /// A session token of the metadata service.
    MetadataToken,
    /// Temporary keys of the metadata service.
    SecurityKey,
    /// A call of DRS in this project.
    Drs {
        /// The project's id, as asked.
        project: String,
        /// The call.
        call: Call,
    },
    /// Nothing that there is.
    Unknown,
}

/// A call of DRS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The comparisons of a job.
    TaskList {
        /// The job's id.
        job: String,
    },
    /// One comparison.
    TaskDetail {
        /// The job's id.
        job: String,
        /// The comparison's id.
        task: String,
    },
    /// What one comparison found in objects.
    ObjectOverview {
        /// The job's id.
        job: String,
        /// The comparison's id.
        task: String,
    },
    /// What one comparison found in rows.
    RowOverview {
        /// The job's id.
        job: String,
        /// The comparison's id.
        task: String,
    },
    /// What one comparison found in accounts.
    Accounts {
        /// The job's id.
        job: String,
        /// The comparison's id.
        task: String,
    },
    /// A job's policy.
    Policy {
        /// The job's id.
        job: String,
    },
    /// The jobs of one type.
    Jobs,
}

impl Route {
    /// The route of a method and a path as it was sent.
    pub(crate) fn find(method: &Method, path: &str) -> Self {
        let Some(segments) = decode(path) else {
            return Self::Unknown;
        };
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method.as_str(), parts.as_slice()) {
            (_, ["_simulator", ..]) => Self::Control(segments[1..].to_vec()),
            ("POST", ["v3", "auth", "tokens"]) => Self::Login,
            ("GET", ["v3", "projects"]) => Self::Projects,
            ("PUT", ["meta-data", "latest", "api", "token"]) => Self::MetadataToken,
            ("GET", ["openstack", "latest", "securitykey"]) => Self::SecurityKey,
            ("GET", ["v5", project, "jobs", rest @ ..]) => match Call::find(rest) {
                Some(call) => Self::Drs {
                    project: (*project).to_owned(),
                    call,
                },
                None => Self::Unknown,
            },
            ("GET", ["v3", project, "jobs", job, "compare", task, "line-overview"]) => Self::Drs {
                project: (*project).to_owned(),
                call: Call::RowOverview {
                    job: (*job).to_owned(),
                    task: (*task).to_owned(),
                },
            },
            _ => Self::Unknown,
        }
    }

    /// The API's operation id.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Login => "KeystoneCreateUserTokenByPassword",
            Self::Projects => "KeystoneListProjects",
            Self::MetadataToken => "CreateMetadataToken",
            Self::SecurityKey => "ShowSecurityKey",
            Self::Drs { call, .. } => call.operation(),
            Self::Control(_) | Self::Unknown => UNKNOWN,
        }
    }

    /// The project in the path.
    pub(crate) fn project(&self) -> Option<&str> {
        match self {
            Self::Drs { project, .. } => Some(project),
            _ => None,
        }
    }

    /// The job in the path.
    pub(crate) fn job(&self) -> Option<&str> {
        match self {
            Self::Drs { call, .. } => call.target().0,
            _ => None,
        }
    }

    /// Whether it asks for a list in pages.
    pub(crate) fn is_list(&self) -> bool {
        LISTS.contains(&self.operation())
    }

    /// What is asked of what: `ShowHealthCompareJobDetail JOB/TASK`.
    pub(crate) fn target(&self) -> Option<String> {
        let Self::Drs { call, .. } = self else { return None };
        match call.target() {
            (Some(job), Some(task)) => Some(format!("{} {job}/{task}", call.operation())),
            (Some(job), None) => Some(format!("{} {job}", call.operation())),
            (None, _) => None,
        }
    }
}

impl Call {
    fn find(rest: &[&str]) -> Option<Self> {
        let text = |part: &&str| (*part).to_owned();
        Some(match rest {
            [] => Self::Jobs,
            [job, "compare-policy"] => Self::Policy { job: text(job) },
            [job, "health-compare-jobs"] => Self::TaskList { job: text(job) },
            [job, "health-compare-jobs", task] => Self::TaskDetail {
                job: text(job),
                task: text(task),
            },
            [job, "health-compare-jobs", "object", task] => Self::ObjectOverview {
                job: text(job),
                task: text(task),
            },
            [job, "compare", "users", task] => Self::Accounts {
                job: text(job),
                task: text(task),
            },
            _ => return None,
        })
    }

    fn operation(&self) -> &'static str {
        match self {
            Self::TaskList { .. } => "ShowHealthCompareJobList",
            Self::TaskDetail { .. } => "ShowHealthCompareJobDetail",
            Self::ObjectOverview { .. } => "ShowHealthObjectCompareJobOverview",
            Self::RowOverview { .. } => "ListDataCompareOverview",
            Self::Accounts { .. } => "ShowCompareUsersDetail",
            Self::Policy { .. } => "ShowComparePolicy",
            Self::Jobs => "ListJobs",
        }
    }

    fn target(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::TaskList { job } | Self::Policy { job } => (Some(job), None),
            Self::TaskDetail { job, task }
            | Self::ObjectOverview { job, task }
            | Self::RowOverview { job, task }
            | Self::Accounts { job, task } => (Some(job), Some(task)),
            Self::Jobs => (None, None),
        }
    }
}

/// The segments of a path. Each is decoded on its own, so that an encoded slash stays within its segment.
fn decode(path: &str) -> Option<Vec<String>> {
    let segments = path.strip_prefix('/')?.split('/');
    let decoded = segments.map(|segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()));
    decoded.collect()
}

#[cfg(test)]
mod tests;
