//! The tree of nodes to sections of values, as the table of keys says.
//!
//! Owns: unknown, missing and repeated keys, and wrong types. What several keys mean together is `assemble`'s.

use std::path::Path;

use super::errors::{Mistakes, Position};
use super::keys::{Key, Kind, Need};
use super::tree::{self, Content, Node, Scalar};
use super::values::{self, Value};
use super::words;
use crate::secret::SecretString;

/// A mistyped key this far from a known one is taken for it in the message.
const MAX_TYPOS: usize = 3;

/// A longer key is no typing error, and comparing it would cost.
const MAX_COMPARED_CHARS: usize = 40;

/// The values of one map, defaults filled in.
#[derive(Debug)]
pub(crate) struct Section {
    /// The path with indices, such as `projects[0].http`.
    pub(crate) path: String,
    pub(crate) at: Position,
    entries: Vec<Entry>,
}

/// An entry of a [`Kind::Dictionary`].
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) at: Position,
    pub(crate) value_at: Position,
    pub(crate) value: SecretString,
}

/// One key's value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Where the value is written; none if it is the default.
    pub(crate) at: Option<Position>,
    /// None if it was refused.
    pub(crate) value: Option<Value>,
}

impl Section {
    /// What was given for a key, or its default; none if it was left out without one.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Whether nothing but defaults is in it.
    pub(crate) fn is_left_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.at.is_none())
    }

    /// The path of one of its keys.
    pub(crate) fn path_of(&self, name: &str) -> String {
        joined(&self.path, name)
    }
}

/// What a file is read by.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) keys: &'static [Key],
    /// Where an unknown key may be a misplaced secret, and is not shown.
    pub(crate) secrets_under: &'static str,
    /// Whether a key with nothing behind it counts as left out; else it is a mistake.
    pub(crate) blank_is_left_out: bool,
}

impl Table {
    /// The keys that may stand in the map at `section`.
    fn of<'a>(&self, section: &'a str) -> impl Iterator<Item = &'static Key> + use<'a> {
        self.keys.iter().filter(move |key| key.section == section)
    }

    fn nearest(&self, pattern: &str, text: &str) -> Option<&'static Key> {
        if text.chars().nth(MAX_COMPARED_CHARS).is_some() {
            return None;
        }
        let text = text.to_lowercase().replace('-', "_");
        let distance = |key: &&Key| strsim::damerau_levenshtein(&key.name.to_lowercase().replace('-', "_"), &text);
        let near = |key: &&Key| distance(key) <= MAX_TYPOS.min(key.name.len() / 2);
        self.of(pattern).filter(near).min_by_key(distance)
    }

    fn names(&self, pattern: &str) -> String {
        self.of(pattern).map(|key| key.name).collect::<Vec<_>>().join(", ")
    }
}

/// Reads whole trees; collects every mistake it meets.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'a Table,
    /// Where relative paths start.
    pub(crate) folder: &'a Path,
    pub(crate) mistakes: &'a mut Mistakes,
}

impl Reader<'_> {
    /// Reads the map `node` as the section `pattern` of the table.
    pub(crate) fn section(&mut self, pattern: &str, path: &str, node: &Node) -> Option<Section> {
        let Content::Map(nodes) = &node.content else {
            self.mistakes
                .add(Some(node.at), path, wrong_type("a map", &node.content));
            return None;
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: Vec<&tree::Key> = Vec::new();
        for (written, value) in nodes {
            let Some(key) = self.table.of(pattern).find(|key| key.name == written.text) else {
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
            if self.table.blank_is_left_out && is_blank(&value.content) {
                continue;
            }
            entries.push(Entry {
                name: key.name,
                at: Some(value.at),
                value: self.value(key, &path, value),
            });
        }
        for key in self.table.of(pattern) {
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
            (Content::Map(nodes), Kind::Dictionary) => self.dictionary(path, nodes).map(Value::Dictionary),
            (content, Kind::Dictionary) => {
                self.mistakes.add(Some(node.at), path, wrong_type("a map", content));
                None
            }
            (Content::List(items), Kind::Texts) => words::texts(path, node, items, self.mistakes).map(Value::Texts),
            (Content::List(items), Kind::Words(words, least)) => {
                words::read(words, least, path, node, items, self.mistakes).map(Value::Words)
            }
            (content, Kind::List | Kind::Words(..) | Kind::Texts) => {
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

    /// A map whose keys are somebody's names and whose values are secrets.
    fn dictionary(&mut self, path: &str, nodes: &[(tree::Key, Node)]) -> Option<Vec<Named>> {
        let mut taken: Vec<Named> = Vec::new();
        for (key, node) in nodes {
            // The name is not shown: somebody may have swapped it with the secret.
            let path = format!("{path}.?");
            if let Some(first) = taken.iter().find(|other| other.name == key.text) {
                let what = format!("this name was given before, in line {}", first.at.line);
                self.mistakes.add(Some(key.at), path, what);
                continue;
            }
            let value = match &node.content {
                Content::Scalar(scalar) if scalar.is_null() => Err("has no value".to_owned()),
                Content::Scalar(scalar) => values::secret(&scalar.text),
                content => Err(wrong_type("a single value", content)),
            };
            match value {
                Ok(value) => taken.push(Named {
                    name: key.text.clone(),
                    at: key.at,
                    value_at: node.at,
                    value,
                }),
                Err(what) => self.mistakes.add(Some(node.at), path, what),
            }
        }
        (taken.len() == nodes.len()).then_some(taken)
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
        let near = self.table.nearest(pattern, &written.text);
        let what = match near {
            Some(key) => format!("unknown key; did you mean `{}`?", key.name),
            None => match self.table.keys.iter().find(|key| key.name == written.text) {
                Some(key) if key.section.is_empty() => "does not belong here but to the top level".to_owned(),
                Some(key) => format!("does not belong here but under `{}`", key.section),
                None => format!("unknown key; known here: {}", self.table.names(pattern)),
            },
        };
        // Somebody may have written a secret where a key belongs, as in `token: {SECRET}`.
        let may_be_secret = near.is_none() && pattern.starts_with(self.table.secrets_under);
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

fn is_blank(content: &Content) -> bool {
    matches!(content, Content::Scalar(scalar) if scalar.is_null() || scalar.text.is_empty())
}

pub(crate) fn wrong_type(wanted: &str, found: &Content) -> String {
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
