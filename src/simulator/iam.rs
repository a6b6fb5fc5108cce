//! IAM: a login for a token, and the list of projects.
//!
//! Owns: the bodies of both (API text 3.1). Knows nothing of what a token opens.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::gateway::Gateway;
use super::refusal::Refusal;
use super::tokens::{Token, iam_time};
use super::world::names::{PROJECTS, ProjectFacts};
use super::{DOMAIN, USER};

/// The account's id.
const DOMAIN_ID: &str = "d78cbac186b744899480f25bd022f468";
/// The user's id.
const USER_ID: &str = "7116d09f88fa41908676fdd4b039e95b";

/// Logs in by password and gives a token.
pub(crate) fn login(gateway: &mut Gateway, asked: &Asked, now: Timestamp) -> Result<Answer, Refusal> {
    let body: Value = serde_json::from_slice(&asked.body).map_err(|_| invalid_body())?;
    let methods = body
        .pointer("/auth/identity/methods")
        .and_then(Value::as_array)
        .ok_or_else(invalid_body)?;
    if !methods.iter().any(|method| method == "password") {
        return Err(invalid_body());
    }
    let user = "/auth/identity/password/user";
    let text = |path: &str| {
        body.pointer(&format!("{user}{path}"))
            .and_then(Value::as_str)
            .ok_or_else(invalid_body)
    };
    if (text("/name")?, text("/domain/name")?, text("/password")?) != (USER, DOMAIN, gateway.password.as_str()) {
        return Err(Refusal::iam(401, "Unauthorized", "The username or password is wrong."));
    }
    let project = scope(&body)?;
    let (text, token) = gateway.tokens.give(project.map(|project| project.id.to_owned()), now);
    let with_catalog = asked.parameter("nocatalog").is_none_or(|value| value.is_empty());
    let body = token_body(&token, project, now, with_catalog);
    Ok(Answer::json(201, &body).with("x-subject-token", text))
}

/// The projects, all or those of one name, as the SDK asks for them to learn a project's id.
pub(crate) fn projects(asked: &Asked) -> Answer {
    let name = asked.parameter("name");
    let fits = |project: &&ProjectFacts| name.as_deref().is_none_or(|name| name == project.region);
    let project = |project: &ProjectFacts| {
        json!({
            "id": project.id, "name": project.region, "domain_id": DOMAIN_ID, "parent_id": DOMAIN_ID,
            "description": "", "enabled": true, "is_domain": false,
        })
    };
    let projects: Vec<Value> = PROJECTS.iter().filter(fits).map(project).collect();
    Answer::json(
        200,
        &json!({"links": {"self": null, "previous": null, "next": null}, "projects": projects}),
    )
}

/// The project that the token is asked for: by id, or by name, which is the region's.
fn scope(body: &Value) -> Result<Option<&'static ProjectFacts>, Refusal> {
    let Some(project) = body.pointer("/auth/scope/project") else {
        return Ok(None);
    };
    let is = |key: &str, text: &str| project.get(key).and_then(Value::as_str) == Some(text);
    let found = PROJECTS
        .iter()
        .find(|facts| is("id", facts.id) || is("name", facts.region));
    found
        .map(Some)
        .ok_or_else(|| Refusal::iam(404, "Not Found", "Could not find project."))
}

fn token_body(token: &Token, project: Option<&ProjectFacts>, now: Timestamp, with_catalog: bool) -> Value {
    let domain = json!({"id": DOMAIN_ID, "name": DOMAIN});
    let mut body = json!({"token": {
        "expires_at": iam_time(token.expires_at),
        "issued_at": iam_time(now),
        "methods": ["password"],
        "roles": [{"id": "0", "name": "drs_readonly"}],
        "user": {"id": USER_ID, "name": USER, "domain": domain, "password_expires_at": ""},
    }});
    if let Some(project) = project {
        body["token"]["project"] = json!({"id": project.id, "name": project.region, "domain": domain});
    }
    if with_catalog {
        let services = ["drs", "iam", "ecs", "rds", "vpc"];
        let service = |name: &&str| json!({"id": name, "name": name, "type": name, "endpoints": []});
        body["token"]["catalog"] = services.iter().map(service).collect::<Vec<_>>().into();
    }
    body
}

fn invalid_body() -> Refusal {
    Refusal::iam(400, "Bad Request", "The request body is invalid.")
}
