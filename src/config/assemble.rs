//! Sections of values to a [`Config`].
//!
//! Owns: what several keys mean together: inheritance, intervals that fit each other, names that differ,
//! exactly one way to authenticate. A value that was refused before is absent here and is not complained about
//! again; whatever can still be judged is, so that one run tells all mistakes.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::errors::{Mistakes, Position};
use super::model::{ComparisonTask, Config, Credentials, Endpoints, Http, Language, Project};
use super::read::Section;
use super::values::Value;
use super::{credentials, discovery, get, intervals, values};
use crate::comparison::verdict::Subject;
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};

/// The whole file. None only if something is among the mistakes.
pub(super) fn config(top: &Section, mistakes: &mut Mistakes) -> Option<Config> {
    let intervals = intervals::read(top, mistakes);
    let global = Settings::of(get::section(top, "http"));
    let verdicts = discovery::verdicts(top);
    let projects = projects(top, &global, verdicts.as_deref().unwrap_or_default(), mistakes);
    let intervals = intervals?;
    Some(Config {
        poll_interval: intervals.poll,
        idle_interval: intervals.idle,
        policy_interval: intervals.policy,
        stale_after: intervals.stale,
        tasks_per_job: usize::try_from(get::number(top, "tasks_per_job")?).ok()?,
        language: match get::text(top, "language")? {
            "zh-cn" => Language::Chinese,
            _ => Language::English,
        },
        projects: projects?,
    })
}

fn projects(top: &Section, global: &Settings, verdicts: &[Subject], mistakes: &mut Mistakes) -> Option<Vec<Project>> {
    let sections = get::list(top, "projects")?;
    if sections.is_empty() {
        let at = top.entry("projects").and_then(|entry| entry.at);
        mistakes.add(at, "projects", "must have at least one project");
    }
    let mut names = Unique::default();
    let mut all = Vec::with_capacity(sections.len());
    for section in sections.iter().flatten() {
        if let Some(name) = get::text(section, "name") {
            names.check(name, section, "name", "another project has this name", mistakes);
        }
        all.push(project(section, global, verdicts, mistakes));
    }
    all.into_iter().collect()
}

fn project(section: &Section, global: &Settings, verdicts: &[Subject], mistakes: &mut Mistakes) -> Option<Project> {
    let comparison_tasks = tasks(section, mistakes);
    let jobs = jobs(section, mistakes);
    if WORK.iter().all(|name| is_empty(section, name)) {
        mistakes.add(
            Some(section.at),
            &*section.path,
            format!("must have at least one of {}", WORK.join(", ")),
        );
    }
    let credentials = credentials::read(section, mistakes);
    let endpoints = get::section(section, "endpoints");
    let endpoints = Endpoints {
        drs: endpoints.and_then(|section| get::url(section, "drs")),
        iam: endpoints.and_then(|section| get::url(section, "iam")),
    };
    check_host_names(section, &endpoints, credentials.as_ref(), mistakes);
    Some(Project {
        name: ProjectName::new(get::text(section, "name")?),
        region: get::text(section, "region")?.to_owned(),
        project_id: ProjectId::new(get::text(section, "project_id")?),
        endpoints,
        credentials: credentials?,
        http: Settings::of(get::section(section, "http")).or(global).complete()?,
        comparison_tasks,
        jobs,
        discovery: discovery::read(section),
        verdicts: discovery::verdicts(section).unwrap_or_else(|| verdicts.to_vec()),
    })
}

/// The public addresses are made from the region's name, which must then make a host name.
fn check_host_names(
    section: &Section,
    endpoints: &Endpoints,
    credentials: Option<&Credentials>,
    mistakes: &mut Mistakes,
) {
    let Some(region) = get::text(section, "region") else {
        return;
    };
    if !region.contains(['_', '.']) {
        return;
    }
    let logs_in = matches!(credentials, Some(Credentials::Password { .. }));
    let needed = [
        ("drs", endpoints.drs.is_none()),
        ("iam", logs_in && endpoints.iam.is_none()),
    ];
    for (service, _) in needed.into_iter().filter(|(_, is_needed)| *is_needed) {
        let at = section.entry("region").and_then(|entry| entry.at);
        let what = format!(
            "{} makes no host name; correct it, or name endpoints.{service}",
            values::shown(region)
        );
        mistakes.add(at, section.path_of("region"), what);
    }
}

/// The keys that say what to watch. One that was refused counts: what was meant is not known.
const WORK: [&str; 3] = ["comparison_tasks", "jobs", "discovery"];

fn is_empty(section: &Section, name: &str) -> bool {
    section
        .entry(name)
        .is_none_or(|entry| matches!(&entry.value, Some(Value::List(items)) if items.is_empty()))
}

fn tasks(section: &Section, mistakes: &mut Mistakes) -> Vec<ComparisonTask> {
    let mut known = Unique::default();
    let items = get::list(section, "comparison_tasks").unwrap_or_default();
    let read = |item: &Section| {
        let task = ComparisonTask {
            job_id: JobId::new(get::text(item, "job_id")?),
            compare_job_id: CompareJobId::new(get::text(item, "compare_job_id")?),
        };
        known.check(
            task.clone(),
            item,
            "compare_job_id",
            "this task was given before",
            mistakes,
        );
        Some(task)
    };
    items.iter().flatten().filter_map(read).collect()
}

fn jobs(section: &Section, mistakes: &mut Mistakes) -> Vec<JobId> {
    let mut known = Unique::default();
    let items = get::list(section, "jobs").unwrap_or_default();
    let read = |item: &Section| {
        let job = JobId::new(get::text(item, "job_id")?);
        known.check(job.clone(), item, "job_id", "this job was given before", mistakes);
        Some(job)
    };
    items.iter().flatten().filter_map(read).collect()
}

/// Finds what may be there only once.
struct Unique<T>(HashMap<T, Option<Position>>);

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Unique<T> {
    /// Complains at the key `name` of `item` if `value` was seen before.
    fn check(&mut self, value: T, item: &Section, name: &str, what: &str, mistakes: &mut Mistakes) {
        let at = item.entry(name).and_then(|entry| entry.at);
        match self.0.entry(value) {
            Occupied(first) => {
                let line = first.get().map_or(0, |at| at.line);
                mistakes.add(at, item.path_of(name), format!("{what}, in line {line}"));
            }
            Vacant(place) => {
                place.insert(at);
            }
        }
    }
}

/// The keys of one `http` section, each there or not.
#[derive(Clone, Debug, Default)]
struct Settings {
    timeout: Option<Duration>,
    concurrency: Option<u64>,
    rate_limit: Option<f64>,
    max_response_bytes: Option<u64>,
    proxy_url: Option<Url>,
    ca_file: Option<PathBuf>,
}

impl Settings {
    fn of(section: Option<&Section>) -> Self {
        section.map_or_else(Self::default, |section| Self {
            timeout: get::duration(section, "timeout"),
            concurrency: get::number(section, "concurrency"),
            rate_limit: get::rate(section, "rate_limit"),
            max_response_bytes: get::number(section, "max_response_bytes"),
            proxy_url: get::url(section, "proxy_url"),
            ca_file: get::file(section, "ca_file"),
        })
    }

    /// These settings; where there is none, that of `other`.
    fn or(self, other: &Self) -> Self {
        Self {
            timeout: self.timeout.or(other.timeout),
            concurrency: self.concurrency.or(other.concurrency),
            rate_limit: self.rate_limit.or(other.rate_limit),
            max_response_bytes: self.max_response_bytes.or(other.max_response_bytes),
            proxy_url: self.proxy_url.or_else(|| other.proxy_url.clone()),
            ca_file: self.ca_file.or_else(|| other.ca_file.clone()),
        }
    }

    fn complete(self) -> Option<Http> {
        Some(Http {
            timeout: self.timeout?,
            concurrency: NonZeroU32::new(u32::try_from(self.concurrency?).ok()?)?,
            rate_limit: self.rate_limit?,
            max_response_bytes: self.max_response_bytes?,
            proxy_url: self.proxy_url,
            ca_file: self.ca_file,
        })
    }
}
