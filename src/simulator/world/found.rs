//! What a task has found, by what it compares.
//!
//! Owns: which findings there are. Knows nothing of how they come about.

use serde_json::{Map, Value};

/// A type of comparison: objects.
pub(super) const OBJECTS: &str = "object_comparison";
/// A type of comparison: the number of rows.
pub(super) const ROWS: &str = "lines";
/// A type of comparison: users and their privileges.
pub(super) const ACCOUNTS: &str = "account";

/// The findings of one task: the items of three calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The rows of the object overview (API text 1.4); of a task that compares no objects it is an empty list.
    pub(crate) objects: Vec<Value>,
    /// The databases of the row overview (API text 1.8); none where that call is refused.
    pub(crate) rows: Option<Vec<Value>>,
    /// The users of the account comparison (API text 1.7); none where that call is refused.
    pub(crate) accounts: Option<Vec<Value>>,
}

impl Found {
    /// Puts all of it into what is told of the task; null where the call is refused.
    pub(super) fn tell(&self, truth: &mut Map<String, Value>) {
        truth.insert("objects".into(), self.objects.clone().into());
        truth.insert("rows".into(), self.rows.clone().into());
        truth.insert("accounts".into(), self.accounts.clone().into());
    }
}
