//! What a reader has asked the page for: the parameters of its address.
//!
//! Owns: which parameters there are, what they may be, and the address that asks for something else. What is not
//! understood is told, not guessed.

use url::form_urlencoded::{Serializer, parse};

use super::state::State;
use super::text::shown;

/// So much text can be looked for, in characters; also in the form.
pub(super) const MAX_TEXT: usize = 100;

/// How often the page may load itself again, in seconds.
pub(super) const REFRESH: [u16; 4] = [10, 30, 60, 300];

/// Nobody turns so many pages.
const MAX_PAGE: usize = 100_000;

/// So many parameters are read: a form has each once.
const MAX_PARAMETERS: usize = 20;

/// So much is shown of what was not understood.
const MAX_SHOWN: usize = 40;

/// What to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Words to look for; empty for any.
    pub(super) text: String,
    pub(super) state: StateFilter,
    /// The name of a project.
    pub(super) project: Option<String>,
    /// Which page, from 1; 0 counts as 1.
    pub(super) page: usize,
    /// After how many seconds the page loads itself again.
    pub(super) refresh: Option<u16>,
}

/// Which states to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StateFilter {
    #[default]
    Any,
    Wrong,
    One(State),
}

impl StateFilter {
    /// All of them, as they are offered.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Any, Self::Wrong]
            .into_iter()
            .chain(State::ALL.into_iter().map(Self::One))
    }

    /// The value of the parameter `state`.
    pub(super) const fn slug(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Wrong => "wrong",
            Self::One(state) => state.slug(),
        }
    }

    /// What a person calls it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Any => "any state",
            Self::Wrong => "anything wrong",
            Self::One(state) => state.words(),
        }
    }
}

impl Query {
    /// Reads the query part of an address. What cannot be is left out and told beside it.
    pub(super) fn read(query: &str) -> (Self, Vec<String>) {
        let (mut read, mut mistakes) = (Self::default(), Vec::new());
        for (name, value) in parse(query.as_bytes()).take(MAX_PARAMETERS) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let mut refuse = |wanted: &str| mistakes.push(format!("{name}={}: {wanted}", shown(value, MAX_SHOWN)));
            match name.as_ref() {
                "q" if value.chars().count() <= MAX_TEXT => value.clone_into(&mut read.text),
                "q" => refuse("too long to look for"),
                "project" if value.chars().count() <= MAX_TEXT * 10 => read.project = Some(value.to_owned()),
                "project" => refuse("no project is called so"),
                "state" => match StateFilter::all().find(|state| state.slug() == value) {
                    Some(state) => read.state = state,
                    None => refuse("there is no such state"),
                },
                "page" => match value.parse() {
                    Ok(page @ 1..=MAX_PAGE) => read.page = page,
                    _ => refuse("there is no such page"),
                },
                "refresh" => match value.parse().ok().filter(|seconds| REFRESH.contains(seconds)) {
                    Some(seconds) => read.refresh = Some(seconds),
                    None => refuse("seconds; 10, 30, 60 or 300"),
                },
                // Proxies and chat programs add their own.
                _ => {}
            }
        }
        (read, mistakes)
    }

    /// The address, relative to the page's own, that asks for this.
    pub(super) fn href(&self) -> String {
        let mut pairs = Serializer::new(String::new());
        let mut put = |name, value: &str| {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        };
        put("q", &self.text);
        put("state", self.state.slug());
        put("project", self.project.as_deref().unwrap_or_default());
        if self.page > 1 {
            put("page", &self.page.to_string());
        }
        if let Some(seconds) = self.refresh {
            put("refresh", &seconds.to_string());
        }
        format!("?{}", pairs.finish())
    }

    /// Whether it leaves jobs out.
    pub(super) fn is_filter(&self) -> bool {
        !self.text.is_empty() || self.state != StateFilter::Any || self.project.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Query {
        let (read, mistakes) = Query::read(query);
        assert_eq!(mistakes, [""; 0], "{query}");
        read
    }

    #[test]
    fn an_address_says_what_is_asked_for_and_the_other_way_round() {
        assert_eq!(read(""), Query::default());
        assert_eq!(read("q=&state=&page=1&utm_source=chat").href(), "?");
        let full = read("q=orders+%26+%E8%AE%A2&state=timed-out&project=a%2Bb&page=3&refresh=30");
        assert_eq!(full.text, "orders & 订");
        assert_eq!(full.state, StateFilter::One(State::TimedOut));
        assert_eq!(
            (full.project.as_deref(), full.page, full.refresh),
            (Some("a+b"), 3, Some(30))
        );
        assert_eq!(read(&full.href()[1..]), full);
        for state in StateFilter::all() {
            let query = Query {
                state,
                ..Query::default()
            };
            assert_eq!(read(&query.href()[1..]), query);
        }
    }

    #[test]
    fn what_cannot_be_is_told_and_not_guessed() {
        let long = "x".repeat(MAX_TEXT + 1);
        for query in [
            "state=FAILED".to_owned(),
            "state=no".to_owned(),
            "page=0".to_owned(),
            "page=-1".to_owned(),
            "page=99999999999999999999".to_owned(),
            "refresh=1".to_owned(),
            format!("q={long}"),
            format!("project={}", long.repeat(10)),
        ] {
            let (read, mistakes) = Query::read(&query);
            assert_eq!((read, mistakes.len()), (Query::default(), 1), "{query}");
            assert!(mistakes[0].len() < 200, "{query}");
        }
    }

    #[test]
    fn what_is_no_text_and_what_comes_in_masses_does_no_harm() {
        assert_eq!(read("q=%ff%00").text.chars().count(), 2);
        let masses = "state=no&".repeat(5000);
        assert_eq!(Query::read(&masses).1.len(), MAX_PARAMETERS);
    }
}
