//! The desk where every request is taken: counted, spoilt if a fault says so, and brought to the right part.
//!
//! Owns: the order of these steps. Knows nothing of how a part answers.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::answer::{Answer, Reply};
use super::asked::Asked;
use super::drs::Inquiry;
use super::gateway::{self, Denial};
use super::metadata;
use super::page::Blunder;
use super::refusal::Refusal;
use super::route::{Call, Route};
use super::state::Cloud;
use super::{control, drs, iam};

/// A request that hangs is let go after so long, so that a forgotten fault cannot keep connections for ever.
const HANG: Duration = Duration::from_mins(10);

/// What is to be sent for a request.
pub(crate) async fn reply(cloud: &Cloud, asked: &Asked) -> Reply {
    let route = Route::find(&asked.method, &asked.path);
    if let Route::Control(path) = &route {
        return Reply::Whole(control::answer(cloud, asked, path));
    }
    let mut visit = Visit::begin(cloud, &route);
    let reply = spoilt_or_right(cloud, asked, &route).await;
    visit.status = reply.status();
    reply
}

async fn spoilt_or_right(cloud: &Cloud, asked: &Asked, route: &Route) -> Reply {
    let effects = cloud.faults().pick(route, asked);
    if !effects.latency.is_zero() {
        sleep(effects.latency).await;
    }
    let Some(fault) = effects.fault else {
        return Reply::Whole(answer(cloud, asked, route, None));
    };
    if fault.hangs() {
        sleep(HANG).await;
        return Reply::Reset;
    }
    if let Some(blunder) = fault.blunder() {
        return Reply::Whole(answer(cloud, asked, route, Some(blunder)));
    }
    let instead = fault.reply(&asked.id, cloud.wall());
    instead.unwrap_or_else(|| Reply::Cut(answer(cloud, asked, route, None)))
}

/// What a part answers: the right thing, but for the page of a list that is to be wrong.
fn answer(cloud: &Cloud, asked: &Asked, route: &Route, blunder: Option<Blunder>) -> Answer {
    let answer = match route {
        Route::Login => login(cloud, asked),
        Route::Projects => authenticate(cloud, asked).map(|_| iam::projects(asked)),
        Route::MetadataToken => Ok(session_token(cloud, asked)),
        Route::SecurityKey => Ok(security_key(cloud, asked)),
        Route::Drs { project, call } => drs(cloud, asked, project, call, blunder),
        Route::Control(_) | Route::Unknown => Err(Refusal::no_such_api()),
    };
    answer.unwrap_or_else(|refusal| refusal.answer(&asked.id))
}

fn login(cloud: &Cloud, asked: &Asked) -> Result<Answer, Refusal> {
    let now = cloud.wall();
    let answer = iam::login(&mut cloud.gateway(), asked, now);
    cloud.stats().login(answer.is_ok());
    answer
}

fn session_token(cloud: &Cloud, asked: &Asked) -> Answer {
    let text = cloud.gateway().tokens.random_text();
    let now = cloud.wall();
    cloud.metadata().give_session(asked, &text, now)
}

fn security_key(cloud: &Cloud, asked: &Asked) -> Answer {
    let now = cloud.wall();
    let refused = cloud.metadata().refuse(asked, now);
    refused.unwrap_or_else(|| metadata::security_key(&cloud.gateway().give_temporary_key(now)))
}

fn drs(cloud: &Cloud, asked: &Asked, project: &str, call: &Call, blunder: Option<Blunder>) -> Result<Answer, Refusal> {
    cloud.gateway().throttle(project, Instant::now())?;
    let caller = authenticate(cloud, asked)?;
    gateway::authorize(&caller, asked, project)?;
    let now = cloud.now().as_second();
    let world = cloud.world();
    let project = world.project(project).ok_or_else(Refusal::wrong_project)?;
    let inquiry = Inquiry { asked, now, blunder };
    Ok(Answer::json(200, &drs::answer(call, project, &inquiry)?))
}

fn authenticate(cloud: &Cloud, asked: &Asked) -> Result<gateway::Caller, Refusal> {
    let now = cloud.wall();
    let outcome = cloud.gateway().authenticate(asked, now);
    outcome.map_err(|denial| {
        cloud.stats().denied(&denial);
        let (Denial::Signature(refusal) | Denial::Locked(refusal) | Denial::Other(refusal)) = denial;
        refusal
    })
}

/// One request in the counters. Ended by its drop, also when the caller leaves before the answer.
struct Visit<'a> {
    cloud: &'a Cloud,
    route: &'a Route,
    status: Option<u16>,
}

impl<'a> Visit<'a> {
    fn begin(cloud: &'a Cloud, route: &'a Route) -> Self {
        let mut stats = cloud.stats();
        stats.begin(route.operation(), route.project(), route.target(), Instant::now());
        Self {
            cloud,
            route,
            status: None,
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.cloud
            .stats()
            .end(self.route.operation(), self.route.project(), self.status);
    }
}
