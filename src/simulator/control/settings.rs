//! Orders about how the cloud behaves: faults, its clock, who is let in.
//!
//! Owns: what such an order may say. Knows nothing of jobs and tasks.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::asked::Asked;
use super::super::faults;
use super::super::metadata::Mode;
use super::super::route::{LISTS, OPERATIONS};
use super::super::state::Cloud;
use super::{Mistake, read};

/// The clock may be put wrong by so many seconds: ten years.
const MAX_SKEW: i64 = 10 * 365 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOrder {
    skew_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsOrder {
    password: Option<String>,
    secret_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataOrder {
    mode: Mode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleOrder {
    rate: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LifetimeOrder {
    seconds: u32,
}

/// Carries out an order about behaviour.
pub(super) fn order(cloud: &Cloud, asked: &Asked, method: &str, path: &[&str]) -> Result<Value, Mistake> {
    match (method, path) {
        ("POST", ["faults"]) => add_fault(cloud, read(asked)?),
        ("DELETE", ["faults"]) => Ok(json!({"removed": cloud.faults().remove(None)})),
        ("DELETE", ["faults", id]) => remove_fault(cloud, id),
        ("POST", ["tokens", "revoke"]) => Ok(json!({"revoked": cloud.gateway().tokens.revoke_all()})),
        ("POST", ["token_lifetime"]) => {
            let order: LifetimeOrder = read(asked)?;
            let lifetime = SignedDuration::from_secs(order.seconds.into());
            cloud.gateway().tokens.set_lifetime(lifetime);
            Ok(json!({}))
        }
        ("POST", ["clock"]) => set_clock(cloud, &read(asked)?),
        ("POST", ["credentials"]) => Ok(set_credentials(cloud, read(asked)?)),
        ("POST", ["metadata"]) => {
            let order: MetadataOrder = read(asked)?;
            cloud.metadata().mode = order.mode;
            Ok(json!({}))
        }
        ("POST", ["throttle"]) => {
            let order: ThrottleOrder = read(asked)?;
            cloud.gateway().rate = order.rate;
            Ok(json!({}))
        }
        _ => Err(Mistake::Path),
    }
}

fn add_fault(cloud: &Cloud, order: faults::Order) -> Result<Value, Mistake> {
    if order
        .operation
        .as_deref()
        .is_some_and(|operation| !OPERATIONS.contains(&operation))
    {
        return Err(Mistake::bad(format!(
            "unknown operation, expected one of {}",
            OPERATIONS.join(", ")
        )));
    }
    if order.is_vain() {
        return Err(Mistake::bad(format!(
            "only lists have pages that can go wrong: {}",
            LISTS.join(", ")
        )));
    }
    if order.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        return Err(Mistake::bad("`share` must be 0 to 1"));
    }
    if order.status.is_some_and(|status| !(200..=599).contains(&status)) {
        return Err(Mistake::bad("`status` must be 200 to 599"));
    }
    let id = cloud
        .faults()
        .add(order)
        .ok_or_else(|| Mistake::bad("too many faults are on"))?;
    Ok(json!({"id": id}))
}

fn remove_fault(cloud: &Cloud, id: &str) -> Result<Value, Mistake> {
    let id = id
        .parse::<u64>()
        .map_err(|_| Mistake::bad("a fault's id is a number"))?;
    match cloud.faults().remove(Some(id)) {
        0 => Err(Mistake::Missing("fault with this id")),
        removed => Ok(json!({"removed": removed})),
    }
}

fn set_clock(cloud: &Cloud, order: &ClockOrder) -> Result<Value, Mistake> {
    if !(-MAX_SKEW..=MAX_SKEW).contains(&order.skew_seconds) {
        return Err(Mistake::bad(format!(
            "`skew_seconds` must be {} to {MAX_SKEW}",
            -MAX_SKEW
        )));
    }
    cloud.set_skew(order.skew_seconds);
    Ok(json!({}))
}

/// A new password kills all tokens, as it does in IAM (API text 3.1).
fn set_credentials(cloud: &Cloud, order: CredentialsOrder) -> Value {
    let mut gateway = cloud.gateway();
    if let Some(password) = order.password {
        gateway.password = password;
        gateway.tokens.revoke_all();
    }
    if let Some(secret_key) = order.secret_key {
        gateway.secret_key = secret_key;
    }
    json!({})
}
