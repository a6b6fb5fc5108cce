use prometheus::proto::MetricFamily;

use super::*;
use crate::exposition::catalogue::{ALL, FROM_SNAPSHOT};

fn own() -> OwnMetrics {
    OwnMetrics::new("1.2.3", "abc", "1.95.0")
}

fn used() -> OwnMetrics {
    let own = own();
    own.api_request("p", "ListJobs", "200", 0.3);
    own.api_error("p", "ListJobs", "DRS.10000001");
    own.refresh("p", 1.5);
    own.rate_limit("p", 2.5);
    own.refresh_delay("p", 0.0);
    own.shard(2, 3);
    own.config_loaded(true, "2024-04-07T10:00:01Z".parse().unwrap());
    own.web_config_loaded(true);
    own
}

#[test]
fn the_catalogue_and_what_is_gathered_are_the_same() {
    let gathered = used().registry.gather();
    let mut names: Vec<_> = gathered.iter().map(MetricFamily::name).collect();
    let mut catalogued: Vec<_> = ALL[FROM_SNAPSHOT..].iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    catalogued.sort_unstable();
    assert_eq!(names, catalogued);
}

#[test]
fn a_histogram_is_whole_and_its_bounds_suit_the_format() {
    let own = used();
    let text = own.encode(Format::Text);
    let name = "drs_exporter_api_request_duration_seconds";
    for line in [
        format!("# TYPE {name} histogram"),
        format!("{name}_bucket{{operation=\"ListJobs\",le=\"0.25\"}} 0"),
        format!("{name}_bucket{{operation=\"ListJobs\",le=\"1\"}} 1"),
        format!("{name}_bucket{{operation=\"ListJobs\",le=\"+Inf\"}} 1"),
        format!("{name}_sum{{operation=\"ListJobs\"}} 0.3"),
        format!("{name}_count{{operation=\"ListJobs\"}} 1"),
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    }
    let open = own.encode(Format::OpenMetrics);
    assert!(open.contains(&format!("{name}_bucket{{operation=\"ListJobs\",le=\"1.0\"}} 1\n")));
    assert!(open.contains("# TYPE drs_exporter_api_requests counter\n"));
    assert!(open.contains("drs_exporter_api_requests_total{project=\"p\",operation=\"ListJobs\",code=\"200\"} 1\n"));
}

#[test]
fn a_counter_of_invalid_responses_starts_at_zero_with_the_first_request() {
    let own = used();
    let line = "drs_exporter_invalid_responses_total{project=\"p\",operation=\"ListJobs\"}";
    assert!(own.encode(Format::Text).contains(&format!("{line} 0\n")));
    own.invalid_response("p", "ListJobs");
    assert!(own.encode(Format::Text).contains(&format!("{line} 1\n")));
}

#[test]
fn the_rate_and_the_delay_are_those_told_last() {
    let own = used();
    own.refresh_delay("p", 61.5);
    let text = own.encode(Format::Text);
    assert!(text.contains("drs_exporter_api_rate_limit{project=\"p\"} 2.5\n"));
    assert!(text.contains("drs_exporter_refresh_delay_seconds{project=\"p\"} 61.5\n"));
    own.rate_limit("p", 10.0);
    own.refresh_delay("p", 0.0);
    let text = own.encode(Format::Text);
    assert!(text.contains("drs_exporter_api_rate_limit{project=\"p\"} 10\n"));
    assert!(text.contains("drs_exporter_refresh_delay_seconds{project=\"p\"} 0\n"));
}

#[test]
fn the_last_success_stays_when_a_reload_fails() {
    let own = own();
    assert!(!own.encode(Format::Text).contains("config_last_reload"));
    own.config_loaded(true, "2024-04-07T10:00:01Z".parse().unwrap());
    own.config_loaded(false, "2024-04-07T11:00:01Z".parse().unwrap());
    let text = own.encode(Format::Text);
    assert!(text.contains("drs_exporter_config_last_reload_successful 0\n"));
    assert!(text.contains("drs_exporter_config_last_reload_success_timestamp_seconds 1712484001\n"));
}

#[test]
fn what_is_no_error_code_counts_as_other() {
    let own = own();
    for code in ["", "a b", "<html>", "中", &"x".repeat(41), "a\"b"] {
        own.api_error("p", "o", code);
    }
    own.api_error("p", "o", &"x".repeat(40));
    let text = own.encode(Format::Text);
    assert!(text.contains("error_code=\"other\"} 6\n"), "{text}");
    assert!(text.contains(&"x".repeat(40)));
}

#[test]
fn the_number_of_error_codes_is_bounded_and_known_ones_go_on() {
    let own = own();
    for number in 0..300 {
        own.api_error("p", "o", &format!("CODE.{number}"));
    }
    own.api_error("p", "o", "CODE.7");
    let text = own.encode(Format::Text);
    assert!(text.contains("error_code=\"CODE.7\"} 2\n"));
    assert!(text.contains("error_code=\"other\"} 100\n"));
}

#[test]
fn a_project_that_is_watched_no_longer_has_no_series_and_gets_none() {
    let own = used();
    own.invalid_response("q", "ListJobs");
    own.keep_projects(["p".to_owned(), "q".to_owned()]);
    let before = own.encode(Format::Text);
    assert!(before.contains("project=\"p\"") && before.contains("project=\"q\""));
    let count = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("drs_") && line.contains("project=\"p\""))
            .count()
    };
    own.keep_projects(["q".to_owned()]);
    // An answer that was under way.
    own.api_request("p", "ListJobs", "200", 0.3);
    own.api_error("p", "ListJobs", "DRS.10000001");
    own.invalid_response("p", "ListJobs");
    own.refresh("p", 1.5);
    own.rate_limit("p", 2.5);
    own.refresh_delay("p", 0.0);
    own.rate_limit("q", 2.5);
    let text = own.encode(Format::Text);
    assert_eq!((count(&before) > 5, count(&text)), (true, 0), "{text}");
    for line in [
        "drs_exporter_invalid_responses_total{project=\"q\",operation=\"ListJobs\"} 1",
        "drs_exporter_config_last_reload_successful 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    own.keep_projects(["p".to_owned(), "q".to_owned()]);
    own.api_request("p", "ListJobs", "200", 0.3);
    assert!(
        own.encode(Format::Text)
            .contains("operation=\"ListJobs\",code=\"200\"} 1\n"),
        "from zero"
    );
}
