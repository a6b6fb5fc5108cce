//! From the bytes of a good answer to its fields.
//!
//! Owns: telling an answer from what only looks like one: no JSON, another shape, an error with the status of
//! success. Which fields there are is the model's knowledge.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::cause::Cause;
use super::error::Error;
use super::error_body::ErrorBody;
use super::lenient::number_of;
use super::operation::Observer;
use super::request::{Call, Proof};
use super::transport::Reply;
use super::verdict::cause_of;

/// An error that comes with a status of success is sorted as the reference's 400 would be.
const ERROR_STATUS: u16 = 400;

/// An answer, with what is needed to complain about it.
pub(super) struct Answered<'a> {
    pub(super) reply: Reply,
    pub(super) call: Call,
    pub(super) proof: Proof,
    pub(super) observer: &'a dyn Observer,
}

impl Answered<'_> {
    /// The answer as one object.
    pub(super) fn object<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let object = self.json()?;
        self.convert(Value::Object(object))
    }

    /// When it was given.
    pub(super) fn at(&self) -> Timestamp {
        self.reply.answered_at
    }

    /// The items under the first of `names` that is there, and the total under the first of `totals`.
    ///
    /// No list at all is an empty one only where the answer says so: a total of 0, or `null` for the list and no
    /// total above 0. Anything else without a list is no answer.
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        names: &[&str],
        totals: &[&str],
    ) -> Result<(Vec<T>, Option<u64>), Error> {
        let mut object = self.json()?;
        let total = totals.iter().find_map(|name| object.get(*name)).and_then(number_of);
        let total = total.and_then(|total| u64::try_from(total).ok());
        let items = match names.iter().find_map(|name| object.remove(*name)) {
            Some(Value::Null) if total.unwrap_or(0) == 0 => Vec::new(),
            None if total == Some(0) => Vec::new(),
            None | Some(Value::Null) => {
                return Err(self.contradiction(&format!("the answer has no list `{}`", names.join("` or `"))));
            }
            Some(list) => self.convert(list)?,
        };
        Ok((items, total))
    }

    fn json(&self) -> Result<Map<String, Value>, Error> {
        let object = match serde_json::from_slice(&self.reply.body) {
            Ok(Value::Object(object)) => object,
            Ok(other) => {
                let shape = shape_of(&other);
                return Err(self.contradiction(&format!("the answer is {shape} where an object is due")));
            }
            Err(error) => {
                let said = ErrorBody::read(&self.reply.body).message.unwrap_or_default();
                return Err(self.contradiction(&format!("the answer is not JSON ({error}): {said}")));
            }
        };
        match ErrorBody::within(&object) {
            Some(told) => Err(self.error_within(told)),
            None => Ok(object),
        }
    }

    fn error_within(&self, told: ErrorBody) -> Error {
        let cause = cause_of(
            self.call.operation,
            self.proof.kind(),
            ERROR_STATUS,
            told.code.as_deref(),
        );
        let told = told.censored(|text| self.call.censor(&self.proof, text));
        if let Some(code) = &told.code {
            self.observer.api_error(self.call.operation, code);
        }
        Error::new(self.call.operation, cause)
            .at(&self.call.url)
            .with_code(told.code)
            .with_message(told.message.unwrap_or_default())
            .with_request_id(told.request_id.as_deref().or(self.reply.request_id.as_deref()))
    }

    fn convert<T: DeserializeOwned>(&self, value: Value) -> Result<T, Error> {
        serde_json::from_value(value)
            .map_err(|error| self.contradiction(&format!("the answer has another shape than the API's: {error}")))
    }

    fn contradiction(&self, why: &str) -> Error {
        Error::new(self.call.operation, Cause::Body)
            .at(&self.call.url)
            .with_message(self.call.censor(&self.proof, why))
            .with_request_id(self.reply.request_id.as_deref())
    }
}

fn shape_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
