//! The client against a server of its own, over real sockets: what it sends, and what it makes of every answer.

mod agency;
mod answers;
mod faults;
mod findings;
mod proofs;
mod server;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::server::Server;
use super::*;
use crate::clock::Clock;
use crate::ids::{CompareJobId, JobId, ProjectId};
use crate::secret::{Secret, SecretString};

const PROJECT: &str = "5237e10fe9aa4ad5b16b6a5245248314";
const JOB: &str = "163b98e8-6088-46c3-8b86-c18fea6jb502";
const COMPARE_JOB: &str = "118d1bdc-b3c8-48a0-af77-3400da6e9291";
/// The reference's own answer to the call for one task.
const DETAIL: &str = r#"{"id": "3bca29b5-419a-409d-a8d1-d892aa12bf53", "type": "lines,object_comparison",
    "status": "SUCCESSFUL", "start_time": "2024-04-07T10:00:01Z", "end_time": "2024-04-07T10:00:09Z",
    "job_name": "DRS-7754"}"#;
const NOT_FOUND: &str = r#"{"error_code": "DRS.10000010", "error_msg": "Job does not exist, please check job ID."}"#;
const BAD_SIGNATURE: &str =
    r#"{"error_msg": "verify aksk signature fail", "error_code": "APIGW.0301", "request_id": "ab12"}"#;

/// What the observer was told of requests: `operation code`, and `operation error_code` with a `!`; and apart, the rates.
#[derive(Default)]
struct Log(Mutex<Vec<String>>, Mutex<Vec<f64>>);

impl Observer for Log {
    fn request(&self, operation: Operation, code: &str, seconds: f64) {
        assert!(seconds >= 0.0);
        self.0.lock().unwrap().push(format!("{} {code}", operation.as_str()));
    }

    fn api_error(&self, operation: Operation, error_code: &str) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} !{error_code}", operation.as_str()));
    }

    fn rate_limit(&self, requests_per_second: f64) {
        self.1.lock().unwrap().push(requests_per_second);
    }
}

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn rates(&self) -> Vec<f64> {
        self.1.lock().unwrap().clone()
    }
}

fn secret(value: &str) -> Secret {
    Secret::Value(SecretString::from(value))
}

fn aksk() -> Credentials {
    Credentials::AkSk {
        access_key: secret("AKTESTEXAMPLE0000001"),
        secret_key: secret("sk-test-example"),
        security_token: None,
    }
}

fn password() -> Credentials {
    Credentials::Password {
        domain: "ACCOUNT".to_owned(),
        user: "USER".to_owned(),
        password: secret("hunter2-password"),
    }
}

fn token() -> Credentials {
    Credentials::Token(secret("token-from-elsewhere"))
}

fn settings(server: &Server, credentials: Credentials) -> Settings {
    Settings {
        region: "cn-north-4".to_owned(),
        project_id: ProjectId::new(PROJECT),
        drs: server.url(),
        iam: server.url(),
        credentials,
        language: Language::EnUs,
        http: HttpSettings {
            timeout: Duration::from_secs(10),
            concurrency: NonZeroU32::new(8).unwrap(),
            rate_limit: 1000.0,
            max_response_bytes: 10_000,
            proxy_url: None,
            ca_file: None,
        },
        refusals: Refusals::default(),
    }
}

/// A client of `server`, and what its observer was told.
fn client_with(settings: Settings) -> (Client, Arc<Log>) {
    let log = Arc::new(Log::default());
    let client = Client::new(settings, Clock::system(), log.clone()).unwrap();
    (client, log)
}

fn client(server: &Server, credentials: Credentials) -> (Client, Arc<Log>) {
    client_with(settings(server, credentials))
}

async fn detail(client: &Client) -> Result<Answer<HealthCompareJob>, Error> {
    client
        .show_health_compare_job_detail(&JobId::new(JOB), &CompareJobId::new(COMPARE_JOB))
        .await
}
