//! The projects in use, each with its client, and how the next configuration takes over from them.
//!
//! Owns: which client stays. One whose settings did not change goes on with all that it knows: tokens, connections, how
//! far the cloud has slowed it, what was refused.

use std::fs;
use std::sync::Arc;

use super::observers::Calls;
use super::{Failure, plans};
use crate::clock::Clock;
use crate::cloud::{Client, Refusals, SdkEnvironment, Settings};
use crate::config::{Config, Project};
use crate::exposition::own::OwnMetrics;
use crate::fetcher::Plan;

/// What the clients of all configurations share.
#[derive(Clone)]
struct Shared {
    clock: Clock,
    own: OwnMetrics,
    refusals: Refusals,
    environment: SdkEnvironment,
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
    pub(super) fn none(clock: &Clock, own: &OwnMetrics) -> Self {
        Self {
            shared: Shared {
                clock: clock.clone(),
                own: own.clone(),
                refusals: Refusals::default(),
                environment: SdkEnvironment::of_process(),
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

    fn serve(&self, config: &Config, project: &Project) -> Result<Served, Failure> {
        let Shared {
            clock,
            own,
            refusals,
            environment,
        } = &self.shared;
        let (plan, settings) = plans::of_project(config, project, refusals, environment)?;
        // One that cannot be read is told of by who makes the client.
        let authorities = settings.http.ca_file.as_ref().and_then(|path| fs::read(path).ok());
        let is_same = |known: &&Served| {
            known.plan.name == plan.name && known.settings.is_same_as(&settings) && known.authorities == authorities
        };
        if let Some(known) = self.projects.iter().find(is_same) {
            return Ok(Served { plan, ..known.clone() });
        }
        let calls = Calls::of(&plan.name, own);
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
