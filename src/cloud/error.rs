//! The one error of this room.
//!
//! Owns: what a failed call tells: which operation, on what address, what the cloud said, and what to do.
//! It never holds a secret: of a request it knows the address only, of an answer the bounded text of the error.

use std::fmt::{self, Write as _};
use std::time::Duration;

use url::Url;

use super::cause::Cause;
use super::operation::Operation;

/// Of any text from outside, so many characters are shown; the reference allows a message 512.
const MAX_SHOWN_CHARS: usize = 300;

/// A failed call. Cheap to clone, so that all who waited for one login can share its failure.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    cause: Cause,
    operation: Operation,
    url: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    may_pass: bool,
}

impl Error {
    pub(super) fn new(operation: Operation, cause: Cause) -> Self {
        Self(Box::new(Facts {
            cause,
            operation,
            url: None,
            status: None,
            code: None,
            message: None,
            request_id: None,
            retry_after: None,
            may_pass: cause.may_pass(),
        }))
    }

    /// A failure of that cause and nothing else, for tests of whoever calls a client. Where DRS itself says so, it
    /// has a code of DRS.
    #[cfg(test)]
    #[must_use]
    pub fn for_test(cause: Cause) -> Self {
        let code = cause.was_let_in().then(|| "DRS.10000001".to_owned());
        Self::new(Operation::ShowHealthCompareJobDetail, cause).with_code(code)
    }

    /// Adds where the request went, without user, password and fragment.
    pub(super) fn at(mut self, url: &Url) -> Self {
        let mut shown = url.clone();
        // Fails only on addresses that cannot have a user at all.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_fragment(None);
        self.0.url = Some(printable(shown.as_str()));
        self
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(super) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    /// Adds words from outside; they are made printable and cut.
    pub(super) fn with_message(mut self, message: impl AsRef<str>) -> Self {
        self.0.message = Some(printable(message.as_ref()));
        self
    }

    pub(super) fn with_request_id(mut self, request_id: Option<&str>) -> Self {
        self.0.request_id = request_id.map(printable);
        self
    }

    pub(super) fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    /// Says that the same request may succeed a moment later although the cause alone does not tell so.
    pub(super) fn passing(mut self) -> Self {
        self.0.may_pass = true;
        self
    }

    /// The same failure, of another operation that shares its reason.
    pub(super) fn of(mut self, operation: Operation) -> Self {
        self.0.operation = operation;
        self
    }

    /// The same failure, sorted otherwise by somebody who knows more.
    pub(super) fn recast(mut self, cause: Cause) -> Self {
        self.0.cause = cause;
        self.0.may_pass = cause.may_pass();
        self
    }

    pub(super) fn may_pass(&self) -> bool {
        self.0.may_pass
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why it failed.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.0.cause
    }

    /// Whether this failure proves that the cloud was reached and accepted the credentials. Only a code of DRS does:
    /// the gateway, or a firewall in front of it, may say 403 or 404 to a stranger.
    #[must_use]
    pub fn was_let_in(&self) -> bool {
        self.0.cause.was_let_in() && self.code().is_some_and(|code| code.starts_with("DRS."))
    }

    /// What happened, without what to do about it.
    #[must_use]
    pub fn what(&self) -> String {
        self.0.to_string()
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.0.cause.remedy()
    }

    /// The operation that failed; the login's, when it is the login that failed.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The answer's HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The cloud's own error code, such as `DRS.10000010`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The cloud's or the system's words: printable and cut.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The cloud's id of the request, which its support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; to mend it: {}", self.what(), self.remedy())
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.as_str())?;
        if let Some(url) = &self.url {
            write!(f, " {url}")?;
        }
        f.write_str(": ")?;
        if let Some(status) = self.status {
            write!(f, "HTTP {status}, ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        match &self.message {
            Some(message) => f.write_str(message)?,
            None => write!(f, "{:?}", self.cause)?,
        }
        if let Some(request_id) = &self.request_id {
            write!(f, " (request id {request_id})")?;
        }
        Ok(())
    }
}

/// Text from outside as one line that no terminal or log reader trips over, cut to a bearable length.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN_CHARS {
            shown.push('…');
            break;
        }
        if character.is_control() {
            // Writing into a String cannot fail.
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}
