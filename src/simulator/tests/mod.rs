//! The simulated cloud over real sockets, by a client that knows nothing of its parts.

mod access;
mod breakage;
mod calls;
mod orders;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::*;

/// The id of the project `payments`.
const PROJECT: &str = "5237e10fe9aa4ad5b16b6a5245248314";

/// A simulator, and a client of it.
struct Try {
    simulator: Simulator,
    client: Client,
}

impl Try {
    async fn start(world: WorldKind) -> Self {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            seed: 1,
            jobs: 8,
            reports: DEFAULT_REPORTS,
            speed: 1.0,
            world,
            clock: Clock::system(),
        };
        // The client will not be built without; another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A test that hangs should say so.
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(10));
        let client = client.redirect(reqwest::redirect::Policy::none());
        Self {
            simulator: Simulator::start(options).await.unwrap(),
            client: client.build().unwrap(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.simulator.address()))
    }

    /// An order, its status and answer.
    async fn order(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request(method, &format!("/_simulator/{path}"));
        let response = request.body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), read(response).await)
    }

    /// An order that must be carried out.
    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.order(method, path, &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Asks for the counters until they are as wanted.
    async fn await_stats(&self, are_right: impl Fn(&Value) -> bool) {
        while !are_right(&self.control(Method::GET, "stats", json!({})).await) {
            tokio::task::yield_now().await;
        }
    }

    async fn log_in(&self, password: &str) -> Response {
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": USER, "password": password, "domain": {"name": DOMAIN}}}},
            "scope": {"project": {"id": PROJECT}},
        }});
        let request = self.request(Method::POST, "/v3/auth/tokens?nocatalog=true");
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn token(&self) -> String {
        let answer = self.log_in(PASSWORD).await;
        assert_eq!(answer.status(), 201);
        answer.headers()["x-subject-token"].to_str().unwrap().to_owned()
    }

    async fn ask(&self, token: &str, path: &str) -> (u16, Value) {
        self.ask_of("v5", token, path).await
    }

    /// A call of some version of the API.
    async fn ask_of(&self, version: &str, token: &str, path: &str) -> (u16, Value) {
        let request = self.request(Method::GET, &format!("/{version}/{PROJECT}/jobs{path}"));
        let response = request.header("x-auth-token", token).send().await.unwrap();
        (response.status().as_u16(), read(response).await)
    }

    async fn truth(&self) -> Value {
        self.control(Method::GET, "truth", json!({})).await
    }
}

async fn read(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}
