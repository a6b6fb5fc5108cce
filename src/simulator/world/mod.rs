//! The simulated tenant: projects, jobs, policies and comparisons.
//!
//! Owns: what exists and what becomes of it. Knows nothing of HTTP, of who asks, and of clocks: `now` is an argument
//! (Unix seconds by the cloud's clock). What lives by itself is a function of (seed, start, now), however often it is
//! looked at; what a test puts in stays as it was put.
//!
//! - [`cast`]: who plays which part; [`calendar`]: policies as people set them
//! - [`job`]: a job and its tasks; [`life`]: what goes on in it by itself
//! - [`run`]: a run and the plan of runs; [`timetable`], [`pace`]: when they are due, how long they take
//! - [`task`]: a task as the API shows it
//! - [`found`]: what a task has found: [`objects`], [`rows`], [`accounts`]
//! - [`policy`], [`names`]: the words of it
//! - [`chance`]: seeded numbers

mod accounts;
mod calendar;
pub(crate) mod cast;
pub(crate) mod chance;
pub(crate) mod found;
pub(crate) mod job;
pub(crate) mod life;
pub(crate) mod names;
pub(crate) mod objects;
mod pace;
pub(crate) mod policy;
mod rows;
pub(crate) mod run;
pub(crate) mod task;
pub(crate) mod timetable;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::job::Job;
use self::names::{PROJECTS, ProjectFacts};
use super::WorldKind;

/// What a world is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Founding {
    /// What goes on in it.
    pub(crate) kind: WorldKind,
    /// The same seed makes the same world.
    pub(crate) seed: u64,
    /// When it starts, in Unix seconds.
    pub(crate) start: i64,
    /// How many of its latest reports a job keeps, and begins with at most.
    pub(crate) reports: i64,
}

/// Everything that exists.
#[derive(Clone)]
pub(crate) struct World {
    projects: Vec<Project>,
    seed: u64,
    /// Counts ids given to what tests put in, so that each is another.
    made: i64,
}

/// One project.
#[derive(Clone)]
pub(crate) struct Project {
    /// Its name, id and region.
    pub(crate) facts: &'static ProjectFacts,
    /// Its jobs, in the order they were made.
    pub(crate) jobs: Vec<Job>,
}

impl Project {
    /// The job with this id.
    pub(crate) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }
}

impl World {
    /// A world with `jobs` jobs in each project (none in an empty one).
    pub(crate) fn new(founding: &Founding, jobs: usize) -> Self {
        let jobs = if founding.kind == WorldKind::Empty { 0 } else { jobs };
        let project = |(index, facts)| Project {
            facts,
            jobs: (0..jobs).map(|number| cast::cast(founding, index, number)).collect(),
        };
        Self {
            projects: PROJECTS.iter().enumerate().map(project).collect(),
            seed: founding.seed,
            made: 0,
        }
    }

    /// All projects.
    pub(crate) fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The project with this id.
    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.facts.id == id)
    }

    /// The project with this name or id; the first one when none is asked for.
    pub(crate) fn project_named(&mut self, name: Option<&str>) -> Option<&mut Project> {
        let fits = |facts: &ProjectFacts| name.is_none_or(|name| name == facts.name || name == facts.id);
        self.projects.iter_mut().find(|project| fits(project.facts))
    }

    /// The job with this id, in whichever project.
    pub(crate) fn job_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs_mut().find(|job| job.id == id)
    }

    /// The job that has this task at `now`.
    pub(crate) fn job_of_task(&mut self, task: &str, now: i64) -> Option<&mut Job> {
        self.jobs_mut().find(|job| job.task(task, now).is_some())
    }

    /// Deletes a job with all its tasks. Says whether there was one.
    pub(crate) fn delete_job(&mut self, id: &str) -> bool {
        let before = self.count();
        for project in &mut self.projects {
            project.jobs.retain(|job| job.id != id);
        }
        self.count() < before
    }

    /// How many jobs there are.
    pub(crate) fn count(&self) -> usize {
        self.projects.iter().map(|project| project.jobs.len()).sum()
    }

    /// The source of chance for the next thing that a test puts in.
    pub(crate) fn next_chance(&mut self) -> fastrand::Rng {
        self.made += 1;
        chance::chance(self.seed, &[-1, self.made])
    }

    /// All there is at `now`, as the control API tells it.
    pub(crate) fn truth(&self, now: i64) -> Value {
        self.tell(now, |job| Some(job.truth(now)))
    }

    /// All there was at `then`, also of what the cloud has forgotten since: no job that was not made yet and no run
    /// that had not begun, whether or not it waited. What a test has put in is as it is now, and so are policies but
    /// for the next run.
    pub(crate) fn truth_at(&self, then: i64) -> Value {
        self.tell(then, |job| job.truth_at(then))
    }

    fn tell(&self, now: i64, tell: impl Fn(&Job) -> Option<Value>) -> Value {
        let project = |project: &Project| {
            let jobs: Vec<Value> = project.jobs.iter().filter_map(&tell).collect();
            let facts = project.facts;
            json!({"name": facts.name, "project_id": facts.id, "region": facts.region, "jobs": jobs})
        };
        let projects: Vec<Value> = self.projects.iter().map(project).collect();
        json!({"now": task::time_text(now), "projects": projects})
    }

    fn jobs_mut(&mut self) -> impl Iterator<Item = &mut Job> {
        self.projects.iter_mut().flat_map(|project| &mut project.jobs)
    }
}
