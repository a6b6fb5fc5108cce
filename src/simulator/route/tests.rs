//! From a request line to its operation.

use super::*;

fn target(path: &str) -> Option<String> {
    Route::find(&Method::GET, path).target()
}

#[test]
fn an_operation_is_known_by_its_path() {
    assert_eq!(
        target("/v5/P/jobs/J/health-compare-jobs").unwrap(),
        "ShowHealthCompareJobList J"
    );
    assert_eq!(
        target("/v5/P/jobs/J/health-compare-jobs/C").unwrap(),
        "ShowHealthCompareJobDetail J/C"
    );
    assert_eq!(
        target("/v5/P/jobs/J/health-compare-jobs/object/C").unwrap(),
        "ShowHealthObjectCompareJobOverview J/C"
    );
    assert_eq!(
        target("/v3/P/jobs/J/compare/C/line-overview").unwrap(),
        "ListDataCompareOverview J/C"
    );
    assert_eq!(
        target("/v5/P/jobs/J/compare/users/C").unwrap(),
        "ShowCompareUsersDetail J/C"
    );
    assert_eq!(target("/v5/P/jobs/J/compare-policy").unwrap(), "ShowComparePolicy J");
    assert_eq!(Route::find(&Method::GET, "/v5/P/jobs").operation(), "ListJobs");
}

#[test]
fn an_encoded_slash_stays_in_its_segment() {
    assert_eq!(
        target("/v5/P/jobs/a%2Fb%20c/compare-policy").unwrap(),
        "ShowComparePolicy a/b c"
    );
}

#[test]
fn what_is_no_operation_is_unknown() {
    for path in [
        "/",
        "/v5/P/jobs/J",
        "/v5/P/jobs/J/health-compare-jobs/C/x",
        "/v3/auth/tokens",
        "/v5/P/jobs/%FF/compare-policy",
    ] {
        assert_eq!(Route::find(&Method::GET, path), Route::Unknown, "{path}");
    }
    assert_eq!(Route::find(&Method::POST, "/v5/P/jobs"), Route::Unknown);
}
