//! The one table of all keys.
//!
//! Owns: where a key stands, its type, bounds, default, meaning and an example. Reading, the messages about
//! mistakes, `docs/configuration.md` and the tests are driven by it: a new key is a new row here and a line
//! where its value is used (`assemble`).

use std::time::Duration;

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The path of the map it stands in, `[]` for the items of a list; empty at the top level.
    pub section: &'static str,
    /// The key itself.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it may be left out.
    pub need: Need,
    /// What it means.
    pub about: &'static str,
    /// A value that works, as it is written in the file.
    pub example: &'static str,
    /// The first version that knows the key.
    pub since: &'static str,
}

/// The type of a value and its bounds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Keys of its own.
    Map,
    /// A list of maps.
    List,
    /// A length of time, as Prometheus writes it.
    Duration(Duration, Duration),
    /// A whole number.
    Count(u64, u64),
    /// A number.
    Rate(f64, f64),
    /// Bytes.
    Size(u64, u64),
    /// One line of text.
    Text,
    /// Text without white space.
    Id,
    /// A region's name: it becomes part of host names.
    Region,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of some of these words, each once at most, and at least so many.
    Words(&'static [&'static str], usize),
    /// A regular expression.
    Pattern,
    /// The address of a service: scheme, host and port only.
    Endpoint,
    /// The address of a proxy; as an endpoint, but may hold a user and a password.
    Proxy,
    /// A file that must be there.
    Certificates,
    /// A secret, written in the configuration.
    Secret,
    /// A file with a secret in it.
    SecretFile,
    /// True or false.
    Switch,
    /// A list of texts, each once, not empty.
    Texts,
    /// A map of somebody's names to secrets.
    Dictionary,
    /// A length of time, as Go writes it.
    Pause,
    /// A file; whoever reads it judges it.
    File,
    /// A certificate or a key, written in the configuration.
    Pem,
}

/// Whether a key may be left out, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must be there.
    Required,
    /// Left out, it has this value.
    Default(&'static str),
    /// Left out, it means what the text says.
    Optional(&'static str),
}

use Kind::{
    Certificates, Choice, Count, Endpoint, Id, List, Map, Pattern, Proxy, Rate, Region, Secret, SecretFile, Size, Text,
    Words,
};
use Need::{Default, Optional, Required};

const SHORTEST: Duration = Duration::from_millis(100);
const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Faster than an answer comes back, the polls of one job would overlap.
const POLL: Kind = Kind::Duration(SHORTEST, DAY);
/// Beyond a week nobody would call the data current.
const IDLE: Kind = Kind::Duration(SHORTEST, WEEK);
/// Beyond a day a new job would be unwatched on its first day.
const DISCOVERY_REFRESH: Kind = Kind::Duration(SHORTEST, DAY);
/// Twice the longest `idle_interval`, and some.
const STALE: Kind = Kind::Duration(SHORTEST, Duration::from_hours(30 * 24));
/// Below 100 ms no TLS handshake across a continent succeeds; beyond 5 min a poll would never end.
const TIMEOUT: Kind = Kind::Duration(Duration::from_millis(100), Duration::from_mins(5));
/// The shortest list takes some hundred bytes, one of 1000 tasks some 300 KiB; beyond 1 GiB the bound would protect nobody.
const RESPONSE: Kind = Size(1024, 1024 * 1024 * 1024);
/// One request in 100 s is the slowest that is of use; the gateway throttles long before 1000 a second.
const RATE: Kind = Rate(0.01, 1000.0);
/// None of them is a choice too: nothing is judged then, and no call for it is made.
const VERDICTS: Kind = Words(&["objects", "rows", "accounts"], 0);
/// Without any there would be nothing to discover.
const JOB_TYPES: Kind = Words(&["migration", "sync", "cloudDataGuard", "replay"], 1);

pub(crate) const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    need: Need,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        section,
        name,
        kind,
        need,
        about,
        example,
        since: "0.1.0",
    }
}

const TOP: &str = "";
const HTTP: &str = "http";
const PROJECT: &str = "projects[]";
const PROJECT_HTTP: &str = "projects[].http";
const ENDPOINTS: &str = "projects[].endpoints";
const CREDENTIALS: &str = "projects[].credentials";
const AKSK: &str = "projects[].credentials.aksk";
const PASSWORD: &str = "projects[].credentials.password";
const TOKEN: &str = "projects[].credentials.token";
const AGENCY: &str = "projects[].credentials.agency";
const TASK: &str = "projects[].comparison_tasks[]";
const JOB: &str = "projects[].jobs[]";
const DISCOVERY: &str = "projects[].discovery";

const GLOBAL: Need = Optional("as in the global `http`");
const OR_FILE: Need = Optional("given by the key with `_file`");
const OR_VALUE: Need = Optional("given by the key without `_file`");

/// Every key, in the order of the documentation.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key(TOP, "poll_interval", POLL, Default("1m"), "30s", "How often a comparison that may change is asked for."),
    key(TOP, "idle_interval", IDLE, Default("15m"), "20m", "How often a job is asked for that has an open policy, nothing running and nothing due, and a single task that has ended, to see that the cloud still knows it. Not shorter than `poll_interval`; left out, a longer `poll_interval` raises it."),
    key(TOP, "policy_interval", IDLE, Default("2h"), "1h", "How often a job's compare policy is asked for. Not shorter than `idle_interval`; left out, a longer `idle_interval` raises it."),
    key(TOP, "stale_after", STALE, Default("45m"), "2h", "A job that was not refreshed for so long loses its comparison series. At least twice `idle_interval`; left out, a longer `idle_interval` raises it to that."),
    key(TOP, "tasks_per_job", Count(0, 1000), Default("5"), "3", "How many of a job's newest tasks get series of their own; 0 means none."),
    key(TOP, "language", Choice(&["en-us", "zh-cn"]), Default("en-us"), "zh-cn", "The language of the cloud's messages in the log."),
    key(TOP, "verdicts", VERDICTS, Default("[objects]"), "[objects, rows]", "What is judged of comparisons that have ended; `[]` for nothing. Rows and accounts are experimental: they rest on calls that the API does not document for health comparisons."),
    key(TOP, "http", Map, Default("{}"), "{timeout: 20s}", "How to talk to the cloud, for all projects."),
    key(HTTP, "timeout", TIMEOUT, Default("10s"), "20s", "A whole request, from connecting to the last byte of the answer."),
    key(HTTP, "concurrency", Count(1, 1000), Default("8"), "4", "Requests under way at once, per project."),
    key(HTTP, "rate_limit", RATE, Default("10"), "2.5", "Requests a second, per project. Lowered by itself when the cloud throttles."),
    key(HTTP, "max_response_bytes", RESPONSE, Default("8MiB"), "16MiB", "The largest answer that is read."),
    key(HTTP, "proxy_url", Proxy, Optional("that of the environment (`HTTPS_PROXY`, `NO_PROXY`), if any"), "http://proxy:3128", "A proxy for all calls to the cloud."),
    key(HTTP, "ca_file", Certificates, Optional("the public authorities only"), "private-cloud.pem", "Certificates (PEM) to trust besides the public ones."),
    key(TOP, "projects", List, Required, "[{name: payments, region: ap-southeast-1, project_id: 5237e1, jobs: [{job_id: c7debc}]}]", "What to watch; at least one project."),
    key(PROJECT, "name", Text, Required, "payments", "The label `project`. No two projects share one."),
    key(PROJECT, "region", Region, Required, "ap-southeast-1", "The region's id."),
    key(PROJECT, "project_id", Id, Required, "5237e10fe9aa4ad5b16b6a5245248314", "The id of the project in that region."),
    key(PROJECT, "endpoints", Map, Default("{}"), "{drs: 'https://drs.example.com'}", "Addresses of private clouds or of the simulator."),
    key(ENDPOINTS, "drs", Endpoint, Optional("the region's public one"), "https://drs.ap-southeast-1.myhuaweicloud.com", "The service DRS."),
    key(ENDPOINTS, "iam", Endpoint, Optional("the region's public one"), "https://iam.ap-southeast-1.myhuaweicloud.com", "The service IAM, which gives tokens."),
    key(PROJECT, "credentials", Map, Optional("the SDK's environment variables, then its profile file"), "{agency: {}}", "How to get in: exactly one of the four keys below."),
    key(CREDENTIALS, "aksk", Map, Optional("not used"), "{access_key: example, secret_key: example}", "Requests are signed with an access key."),
    key(AKSK, "access_key", Secret, OR_FILE, "example", "The access key's id (AK)."),
    key(AKSK, "access_key_file", SecretFile, OR_VALUE, "ak", "A file with it."),
    key(AKSK, "secret_key", Secret, OR_FILE, "example", "The secret access key (SK)."),
    key(AKSK, "secret_key_file", SecretFile, OR_VALUE, "sk", "A file with it."),
    key(AKSK, "security_token", Secret, Optional("permanent keys"), "example", "The security token of temporary keys."),
    key(AKSK, "security_token_file", SecretFile, Optional("permanent keys"), "st", "A file with it."),
    key(CREDENTIALS, "password", Map, Optional("not used"), "{domain: ACCOUNT, user: USER, password: example}", "IAM gives a token for a user's password."),
    key(PASSWORD, "domain", Text, Required, "ACCOUNT", "The account's name."),
    key(PASSWORD, "user", Text, Required, "USER", "The user's name."),
    key(PASSWORD, "password", Secret, OR_FILE, "example", "The user's password."),
    key(PASSWORD, "password_file", SecretFile, OR_VALUE, "pw", "A file with it."),
    key(CREDENTIALS, "token", Map, Optional("not used"), "{value: example}", "A token that somebody else keeps fresh."),
    key(TOKEN, "value", Secret, Optional("given by `file`"), "example", "The token."),
    key(TOKEN, "file", SecretFile, Optional("given by `value`"), "token", "A file with it."),
    key(CREDENTIALS, "agency", Map, Optional("not used"), "{}", "Temporary keys from the metadata service of the ECS instance; `{}` if nothing is to be set."),
    key(AGENCY, "endpoint", Endpoint, Optional("the fixed address of every ECS instance"), "http://169.254.169.254", "The metadata service."),
    key(PROJECT, "http", Map, Default("{}"), "{timeout: 20s}", "How to talk to the cloud, over the global `http`, key by key."),
    key(PROJECT_HTTP, "timeout", TIMEOUT, GLOBAL, "20s", "A whole request, from connecting to the last byte of the answer."),
    key(PROJECT_HTTP, "concurrency", Count(1, 1000), GLOBAL, "4", "Requests under way at once."),
    key(PROJECT_HTTP, "rate_limit", RATE, GLOBAL, "2.5", "Requests a second. Lowered by itself when the cloud throttles."),
    key(PROJECT_HTTP, "max_response_bytes", RESPONSE, GLOBAL, "16MiB", "The largest answer that is read."),
    key(PROJECT_HTTP, "proxy_url", Proxy, GLOBAL, "http://proxy:3128", "A proxy for all calls to the cloud."),
    key(PROJECT_HTTP, "ca_file", Certificates, GLOBAL, "private-cloud.pem", "Certificates (PEM) to trust besides the public ones."),
    key(PROJECT, "comparison_tasks", List, Optional("none"), "[{job_id: a, compare_job_id: b}]", "Single tasks. No pair twice."),
    key(TASK, "job_id", Id, Required, "163b98e8-6088-46c3-8b86-c18fea6jb502", "The DRS job."),
    key(TASK, "compare_job_id", Id, Required, "118d1bdc-b3c8-48a0-af77-3400da6e9291", "The comparison task of that job."),
    key(PROJECT, "jobs", List, Optional("none"), "[{job_id: b}]", "Jobs whose health comparisons are all watched, past and coming. No job twice."),
    key(JOB, "job_id", Id, Required, "c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r", "The DRS job."),
    key(PROJECT, "discovery", Map, Optional("no job is found by itself"), "{}", "Every health comparison of every job of the project; `{}` if nothing is to be set. Jobs that are listed above are watched as well, whatever their type and name."),
    key(DISCOVERY, "job_types", JOB_TYPES, Default("[migration, sync, cloudDataGuard]"), "[sync]", "The types of the jobs."),
    key(DISCOVERY, "include", Pattern, Default(".*"), "^prod-", "Only jobs whose name this matches."),
    key(DISCOVERY, "exclude", Pattern, Optional("none"), "^test-", "Not those whose name this matches."),
    key(DISCOVERY, "refresh_interval", DISCOVERY_REFRESH, Default("5m"), "1m", "How often the jobs are listed: a new one is watched, and one that was deleted goes, within this time."),
    key(PROJECT, "verdicts", VERDICTS, Optional("as in the global `verdicts`"), "[]", "What is judged, in place of the global `verdicts`."),
];

/// The keys that may stand in the map at `section`.
pub fn of(section: &str) -> impl Iterator<Item = &'static Key> + use<'_> {
    KEYS.iter().filter(move |key| key.section == section)
}

impl Key {
    /// The key's path from the top, with `[]` for the items of a list.
    #[must_use]
    pub fn path(&self) -> String {
        if self.section.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}.{}", self.section, self.name)
        }
    }
}
