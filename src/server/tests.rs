//! The server from outside, by real sockets on ports that the system chooses.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::clock::Clock;
use crate::exposition::Publisher;
use crate::exposition::tests::{at, gunzip, job_with_task, project};
use crate::inventory::{Inventory, Project};

/// A server in this process.
struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

async fn start(projects: Vec<Project>) -> Running {
    let listeners = bind(&[Address::Socket((Ipv4Addr::LOCALHOST, 0).into())]).await.unwrap();
    let address = listeners[0].local_addr().unwrap();
    let handle = Publisher::new(Arc::new(Inventory::new(projects)), Clock::starting_at(at(100), 1.0)).handle();
    let settings = Settings {
        telemetry_path: "/metrics".to_owned(),
        version: "1".to_owned(),
        ..Settings::default()
    };
    let shutdown = CancellationToken::new();
    let own = OwnMetrics::new("1", "r", "c");
    let task = tokio::spawn(serve(listeners, settings, handle, own, None, shutdown.clone()));
    Running {
        address,
        shutdown,
        task,
    }
}

/// A whole answer: its head in small letters, and its body.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn has(&self, header: &str) -> bool {
        self.head.lines().any(|line| line == header)
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends one request on a connection of its own and reads until the server closes it.
    async fn ask(&self, request_line: &str, headers: &str) -> Answer {
        let mut stream = self.connect().await;
        let request = format!("{request_line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_answer(&mut stream).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "").await
    }
}

async fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    Answer {
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

/// Reads until the head of an answer is there, and leaves the connection open.
async fn read_head(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.unwrap());
    }
}

fn one_project() -> Vec<Project> {
    vec![project("p", vec![job_with_task(1)])]
}

#[tokio::test]
async fn metrics_come_in_both_formats_and_encodings() {
    let server = start(one_project()).await;
    let plain = server.get("/metrics").await;
    assert!(
        plain.has("content-type: text/plain; version=0.0.4; charset=utf-8"),
        "{}",
        plain.head
    );
    assert!(
        plain.has("x-content-type-options: nosniff") && plain.has(&format!("content-length: {}", plain.body.len()))
    );
    assert!(
        plain
            .text()
            .contains("drs_job_up{project=\"p\",job_id=\"j1\",job_name=\"\"} 1\n")
    );
    let headers = "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n";
    let zipped = server.ask("GET /metrics?a=b", headers).await;
    assert!(zipped.has("content-encoding: gzip") && zipped.has("vary: accept, accept-encoding"));
    assert!(zipped.has("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(String::from_utf8(gunzip(&zipped.body)).unwrap().ends_with("# EOF\n"));
}

#[tokio::test]
async fn every_path_answers_as_it_should() {
    let server = start(one_project()).await;
    let answer = server.get("/-/reload").await;
    assert!(answer.status() == 405 && answer.has("allow: post"), "{}", answer.head);
    for (line, status) in [
        ("GET /", 200),
        ("GET /-/healthy", 200),
        ("GET /-/ready", 200),
        ("GET /?state=wrong&q=a&page=2", 200),
        ("GET /?state=nonsense", 400),
        ("GET /-/docs/page.md", 200),
        ("GET /-/docs/metrics.md", 200),
        ("GET /-/docs/other.md", 404),
        ("GET /metrics/", 404),
        ("POST /nothing", 404),
        ("POST /metrics", 405),
        ("DELETE /", 405),
        ("OPTIONS /-/ready", 405),
        ("POST /-/reload", 403),
        ("POST /-/quit", 403),
    ] {
        let answer = server.ask(line, "").await;
        assert_eq!(answer.status(), status, "{line}");
        assert_eq!(answer.has("allow: get, head"), status == 405, "{line}");
        assert!(
            answer.has("x-content-type-options: nosniff") && !answer.body.is_empty(),
            "{line}"
        );
    }
}

#[tokio::test]
async fn the_page_may_do_next_to_nothing_and_is_kept_by_nobody() {
    let server = start(one_project()).await;
    let page = server.get("/").await;
    assert!(
        page.head
            .contains("content-security-policy: default-src 'none'; style-src 'sha256-")
    );
    for header in [
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "vary: accept-encoding",
    ] {
        assert!(page.has(header), "{}", page.head);
    }
    let zipped = server.ask("GET /", "Accept-Encoding: gzip\r\n").await;
    assert!(zipped.has("content-encoding: gzip") && zipped.body.len() < page.body.len() / 2);
    assert_eq!(gunzip(&zipped.body), page.body);
}

#[tokio::test]
async fn a_head_request_tells_the_length_and_sends_no_body() {
    let server = start(one_project()).await;
    for path in ["/", "/-/healthy"] {
        let (head, get) = (server.ask(&format!("HEAD {path}"), "").await, server.get(path).await);
        assert_eq!((head.status(), head.body.len()), (200, 0), "{path}");
        assert!(
            head.has(&format!("content-length: {}", get.body.len())),
            "{}",
            head.head
        );
    }
    // The exporter's own values differ from scrape to scrape, so here a length is all that can be asked for.
    let head = server.ask("HEAD /metrics", "").await;
    assert!(head.head.contains("\r\ncontent-length: ") && head.body.is_empty());
}

#[tokio::test]
async fn not_ready_says_what_is_missing() {
    let waiting = Project {
        asked: false,
        ..project("orders", Vec::new())
    };
    let server = start(vec![project("payments", Vec::new()), waiting]).await;
    let answer = server.get("/-/ready").await;
    assert_eq!(answer.status(), 503);
    assert!(
        answer.text().contains("orders") && !answer.text().contains("payments"),
        "{}",
        answer.text()
    );
    assert_eq!(server.get("/-/healthy").await.status(), 200);
}

#[tokio::test]
async fn one_connection_serves_several_requests_and_bodies_are_not_read() {
    let server = start(one_project()).await;
    let mut stream = server.connect().await;
    let first = "GET /-/healthy HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    let second = "GET /-/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{first}{second}").as_bytes()).await.unwrap();
    let both = read_answer(&mut stream).await;
    assert!(
        both.text().contains("healthy\n") && both.text().ends_with("ready\n"),
        "{}",
        both.text()
    );
}

#[tokio::test]
async fn a_head_too_large_is_refused() {
    let server = start(one_project()).await;
    let answer = server
        .ask("GET /metrics", &format!("X: {}\r\n", "x".repeat(20 * 1024)))
        .await;
    assert_eq!(answer.status(), 431);
}

#[tokio::test]
async fn over_the_connection_limit_newcomers_wait_and_others_go_on() {
    let server = start(one_project()).await;
    let mut open = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        let mut stream = server.connect().await;
        stream
            .write_all(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        read_head(&mut stream).await;
        open.push(stream);
    }
    let newcomer = server.get("/-/healthy");
    tokio::pin!(newcomer);
    let mut known = open.pop().unwrap();
    known
        .write_all(b"GET /-/ready HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    tokio::select! {
        biased;
        _ = &mut newcomer => panic!("a connection too many was served"),
        () = read_head(&mut known) => {}
    };
    drop(known);
    assert_eq!(newcomer.await.status(), 200, "its turn has come");
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_lets_open_answers_end() {
    // Enough text that it does not fit into the buffers between the two.
    let server = start(vec![project("p", (0..5000).map(job_with_task).collect())]).await;
    let unused = server.connect().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_head(&mut idle).await;
    let mut open = server.connect().await;
    open.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    read_head(&mut open).await;
    server.shutdown.cancel();
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).await.unwrap();
    let text = String::from_utf8(rest).unwrap();
    assert!(text.contains("job_id=\"j4999\"") && text.ends_with('\n'));
    assert!(text.contains("process_start_time_seconds"), "the last family is there");
    server.task.await.unwrap();
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nobody listens any more"
    );
    drop(unused);
}
