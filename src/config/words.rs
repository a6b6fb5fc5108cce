//! Lists of words, such as `[objects, rows]`: each word known, each once; and lists of any texts.

use super::errors::Mistakes;
use super::read::wrong_type;
use super::tree::{Content, Node};
use super::values::{alternatives, line, word};

/// The words of the list `node`; none, with the reasons among the mistakes, as soon as one of them is refused.
pub(super) fn read(
    known: &[&'static str],
    least: usize,
    path: &str,
    node: &Node,
    items: &[Node],
    mistakes: &mut Mistakes,
) -> Option<Vec<&'static str>> {
    if items.len() < least {
        let what = format!("must not be empty; use {}", alternatives(known));
        mistakes.add(Some(node.at), path, what);
        return None;
    }
    let mut taken = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let read = match &item.content {
            Content::Scalar(scalar) => word(&scalar.text, known),
            content => Err(wrong_type("a word", content)),
        };
        let new = read.and_then(|word| {
            let is_new = !taken.contains(&word);
            is_new.then_some(word).ok_or("this word was given before".to_owned())
        });
        match new {
            Ok(word) => taken.push(word),
            Err(what) => mistakes.add(Some(item.at), format!("{path}[{index}]"), what),
        }
    }
    (taken.len() == items.len()).then_some(taken)
}

/// The words of a default, as the table of keys writes it.
pub(super) fn of_default(text: &str, known: &[&'static str]) -> Vec<&'static str> {
    let words = text.trim_matches(['[', ']']).split(", ");
    words.filter_map(|text| word(text, known).ok()).collect()
}

/// The texts of the list `node`, not empty, each once; none, with the reasons among the mistakes.
pub(super) fn texts(path: &str, node: &Node, items: &[Node], mistakes: &mut Mistakes) -> Option<Vec<String>> {
    if items.is_empty() {
        mistakes.add(Some(node.at), path, "must not be empty; leave the key out instead");
        return None;
    }
    let mut taken: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let read = match &item.content {
            Content::Scalar(scalar) if scalar.is_null() => Err("has no value".to_owned()),
            Content::Scalar(scalar) => line(&scalar.text),
            content => Err(wrong_type("a single value", content)),
        };
        let new = read.and_then(|text| {
            let is_new = !taken.contains(&text);
            is_new.then_some(text).ok_or("this was given before".to_owned())
        });
        match new {
            Ok(text) => taken.push(text),
            Err(what) => mistakes.add(Some(item.at), format!("{path}[{index}]"), what),
        }
    }
    (taken.len() == items.len()).then_some(taken)
}
