//! What a task found, asked by subject.
//!
//! Owns: which call tells of which subject, and reading its rows into the one type that the rules of `comparison` judge.

use super::Api;
use crate::cloud::{Answer, Error, Operation};
use crate::comparison::verdict::{ObjectReport, Objects, Overview, RowReport, Subject, Tally};
use crate::ids::{CompareJobId, JobId};

/// The API's operation that tells what was found of `subject`.
#[must_use]
pub fn operation(subject: Subject) -> Operation {
    match subject {
        Subject::Objects => Operation::ShowHealthObjectCompareJobOverview,
        Subject::Rows => Operation::ListDataCompareOverview,
        Subject::Accounts => Operation::ShowCompareUsersDetail,
    }
}

/// Asks what `task` found of `subject`.
///
/// # Errors
/// Whatever the call meets.
pub async fn overview<A: Api>(
    api: &A,
    subject: Subject,
    job: &JobId,
    task: &CompareJobId,
) -> Result<Answer<Overview>, Error> {
    let (value, answered_at) = match subject {
        Subject::Objects => {
            let answer = api.objects(job, task).await?;
            let rows = answer.value.iter().map(|row| ObjectReport {
                object_type: row.object_type.as_deref(),
                source_count: row.source_count,
                target_count: row.target_count,
                status: row.status,
            });
            (Overview::Objects(Objects::read(rows)), answer.answered_at)
        }
        Subject::Rows => {
            let answer = api.rows(job, task).await?;
            let rows = answer.value.iter().map(|row| RowReport {
                status: row.status,
                tables: row.compare_num,
                compared: row.compare_end_num,
                inconsistent: row.data_inconsistent_num,
                uncomparable: row.uncomparable_num,
            });
            (Overview::Rows(Tally::of_rows(rows)), answer.answered_at)
        }
        Subject::Accounts => {
            let answer = api.accounts(job, task).await?;
            let words = answer.value.iter().map(|account| account.compare_result.as_deref());
            (Overview::Accounts(Tally::of_accounts(words)), answer.answered_at)
        }
    };
    Ok(Answer { value, answered_at })
}
