//! A configuration of the exporter that fits a running simulated cloud.
//!
//! Owns: its words. Knows nothing of how the exporter reads it.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::state::Cloud;
use super::world::Project;
use super::{ACCESS_KEY, DOMAIN, PASSWORD, SECRET_KEY, USER};

/// The ids of the API text's example: stand in where a world has no job, for an empty list would be refused.
const EXAMPLE_TASK: (&str, &str) = (
    "163b98e8-6088-46c3-8b86-c18fea6jb502",
    "118d1bdc-b3c8-48a0-af77-3400da6e9291",
);

/// YAML for both projects: of the first one all jobs are listed, those of the other are left to be found.
pub(crate) fn write(address: SocketAddr, cloud: &Cloud) -> String {
    let base = format!("http://{}", reachable(address));
    let now = cloud.now().as_second();
    let world = cloud.world();
    let mut yaml = String::from(HEAD);
    for (index, project) in world.projects().iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write_project(&mut yaml, index, project, &base, now);
    }
    yaml
}

const HEAD: &str = "\
# Fits the simulated cloud that printed it: no account, no bill, nothing secret.
# Short intervals, so that one sees things move; a real cloud is asked far less often.
poll_interval: 2s
idle_interval: 10s
policy_interval: 10s
stale_after: 30s
verdicts: [objects, rows, accounts]
http: { rate_limit: 50 }
projects:
";

fn write_project(yaml: &mut String, index: usize, project: &Project, base: &str, now: i64) -> std::fmt::Result {
    let facts = project.facts;
    writeln!(yaml, "  - name: {}", facts.name)?;
    writeln!(yaml, "    region: {}", facts.region)?;
    writeln!(yaml, "    project_id: {}", facts.id)?;
    writeln!(yaml, "    endpoints:")?;
    writeln!(yaml, "      drs: {base}")?;
    writeln!(yaml, "      iam: {base}")?;
    writeln!(yaml, "    credentials:")?;
    if index == 0 {
        writeln!(yaml, "      # Every request is signed.")?;
        writeln!(
            yaml,
            "      aksk: {{ access_key: {ACCESS_KEY}, secret_key: {SECRET_KEY} }}"
        )?;
    } else {
        writeln!(yaml, "      # A login gives a token for 24 hours.")?;
        writeln!(
            yaml,
            "      password: {{ domain: {DOMAIN}, user: {USER}, password: {PASSWORD} }}"
        )?;
    }
    match single_task(project, now) {
        Some((job, task)) => {
            writeln!(yaml, "    # A single comparison, asked for on its own.")?;
            write_single(yaml, &job, &task)?;
        }
        None if project.jobs.is_empty() => {
            writeln!(
                yaml,
                "    # This world is empty: make this job and task under /_simulator/."
            )?;
            write_single(yaml, EXAMPLE_TASK.0, EXAMPLE_TASK.1)?;
        }
        None => {}
    }
    if project.jobs.is_empty() {
        return Ok(());
    }
    if index > 0 {
        writeln!(yaml, "    # Every comparison of every job that there is, and will be.")?;
        return writeln!(yaml, "    discovery: {{ refresh_interval: 10s }}");
    }
    writeln!(yaml, "    # Every comparison of these jobs.")?;
    writeln!(yaml, "    jobs:")?;
    for job in &project.jobs {
        writeln!(yaml, "      - {{ job_id: {} }} # {}", job.id, job.name)?;
    }
    Ok(())
}

fn write_single(yaml: &mut String, job: &str, task: &str) -> std::fmt::Result {
    writeln!(yaml, "    comparison_tasks:")?;
    writeln!(yaml, "      - {{ job_id: {job}, compare_job_id: {task} }}")
}

/// A task that the cloud keeps for long: of a job whose policy is closed, else the newest of the first job that has any.
fn single_task(project: &Project, now: i64) -> Option<(String, String)> {
    let newest = |closed: bool| {
        let jobs = project
            .jobs
            .iter()
            .filter(|job| !closed || job.policy(now)["status"] == "CLOSED");
        let mut tasks = jobs.filter_map(|job| Some((job.id.clone(), job.tasks(now).first()?.id.clone())));
        tasks.next()
    };
    newest(true).or_else(|| newest(false))
}

/// An address that one can connect to: who listens on all addresses is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
