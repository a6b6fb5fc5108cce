//! Tests that go through the table of keys row by row.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::keys::{KEYS, Key, Kind, Need};
use super::*;
use crate::generated_docs::assert_current;

/// A configuration with everything that must be there, and nothing that `key` excludes.
fn base(key: &Key) -> Value {
    let mut base = json!({ "projects": [{
        "name": "base",
        "region": "base",
        "project_id": "base",
        "jobs": [{ "job_id": "base" }],
    }] });
    let project = &mut base["projects"][0];
    match key.section {
        "projects[].comparison_tasks[]" => {
            project["comparison_tasks"] = json!([{ "job_id": "base", "compare_job_id": "base" }]);
        }
        "projects[].credentials.aksk" => {
            project["credentials"]["aksk"] = json!({ "access_key": "base", "secret_key": "base" });
        }
        "projects[].credentials.password" => {
            project["credentials"]["password"] = json!({ "domain": "base", "user": "base", "password": "base" });
        }
        "projects[].credentials.token" => project["credentials"]["token"] = json!({ "value": "base" }),
        "projects[].discovery" => project["discovery"] = json!({}),
        "projects[].credentials.agency" => project["credentials"]["agency"] = json!({}),
        _ => {}
    }
    base
}

/// The base's map in which `key` stands.
fn section<'a>(base: &'a mut Value, key: &Key) -> &'a mut Value {
    let names = key.section.split('.').filter(|name| !name.is_empty());
    names.fold(base, |value, name| match name.strip_suffix("[]") {
        Some(list) => &mut value[list][0],
        None => &mut value[name],
    })
}

/// The text of the base with `key: value`, value as YAML; JSON is YAML, so the rest can be JSON.
fn with(key: &Key, value: &str) -> String {
    let mut base = base(key);
    let section = section(&mut base, key);
    // A secret is given in one of two forms.
    if let Some(map) = section.as_object_mut() {
        map.remove(match key.name {
            "file" => "value",
            name => name.strip_suffix("_file").unwrap_or(name),
        });
    }
    section[key.name] = json!("PLACE");
    base.to_string().replace("\"PLACE\"", value)
}

/// A folder with the files that the examples name.
fn examples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("private-cloud.pem"), "-----BEGIN CERTIFICATE-----").unwrap();
    for name in ["ak", "sk", "st", "pw", "token"] {
        fs::write(folder.path().join(name), "example").unwrap();
    }
    folder
}

#[test]
fn every_key_has_an_effect() {
    let folder = examples();
    let file = folder.path().join("drs-exporter.yaml");
    for key in KEYS {
        let without = parse(&base(key).to_string(), &file).unwrap_or_else(|errors| panic!("{errors}"));
        let text = with(key, key.example);
        let config = parse(&text, &file).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        let visible = !matches!(key.kind, Kind::Secret);
        if visible {
            assert_ne!(format!("{config:?}"), format!("{without:?}"), "{}", key.path());
        }
    }
}

/// Something that no value of the kind looks like, and a value right outside each bound.
fn bad(kind: Kind) -> Vec<String> {
    let mut bad: Vec<String> = match kind {
        Kind::Map => vec!["1", "[]", "text"],
        Kind::List => vec!["1", "{}", "text"],
        Kind::Duration(..) => vec![
            "1",
            "1.5m",
            "1 m",
            "m",
            "1m1m",
            "1s1m",
            "-1m",
            "1M",
            "99999999999999999999y",
            "[1m]",
        ],
        Kind::Count(..) => vec![
            "1.5",
            "'1'",
            "-1",
            "0x1",
            "1_0",
            "01",
            "99999999999999999999",
            "many",
            "{}",
        ],
        Kind::Rate(..) => vec!["-1", "'1'", "nan", "inf", "many", "[]"],
        Kind::Size(..) => vec!["8 MiB", "8mib", "8M", "-8MiB", "1.5MiB", "MiB", "{}"],
        Kind::Text => vec!["''", "' a'", "'a '", "\"a\\nb\"", "\"\\0\"", "[a]", "{a: b}"],
        Kind::Id => vec!["''", "a b", "\"a\\tb\"", "\"a\\u00a0b\"", "[a]"],
        Kind::Region => vec!["''", "a b", "a/b", "a@b", "[a]"],
        Kind::Choice(_) => vec!["''", "EN-US", "fr", "[en-us]"],
        Kind::Words(..) => vec!["''", "objects", "[unknown]", "[[sync]]", "[~]", "{objects: 1}"],
        Kind::Pattern => vec!["''", "'('", "'a{9999}{9999}'", "'(?=a)'", "'*'", "[a]", "{a: b}"],
        Kind::Endpoint => vec![
            "http://u:p@h",
            "http://u@h",
            "ftp://h",
            "h:80",
            "http:h",
            "http:///h",
            "http://h/v5",
        ],
        Kind::Proxy => vec![
            "socks5://h",
            "http://",
            "http://h?x",
            "'http://h#x'",
            "http://a b",
            "[]",
        ],
        Kind::Certificates | Kind::SecretFile => vec!["''", "nowhere", ".", "[ak]"],
        Kind::Secret => vec!["''", "\"a\\nb\"", "[a]", "{a: b}"],
        Kind::Switch | Kind::Texts | Kind::Dictionary | Kind::Pause | Kind::File | Kind::Pem => {
            unreachable!("a kind of the web configuration's keys")
        }
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    match kind {
        Kind::Duration(least, most) => {
            bad.extend([least.as_millis() - 1, most.as_millis() + 1].map(|value| format!("{value}ms")));
        }
        Kind::Count(least, most) => bad.extend(
            least
                .checked_sub(1)
                .into_iter()
                .chain([most + 1])
                .map(|n| n.to_string()),
        ),
        Kind::Size(least, most) => bad.extend([least - 1, most + 1].map(|value| value.to_string())),
        Kind::Words(words, least) => {
            bad.push(format!("[{0}, {0}]", words[0]));
            bad.extend((least > 0).then(|| "[]".to_owned()));
        }
        Kind::Rate(least, most) => bad.extend([least * 0.99, most * 1.01].map(|value| value.to_string())),
        _ => {}
    }
    bad.extend(["", "~", "null", "&a b", "*a", "!t b"].map(str::to_owned));
    bad
}

#[test]
fn every_bad_value_is_refused_where_it_stands() {
    let folder = examples();
    let file = folder.path().join("drs-exporter.yaml");
    for key in KEYS {
        for value in bad(key.kind) {
            let text = with(key, &value);
            let errors = parse(&text, &file).expect_err(&text);
            let place = text.find(&format!("\"{}\":", key.name)).unwrap();
            let first = &errors.mistakes()[0];
            // The base is one line of ASCII: a column is an offset.
            assert!(first.at.is_none_or(|at| at.column > place), "{text}\n{errors}");
        }
    }
}

#[test]
fn the_bounds_themselves_are_taken() {
    let file = Path::new("drs-exporter.yaml");
    for key in KEYS {
        let values = match key.kind {
            Kind::Duration(least, most) => [least, most].map(|value| format!("{}ms", value.as_millis())),
            Kind::Count(least, most) | Kind::Size(least, most) => [least, most].map(|value| value.to_string()),
            Kind::Rate(least, most) => [least, most].map(|value| value.to_string()),
            _ => continue,
        };
        for value in values {
            // What contradicts another key is refused for that alone.
            let errors = parse(&with(key, &value), file).err().map(|errors| errors.to_string());
            assert!(
                errors.as_ref().is_none_or(|text| text.contains("_interval: ")),
                "{errors:?}"
            );
        }
    }
}

#[test]
fn every_missing_key_that_must_be_there_is_named() {
    for key in KEYS.iter().filter(|key| key.need == Need::Required) {
        let mut base = base(key);
        section(&mut base, key).as_object_mut().unwrap().remove(key.name);
        let errors = parse(&base.to_string(), Path::new("f")).unwrap_err();
        assert!(
            errors
                .mistakes()
                .iter()
                .any(|mistake| mistake.what.contains("is missing")),
            "{errors}"
        );
    }
}

#[test]
fn the_table_itself_is_sound() {
    let mut paths = BTreeSet::new();
    let maps = |kind: Kind| matches!(kind, Kind::Map | Kind::List);
    for key in KEYS {
        assert!(paths.insert(key.path()), "{} stands there twice", key.path());
        assert!(key.about.ends_with('.') && !key.example.is_empty());
        let parent = key.section.trim_end_matches("[]");
        assert!(parent.is_empty() || KEYS.iter().any(|other| other.path() == parent && maps(other.kind)));
    }
}

#[test]
fn the_documentation_is_that_of_the_table() {
    assert_current("configuration.md", &docs::markdown());
}

#[test]
fn the_documented_example_loads() {
    let folder = examples();
    let config = parse(docs::EXAMPLE, &folder.path().join("drs-exporter.yaml")).unwrap();
    let project = &config.projects[0];
    assert_eq!(project.http.rate_limit.to_string(), "2.5");
    assert_eq!(project.http.concurrency.get(), 8);
    assert_eq!(project.jobs.len() + project.comparison_tasks.len(), 2);
    assert!(project.discovery.is_some() && project.verdicts.len() == 2);
    assert!(matches!(
        &project.credentials,
        Credentials::AkSk {
            security_token: Some(_),
            ..
        }
    ));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text, Path::new("f"));
    }

    /// Pieces of YAML and of configurations, in any order.
    #[test]
    fn no_heap_of_pieces_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let _ = parse(&pieces.concat(), Path::new("f"));
    }
}

const PIECES: &[&str] = &[
    "projects",
    "http",
    "credentials",
    "token",
    "jobs",
    "name",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "!!str ",
    "# ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    "<<",
    "\t",
    "~",
    "1m",
    "\u{feff}",
    "\u{85}",
    "\\",
    "\r",
    "中",
    "@",
    "`",
];
