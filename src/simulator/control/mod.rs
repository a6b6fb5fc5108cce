//! The control API under `/_simulator/`: what tests ask about the truth, and what they order to happen.
//!
//! Owns: its paths and who may use it (loopback only, without any key). Knows nothing of what callers of the cloud see.
//! An order that is not understood is refused with what would be: a test must not pass by a misspelling.
//!
//! - [`things`]: jobs and tasks
//! - [`settings`]: faults, clock, credentials, metadata, throttle, tokens

mod settings;
mod things;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::state::Cloud;

/// Every path there is, for whoever asks for another.
const PATHS: &str = "GET truth, GET truth?at=TIME, GET stats, POST stats/reset, POST faults, DELETE faults, DELETE faults/ID, POST jobs, \
                     PATCH jobs/ID, DELETE jobs/ID, POST tasks, PATCH tasks/ID, DELETE tasks/ID, POST tokens/revoke, \
                     POST token_lifetime, POST clock, POST credentials, POST metadata, POST throttle";

/// An order that is not carried out.
#[derive(Debug, thiserror::Error)]
enum Mistake {
    /// It is not understood, or asks for what cannot be.
    #[error("{0}")]
    Bad(String),
    /// What it is about does not exist.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// No such path.
    #[error("no such path; there are, under /_simulator/: {PATHS}")]
    Path,
    /// The caller is not on this machine.
    #[error("the control API answers this machine only")]
    Foreign,
}

impl Mistake {
    fn bad(why: impl Into<String>) -> Self {
        Self::Bad(why.into())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) | Self::Path => StatusCode::NOT_FOUND,
            Self::Foreign => StatusCode::FORBIDDEN,
        }
    }
}

/// Carries out an order; `path` is what follows `/_simulator/`, decoded.
pub(crate) fn answer(cloud: &Cloud, asked: &Asked, path: &[String]) -> Answer {
    match order(cloud, asked, path) {
        Ok(value) => Answer::json(200, &value),
        Err(mistake) => Answer::json(mistake.status().as_u16(), &json!({"error": mistake.to_string()})),
    }
}

/// The time that the truth is asked of; none for now.
fn instant(asked: &Asked) -> Result<Option<Timestamp>, Mistake> {
    let Some(text) = asked.parameter("at") else {
        return Ok(None);
    };
    let then = text.parse();
    then.map(Some)
        .map_err(|_| Mistake::bad("`at` must be a time such as 2026-11-01T00:00:00Z"))
}

fn order(cloud: &Cloud, asked: &Asked, path: &[String]) -> Result<Value, Mistake> {
    if !asked.peer.ip().to_canonical().is_loopback() {
        return Err(Mistake::Foreign);
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (asked.method.as_str(), path.as_slice()) {
        ("GET", ["truth"]) => {
            // Of a copy, so that the cloud goes on answering while a large truth is written.
            let world = cloud.world().clone();
            Ok(match instant(asked)? {
                None => world.truth(cloud.now().as_second()),
                Some(then) => world.truth_at(then.as_second()),
            })
        }
        ("GET", ["stats"]) => Ok(cloud.stats().report()),
        ("POST", ["stats", "reset"]) => {
            *cloud.stats() = super::stats::Stats::default();
            Ok(json!({}))
        }
        ("POST", ["jobs"]) => things::add_job(cloud, read(asked)?),
        ("PATCH", ["jobs", id]) => things::change_job(cloud, id, read(asked)?),
        ("DELETE", ["jobs", id]) => things::delete_job(cloud, id),
        ("POST", ["tasks"]) => things::add_task(cloud, read(asked)?),
        ("PATCH", ["tasks", id]) => things::change_task(cloud, id, read(asked)?),
        ("DELETE", ["tasks", id]) => things::delete_task(cloud, id),
        (method, path) => settings::order(cloud, asked, method, path),
    }
}

/// The order's body. Serde's own words name an unknown field and those that there are.
fn read<'a, T: Deserialize<'a>>(asked: &'a Asked) -> Result<T, Mistake> {
    let body: &[u8] = if asked.body.is_empty() { b"{}" } else { &asked.body };
    serde_json::from_slice(body).map_err(|error| Mistake::bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, Method};

    use super::*;
    use crate::clock::Clock;
    use crate::simulator::{DEFAULT_REPORTS, Options, WorldKind};

    #[test]
    fn only_this_machine_is_answered() {
        let cloud = Cloud::new(&Options {
            listen: ([127, 0, 0, 1], 0).into(),
            seed: 1,
            jobs: 0,
            reports: DEFAULT_REPORTS,
            speed: 1.0,
            world: WorldKind::Empty,
            clock: Clock::system(),
        });
        for (peer, status) in [
            ("127.0.0.1:1", 200),
            ("[::1]:1", 200),
            ("[::ffff:127.0.0.1]:1", 200),
            ("192.0.2.1:1", 403),
        ] {
            let asked = Asked {
                method: Method::GET,
                path: String::new(),
                query: String::new(),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                peer: peer.parse().unwrap(),
                id: String::new(),
            };
            assert_eq!(answer(&cloud, &asked, &["stats".to_owned()]).status, status, "{peer}");
        }
    }
}
