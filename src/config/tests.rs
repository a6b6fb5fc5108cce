//! The files of `tests/config`, the table of keys row by row, and any text at all.

use super::cases::{Cases, SECRET, told};
use super::*;

mod table;

const CASES: Cases<Config> = Cases { folder: "config", load };

#[test]
fn good_files_load() {
    CASES.assert_good(15);
}

#[test]
fn bad_files_are_refused_with_the_right_words() {
    CASES.assert_bad(75);
}

#[test]
fn intervals_that_were_left_out_give_way() {
    let read = |head: &str| {
        let text = format!("{head}\nprojects: [{{ name: a, region: r, project_id: p, jobs: [{{ job_id: j }}] }}]");
        let config = parse(&text, Path::new("f")).unwrap();
        [
            config.poll_interval,
            config.idle_interval,
            config.policy_interval,
            config.stale_after,
        ]
        .map(|value| value.as_secs() / 60)
    };
    assert_eq!(read(""), [1, 15, 120, 45]);
    assert_eq!(read("poll_interval: 1h"), [60, 60, 120, 120]);
    assert_eq!(read("idle_interval: 30m"), [1, 30, 120, 60]);
    assert_eq!(read("idle_interval: 3h"), [1, 180, 180, 360]);
    assert_eq!(read("policy_interval: 15m"), [1, 15, 15, 45]);
    assert_eq!(read("stale_after: 30m"), [1, 15, 120, 30]);
}

fn projects(text: &str) -> Vec<Project> {
    parse(text, Path::new("f"))
        .unwrap_or_else(|errors| panic!("{errors}"))
        .projects
}

#[test]
fn a_projects_verdicts_go_over_those_of_all_and_come_in_one_order() {
    use crate::comparison::verdict::Subject::{Accounts, Objects, Rows};
    let read = |top: &str, own: &str| {
        let text = format!("{top}\nprojects: [{{ name: a, region: r, project_id: p, discovery: {{}}{own} }}]");
        projects(&text).remove(0).verdicts
    };
    assert_eq!(read("", ""), [Objects]);
    assert_eq!(read("verdicts: [accounts, objects]", ""), [Objects, Accounts]);
    assert_eq!(read("verdicts: [accounts]", ", verdicts: [rows]"), [Rows]);
    assert_eq!(read("", ", verdicts: []"), []);
}

#[test]
fn a_discovery_says_which_jobs_and_how_often() {
    let read = |discovery: &str| {
        let text = format!("projects: [{{ name: a, region: r, project_id: p, discovery: {discovery} }}]");
        projects(&text).remove(0).discovery.unwrap()
    };
    let defaults = read("{}");
    assert_eq!(
        defaults.job_types,
        [JobType::Migration, JobType::Sync, JobType::CloudDataGuard]
    );
    assert!(defaults.include.is_match("") && defaults.exclude.is_none());
    assert_eq!(defaults.refresh_interval.as_secs(), 300);
    let set = read("{ job_types: [replay], include: prod, exclude: '^test-', refresh_interval: 1m }");
    assert_eq!(set.job_types, [JobType::Replay]);
    assert!(set.include.is_match("my-prod-db") && !set.include.is_match("PROD"));
    assert!(set.exclude.unwrap().is_match("test-1"));
    assert_eq!(set.refresh_interval.as_secs(), 60);
}

#[test]
fn a_file_that_cannot_be_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("drs-exporter.yaml");
    let told_of = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        told(&load(&file).unwrap_err(), &file).join("\n")
    };
    assert_eq!(
        told_of(b"a: b\nc: \xff"),
        "2:4: the file is not UTF-8 text; save it as UTF-8"
    );
    assert!(told_of(&vec![b'#'; 16 * 1024 * 1024 + 1]).starts_with("the file is larger than 16 MiB"));
    assert!(told(&load(folder.path()).unwrap_err(), folder.path())[0].starts_with("cannot read the configuration"));
    assert!(
        load(Path::new("/nowhere/at/all.yaml"))
            .unwrap_err()
            .to_string()
            .contains("No such file")
    );
}

/// A wrong file as large as may be: no stack overflow, a report that can be read.
#[test]
fn a_huge_wrong_file_gives_a_bearable_report() {
    for piece in ["[", "{", "a: {", "- ", "a: [\n", "key0: 1\n", "? "] {
        let text = piece.repeat(200_000 / piece.len());
        let errors = parse(&text, Path::new("f")).unwrap_err();
        assert!(errors.to_string().lines().count() <= 101, "{piece}");
    }
    let projects = "  - { nam: a }\n".repeat(1000);
    let errors = parse(&format!("projects:\n{projects}"), Path::new("f")).unwrap_err();
    assert!(errors.to_string().ends_with("more mistakes"), "{errors}");
}

#[test]
fn a_debug_print_shows_no_secret() {
    let text = "http: { proxy_url: 'http://user:hunter2@proxy' }\nprojects: [{ name: a, region: r, project_id: p, \
                jobs: [{ job_id: j }], credentials: { aksk: { access_key: hunter2, secret_key: hunter2 } } }]";
    let config = parse(text, Path::new("f")).unwrap();
    assert!(!format!("{config:?}").contains(SECRET));
    assert!(format!("{config:?}").contains("proxy"));
}

#[test]
fn each_secret_goes_where_it_belongs() {
    use crate::secret::{ExposeSecret as _, Secret};
    let value = |secret: &Secret| match secret {
        Secret::Value(value) => value.expose_secret().to_owned(),
        Secret::File(path) => path.display().to_string(),
    };
    let read = |credentials: &str| {
        let project = format!("name: a, region: r, project_id: p, jobs: [{{ job_id: j }}], credentials: {credentials}");
        let config = parse(&format!("projects: [{{ {project} }}]"), &CASES.path().join("f")).unwrap();
        config.projects[0].credentials.clone()
    };
    match read("{ aksk: { access_key: 1, secret_key: 2, security_token: 3 } }") {
        Credentials::AkSk {
            access_key,
            secret_key,
            security_token: Some(token),
        } => {
            assert_eq!(
                [access_key, secret_key, token].map(|secret| value(&secret)),
                ["1", "2", "3"]
            );
        }
        other => panic!("{other:?}"),
    }
    match read("{ password: { domain: 1, user: 2, password: 3 } }") {
        Credentials::Password { domain, user, password } => {
            assert_eq!([domain, user, value(&password)], ["1", "2", "3"]);
        }
        other => panic!("{other:?}"),
    }
    match read("{ token: { file: secrets/token } }") {
        Credentials::Token(token) => {
            assert_eq!(value(&token), CASES.path().join("secrets/token").display().to_string());
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(read("{ agency: {} }"), Credentials::Agency { endpoint: None }));
}
