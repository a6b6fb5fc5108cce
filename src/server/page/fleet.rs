//! All jobs at one moment: counted, put into order, filtered, and cut into pages.
//!
//! Owns: which rows are shown, and in which order. Knows nothing of markup.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::query::{Query, StateFilter};
use super::row::Row;
use super::state::State;
use super::text::{NAME, shown};
use crate::inventory::{Project, Snapshot};

/// Rows on one page: more than anybody reads, and some 30 kB on the way.
pub(super) const PAGE: usize = 50;

/// All jobs at one moment.
#[derive(Debug)]
pub(super) struct Fleet<'a> {
    pub(super) now: Timestamp,
    pub(super) projects: &'a [Arc<Project>],
    /// The most urgent first.
    pub(super) rows: Vec<Row<'a>>,
}

/// What a query finds.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The rows of the page that was asked for.
    pub(super) rows: Vec<&'a Row<'a>>,
    /// All rows that fit.
    pub(super) count: usize,
    /// Which page it is, from 1; the last one where one behind it was asked for.
    pub(super) page: usize,
    /// How many there are; at least 1.
    pub(super) pages: usize,
}

impl<'a> Fleet<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, now: Timestamp) -> Self {
        let jobs = snapshot
            .projects
            .iter()
            .flat_map(|project| project.jobs.iter().map(move |job| Row::new(project, job, now)));
        let mut rows: Vec<_> = jobs.collect();
        // Stable: what is equally urgent stays in the order of the configuration and of the cloud's list.
        rows.sort_by(by_urgency);
        Self {
            now,
            projects: &snapshot.projects,
            rows,
        }
    }

    /// Whether a project is called `name`.
    pub(super) fn has_project(&self, name: &str) -> bool {
        self.projects.iter().any(|project| project.name.as_str() == name)
    }

    /// How many jobs are in `state`, among others.
    pub(super) fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.states.contains(&state)).count()
    }

    /// With how many jobs something is wrong.
    pub(super) fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| row.worst().is_wrong()).count()
    }

    /// The job that was not refreshed for longest.
    pub(super) fn oldest(&self) -> Option<(&Row<'a>, Timestamp)> {
        let refreshed = self.rows.iter().filter_map(|row| Some((row, row.job.last_refresh?)));
        refreshed.min_by_key(|(_, time)| *time)
    }

    /// The projects of which something fails as a whole.
    pub(super) fn failing(&self) -> impl Iterator<Item = &'a Project> {
        let projects = self.projects.iter().map(Arc::as_ref);
        projects.filter(|project| is_refused(project) || project.discovery_problem.is_some())
    }

    /// The page of rows that `query` asks for.
    pub(super) fn find(&'a self, query: &Query) -> Found<'a> {
        let fitting: Vec<_> = self.rows.iter().filter(|row| fits(row, query)).collect();
        let (count, pages) = (fitting.len(), fitting.len().div_ceil(PAGE).max(1));
        let page = query.page.clamp(1, pages);
        let rows = fitting.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
        Found {
            rows,
            count,
            page,
            pages,
        }
    }
}

/// Whether the cloud cannot be asked for anything of `project`.
pub(super) fn is_refused(project: &Project) -> bool {
    project.up == Some(false) || project.problem.is_some()
}

/// By the worst that is the matter, then by all of it; a job with nothing more to it comes later.
fn by_urgency(a: &Row<'_>, b: &Row<'_>) -> Ordering {
    let worst = a.worst().cmp(&b.worst());
    worst.then_with(|| b.states.len().cmp(&a.states.len()))
}

fn fits(row: &Row<'_>, query: &Query) -> bool {
    let in_state = match query.state {
        StateFilter::Any => true,
        StateFilter::Wrong => row.worst().is_wrong(),
        StateFilter::One(state) => row.states.contains(&state),
    };
    let in_project = query
        .project
        .as_ref()
        .is_none_or(|project| project == row.project.name.as_str());
    in_state && in_project && has_words(row, &query.text)
}

/// Whether each word of `text` stands in the job's name, its id or its project's name, in capitals or not.
fn has_words(row: &Row<'_>, text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    // What is not shown is not looked through.
    let places = [row.job.name.as_str(), row.job.id.as_str(), row.project.name.as_str()];
    let places = places.map(|place| shown(place, NAME).to_lowercase());
    let mut words = text.split_whitespace().map(str::to_lowercase);
    words.all(|word| places.iter().any(|place| place.contains(&word)))
}
