//! The tree of nodes to sections of values, as the table of keys says.
//!
//! Owns: unknown, missing and repeated keys, and wrong types. What several keys mean together is `assemble`'s.

use std::path::Path;

use super::errors::{Mistakes, Position};
use super::keys::{self, Key, Kind, Need};
use super::tree::{self, Content, Node, Scalar};
use super::values::{self, Value};
use super::words;

/// A mistyped key this far from a known one is taken for it in the message.
const MAX_TYPOS: usize = 3;

/// A longer key is no typing error, and comparing it would cost.
const MAX_COMPARED_CHARS: usize = 40;

/// The values of one map, defaults filled in.
#[derive(Debug)]
pub(super) struct Section {
    /// The path with indices, such as `projects[0].http`.
    pub(super) path: String,
    pub(super) at: Position,
    entries: Vec<Entry>,
}

/// One key's value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// Where the value is written; none if it is the default.
    pub(super) at: Option<Position>,
    /// None if it was refused.
    pub(super) value: Option<Value>,
}

impl Section {
    /// What was given for a key, or its default; none if it was left out without one.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The path of one of its keys.
    pub(super) fn path_of(&self, name: &str) -> String {
        joined(&self.path, name)
    }
}

/// Reads whole trees; collects every mistake it meets.
pub(super) struct Reader<'a> {
    /// Where relative paths start.
    pub(super) folder: &'a Path,
    pub(super) mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    /// Reads the map `node` as the section `pattern` of the table.
    pub(super) fn section(&mut self, pattern: &str, path: &str, node: &Node) -> Option<Section> {
        let Content::Map(nodes) = &node.content else {
            self.mistakes
                .add(Some(node.at), path, wrong_type("a map", &node.content));
            return None;
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: Vec<&tree::Key> = Vec::new();
        for (written, value) in nodes {
            let Some(key) = keys::of(pattern).find(|key| key.name == written.text) else {
                let meant = self.unknown(pattern, path, written);
                // What was most likely meant is not missed as well.
                entries.extend(meant.map(|key| Entry {
                    name: key.name,
                    at: Some(written.at),
                    value: None,
                }));
                continue;
            };
            let path = joined(path, key.name);
            if let Some(first) = seen.iter().find(|other| other.text == written.text) {
                let what = format!("this key was given before, in line {}", first.at.line);
                self.mistakes.add(Some(written.at), path, what);
                continue;
            }
            seen.push(written);
            entries.push(Entry {
                name: key.name,
                at: Some(value.at),
                value: self.value(key, &path, value),
            });
        }
        for key in keys::of(pattern) {
            if entries.iter().any(|entry| entry.name == key.name) {
                continue;
            }
            let value = self.left_out(key, path, node.at);
            if value.is_some() {
                let (name, at) = (key.name, None);
                entries.push(Entry { name, at, value });
            }
        }
        Some(Section {
            path: path.to_owned(),
            at: node.at,
            entries,
        })
    }

    fn value(&mut self, key: &Key, path: &str, node: &Node) -> Option<Value> {
        match (&node.content, key.kind) {
            (Content::Scalar(scalar), _) if scalar.is_null() => {
                let remedy = match key.need {
                    Need::Required => "write for example",
                    _ => "leave the key out or write for example",
                };
                let what = format!("has no value; {remedy} {}", key.example);
                self.mistakes.add(Some(node.at), path, what);
                None
            }
            (_, Kind::Map) => self.section(&key.path(), path, node).map(Value::Section),
            (Content::List(items), Kind::List) => Some(Value::List(self.items(key, path, items))),
            (Content::List(items), Kind::Words(words, least)) => {
                words::read(words, least, path, node, items, self.mistakes).map(Value::Words)
            }
            (content, Kind::List | Kind::Words(..)) => {
                self.mistakes.add(Some(node.at), path, wrong_type("a list", content));
                None
            }
            (Content::Scalar(scalar), kind) => values::parse(kind, scalar, self.folder)
                .map_err(|what| self.mistakes.add(Some(node.at), path, what))
                .ok(),
            (content, _) => {
                self.mistakes
                    .add(Some(node.at), path, wrong_type("a single value", content));
                None
            }
        }
    }

    fn items(&mut self, key: &Key, path: &str, items: &[Node]) -> Vec<Option<Section>> {
        let pattern = format!("{}[]", key.path());
        let read = |(index, node)| self.section(&pattern, &format!("{path}[{index}]"), node);
        items.iter().enumerate().map(read).collect()
    }

    /// The default of a key that is not there.
    fn left_out(&mut self, key: &Key, path: &str, at: Position) -> Option<Value> {
        let path = joined(path, key.name);
        match (key.need, key.kind) {
            (Need::Required, _) => {
                let what = format!("is missing; write for example {}: {}", key.name, key.example);
                self.mistakes.add(Some(at), path, what);
                None
            }
            (Need::Default(_), Kind::Map) => {
                let content = Content::Map(Vec::new());
                self.section(&key.path(), &path, &Node { at, content })
                    .map(Value::Section)
            }
            (Need::Default(text), Kind::Words(words, _)) => Some(Value::Words(words::of_default(text, words))),
            (Need::Default(text), kind) => {
                let (text, plain) = (text.to_owned(), true);
                values::parse(kind, &Scalar { text, plain }, self.folder)
                    .map_err(|what| self.mistakes.add(Some(at), path, what))
                    .ok()
            }
            (Need::Optional(_), _) => None,
        }
    }

    /// Tells that a key is unknown; gives the one that was most likely meant.
    fn unknown(&mut self, pattern: &str, path: &str, written: &tree::Key) -> Option<&'static Key> {
        if self.mistakes.is_full() {
            // Comparing a million keys to tell nothing of it would take a minute.
            self.mistakes.add(None, "", "");
            return None;
        }
        let near = nearest(pattern, &written.text);
        let what = match near {
            Some(key) => format!("unknown key; did you mean `{}`?", key.name),
            None => match keys::KEYS.iter().find(|key| key.name == written.text) {
                Some(key) if key.section.is_empty() => "does not belong here but to the top level".to_owned(),
                Some(key) => format!("does not belong here but under `{}`", key.section),
                None => format!("unknown key; known here: {}", names(pattern)),
            },
        };
        // Somebody may have written a secret where a key belongs, as in `token: {SECRET}`.
        let may_be_secret = near.is_none() && pattern.starts_with("projects[].credentials");
        let shown: String = if may_be_secret {
            "?".to_owned()
        } else {
            written
                .text
                .chars()
                .take(MAX_COMPARED_CHARS)
                .flat_map(char::escape_debug)
                .collect()
        };
        self.mistakes.add(Some(written.at), joined(path, &shown), what);
        near
    }
}

fn nearest(pattern: &str, text: &str) -> Option<&'static Key> {
    if text.chars().nth(MAX_COMPARED_CHARS).is_some() {
        return None;
    }
    let text = text.to_lowercase().replace('-', "_");
    let distance = |key: &&Key| strsim::damerau_levenshtein(key.name, &text);
    let near = |key: &&Key| distance(key) <= MAX_TYPOS.min(key.name.len() / 2);
    keys::of(pattern).filter(near).min_by_key(distance)
}

fn names(pattern: &str) -> String {
    keys::of(pattern).map(|key| key.name).collect::<Vec<_>>().join(", ")
}

pub(super) fn wrong_type(wanted: &str, found: &Content) -> String {
    let found = match found {
        Content::Map(_) => "a map",
        Content::List(_) => "a list",
        Content::Scalar(scalar) if scalar.is_null() => "nothing",
        Content::Scalar(_) => "a single value",
    };
    format!("must be {wanted}, but is {found}")
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
