//! The operations this client calls.
//!
//! Owns: their names. A name is the API's own operation id, as the reference and the official SDKs print it, so that
//! what a metric or a log line says can be looked up.

/// One operation of the cloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// DRS: one health comparison task.
    ShowHealthCompareJobDetail,
    /// DRS: the health comparison tasks of one job.
    ShowHealthCompareJobList,
    /// DRS: what the object comparison of one task found.
    ShowHealthObjectCompareJobOverview,
    /// DRS: what the row comparison of one task found.
    ListDataCompareOverview,
    /// DRS: what the account comparison of one task found.
    ShowCompareUsersDetail,
    /// DRS: when a job's comparisons run.
    ShowComparePolicy,
    /// DRS: the jobs of a project.
    ListJobs,
    /// IAM: a token for a user and password.
    KeystoneCreateUserTokenByPassword,
    /// The instance's metadata service: a session token for its other calls (a name of ours; the service has none).
    CreateMetadataToken,
    /// The instance's metadata service: the temporary keys of the instance's agency (a name of ours).
    ShowSecurityKey,
    /// No call: credentials are read from files or from the environment.
    ReadCredentials,
}

impl Operation {
    /// Every operation that sends requests, for whoever wants a series for each from the start.
    pub const CALLS: [Self; 10] = [
        Self::ShowHealthCompareJobDetail,
        Self::ShowHealthCompareJobList,
        Self::ShowHealthObjectCompareJobOverview,
        Self::ListDataCompareOverview,
        Self::ShowCompareUsersDetail,
        Self::ShowComparePolicy,
        Self::ListJobs,
        Self::KeystoneCreateUserTokenByPassword,
        Self::CreateMetadataToken,
        Self::ShowSecurityKey,
    ];

    /// The API's operation id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShowHealthCompareJobDetail => "ShowHealthCompareJobDetail",
            Self::ShowHealthCompareJobList => "ShowHealthCompareJobList",
            Self::ShowHealthObjectCompareJobOverview => "ShowHealthObjectCompareJobOverview",
            Self::ListDataCompareOverview => "ListDataCompareOverview",
            Self::ShowCompareUsersDetail => "ShowCompareUsersDetail",
            Self::ShowComparePolicy => "ShowComparePolicy",
            Self::ListJobs => "ListJobs",
            Self::KeystoneCreateUserTokenByPassword => "KeystoneCreateUserTokenByPassword",
            Self::CreateMetadataToken => "CreateMetadataToken",
            Self::ShowSecurityKey => "ShowSecurityKey",
            Self::ReadCredentials => "ReadCredentials",
        }
    }
}

/// Who wants to know of every request made, and of how fast they may be, for counting. Called from within the request: it must not block.
pub trait Observer: Send + Sync {
    /// One HTTP request ended, a retry included. `code` is the HTTP status (`"200"`) or, when there was no whole
    /// answer, one of `timeout`, `connect`, `tls`, `body`, `other`. `seconds` is the time from sending to the
    /// end of the body; waiting for the rate limit is not part of it.
    fn request(&self, operation: Operation, code: &str, seconds: f64);

    /// The cloud gave an error code of its own, such as `DRS.10000010`: 64 printable ASCII characters at most.
    fn api_error(&self, operation: Operation, error_code: &str);

    /// How many requests per second are allowed from now on: told when the client is made, which is the configured
    /// rate, and whenever it falls because the cloud said "too many", or comes back. What is sent stays a little below
    /// it. Called with the limits locked: it must not call the client.
    fn rate_limit(&self, _requests_per_second: f64) {}
}
