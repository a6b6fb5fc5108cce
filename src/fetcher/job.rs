//! What the answers about tasks, one after the other, mean for a job.
//!
//! What else is told of it (facts, policy, verdicts) is in [`outlook`].

mod line;
mod outlook;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

pub(super) use self::line::Line;
use self::line::Standing;
use super::Plan;
use super::ask::{Question, Tasks};
use super::judge::Judge;
use crate::cloud::{Job, JobType};
use crate::comparison::schedule::Schedule;
use crate::comparison::{Status, Task};
use crate::ids::{CompareJobId, JobId};
use crate::inventory::{self, Facts, Problem, Verdicts};

/// A policy, or a list of jobs, that was not read again for so many of its intervals no longer speaks for the cloud.
const STALE_INTERVALS: u32 = 2;

/// A watched job: the questions about it and the newest answer to each.
#[derive(Debug)]
pub(super) struct WatchedJob {
    /// Its id, as configured or as the cloud lists it.
    pub(super) id: JobId,
    /// The type under which it was discovered; none if it is watched because the configuration names it.
    pub(super) discovered: Option<JobType>,
    /// The type under which it was listed last, whoever wants it.
    pub(super) listed_as: Option<JobType>,
    /// What is asked about its tasks.
    pub(super) lines: Vec<Line>,
    /// The cloud's name of it; empty until the cloud has told.
    pub(super) name: String,
    name_asked: Option<Instant>,
    /// As the newest detail of a task has it.
    name_in_detail: String,
    last_refresh: Option<Timestamp>,
    /// Every task heard of, and whether it was last heard to have ended.
    known: HashMap<CompareJobId, bool>,
    ended: [u64; Status::ENDED.len()],
    facts: Option<Arc<Facts>>,
    facts_stale_after: Duration,
    schedule: Schedule,
    /// When the policy was last read, by the exporter's clock.
    policy_read: Option<Timestamp>,
    policy_stale_after: Duration,
    judges: Vec<Judge>,
    verdicts: Arc<Verdicts>,
}

/// The jobs that a plan names, each once, with everything that is asked about its tasks.
pub(super) fn watched(plan: &Plan) -> Vec<WatchedJob> {
    let mut places = HashMap::new();
    let mut jobs = Vec::new();
    let histories = plan.jobs.iter().map(|job| (job, Question::History));
    let tasks = plan
        .comparison_tasks
        .iter()
        .map(|(job, task)| (job, Question::Task(task.clone())));
    for (id, question) in histories.chain(tasks) {
        let place = *places.entry(id).or_insert_with(|| {
            jobs.push(WatchedJob::new(plan, id.clone()));
            jobs.len() - 1
        });
        jobs[place].lines.push(Line::new(question));
    }
    jobs
}

fn stale_after(plan: &Plan, interval: Duration) -> Duration {
    plan.stale_after.max(interval * STALE_INTERVALS)
}

fn facts_stale_after(plan: &Plan) -> Duration {
    let listing = plan.discovery.as_ref().map(|discovery| discovery.refresh_interval);
    stale_after(plan, listing.unwrap_or(plan.policy_interval))
}

fn policy_stale_after(plan: &Plan) -> Duration {
    stale_after(plan, plan.policy_interval)
}

impl WatchedJob {
    fn new(plan: &Plan, id: JobId) -> Self {
        Self {
            id,
            discovered: None,
            listed_as: None,
            lines: Vec::new(),
            name: String::new(),
            name_asked: None,
            name_in_detail: String::new(),
            last_refresh: None,
            known: HashMap::new(),
            ended: [0; Status::ENDED.len()],
            facts: None,
            facts_stale_after: facts_stale_after(plan),
            schedule: Schedule::default(),
            policy_read: None,
            policy_stale_after: policy_stale_after(plan),
            judges: plan.verdicts.iter().copied().map(Judge::new).collect(),
            verdicts: Arc::default(),
        }
    }

    /// Goes on by another plan, which asks these questions about tasks; `discovered` as above. What is known of what
    /// is still asked stays.
    pub(super) fn follow(&mut self, plan: &Plan, questions: &[Question], discovered: Option<JobType>) {
        self.discovered = discovered;
        let mut lines = std::mem::take(&mut self.lines);
        for question in questions {
            let known = lines.iter().position(|line| line.question == *question);
            let line = known.map_or_else(|| Line::new(question.clone()), |place| lines.swap_remove(place));
            self.lines.push(line);
        }
        if !self.watches_history() {
            (self.schedule, self.policy_read) = (Schedule::default(), None);
        }
        (self.facts_stale_after, self.policy_stale_after) = (facts_stale_after(plan), policy_stale_after(plan));
        if let Some(facts) = &mut self.facts {
            Arc::make_mut(facts).stale_after = self.facts_stale_after;
        }
        self.judge_by(&plan.verdicts);
    }

    /// A job that a listing has found.
    pub(super) fn found(plan: &Plan, job_type: JobType, listed: &Job, now: Timestamp) -> Self {
        let mut job = Self::new(plan, listed.id.clone());
        job.discovered = Some(job_type);
        job.lines.push(Line::new(Question::History));
        job.listed(job_type, listed, now);
        job
    }

    /// Watches all of its history from now on.
    pub(super) fn watch_history(&mut self) {
        if !self.watches_history() {
            self.lines.push(Line::new(Question::History));
        }
    }

    /// Everything that is asked about it.
    pub(super) fn questions(&self) -> Vec<Question> {
        let lines = self.lines.iter().map(|line| line.question.clone());
        // Where only single tasks are watched, when the next run is due is nobody's question.
        let policy = self.watches_history().then_some(Question::Policy);
        let verdicts = self.judges.iter().map(|judge| Question::Verdict(judge.subject));
        lines.chain(policy).chain(verdicts).collect()
    }

    fn watches_history(&self) -> bool {
        self.lines.iter().any(|line| line.question == Question::History)
    }

    /// The line that asks `question`.
    pub(super) fn line(&self, question: &Question) -> Option<&Line> {
        self.lines.iter().find(|line| line.question == *question)
    }

    /// The place of that line.
    pub(super) fn place(&self, question: &Question) -> Option<usize> {
        self.lines.iter().position(|line| line.question == *question)
    }

    /// All tasks that are known; one that two questions are about comes twice.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Task> + Clone {
        let answers = self.lines.iter().filter_map(|line| line.answer.as_ref());
        answers.flat_map(|answer| answer.tasks.iter())
    }

    /// Whether the name should be asked for now: it is not known, and was not asked for within `pause`.
    pub(super) fn wants_name(&mut self, now: Instant, pause: Duration) -> bool {
        let wants = self.name.is_empty() && self.name_asked.is_none_or(|asked| now - asked >= pause);
        if wants {
            self.name_asked = Some(now);
        }
        wants
    }

    /// Takes the answer to the question at `line`.
    pub(super) fn answered(&mut self, line: usize, mut told: Tasks, now: Timestamp) {
        if let Some(name) = told.job_name.take().filter(|name| !name.is_empty()) {
            // The list of jobs knows the name best; were both believed in turn, a difference would make ever new series.
            // But a detail that has another name than before tells of a new one.
            let before = std::mem::replace(&mut self.name_in_detail, name.clone());
            let is_renamed = !before.is_empty() && before != name;
            if self.name.is_empty() || self.facts.is_none() || is_renamed {
                self.name = name;
            }
        }
        self.complete(line, &mut told.all);
        let heard = self.lines[line].heard.replace(told.answered_at);
        for task in &told.all {
            self.count(task, heard);
        }
        self.last_refresh = Some(now);
        let line = &mut self.lines[line];
        line.standing = Standing::Good;
        line.answer = Some(inventory::Answer {
            asked_for: match &line.question {
                Question::Task(task) => Some(task.clone()),
                _ => None,
            },
            refreshed_at: now,
            tasks: told.all.into(),
        });
        self.forget_what_the_cloud_forgot();
    }

    /// Takes the failure of the question at `line`: what is known stays, unless the cloud no longer knows it
    /// (`is_gone`). Gives whether this is news.
    pub(super) fn failed(&mut self, line: usize, problem: Problem, is_gone: bool) -> bool {
        if is_gone {
            self.forget(line);
        }
        let is_news = self.lines[line].fail(problem);
        // Once: should the list of jobs have it all the same, what it tells is not to come and go.
        if is_gone && is_news && self.lines[line].question == Question::History {
            self.facts = None;
        }
        is_news
    }

    /// The cloud does not know what the question at `line` is about; without the job there is none of its tasks.
    fn forget(&mut self, line: usize) {
        let is_job = self.lines[line].question == Question::History;
        for (_, gone) in self
            .lines
            .iter_mut()
            .enumerate()
            .filter(|(place, _)| is_job || *place == line)
        {
            gone.answer = None;
        }
    }

    /// The whole project cannot be asked: none of its jobs is refreshed.
    pub(super) fn cut_off(&mut self, problem: &Problem) {
        for line in &mut self.lines {
            line.fail(problem.clone());
        }
    }

    /// The job as the inventory shows it.
    pub(super) fn view(&self, now: Timestamp) -> inventory::Job {
        let problem = self.lines.iter().find_map(|line| match &line.standing {
            Standing::Bad(problem) => Some(problem.clone()),
            Standing::Good | Standing::NotAsked => None,
        });
        let was_asked = self.lines.iter().any(|line| line.standing != Standing::NotAsked);
        inventory::Job {
            id: self.id.clone(),
            name: self.name.clone(),
            up: was_asked.then_some(problem.is_none()),
            last_refresh: self.last_refresh,
            problem,
            watches_history: self.watches_history(),
            answers: self.lines.iter().filter_map(|line| line.answer.clone()).collect(),
            ended: self.ended,
            facts: self.facts.clone(),
            schedule: self.schedule_at(now),
            verdicts: Arc::clone(&self.verdicts),
        }
    }

    /// The detail lacks what only the list tells (API text 1.1): taken from there, so that it does not come and go.
    fn complete(&self, line: usize, tasks: &mut [Task]) {
        for task in tasks.iter_mut().filter(|task| task.compute_type.is_none()) {
            let others = self.lines.iter().enumerate().filter(|(other, _)| *other != line);
            let told = others
                .filter_map(|(_, other)| other.answer.as_ref())
                .flat_map(|answer| answer.tasks.iter());
            let known = told
                .filter(|other| other.id == task.id)
                .find_map(|other| other.compute_type.clone());
            task.compute_type = known;
        }
    }

    /// Counts an end once: that of a task last heard of as going on, or of one never heard of that ended since the
    /// answer before, at `heard`. What has ended stays so: two questions may be answered out of order.
    fn count(&mut self, task: &Task, heard: Option<Timestamp>) {
        let has_ended = task.status.has_ended();
        let before = self.known.get(&task.id).copied();
        if before == Some(true) {
            return;
        }
        self.known.insert(task.id.clone(), has_ended);
        let is_news = || heard.is_some_and(|heard| task.end.is_none_or(|end| end >= heard));
        let ends_now = has_ended && (before.is_some() || is_news());
        if ends_now && let Some(place) = Status::ENDED.iter().position(|status| *status == task.status) {
            self.ended[place] += 1;
        }
    }

    fn forget_what_the_cloud_forgot(&mut self) {
        let told: HashSet<_> = self.tasks().map(|task| task.id.clone()).collect();
        self.known.retain(|id, _| told.contains(id));
        for judge in &mut self.judges {
            judge.keep_only(|id| told.contains(id));
        }
    }
}
