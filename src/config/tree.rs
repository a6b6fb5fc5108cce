//! YAML text to a tree of nodes that know their places.
//!
//! Owns: which YAML is taken. One document of maps, lists and scalars; anchors, aliases and tags are refused,
//! because a configuration of this size does not need them and an alias can blow up a small file (the "billion
//! laughs"). Knows nothing of the keys.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::errors::{Mistakes, Position};

/// The deepest key lies seven levels down; beyond this the text is no configuration, and recursion must end.
const MAX_DEPTH: usize = 32;

/// A node and where it starts.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Map(Vec<(Key, Node)>),
    List(Vec<Node>),
    Scalar(Scalar),
}

/// A key of a map, as it is written.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) at: Position,
    pub(crate) text: String,
}

/// Text, and whether it stands without quotes: only then can it be a number or nothing.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) plain: bool,
}

impl Scalar {
    /// Whether nothing is written where a value belongs.
    pub(crate) fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// The tree of `text`; none, with the reason among the mistakes, if it is not the YAML that is taken.
pub(crate) fn read(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let root = document(text, mistakes)?;
    if root.is_none() {
        let what = "the file is empty; it needs at least `projects`, see docs/configuration.md";
        mistakes.add(None, "", what);
    }
    root
}

/// The same, for a file in which everything may be left out: an empty one is an empty map.
pub(crate) fn read_or_nothing(text: &str, mistakes: &mut Mistakes) -> Option<Node> {
    let root = document(text, mistakes)?;
    let is_nothing = |node: &Node| matches!(&node.content, Content::Scalar(scalar) if scalar.is_null());
    Some(root.filter(|node| !is_nothing(node)).unwrap_or(Node {
        at: Position { line: 1, column: 1 },
        content: Content::Map(Vec::new()),
    }))
}

/// The tree of `text`, if there is anything in it.
#[allow(
    clippy::option_option,
    reason = "refused, empty, or a tree: three outcomes for two callers"
)]
fn document(text: &str, mistakes: &mut Mistakes) -> Option<Option<Node>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = refuse_control_characters(text).and_then(|()| {
        Composer {
            parser: Parser::new_from_str(text),
        }
        .document()
    });
    root.map_err(|(at, what)| mistakes.add(at, "", what)).ok()
}

/// Why reading ended, and where. Nothing after it can be trusted, so there is one at most.
type Refusal = (Option<Position>, String);

/// YAML has no such characters, and the parser takes a NUL for the end of the text.
fn refuse_control_characters(text: &str) -> Result<(), Refusal> {
    let odd = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t' | '\u{85}');
    let Some(index) = text.find(odd) else { return Ok(()) };
    let what = "a control character; a configuration is plain text";
    Err((Some(end_of(&text[..index])), what.to_owned()))
}

/// The place right after `text`.
pub(crate) fn end_of(text: &str) -> Position {
    let line_start = text.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: text.matches('\n').count() + 1,
        column: text[line_start..].chars().count() + 1,
    }
}

struct Composer<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Composer<'a> {
    fn document(&mut self) -> Result<Option<Node>, Refusal> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (Event::StreamEnd, _) => return Ok(None),
                (event, span) => {
                    let root = self.node(event, span, 0)?;
                    self.end()?;
                    return Ok(Some(root));
                }
            }
        }
    }

    /// Nothing may follow the document.
    fn end(&mut self) -> Result<(), Refusal> {
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    return refuse(span, "a second document starts here; a configuration is one document");
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Refusal> {
        if depth > MAX_DEPTH {
            return refuse(span, "nested too deeply; no key of a configuration lies this deep");
        }
        if let Event::Alias(_) = event {
            return refuse(span, "an alias (*); aliases are not supported, write the value out");
        }
        let (Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)) = event
        else {
            return refuse(span, "unexpected end; a value belongs here");
        };
        if anchor != 0 {
            return refuse(
                span,
                "an anchor (&) before this value; anchors are not supported, write values out",
            );
        }
        if let Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) =
            event
        {
            return refuse(
                span,
                "a tag (!) before this value; tags are not supported, leave it out",
            );
        }
        let content = match event {
            Event::Scalar(text, style, ..) => Content::Scalar(Scalar {
                text: text.into_owned(),
                plain: style == ScalarStyle::Plain,
            }),
            Event::SequenceStart(..) => self.list(depth)?,
            _ => self.map(depth)?,
        };
        Ok(Node {
            at: position(span.start),
            content,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Content, Refusal> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Content, Refusal> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Content::Map(entries));
            }
            let key = self.node(event, span, depth + 1)?;
            let Content::Scalar(scalar) = key.content else {
                return refuse(span, "a list or map where a key belongs; a key is plain text");
            };
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            // What is left out has no place of its own: the parser gives that of whatever comes next.
            if matches!(&value.content, Content::Scalar(scalar) if scalar.text.is_empty() && scalar.plain) {
                value.at = key.at;
            }
            let key = Key {
                at: key.at,
                text: scalar.text,
            };
            entries.push((key, value));
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Refusal> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(syntax(&error)),
            None => Err((None, "the file ends too early".to_owned())),
        }
    }
}

/// The parser's own words tell what it met and never quote the text, but for one unexpected character.
fn syntax(error: &ScanError) -> Refusal {
    let what = format!("not valid YAML: {}{}", error.info(), advice(error.info()));
    (Some(position(*error.marker())), what)
}

/// What to do about the mistakes that everybody makes, where the parser's words do not tell.
fn advice(info: &str) -> &'static str {
    if info.contains("found a tab") || info.contains("tabs disallowed") {
        "; indent with spaces, here or in the next line"
    } else if info.contains("mapping values are not allowed") || info.contains("invalid indentation") {
        "; keys of one map begin in the same column, and text with a colon and a space in it needs quotes"
    } else if info.contains("unknown anchor") {
        "; aliases (*) are not supported, write values out"
    } else {
        ""
    }
}

fn refuse<T>(span: Span, what: &str) -> Result<T, Refusal> {
    Err((Some(position(span.start)), what.to_owned()))
}

fn position(marker: Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}
