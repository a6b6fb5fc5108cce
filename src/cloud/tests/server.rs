//! A server that answers what it is told, byte by byte, so that it can also answer wrongly.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Method, path and query.
    pub(super) line: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What to answer; the connection closes afterwards.
#[derive(Clone, Debug)]
pub(super) enum Response {
    /// These bytes.
    Bytes(String),
    /// Nothing, ever.
    Hang,
}

/// A whole answer; `headers` are lines that end in CRLF.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Response {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    Response::Bytes(head + body)
}

pub(super) fn ok(body: &str) -> Response {
    answer(200, "", body)
}

type Handler = dyn Fn(&Request, usize) -> Response + Send + Sync;

/// Runs until dropped.
pub(super) struct Server {
    url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Answers with `handler`, which is given the request and how many there were before it.
    pub(super) async fn start(handler: impl Fn(&Request, usize) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let accepting = tokio::spawn(accept(listener, Arc::new(handler), requests.clone()));
        Self {
            url,
            requests,
            accepting,
        }
    }

    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, handler: Arc<Handler>, requests: Arc<Mutex<Vec<Request>>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (handler, requests) = (handler.clone(), requests.clone());
        tokio::spawn(async move {
            let Some(request) = read(&mut stream).await else { return };
            let response = {
                let mut requests = requests.lock().unwrap();
                requests.push(request.clone());
                handler(&request, requests.len() - 1)
            };
            match response {
                Response::Bytes(bytes) => {
                    // The client may have left already, which some tests are about.
                    let _ = stream.write_all(bytes.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
                Response::Hang => std::future::pending().await,
            }
        });
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
            // Not HTTP, so TLS: it is answered all the same, as a server without TLS does.
            return Some(Request {
                line: String::new(),
                head: String::new(),
                body: String::new(),
            });
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let (first, head) = head.split_once("\r\n")?;
        let request = Request {
            line: first.trim_end_matches(" HTTP/1.1").to_owned(),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Some(request);
        }
    }
}
