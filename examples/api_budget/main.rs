//! How often the cloud is asked in a week, and how soon a run is noticed: writes `docs/api-budget.md`.
//!
//! The real fetcher runs on a paused clock against a cloud in memory ([`cloud`]); a week takes seconds. [`watch`] reads
//! what is published as a scrape would, and compares it with what the cloud knows.
//!
//! ```sh
//! cargo run --release --example api_budget            # writes the page
//! cargo run --release --example api_budget -- --check # fails where the page is not what it would write
//! ```

#![allow(clippy::print_stderr, reason = "a program for the terminal")]

mod cloud;
mod page;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use drs_exporter::clock::Clock;
use drs_exporter::cloud::JobType;
use drs_exporter::comparison::verdict::Subject;
use drs_exporter::fetcher::{self, Discovery, Plan};
use drs_exporter::ids::{ProjectId, ProjectName};
use drs_exporter::inventory::Inventory;
use drs_exporter::shard::Shard;
use regex::Regex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::cloud::{Cloud, Scenario};
use self::page::Outcome;

/// The default of `poll_interval`.
const POLL_INTERVAL: Duration = Duration::from_mins(1);

/// Where the page is, from the root of the project.
const PAGE: &str = "docs/api-budget.md";

fn main() -> ExitCode {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let outcomes: Vec<_> = cloud::SCENARIOS.iter().map(run).collect();
    let page = page::write(&outcomes);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if is_check {
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        if written != page {
            eprintln!("{PAGE} is out of date; write it by: cargo run --release --example api_budget\n\n{page}");
            return ExitCode::FAILURE;
        }
    } else if let Err(error) = std::fs::write(&path, &page) {
        eprintln!("{}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    let broken: Vec<_> = outcomes.iter().flat_map(Outcome::broken_promises).collect();
    for promise in &broken {
        eprintln!("broken promise: {promise}");
    }
    if broken.is_empty() {
        eprintln!("{PAGE} is what it should be");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays one scenario to its end.
#[allow(clippy::expect_used, reason = "without a runtime there is no program")]
fn run(scenario: &Scenario) -> Outcome {
    eprintln!("playing: {}", scenario.name);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(play(scenario))
}

async fn play(scenario: &Scenario) -> Outcome {
    let clock = Clock::starting_at(cloud::epoch(), 1.0);
    let cloud = Cloud::new(scenario, clock.clone());
    let plan = plan();
    let inventory = Arc::new(Inventory::new(vec![plan.unasked()]));
    let end = CancellationToken::new();
    let fetching = tokio::spawn(fetcher::run(
        vec![(plan, Arc::new(cloud.clone()))],
        // The plan stays what it is.
        mpsc::channel(1).1,
        Arc::clone(&inventory),
        Arc::new(cloud.clone()),
        clock.clone(),
        end.clone(),
    ));
    let watching = tokio::spawn(watch::notices(Arc::clone(&inventory), clock, end.clone()));
    tokio::time::sleep(scenario.length).await;
    end.cancel();
    let notices = watching.await.unwrap_or_default();
    let _ = fetching.await;
    Outcome::new(scenario, &cloud, &notices)
}

#[allow(clippy::expect_used, reason = "a constant")]
fn address() -> Url {
    Url::parse("https://drs.ap-southeast-1.myhuaweicloud.com").expect("it is an address")
}

/// Everything at its default, all jobs of the project discovered.
fn plan() -> Plan {
    Plan {
        name: ProjectName::new("payments"),
        region: "ap-southeast-1".to_owned(),
        project_id: ProjectId::new("p"),
        address: address(),
        poll_interval: POLL_INTERVAL,
        idle_interval: Duration::from_mins(15),
        policy_interval: Duration::from_hours(2),
        stale_after: Duration::from_mins(45),
        tasks_per_job: 5,
        concurrency: 8,
        jobs: Vec::new(),
        comparison_tasks: Vec::new(),
        discovery: Regex::new("").ok().map(|include| Discovery {
            job_types: vec![JobType::Migration, JobType::Sync, JobType::CloudDataGuard],
            include,
            exclude: None,
            refresh_interval: Duration::from_mins(5),
        }),
        verdicts: vec![Subject::Objects],
        shard: Shard::WHOLE,
    }
}
