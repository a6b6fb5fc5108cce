//! The quick way without a file: a whole project, from its id and its region.
//!
//! The same rules as for a file judge the two, and all else has the defaults of a file. No text of a file is made: what
//! was given cannot be taken for anything but a value.

use std::path::Path;

use super::assemble;
use super::errors::{Mistake, Mistakes, Position};
use super::model::Config;
use super::read::Reader;
use super::tree::{Content, Key, Node, Scalar};

/// Nothing of this stands in a file.
const NOWHERE: Position = Position { line: 0, column: 0 };

/// All jobs of the project `project_id` in `region`, with the SDK's credentials. The project is named by its id.
///
/// # Errors
/// What is wrong with either; a mistake's key is then `project_id` or `region`, and it has no place.
pub fn whole_project(project_id: &str, region: &str) -> Result<Config, Vec<Mistake>> {
    let project = map([
        ("project_id", text(project_id)),
        ("region", text(region)),
        ("name", text(project_id)),
        ("discovery", map([])),
    ]);
    let root = map([("projects", node(Content::List(vec![project])))]);
    let mut mistakes = Mistakes::default();
    let mut reader = Reader {
        table: &super::TABLE,
        folder: Path::new(""),
        mistakes: &mut mistakes,
    };
    let top = reader.section("", "", &root);
    let config = top.and_then(|top| assemble::config(&top, &mut mistakes));
    mistakes
        .or(config, Path::new(""))
        .map_err(|errors| errors.mistakes().iter().filter_map(of_argument).collect())
}

/// A name is refused for less than an id is, so what is told of the id is enough.
fn of_argument(mistake: &Mistake) -> Option<Mistake> {
    let key = mistake.key.rsplit('.').next().unwrap_or_default();
    (key != "name").then(|| Mistake {
        at: None,
        key: key.to_owned(),
        what: mistake.what.clone(),
    })
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let key = |text: &str| Key {
        at: NOWHERE,
        text: text.to_owned(),
    };
    let entries = entries.into_iter().map(|(name, value)| (key(name), value));
    node(Content::Map(entries.collect()))
}

/// Not plain: whatever it is, it is text.
fn text(text: &str) -> Node {
    node(Content::Scalar(Scalar {
        text: text.to_owned(),
        plain: false,
    }))
}

fn node(content: Content) -> Node {
    Node { at: NOWHERE, content }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, parse};

    #[test]
    fn it_is_what_the_shortest_file_would_be() {
        let quick = whole_project("5237e1", "cn-north-4").unwrap();
        let file = "projects: [{ name: 5237e1, region: cn-north-4, project_id: 5237e1, discovery: {} }]";
        let file = parse(file, Path::new("f")).unwrap();
        assert_eq!(format!("{quick:?}"), format!("{file:?}"));
        assert!(matches!(quick.projects[0].credentials, Credentials::Sdk));
    }

    #[test]
    fn what_would_be_something_else_in_a_file_is_text_here() {
        for id in ["null", "~", "1", "[a]", "{a:b}", "'a'", "&a", "a:#"] {
            let config = whole_project(id, "r").unwrap();
            assert_eq!(config.projects[0].project_id.as_str(), id);
        }
    }

    #[test]
    fn each_mistake_is_told_once_and_names_its_argument() {
        let told = |project_id, region| {
            let mistakes = whole_project(project_id, region).unwrap_err();
            let told = mistakes.into_iter().map(|mistake| (mistake.key, mistake.what));
            told.collect::<Vec<_>>()
        };
        let both = told("", "eu/west");
        assert_eq!(both.len(), 2, "{both:?}");
        assert!(both[0].0 == "project_id" && both[0].1.contains("empty"), "{both:?}");
        assert!(
            both[1].0 == "region" && both[1].1.contains("no region's id"),
            "{both:?}"
        );
        let long = "a".repeat(2000);
        for id in ["a b", "a\nb", " a", &long] {
            assert_eq!(told(id, "r").len(), 1, "{id}");
        }
        assert!(told("p", "cn.north")[0].1.contains("no host name"));
    }
}
