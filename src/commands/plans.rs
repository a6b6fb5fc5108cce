//! From the configuration to what the cloud client and the fetcher are given.

use std::sync::Arc;

use tracing::warn;
use url::{Host, Url};

use super::{Failure, observers};
use crate::clock::Clock;
use crate::cloud::{self, Client, HttpSettings, METADATA_ADDRESS, Observer, Refusals, SdkEnvironment, Settings};
use crate::config::{Config, Credentials, JobType, Language, Project};
use crate::fetcher::{Discovery, Plan};
use crate::ids::ProjectName;
use crate::shard::Shard;

/// A plan and a client for every configured project, in their order, for who asks once: whatever shard the process would
/// be, for all jobs, and nobody hears the calls.
pub(super) fn from_config(config: &Config, clock: &Clock) -> Result<Vec<(Plan, Client)>, Failure> {
    // One for all: they may use the same key.
    let refusals = Refusals::default();
    let environment = SdkEnvironment::of_process();
    let each = config.projects.iter().map(|project| {
        let (plan, settings) = of_project(config, project, Shard::WHOLE, &refusals, &environment)?;
        let client = client(&plan.name, settings, clock, Arc::new(observers::Nobody))?;
        Ok((plan, client))
    });
    each.collect()
}

/// What to watch in one project, and what its client is to be like.
pub(super) fn of_project(
    config: &Config,
    project: &Project,
    shard: Shard,
    refusals: &Refusals,
    environment: &SdkEnvironment,
) -> Result<(Plan, Settings), Failure> {
    let settings = settings(config, project, shard, refusals, environment)?;
    Ok((plan(config, project, shard, settings.drs.clone()), settings))
}

/// A client for the project of that name.
pub(super) fn client(
    project: &ProjectName,
    settings: Settings,
    clock: &Clock,
    observer: Arc<dyn Observer>,
) -> Result<Client, Failure> {
    if let Some(address) = [&settings.drs, &settings.iam].into_iter().find(|url| is_exposed(url)) {
        warn!(%project, %address, "the cloud is asked without TLS: whoever is on the way reads and changes everything");
    }
    Client::new(settings, clock.clone(), observer)
        .map_err(|error| Failure::unusable(format!("project {project}: {error}")))
}

/// Whether requests to `url` leave the machine in plain text.
fn is_exposed(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && !is_local
}

/// Of the configured jobs and tasks those that `shard` takes, and its part of the limits.
fn plan(config: &Config, project: &Project, shard: Shard, address: Url) -> Plan {
    let tasks = project.comparison_tasks.iter().filter(|task| shard.takes(&task.job_id));
    let jobs = project.jobs.iter().filter(|job| shard.takes(job));
    Plan {
        name: project.name.clone(),
        region: project.region.clone(),
        project_id: project.project_id.clone(),
        address,
        poll_interval: config.poll_interval,
        idle_interval: config.idle_interval,
        policy_interval: config.policy_interval,
        stale_after: config.stale_after,
        tasks_per_job: config.tasks_per_job,
        concurrency: usize::try_from(shard.part_of_count(project.http.concurrency).get()).unwrap_or(usize::MAX),
        jobs: jobs.cloned().collect(),
        comparison_tasks: tasks
            .map(|task| (task.job_id.clone(), task.compare_job_id.clone()))
            .collect(),
        discovery: project.discovery.as_ref().map(|discovery| Discovery {
            job_types: discovery.job_types.iter().copied().map(job_type).collect(),
            include: discovery.include.clone(),
            exclude: discovery.exclude.clone(),
            refresh_interval: discovery.refresh_interval,
        }),
        verdicts: project.verdicts.clone(),
        shard,
    }
}

fn job_type(configured: JobType) -> cloud::JobType {
    match configured {
        JobType::Migration => cloud::JobType::Migration,
        JobType::Sync => cloud::JobType::Sync,
        JobType::CloudDataGuard => cloud::JobType::CloudDataGuard,
        JobType::Replay => cloud::JobType::Replay,
    }
}

fn settings(
    config: &Config,
    project: &Project,
    shard: Shard,
    refusals: &Refusals,
    environment: &SdkEnvironment,
) -> Result<Settings, Failure> {
    let drs = endpoint(project, "drs", project.endpoints.drs.as_ref(), environment)?;
    Ok(Settings {
        region: project.region.clone(),
        project_id: project.project_id.clone(),
        iam: match project.credentials {
            Credentials::Password { .. } => endpoint(project, "iam", project.endpoints.iam.as_ref(), environment)?,
            // Nobody logs in, so it is never asked; any address does.
            _ => drs.clone(),
        },
        drs,
        credentials: credentials(project, environment)?,
        language: match config.language {
            Language::English => cloud::Language::EnUs,
            Language::Chinese => cloud::Language::ZhCn,
        },
        http: HttpSettings {
            timeout: project.http.timeout,
            concurrency: shard.part_of_count(project.http.concurrency),
            rate_limit: shard.part_of_rate(project.http.rate_limit),
            max_response_bytes: project.http.max_response_bytes,
            proxy_url: project.http.proxy_url.clone(),
            ca_file: project.http.ca_file.clone(),
        },
        refusals: refusals.clone(),
    })
}

/// Where the service is: as configured; else, for who takes the SDK's credentials, where the SDK would look; else where
/// the region's name puts it.
fn endpoint(
    project: &Project,
    service: &str,
    configured: Option<&Url>,
    environment: &SdkEnvironment,
) -> Result<Url, Failure> {
    if let Some(url) = configured {
        return Ok(url.clone());
    }
    let unusable = |what: String| Failure::unusable(format!("project {}: {what}", project.name));
    let of_sdk = match project.credentials {
        Credentials::Sdk => environment.endpoint(service, &project.region),
        _ => Ok(None),
    };
    of_sdk
        .map_err(|error| unusable(error.to_string()))?
        .or_else(|| Settings::default_endpoint(service, &project.region))
        .ok_or_else(|| {
            unusable(format!(
                "the region {:?} makes no host name; correct it, or name endpoints.{service}",
                project.region
            ))
        })
}

fn credentials(project: &Project, environment: &SdkEnvironment) -> Result<cloud::Credentials, Failure> {
    Ok(match project.credentials.clone() {
        Credentials::AkSk {
            access_key,
            secret_key,
            security_token,
        } => cloud::Credentials::AkSk {
            access_key,
            secret_key,
            security_token,
        },
        Credentials::Password { domain, user, password } => cloud::Credentials::Password { domain, user, password },
        Credentials::Token(token) => cloud::Credentials::Token(token),
        Credentials::Agency { endpoint } => cloud::Credentials::Agency {
            metadata: match endpoint {
                Some(endpoint) => endpoint,
                None => Url::parse(METADATA_ADDRESS).map_err(|error| Failure::failed(error.to_string()))?,
            },
        },
        Credentials::Sdk => cloud::Credentials::Sdk(environment.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_exposed_unless_it_stays_on_the_machine() {
        let exposed = |address: &str| is_exposed(&Url::parse(address).unwrap());
        for address in [
            "http://drs.example.com",
            "http://10.0.0.1:8080",
            "http://[fd00::1]",
            "http://localhost.example.com",
        ] {
            assert!(exposed(address), "{address}");
        }
        for address in [
            "https://drs.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:8080",
        ] {
            assert!(!exposed(address), "{address}");
        }
    }
}
