//! One health comparison task as the API shows it.
//!
//! Owns: the three faces of a task (list item, detail, the whole truth). Knows nothing of runs and plans.
//! Its fields are raw JSON, because no field is promised (API text 1.1, 1.2): each may be text, null, empty, absent or
//! of another type, and a test must be able to say which.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::found::{ACCOUNTS, Found, ROWS};

/// A field that may be absent (`None`), null (`Some(Value::Null)`) or anything else.
pub(crate) type Field = Option<Value>;

/// A task. `id` is what it is listed under and asked for by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    /// The id in the list.
    pub(crate) id: String,
    /// The `id` that the detail answers with; another one in the example of the API text.
    pub(crate) answer_id: Field,
    /// The fields that list and detail share.
    pub(crate) fields: Fields,
    /// What it has found, as a test has put it; none of a living one, whose findings are worked out when asked for.
    pub(crate) found: Option<Found>,
}

/// The fields that list and detail share, by their names in the API.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    /// `type`: comma-joined comparison types, in any order.
    #[serde(rename = "type", deserialize_with = "present")]
    pub(crate) kind: Field,
    /// `status`.
    #[serde(deserialize_with = "present")]
    pub(crate) status: Field,
    /// `start_time`, UTC.
    #[serde(deserialize_with = "present")]
    pub(crate) start_time: Field,
    /// `end_time`, UTC.
    #[serde(deserialize_with = "present")]
    pub(crate) end_time: Field,
    /// `compute_type`; in the list only.
    #[serde(deserialize_with = "present")]
    pub(crate) compute_type: Field,
}

/// Keeps a null apart from a field that is not there.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Unix seconds as the API writes a time: `2024-04-07T10:00:01Z`.
pub(crate) fn time_text(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

impl Task {
    /// The task as an item of the list (API text 1.1): without a job name.
    pub(crate) fn list_item(&self) -> Value {
        let mut item = self.common();
        item.insert("id".into(), self.id.clone().into());
        insert(&mut item, "compute_type", self.fields.compute_type.as_ref());
        Value::Object(item)
    }

    /// The task as the detail call answers it (API text 1.2): with the job's name and without `compute_type`.
    pub(crate) fn detail(&self, job_name: &str) -> Value {
        let mut detail = self.common();
        insert(&mut detail, "id", self.answer_id.as_ref());
        detail.insert("job_name".into(), job_name.into());
        Value::Object(detail)
    }

    /// What a scripted task tells of its findings: what was put, and nothing found where its type and its status let
    /// one expect a finding.
    pub(crate) fn found(&self) -> Found {
        let put = self.found.clone().unwrap_or_default();
        let or_nothing = |put: Option<Vec<Value>>, kind| put.or_else(|| self.compares(kind).then(Vec::new));
        Found {
            objects: put.objects,
            rows: or_nothing(put.rows, ROWS),
            accounts: or_nothing(put.accounts, ACCOUNTS),
        }
    }

    fn compares(&self, kind: &str) -> bool {
        let types = self.fields.kind.as_ref().and_then(Value::as_str).unwrap_or_default();
        types.split(',').any(|part| part == kind) && !self.has_status("WAITING_FOR_RUNNING")
    }

    /// Everything about the task, which has found this.
    pub(crate) fn truth(&self, found: &Found) -> Value {
        let mut truth = self.common();
        truth.insert("id".into(), self.id.clone().into());
        insert(&mut truth, "compute_type", self.fields.compute_type.as_ref());
        found.tell(&mut truth);
        Value::Object(truth)
    }

    /// Whether its status is this one.
    pub(crate) fn has_status(&self, status: &str) -> bool {
        self.fields.status.as_ref().and_then(Value::as_str) == Some(status)
    }

    /// Sorts by start time; a task that has none is thought to begin last.
    pub(crate) fn start_order(&self) -> &str {
        let start = self.fields.start_time.as_ref().and_then(Value::as_str);
        start.filter(|text| !text.is_empty()).unwrap_or("~")
    }

    fn common(&self) -> Map<String, Value> {
        let mut map = Map::new();
        insert(&mut map, "type", self.fields.kind.as_ref());
        insert(&mut map, "status", self.fields.status.as_ref());
        insert(&mut map, "start_time", self.fields.start_time.as_ref());
        insert(&mut map, "end_time", self.fields.end_time.as_ref());
        map
    }
}

fn insert(map: &mut Map<String, Value>, name: &str, field: Option<&Value>) {
    if let Some(value) = field {
        map.insert(name.into(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(fields: Value) -> Task {
        Task {
            id: "asked".into(),
            answer_id: Some("answered".into()),
            fields: serde_json::from_value(fields).unwrap(),
            found: None,
        }
    }

    #[test]
    fn null_empty_and_absent_stay_apart() {
        let item = task(json!({"start_time": null, "end_time": ""})).list_item();
        assert_eq!(item, json!({"id": "asked", "start_time": null, "end_time": ""}));
    }

    #[test]
    fn a_scripted_task_has_the_findings_that_were_put_or_that_its_type_promises() {
        let found = |fields| task(fields).found();
        let done = found(json!({"type": "object_comparison,lines", "status": "SUCCESSFUL"}));
        assert_eq!((done.rows, done.accounts), (Some(Vec::new()), None));
        let waiting = found(json!({"type": "lines,account", "status": "WAITING_FOR_RUNNING"}));
        assert_eq!(waiting, Found::default());
        let mut put = task(json!({"type": null}));
        put.found = Some(Found {
            accounts: Some(vec![json!(7)]),
            ..Found::default()
        });
        assert_eq!(put.found().accounts, Some(vec![json!(7)]));
    }

    #[test]
    fn the_detail_has_a_name_and_its_own_id_and_no_compute_type() {
        let task = task(json!({"type": "lines", "status": "RUNNING", "compute_type": "drs"}));
        assert_eq!(
            task.detail("DRS-7754"),
            json!({"id": "answered", "type": "lines", "status": "RUNNING", "job_name": "DRS-7754"})
        );
        assert_eq!(task.list_item()["compute_type"], "drs");
        assert_eq!(task.list_item().get("job_name"), None);
    }
}
