//! One fault as it is ordered: what it is for, and what it answers.
//!
//! Owns: the kinds of faults. Knows nothing of how often one hits, and of sockets.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Reply};
use super::super::asked::Asked;
use super::super::gateway::token_expired;
use super::super::page::Blunder;
use super::super::refusal::Refusal;
use super::super::route::{LISTS, Route};

/// Ways to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The right answer, late.
    Latency,
    /// No answer, and the connection stays open.
    Hang,
    /// No answer; the connection is reset.
    Reset,
    /// Half of the right answer, then the connection ends.
    Cut,
    /// HTML, as a proxy in between answers (502 unless `status` says another).
    Html,
    /// An empty body (200 unless `status` says another).
    Empty,
    /// 429, with `retry_after` as its header if given.
    Throttle,
    /// The given `status` (500 if not given) with an error body.
    Status,
    /// 401: the token has expired.
    ExpiredToken,
    /// 401: the token must be renewed.
    Revoked,
    /// 302 to elsewhere.
    Redirect,
    /// JSON of the wrong shape (200 unless `status` says another).
    Garbage,
    /// A body far too large.
    Oversize,
    /// 403: the user lacks the permission for this call of DRS.
    Forbidden,
    /// 404: the region does not have this call of DRS.
    NotInRegion,
    /// A list's page with half of what was asked for, and the right total.
    ShortPage,
    /// A list's second or later page that begins with items of the page before.
    Overlap,
    /// A list's second or later page that begins one item too late; that item is in no page.
    Skip,
    /// A list without items and with a total of 0; a look-up of jobs by `name` only if `lookups` says so.
    EmptyList,
}

/// A fault as it is ordered. What is not said fits every request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(super) kind: Kind,
    pub(crate) operation: Option<String>,
    job_id: Option<String>,
    project_id: Option<String>,
    /// The share of the fitting requests that it hits, 0 to 1.
    pub(crate) share: Option<f64>,
    /// After so many hits it is over.
    pub(super) times: Option<u64>,
    pub(super) milliseconds: Option<u64>,
    /// Seconds, or text as it is.
    retry_after: Option<Value>,
    /// An HTTP status, 200 to 599.
    pub(crate) status: Option<u16>,
    /// Whether an empty list is also what a look-up by `name` gives.
    #[serde(default)]
    lookups: bool,
}

impl Order {
    /// Whether it is for this request.
    pub(super) fn fits(&self, route: &Route, asked: &Asked) -> bool {
        let fits = |wanted: Option<&str>, is: Option<&str>| wanted.is_none() || wanted == is;
        fits(self.operation.as_deref(), Some(route.operation()))
            && fits(self.job_id.as_deref(), route.job())
            && fits(self.project_id.as_deref(), route.project())
            && self.concerns(route, asked)
    }

    /// Whether it can go wrong in this way: a page in a list only, a permission in DRS only.
    fn concerns(&self, route: &Route, asked: &Asked) -> bool {
        let later = || asked.parameter("offset").is_some_and(|offset| offset != "0");
        match self.kind {
            Kind::Forbidden | Kind::NotInRegion => route.project().is_some(),
            Kind::ShortPage => route.is_list(),
            Kind::Overlap | Kind::Skip => route.is_list() && later(),
            Kind::EmptyList => route.is_list() && (self.lookups || asked.parameter("name").is_none()),
            _ => true,
        }
    }

    /// Whether the operation that it names, if any, can never go wrong in this way.
    pub(crate) fn is_vain(&self) -> bool {
        let operation = self.operation.as_deref();
        self.blunder().is_some() && operation.is_some_and(|operation| !LISTS.contains(&operation))
    }

    /// How a page of a list is to be wrong, if that is what is to happen.
    pub(crate) fn blunder(&self) -> Option<Blunder> {
        Some(match self.kind {
            Kind::ShortPage => Blunder::Short,
            Kind::Overlap => Blunder::Overlap,
            Kind::Skip => Blunder::Skip,
            Kind::EmptyList => Blunder::Empty,
            _ => return None,
        })
    }

    /// Whether no answer is ever to come.
    pub(crate) fn hangs(&self) -> bool {
        self.kind == Kind::Hang
    }

    /// What is sent instead of the right answer; none if that is needed, because it is sent in part or altered.
    pub(crate) fn reply(&self, request_id: &str, wall: Timestamp) -> Option<Reply> {
        Some(Reply::Whole(match self.kind {
            Kind::Latency | Kind::Hang | Kind::Cut | Kind::ShortPage | Kind::Overlap | Kind::Skip | Kind::EmptyList => {
                return None;
            }
            Kind::Forbidden => error_of(403).answer(request_id),
            Kind::NotInRegion => Refusal::no_such_api().answer(request_id),
            Kind::Reset => return Some(Reply::Reset),
            Kind::Oversize => return Some(Reply::Oversize),
            Kind::Html => Answer::of_type(self.status.unwrap_or(502), "text/html", HTML.to_owned()),
            Kind::Empty => Answer::of_type(self.status.unwrap_or(200), "application/json", String::new()),
            Kind::Garbage => Answer::json(self.status.unwrap_or(200), &json!([{"unexpected": ["shape"]}])),
            Kind::Redirect => {
                Answer::of_type(302, "text/plain", String::new()).with("location", "/elsewhere".to_owned())
            }
            Kind::Throttle => self.throttle(request_id),
            Kind::Status => error_of(self.status.unwrap_or(500)).answer(request_id),
            Kind::ExpiredToken => token_expired(wall).answer(request_id),
            Kind::Revoked => Refusal::gateway(401, "APIGW.0307", "The token must be updated.").answer(request_id),
        }))
    }

    fn throttle(&self, request_id: &str) -> Answer {
        let answer = Refusal::throttled("0").answer(request_id);
        match &self.retry_after {
            None | Some(Value::Null) => answer,
            Some(Value::String(text)) => answer.with("retry-after", text.clone()),
            Some(other) => answer.with("retry-after", other.to_string()),
        }
    }
}

/// What a load balancer in between may answer.
const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// A likely error of this status (API text 4.2, 4.3).
fn error_of(status: u16) -> Refusal {
    match status {
        401 => Refusal::drs(401, "DRS.M00103", "No permission for the operation."),
        403 => Refusal::drs(403, "DRS.M00102", "Insufficient permission."),
        404 => Refusal::no_such_api(),
        429 => Refusal::throttled("0"),
        422 => Refusal::drs(422, "DRS.M00004", "Service abnormal."),
        400..500 => Refusal::drs(status, "DRS.10000001", "Failed."),
        _ => Refusal::gateway(status, "APIGW.0201", "Backend unavailable."),
    }
}
