//! What a comparison found: in objects, in rows, in accounts.
//!
//! Owns: the calls that tell it, and which of their fields are kept. Names of databases and users, and privileges, are
//! not read at all: they are many, and nobody's business but the owner's. What a finding means is not said here.
//!
//! Only the objects' call is documented for health comparisons; whether the other two take the id of one is not stated
//! anywhere (API text, 1.11), so that any refusal of theirs may mean no more than "not available".

use serde::Deserialize;

use super::client::{Client, Names};
use super::error::Error;
use super::lenient::{number, text};
use super::model::Answer;
use super::operation::Operation;
use crate::ids::{CompareJobId, JobId};

/// Databases per page: the most that the API allows, and its default (API text, 1.8).
const ROWS_LIMIT: usize = 1000;
/// Accounts per page: the reference tells no limit; as many as its known clients ask for (API text, 1.7).
const ACCOUNTS_LIMIT: usize = 100;

/// What the object comparison found for one type of object (API text, 1.4).
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct ObjectOverview {
    /// The type of object, such as `TABLE`.
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub object_type: Option<String>,
    /// Objects of that type at the source.
    #[serde(default, deserialize_with = "number")]
    pub source_count: Option<i64>,
    /// Objects of that type at the target.
    #[serde(default, deserialize_with = "number")]
    pub target_count: Option<i64>,
    /// 0 inconsistent, 2 consistent, 3 not completed.
    #[serde(default, deserialize_with = "number")]
    pub status: Option<i64>,
}

/// What the row comparison found in one database (API text, 1.8). Counts are of tables.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct RowOverview {
    /// A code of the API text's table: 0 inconsistent, 2 consistent, and some 25 reasons why it is not known.
    #[serde(default, deserialize_with = "number")]
    pub status: Option<i64>,
    /// Tables to compare.
    #[serde(default, deserialize_with = "number")]
    pub compare_num: Option<i64>,
    /// Tables compared.
    #[serde(default, deserialize_with = "number")]
    pub compare_end_num: Option<i64>,
    /// Tables that differ.
    #[serde(default, deserialize_with = "number")]
    pub data_inconsistent_num: Option<i64>,
    /// Tables that cannot be compared.
    #[serde(default, deserialize_with = "number")]
    pub uncomparable_num: Option<i64>,
}

/// What the account comparison found for one user (API text, 1.7).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccountComparison {
    /// The verdict. Declared as a number, documented as names such as `CONSISTENT`, with no key between the two: kept
    /// as it came.
    pub compare_result: Option<String>,
}

/// [`AccountComparison`] as it is on the wire.
#[derive(Deserialize)]
struct WireAccount {
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    compare_result: Option<String>,
}

impl Client {
    /// What the object comparison of one task found, per type of object:
    /// `GET /v5/{project_id}/jobs/{job_id}/health-compare-jobs/object/{compare_job_id}`.
    ///
    /// # Errors
    /// [`Cause::NotFound`](super::Cause::NotFound) for an unknown job or task, and any other cause.
    pub async fn show_health_object_compare_job_overview(
        &self,
        job: &JobId,
        compare_job: &CompareJobId,
    ) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        let (job, compare_job) = (job.as_str(), compare_job.as_str());
        let path = ["jobs", job, "health-compare-jobs", "object", compare_job];
        let names = Names {
            items: &["compare_result"],
            total: &["count", "total_count"],
        };
        let call = self.get(Operation::ShowHealthObjectCompareJobOverview, &path, &[])?;
        let page = self.page(call, &names).await?;
        Ok(page.map(|page| page.items))
    }

    /// What the row comparison of one task found, per database, in the cloud's order:
    /// `GET /v3/{project_id}/jobs/{job_id}/compare/{compare_job_id}/line-overview`, page by page.
    ///
    /// # Errors
    /// Any cause; a failed page fails the list.
    pub async fn list_data_compare_overview(
        &self,
        job: &JobId,
        compare_job: &CompareJobId,
    ) -> Result<Answer<Vec<RowOverview>>, Error> {
        let operation = Operation::ListDataCompareOverview;
        let path = ["jobs", job.as_str(), "compare", compare_job.as_str(), "line-overview"];
        let names = Names {
            items: &["data_compare_overview_infos"],
            total: &["total_count", "count"],
        };
        let rows = self
            .list(
                operation,
                ROWS_LIMIT,
                &names,
                // A database has no id, and its name is not read.
                |_: &RowOverview| None,
                |page| self.get_of("v3", operation, &path, page),
            )
            .await?;
        Ok(rows.map(|rows| rows.items))
    }

    /// What the account comparison of one task found, per user, in the cloud's order:
    /// `GET /v5/{project_id}/jobs/{job_id}/compare/users/{compare_job_id}`, page by page.
    ///
    /// # Errors
    /// Any cause; a failed page fails the list.
    pub async fn show_compare_users_detail(
        &self,
        job: &JobId,
        compare_job: &CompareJobId,
    ) -> Result<Answer<Vec<AccountComparison>>, Error> {
        let operation = Operation::ShowCompareUsersDetail;
        let path = ["jobs", job.as_str(), "compare", "users", compare_job.as_str()];
        let names = Names {
            items: &["user_compare_info"],
            total: &["total_count", "count"],
        };
        let accounts = self
            .list(
                operation,
                ACCOUNTS_LIMIT,
                &names,
                |account: &WireAccount| account.id.as_deref(),
                |page| self.get(operation, &path, page),
            )
            .await?;
        let compared = |account: WireAccount| AccountComparison {
            compare_result: account.compare_result,
        };
        Ok(accounts.map(|accounts| accounts.items.into_iter().map(compared).collect()))
    }
}
