//! `docs/drs-exporter.schema.json`, made from the table of keys: by it an editor completes and checks the file while it
//! is written. A test compares the file with it.
//!
//! Owns: what of the table JSON Schema can say. Draft 7, which the editors' language server for YAML understands best. It
//! never refuses what the program takes; what it cannot say (files, other keys' values, bounds of durations), only the
//! program tells.

use serde_json::{Map, Value, json};

use super::docs;
use super::keys::{self, Key, Kind, Need};

/// Where a plain YAML scalar is text to us, it may be a number or more to others: `project_id: 0123`.
const SCALAR: [&str; 3] = ["string", "number", "boolean"];

/// One line that neither begins nor ends with white space.
const LINE: &str = r"^\S(.*\S)?$";

/// As Prometheus writes it, and not nothing.
const DURATION: &str = r"^(?=.*[1-9])(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$";

const SIZE: &str = r"^[1-9]\d*(KiB|MiB|GiB|KB|MB|GB)?$";

/// Of the kinds of work, a project needs one.
const WORK: [&str; 3] = ["comparison_tasks", "jobs", "discovery"];

/// The schema, as it stands in the file.
#[must_use]
pub fn text() -> String {
    let mut schema = map("");
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!("Configuration of drs-exporter"));
    // The alternate form is the indented one. It cannot fail: all keys are text.
    format!("{:#}\n", Value::Object(schema))
}

/// The map at `section`, with all that is below.
fn map(section: &str) -> Map<String, Value> {
    let properties: Map<_, _> = keys::of(section)
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let required: Vec<_> = keys::of(section)
        .filter(|key| key.need == Need::Required)
        .map(|key| key.name)
        .collect();
    let mut schema = object(json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    }));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema.extend(object(together(section)));
    schema
}

/// What the keys of a section mean together.
fn together(section: &str) -> Value {
    match section {
        "projects[]" => {
            let ways = WORK.map(|name| json!({"required": [name], "properties": {name: {"minItems": 1}}}));
            json!({"anyOf": ways})
        }
        "projects[].credentials" => json!({"minProperties": 1, "maxProperties": 1}),
        _ => {
            let rules: Vec<_> = keys::of(section).filter_map(secret_rule).collect();
            if rules.is_empty() {
                json!({})
            } else {
                json!({"allOf": rules})
            }
        }
    }
}

/// A secret is written, or in a file; not both. `file` is the key of the file.
fn secret_rule(file: &Key) -> Option<Value> {
    if file.kind != Kind::SecretFile {
        return None;
    }
    let written = file.name.strip_suffix("_file").unwrap_or("value");
    let both = [written, file.name];
    Some(match file.need {
        Need::Optional(why) if !why.starts_with("given by") => json!({"not": {"required": both}}),
        _ => json!({"oneOf": both.map(|name| json!({"required": [name]}))}),
    })
}

fn property(key: &Key) -> Value {
    let mut schema = object(shape(key));
    let mut about = key.about.to_owned();
    match key.need {
        Need::Required => {}
        Need::Default(text) => {
            schema.insert("default".to_owned(), value(key.kind, text));
        }
        Need::Optional(meaning) => about = format!("{about} Left out: {meaning}."),
    }
    about = format!("{about} ({})", docs::kind(key.kind));
    schema.insert("description".to_owned(), json!(about));
    if !matches!(key.kind, Kind::Map | Kind::List) {
        schema.insert("examples".to_owned(), json!([value(key.kind, key.example)]));
    }
    Value::Object(schema)
}

/// What a value looks like.
fn shape(key: &Key) -> Value {
    let path = key.path();
    match key.kind {
        Kind::Map => Value::Object(map(&path)),
        Kind::List => {
            let least = usize::from(key.need == Need::Required);
            json!({
                "type": "array", "items": map(&format!("{path}[]")), "minItems": least, "uniqueItems": true,
            })
        }
        Kind::Duration(..) => json!({"type": "string", "pattern": DURATION}),
        Kind::Count(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Rate(least, most) => json!({"type": "number", "minimum": least, "maximum": most}),
        Kind::Size(least, most) => json!({
            "type": ["string", "integer"], "pattern": SIZE, "minimum": least, "maximum": most,
        }),
        Kind::Text | Kind::Pattern | Kind::Certificates | Kind::SecretFile | Kind::File => {
            json!({"type": SCALAR, "pattern": LINE})
        }
        Kind::Id => json!({"type": SCALAR, "pattern": r"^\S+$"}),
        Kind::Region => json!({"type": SCALAR, "pattern": "^[A-Za-z0-9_.-]+$"}),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Words(words, least) => json!({
            "type": "array", "items": {"enum": words}, "uniqueItems": true, "minItems": least,
        }),
        Kind::Endpoint => json!({"type": "string", "pattern": r"^https?://[^\s/?#\\@]+/?$"}),
        Kind::Proxy => json!({"type": "string", "pattern": r"^https?://[^\s/?#\\]+/?$"}),
        Kind::Secret => json!({"type": SCALAR, "pattern": "^[^\\u0000-\\u001f\\u007f]+$"}),
        // These are of the web configuration's table, of which no schema is made yet.
        Kind::Switch => json!({"type": "boolean"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true}),
        Kind::Dictionary => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Pause | Kind::Pem => json!({"type": "string"}),
    }
}

/// A default or an example of the table, as JSON.
fn value(kind: Kind, text: &str) -> Value {
    match kind {
        // What the table has for these is JSON as it stands.
        Kind::Count(..) | Kind::Rate(..) | Kind::Map => text.parse().unwrap_or_else(|_| json!(text)),
        Kind::Words(..) => {
            let words = text
                .trim_matches(['[', ']'])
                .split(", ")
                .filter(|word| !word.is_empty());
            json!(words.collect::<Vec<_>>())
        }
        _ => json!(text),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::KEYS;
    use crate::generated_docs::assert_current;

    #[test]
    fn the_schema_is_that_of_the_table() {
        assert_current("drs-exporter.schema.json", &text());
    }

    #[test]
    fn every_key_is_in_it_and_says_what_it_means() {
        let schema: Value = text().parse().unwrap();
        for key in KEYS {
            let mut at = &schema;
            for part in key.path().split('.') {
                at = &at["properties"][part.trim_end_matches("[]")];
                if part.ends_with("[]") {
                    at = &at["items"];
                }
            }
            let about = at["description"].as_str().unwrap_or_default();
            assert!(about.starts_with(key.about), "{}: {at}", key.path());
        }
    }
}
