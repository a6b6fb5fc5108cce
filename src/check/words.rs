//! Words for people and scripts.
//!
//! Owns: the closed set of words for causes, which are part of the JSON's form; and per operation, the permission it
//! takes and the series it is for. Permissions are the action names that the cloud has published (API text, 4.4).

use std::time::Duration;

use jiff::SignedDuration;

use super::report::Finding;
use crate::cloud::{Cause, Error, Operation};

/// The cause as one word.
pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Connect => "connect",
        Cause::Timeout => "timeout",
        Cause::Tls => "tls",
        Cause::Body => "body",
        Cause::NotFound => "not_found",
        Cause::SignatureRefused => "signature_refused",
        Cause::ClockSkew => "clock_skew",
        Cause::TokenRefused => "token_refused",
        Cause::LoginRefused => "login_refused",
        Cause::CredentialsUnavailable => "credentials_unavailable",
        Cause::Forbidden => "forbidden",
        Cause::Blocked => "blocked",
        Cause::WrongProject => "wrong_project",
        Cause::NotInRegion => "not_in_region",
        Cause::Throttled => "throttled",
        Cause::Server => "server",
        Cause::Redirected => "redirected",
        Cause::Refused => "refused",
    }
}

/// What to do about a failure of this operation: what the cause says, and for a missing permission its name.
pub(super) fn remedy(operation: Operation, error: &Error) -> String {
    match (error.cause(), permission(operation)) {
        (Cause::Forbidden, Some(action)) => format!(
            "{}; as a custom policy, the action `{action}` is for this call",
            error.remedy()
        ),
        _ => error.remedy().to_owned(),
    }
}

/// Marks `finding` as failed by `error`.
pub(super) fn blame(finding: Finding, operation: Operation, error: &Error) -> Finding {
    Finding {
        cause: Some(cause(error.cause())),
        code: error.code().map(str::to_owned),
        remedy: Some(remedy(operation, error)),
        ..finding
    }
}

fn permission(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::ListJobs => Some("drs:migrationJob:list"),
        Operation::ShowHealthCompareJobList | Operation::ShowHealthCompareJobDetail => {
            Some("drs:healthCompareJob:list")
        }
        Operation::ShowComparePolicy => Some("drs:healthCompareJob:getComparePolicy"),
        Operation::ShowHealthObjectCompareJobOverview => Some("drs:healthCompareJob:getOverview"),
        Operation::ListDataCompareOverview => Some("drs:healthCompareJob:getLineDetail"),
        Operation::ShowCompareUsersDetail => Some("drs:healthCompareJob:getAccountDetails"),
        _ => None,
    }
}

/// What the exporter does not show while this operation fails.
pub(super) fn missing(operation: Operation, has_discovery: bool) -> Option<&'static str> {
    match operation {
        Operation::ListJobs if has_discovery => {
            Some("every discovered job with all its series; drs_job_info, drs_job_status")
        }
        Operation::ListJobs => Some("drs_job_info, drs_job_status; the label job_name of jobs without any comparison"),
        Operation::ShowHealthCompareJobList => Some("all comparison series of these jobs"),
        Operation::ShowHealthCompareJobDetail => {
            Some("the series of single comparison tasks; names of jobs that are not listed")
        }
        Operation::ShowComparePolicy => Some(
            "drs_health_comparison_policy_status, …_next_scheduled_timestamp_seconds, \
             …_last_scheduled_timestamp_seconds; these jobs are polled every poll_interval",
        ),
        Operation::ShowHealthObjectCompareJobOverview => {
            Some("drs_health_comparison_consistent, …_last_consistent_timestamp_seconds, …_objects, …_object_verdict")
        }
        Operation::ListDataCompareOverview => Some("drs_health_comparison_rows_consistent, …_row_tables"),
        Operation::ShowCompareUsersDetail => Some("drs_health_comparison_accounts_consistent, …_account_results"),
        _ => None,
    }
}

/// The cause for people, with the cloud's own code.
pub(super) fn why(cause: &str, code: Option<&str>) -> String {
    let words = cause.replace('_', " ");
    match code {
        Some(code) => format!("{words} ({code})"),
        None => words,
    }
}

/// `1 job`, `2 jobs`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A length of time, such as `1h 2m 3s`, to the second.
pub(super) fn span(duration: Duration) -> String {
    // Half a second up is one more.
    let seconds = duration.saturating_add(Duration::from_millis(500)).as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    format!("{:#}", SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_permission_is_named() {
        let error = Error::for_test(Cause::Forbidden);
        let remedy = remedy(Operation::ShowComparePolicy, &error);
        assert!(remedy.contains("drs:healthCompareJob:getComparePolicy"), "{remedy}");
        assert!(!self::remedy(Operation::ListJobs, &Error::for_test(Cause::Timeout)).contains("drs:"));
    }

    #[test]
    fn what_is_missing_is_called_as_the_metrics_are() {
        let page = include_str!("../../docs/metrics.md");
        for operation in Operation::CALLS {
            let missing = missing(operation, true)
                .unwrap_or_default()
                .replace('…', "drs_health_comparison");
            let names = missing.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            for name in names.filter(|name| name.starts_with("drs_")) {
                assert!(page.contains(&format!("`{name}`")), "{name}");
            }
        }
    }

    #[test]
    fn a_length_of_time_is_told_to_the_second() {
        for (millis, text) in [
            (0, "0s"),
            (8_400, "8s"),
            (3_723_000, "1h 2m 3s"),
            (90_061_000, "25h 1m 1s"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }
}
