//! The section `discovery` of a project, and the lists `verdicts`: words to types.

use super::get;
use super::model::{Discovery, JobType};
use super::read::Section;
use crate::comparison::verdict::Subject;

/// What the project's `discovery` says. None where there is none, and where something is among the mistakes.
pub(super) fn read(project: &Section) -> Option<Discovery> {
    let section = get::section(project, "discovery")?;
    let words = get::words(section, "job_types")?;
    Some(Discovery {
        job_types: words.iter().map(|word| job_type(word)).collect(),
        include: get::pattern(section, "include")?,
        exclude: get::pattern(section, "exclude"),
        refresh_interval: get::duration(section, "refresh_interval")?,
    })
}

/// What `verdicts` of this section says; none where it is left out.
pub(super) fn verdicts(section: &Section) -> Option<Vec<Subject>> {
    let words = get::words(section, "verdicts")?;
    let named = |subject: &Subject| words.contains(&subject.as_str());
    Some(Subject::ALL.into_iter().filter(named).collect())
}

/// The table of keys lets no other word through.
fn job_type(word: &str) -> JobType {
    match word {
        "migration" => JobType::Migration,
        "sync" => JobType::Sync,
        "cloudDataGuard" => JobType::CloudDataGuard,
        _ => JobType::Replay,
    }
}
