//! The projects in use, each with its client, and how the next configuration takes over from them.
//!
//! Owns: which client stays. One whose settings did not change goes on with all that it knows: tokens, connections, how
//! far the cloud has slowed it, what was refused.

use std::fs;
use std::sync::Arc;

use tracing::info;

use super::observers::Calls;
use super::{Failure, plans};
use crate::clock::Clock;
use crate::cloud::{Client, Refusals, SdkEnvironment, Settings};
use crate::config::{Config, Project};
use crate::exposition::own::OwnMetrics;
use crate::fetcher::Plan;
use crate::fetcher::pulse::Pulse;
use crate::ids::ProjectName;
use crate::shard::Shard;

/// What the clients of all configurations share.
#[derive(Clone)]
struct Shared {
    clock: Clock,
    own: OwnMetrics,
    pulse: Pulse,
    refusals: Refusals,
    environment: SdkEnvironment,
    shard: Shard,
}

/// The projects of one configuration.
pub(super) struct Clients {
    shared: Shared,
    projects: Vec<Served>,
}

#[derive(Clone)]
struct Served {
    plan: Plan,
    settings: Settings,
    /// The content of the CA file: it is read only when a client is made.
    authorities: Option<Vec<u8>>,
    client: Arc<Client>,
    calls: Arc<Calls>,
}

impl Clients {
    /// No projects yet.
    pub(super) fn none(clock: &Clock, own: &OwnMetrics, pulse: &Pulse, shard: Shard) -> Self {
        Self {
            shared: Shared {
                clock: clock.clone(),
                own: own.clone(),
                pulse: pulse.clone(),
                refusals: Refusals::default(),
                environment: SdkEnvironment::of_process(),
                shard,
            },
            projects: Vec::new(),
        }
    }

    /// Those of `config`; nothing is in use of it yet.
    ///
    /// # Errors
    /// All projects for which no client can be made.
    pub(super) fn for_config(&self, config: &Config) -> Result<Self, Failure> {
        let (mut projects, mut mistakes) = (Vec::new(), Vec::new());
        for project in &config.projects {
            match self.serve(config, project) {
                Ok(served) => projects.push(served),
                Err(failure) => mistakes.push(failure.message),
            }
        }
        if !mistakes.is_empty() {
            return Err(Failure::unusable(mistakes.join("\n")));
        }
        Ok(Self {
            shared: self.shared.clone(),
            projects,
        })
    }

    /// Those of `config`, in use at once.
    ///
    /// # Errors
    /// As [`for_config`](Self::for_config).
    pub(super) fn replaced_by(&self, config: &Config) -> Result<Self, Failure> {
        let next = self.for_config(config)?;
        next.begin(self);
        next.have_begun();
        next.tell_share(|_| true);
        Ok(next)
    }

    /// What a shard may do is less than what is configured; whoever looks for the reason finds it in the log.
    pub(super) fn tell_share(&self, is_of_interest: impl Fn(&ProjectName) -> bool) {
        let shard = self.shared.shard;
        if !shard.is_one_of_many() {
            return;
        }
        for served in self.projects.iter().filter(|served| is_of_interest(&served.plan.name)) {
            info!(
                project = %served.plan.name,
                shard = shard.ordinal(),
                total_shards = shard.total(),
                rate_limit = served.settings.http.rate_limit,
                concurrency = served.settings.http.concurrency,
                "the jobs are shared with other shards, and so are the limits of the project"
            );
        }
    }

    fn serve(&self, config: &Config, project: &Project) -> Result<Served, Failure> {
        let Shared {
            clock,
            own,
            pulse,
            refusals,
            environment,
            shard,
        } = &self.shared;
        let (plan, settings) = plans::of_project(config, project, *shard, refusals, environment)?;
        // One that cannot be read is told of by who makes the client.
        let authorities = settings.http.ca_file.as_ref().and_then(|path| fs::read(path).ok());
        let is_same = |known: &&Served| {
            known.plan.name == plan.name && known.settings.is_same_as(&settings) && known.authorities == authorities
        };
        if let Some(known) = self.projects.iter().find(is_same) {
            return Ok(Served { plan, ..known.clone() });
        }
        let calls = Calls::of(&plan.name, own, pulse);
        let client = plans::client(&plan.name, settings.clone(), clock, Arc::clone(&calls) as _)?;
        Ok(Served {
            plan,
            settings,
            authorities,
            client: Arc::new(client),
            calls,
        })
    }

    /// What the fetcher is given.
    pub(super) fn watched(&self) -> Vec<(Plan, Arc<Client>)> {
        let watched = |served: &Served| (served.plan.clone(), Arc::clone(&served.client));
        self.projects.iter().map(watched).collect()
    }

    /// Takes over from those `before`; for a moment the projects of both have series.
    pub(super) fn begin(&self, before: &Self) {
        self.shared.own.keep_projects(self.names().chain(before.names()));
        let goes_on = |old: &&Served| self.projects.iter().any(|new| Arc::ptr_eq(&new.calls, &old.calls));
        for old in before.projects.iter().filter(|old| !goes_on(old)) {
            old.calls.end();
        }
        for new in &self.projects {
            new.calls.begin();
        }
    }

    /// Nothing else is in use any more.
    pub(super) fn have_begun(&self) {
        self.shared.own.keep_projects(self.names());
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.projects.iter().map(|served| served.plan.name.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    const CA: &str = include_str!("../cloud/tests/ca.pem");

    struct Scene {
        own: OwnMetrics,
        folder: tempfile::TempDir,
        now: Clients,
    }

    impl Scene {
        fn new() -> Self {
            let own = OwnMetrics::new("1", "r", "c");
            let now = Clients::none(&Clock::system(), &own, &Pulse::default(), Shard::WHOLE);
            let folder = tempfile::tempdir().unwrap();
            Self { own, folder, now }
        }

        /// Takes a configuration of these projects: name, password, more.
        fn take(&mut self, projects: &[(&str, &str, &str)]) -> Result<Vec<Arc<Client>>, Failure> {
            let each = projects.iter().map(|(name, password, more)| {
                format!(
                    "- {{ name: {name}, region: r, project_id: p, jobs: [{{ job_id: j }}], {more}\n    \
                     credentials: {{ password: {{ domain: d, user: u, password: {password} }} }} }}\n"
                )
            });
            let text = format!("projects:\n{}", each.collect::<String>());
            let config = parse(&text, &self.folder.path().join("c.yaml")).unwrap();
            let next = self.now.for_config(&config)?;
            next.begin(&self.now);
            next.have_begun();
            self.now = next;
            Ok(self.now.watched().into_iter().map(|(_, client)| client).collect())
        }

        fn rates(&self) -> usize {
            let text = self.own.text_for_test();
            text.lines()
                .filter(|line| line.starts_with("drs_exporter_api_rate_limit{"))
                .count()
        }
    }

    fn is_same(one: &[Arc<Client>], other: &[Arc<Client>]) -> Vec<bool> {
        one.iter()
            .zip(other)
            .map(|(one, other)| Arc::ptr_eq(one, other))
            .collect()
    }

    #[test]
    fn only_what_its_settings_change_is_another_client() {
        let mut scene = Scene::new();
        let write_ca = |folder: &Path, text: &str| fs::write(folder.join("ca.pem"), text).unwrap();
        write_ca(scene.folder.path(), CA);
        let with_ca = "http: { ca_file: ca.pem },";
        let first = scene.take(&[("a", "x", ""), ("b", "y", with_ca)]).unwrap();
        assert_eq!(scene.rates(), 2);
        let again = scene.take(&[("b", "y", with_ca), ("a", "x", "verdicts: [],")]).unwrap();
        assert_eq!(
            is_same(&[first[1].clone(), first[0].clone()], &again),
            [true, true],
            "in another order, with another plan"
        );
        let other = scene.take(&[("b", "y", with_ca), ("a", "z", "")]).unwrap();
        assert_eq!(is_same(&again, &other), [true, false], "another password");
        write_ca(scene.folder.path(), &format!("{CA}\n{CA}"));
        let reread = scene
            .take(&[("b", "y", with_ca), ("a", "z", "http: { timeout: 7s },")])
            .unwrap();
        assert_eq!(
            is_same(&other, &reread),
            [false, false],
            "another authority, another limit"
        );
        let renamed = scene.take(&[("c", "z", "http: { timeout: 7s },")]).unwrap();
        assert!(
            !Arc::ptr_eq(&reread[1], &renamed[0]),
            "what it tells is told of another name"
        );
        assert_eq!(scene.rates(), 1);
    }

    #[test]
    fn with_one_mistake_nothing_begins_and_all_mistakes_are_told() {
        let mut scene = Scene::new();
        let first = scene.take(&[("a", "x", "")]).unwrap();
        fs::write(
            scene.folder.path().join("none.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        let bad = "http: { ca_file: none.pem },";
        let failure = scene.take(&[("a", "x", "http: { rate_limit: 1 },"), ("b", "x", bad), ("c", "x", bad)]);
        let text = failure.map(drop).unwrap_err().message;
        assert!(text.contains("project b: ") && text.contains("\nproject c: "), "{text}");
        assert!(
            scene
                .own
                .text_for_test()
                .contains("drs_exporter_api_rate_limit{project=\"a\"} 10\n")
        );
        assert_eq!(is_same(&first, &scene.take(&[("a", "x", "")]).unwrap()), [true]);
    }
}
