//! What a refusing answer says of itself.
//!
//! Owns: the shapes of error bodies (API text, 4.1 and 3.6): DRS and gateway `error_code`/`error_msg`, their cousins
//! `errorCode`/`errorMsg` and `code`/`message`, each also one level deep (so IAM's), HTML, plain text, cut JSON,
//! nothing. Reading one never fails. Knows nothing of what a code means.

use serde_json::{Map, Value};

use super::lenient::text_of;

/// The pairs of names under which a code and its message come.
const SHAPES: [(&str, &str); 4] = [
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("code", "message"),
    ("error_code", "error_message"),
];
/// A code beyond this is no code; the longest known has 12 characters.
const MAX_CODE_CHARS: usize = 64;

/// What could be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct ErrorBody {
    /// The cloud's code: at most [`MAX_CODE_CHARS`] printable ASCII characters.
    pub(super) code: Option<String>,
    /// Its words, as they came.
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
}

impl ErrorBody {
    /// Whatever `body` says, uncut: a secret in it can be found only while it is whole.
    pub(super) fn read(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Self::of_object(&object).unwrap_or_else(|| Self::of_text(body)),
            _ => Self::of_text(body),
        }
    }

    /// The same, each part as `hide` leaves it.
    pub(super) fn censored(self, hide: impl Fn(&str) -> String) -> Self {
        let hide = |part: Option<String>| part.as_deref().map(&hide);
        Self {
            code: hide(self.code),
            message: hide(self.message),
            request_id: hide(self.request_id),
        }
    }

    /// The error in a JSON object that should have been an answer, if there is one. Only the names that no answer
    /// has count.
    pub(super) fn within(object: &Map<String, Value>) -> Option<Self> {
        let is_error = ["error_code", "errorCode"]
            .iter()
            .any(|name| object.get(*name).and_then(text_of).is_some());
        if is_error { Self::of_object(object) } else { None }
    }

    fn of_object(object: &Map<String, Value>) -> Option<Self> {
        let nested = object.values().filter_map(Value::as_object);
        let mut found = std::iter::once(object).chain(nested).find_map(Self::of_level)?;
        if found.request_id.is_none() {
            found.request_id = object.get("request_id").and_then(text_of);
        }
        Some(found)
    }

    fn of_level(level: &Map<String, Value>) -> Option<Self> {
        let given = |name: &str| level.get(name).and_then(text_of);
        SHAPES.iter().find_map(|(code_name, message_name)| {
            let (code, message) = (given(code_name), given(message_name));
            if code.is_none() && message.is_none() {
                return None;
            }
            let usable = code.as_deref().is_none_or(is_code);
            Some(Self {
                message: message.or_else(|| code.clone().filter(|_| !usable)),
                code: code.filter(|_| usable),
                request_id: given("request_id"),
            })
        })
    }

    fn of_text(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        let message = if text.is_empty() {
            "an empty answer".to_owned()
        } else if text.starts_with('<') {
            match html_title(text) {
                Some(title) => format!("an HTML page, {title}"),
                None => "an HTML page".to_owned(),
            }
        } else {
            text.to_owned()
        };
        Self {
            message: Some(message),
            ..Self::default()
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= MAX_CODE_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What stands between `<title>` and `</title>`.
fn html_title(page: &str) -> Option<&str> {
    // ASCII folding keeps every byte's place.
    let folded = page.to_ascii_lowercase();
    let begin = folded.find("<title>")? + "<title>".len();
    let end = begin + folded.get(begin..)?.find("</title>")?;
    page.get(begin..end).map(str::trim).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Option<String>, Option<String>, Option<String>) {
        let read = ErrorBody::read(body.as_bytes());
        (read.code, read.message, read.request_id)
    }

    #[test]
    fn every_known_shape_is_read() {
        for (body, code, message, request_id) in [
            (
                r#"{"error_code": "DRS.10000001", "error_msg": "Failed."}"#,
                "DRS.10000001",
                "Failed.",
                None,
            ),
            (
                r#"{"error_msg": "token expires", "error_code": "APIGW.0301", "request_id": "ab12"}"#,
                "APIGW.0301",
                "token expires",
                Some("ab12".to_owned()),
            ),
            (
                r#"{"errorCode": "DRS.M00202", "errorMsg": "The value of jobId is invalid."}"#,
                "DRS.M00202",
                "The value of jobId is invalid.",
                None,
            ),
            (r#"{"code": "X.1", "message": "no"}"#, "X.1", "no", None),
            (
                r#"{"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}"#,
                "401",
                "The username or password is wrong.",
                None,
            ),
            (
                r#"{"request_id": "r", "error": {"error_code": "A.1", "error_msg": "m"}}"#,
                "A.1",
                "m",
                Some("r".to_owned()),
            ),
        ] {
            assert_eq!(
                read(body),
                (Some(code.to_owned()), Some(message.to_owned()), request_id),
                "{body}"
            );
        }
    }

    #[test]
    fn what_has_no_shape_is_told_in_words() {
        for (body, message) in [
            ("", "an empty answer"),
            (" \n", "an empty answer"),
            (
                "<html><head><TITLE> 502 Bad Gateway </TITLE></head></html>",
                "an HTML page, 502 Bad Gateway",
            ),
            ("<!DOCTYPE html>", "an HTML page"),
            (r#"{"error_code": "DRS.1000"#, r#"{"error_code": "DRS.1000"#),
            ("upstream timed out", "upstream timed out"),
            ("[]", "[]"),
            (r#"{"other": 1}"#, r#"{"other": 1}"#),
        ] {
            assert_eq!(read(body), (None, Some(message.to_owned()), None), "{body}");
        }
    }

    #[test]
    fn a_code_that_is_none_is_only_told() {
        let body = r#"{"error_code": "two words", "error_msg": null}"#;
        assert_eq!(read(body), (None, Some("two words".to_owned()), None));
        assert!(ErrorBody::read(&[0xff, 0xfe, b'{']).message.is_some());
    }
}
