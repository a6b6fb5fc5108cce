//! Typed access to the values of a section.
//!
//! Each function gives none where the key was left out or refused. The table decides which type a key has; that
//! every key is asked for as what it is, the test `every_key_has_an_effect` shows.

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;
use url::Url;

use super::read::{Named, Section};
use super::values::Value;
use crate::secret::{Secret, SecretString};

pub(crate) fn section<'a>(section: &'a Section, name: &str) -> Option<&'a Section> {
    match section.entry(name)?.value.as_ref()? {
        Value::Section(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn list<'a>(section: &'a Section, name: &str) -> Option<&'a [Option<Section>]> {
    match section.entry(name)?.value.as_ref()? {
        Value::List(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn duration(section: &Section, name: &str) -> Option<Duration> {
    match section.entry(name)?.value.as_ref()? {
        Value::Duration(value) => Some(*value),
        _ => None,
    }
}

/// Counts, and sizes in bytes.
pub(crate) fn number(section: &Section, name: &str) -> Option<u64> {
    match section.entry(name)?.value.as_ref()? {
        Value::Number(value) => Some(*value),
        _ => None,
    }
}

pub(crate) fn rate(section: &Section, name: &str) -> Option<f64> {
    match section.entry(name)?.value.as_ref()? {
        Value::Rate(value) => Some(*value),
        _ => None,
    }
}

pub(crate) fn text<'a>(section: &'a Section, name: &str) -> Option<&'a str> {
    match section.entry(name)?.value.as_ref()? {
        Value::Text(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn words<'a>(section: &'a Section, name: &str) -> Option<&'a [&'static str]> {
    match section.entry(name)?.value.as_ref()? {
        Value::Words(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn pattern(section: &Section, name: &str) -> Option<Regex> {
    match section.entry(name)?.value.as_ref()? {
        Value::Pattern(value) => Some(value.clone()),
        _ => None,
    }
}

pub(crate) fn url(section: &Section, name: &str) -> Option<Url> {
    match section.entry(name)?.value.as_ref()? {
        Value::Url(value) => Some(value.clone()),
        _ => None,
    }
}

pub(crate) fn file(section: &Section, name: &str) -> Option<PathBuf> {
    match section.entry(name)?.value.as_ref()? {
        Value::File(value) => Some(value.clone()),
        _ => None,
    }
}

pub(crate) fn secret(section: &Section, name: &str) -> Option<Secret> {
    match section.entry(name)?.value.as_ref()? {
        Value::Secret(value) => Some(value.clone()),
        _ => None,
    }
}

pub(crate) fn switch(section: &Section, name: &str) -> Option<bool> {
    match section.entry(name)?.value.as_ref()? {
        Value::Switch(value) => Some(*value),
        _ => None,
    }
}

pub(crate) fn texts<'a>(section: &'a Section, name: &str) -> Option<&'a [String]> {
    match section.entry(name)?.value.as_ref()? {
        Value::Texts(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn dictionary<'a>(section: &'a Section, name: &str) -> Option<&'a [Named]> {
    match section.entry(name)?.value.as_ref()? {
        Value::Dictionary(value) => Some(value),
        _ => None,
    }
}

pub(crate) fn pem(section: &Section, name: &str) -> Option<SecretString> {
    match section.entry(name)?.value.as_ref()? {
        Value::Pem(value) => Some(value.clone()),
        _ => None,
    }
}
