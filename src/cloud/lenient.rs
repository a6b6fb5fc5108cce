//! How leniently a field of an answer is read.
//!
//! Owns: how far the wire may differ from the reference, which declares hardly any field required: a missing field,
//! `null` and `""` are all "not given"; a number where text is expected is kept as its text, and a number written as
//! text is a number; unknown fields are passed over. Which fields there are is the models' knowledge.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Text, or whatever else is there as its JSON text; nothing for `null` and `""`.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A whole number, also when written as text; anything else counts as not given.
pub(super) fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// [`text_of`] a field, for serde.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(deserializer).map(|value| text_of(&value))
}

/// [`number_of`] a field, for serde.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Value::deserialize(deserializer).map(|value| number_of(&value))
}

/// An array of texts; also one text with commas, as the tasks' `type` is written.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Value::deserialize(deserializer).map(|value| match value {
        Value::Array(items) => items.iter().filter_map(text_of).collect(),
        Value::String(text) => text
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    })
}
