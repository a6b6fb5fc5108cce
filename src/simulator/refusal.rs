//! Error answers, each in the shape of the one who gives it (API text 4.1).
//!
//! Owns: codes, words and shapes of errors. Knows nothing of when they are given.

use serde_json::json;

use super::answer::Answer;

/// A request that is not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By DRS itself: no request id in the body.
    Drs {
        /// HTTP status.
        status: u16,
        /// `DRS.…`.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// By the API gateway in front of it.
    Gateway {
        /// HTTP status.
        status: u16,
        /// `APIGW.…`.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// By IAM.
    Iam {
        /// HTTP status; stands in the body, too.
        status: u16,
        /// For people.
        message: String,
        /// The status in words.
        title: &'static str,
    },
}

impl Refusal {
    /// The job or task is not known: 400, and not 404 (API text 4.2).
    pub(crate) fn not_found(message: &str) -> Self {
        Self::drs(400, "DRS.10000010", message)
    }

    /// A parameter that is out of range or no value of its kind.
    pub(crate) fn invalid_parameter(message: &str) -> Self {
        Self::drs(400, "DRS.M00007", message)
    }

    /// A value that means nothing to the call, by the name that the cloud has for it.
    pub(crate) fn invalid_value(name: &str) -> Self {
        Self::drs(400, "DRS.M00202", &format!("The value of {name} is invalid."))
    }

    /// A parameter that must be given and is not.
    pub(crate) fn empty_parameter(message: &str) -> Self {
        Self::drs(400, "DRS.M00201", message)
    }

    /// The caller is known, but this project is not its own.
    pub(crate) fn wrong_project() -> Self {
        Self::drs(403, "DRS.M00261", "Incorrect project ID.")
    }

    /// An error of DRS.
    pub(crate) fn drs(status: u16, code: &'static str, message: &str) -> Self {
        Self::Drs {
            status,
            code,
            message: message.to_owned(),
        }
    }

    /// Not let in: code 0301, with the reason behind the fixed words (API text 3.1).
    pub(crate) fn unauthenticated(reason: &str) -> Self {
        Self::gateway(
            401,
            "APIGW.0301",
            &format!("Incorrect IAM authentication information: {reason}"),
        )
    }

    /// No such path or method here; what a region without an operation is likely to answer.
    pub(crate) fn no_such_api() -> Self {
        let message = "The API does not exist or has not been published in the environment.";
        Self::gateway(404, "APIGW.0101", message)
    }

    /// Too many requests; the message names the limit and its time.
    pub(crate) fn throttled(limit: &str) -> Self {
        let message = format!(
            "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 second"
        );
        Self::gateway(429, "APIGW.0308", &message)
    }

    /// An error of the gateway.
    pub(crate) fn gateway(status: u16, code: &'static str, message: &str) -> Self {
        Self::Gateway {
            status,
            code,
            message: message.to_owned(),
        }
    }

    /// An error of IAM.
    pub(crate) fn iam(status: u16, title: &'static str, message: &str) -> Self {
        Self::Iam {
            status,
            message: message.to_owned(),
            title,
        }
    }

    /// The answer, to the request with this id.
    pub(crate) fn answer(&self, request_id: &str) -> Answer {
        match self {
            Self::Drs { status, code, message } => {
                Answer::json(*status, &json!({"error_code": code, "error_msg": message}))
            }
            Self::Gateway { status, code, message } => Answer::json(
                *status,
                &json!({"error_code": code, "error_msg": message, "request_id": request_id}),
            ),
            Self::Iam { status, message, title } => Answer::json(
                *status,
                &json!({"error": {"code": status, "message": message, "title": title}}),
            ),
        }
    }
}
