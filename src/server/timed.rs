//! A connection that does not wait for ever.
//!
//! Owns: the time limits of a connection. Hyper's own header limit also runs while a connection is idle between
//! two scrapes, so with it either idle connections end too early or slow headers too late.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// For a whole request head, from its first byte (of a new connection: from its start).
pub(super) const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// Between two requests. Prometheus scrapes every 15 s to 2 min and should find its connection open.
pub(super) const IDLE_LIMIT: Duration = Duration::from_mins(3);

/// Without a single byte of an answer being taken.
pub(super) const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Answering,
    Idle,
}

/// Tells the connection's clocks how its requests get on. Clones speak of the same connection.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    /// Whether bytes of the next head may have come in already, when no answer is under way.
    is_idle: bool,
    /// Requests up to now.
    requests: u64,
    /// Answers under way, by the number of their request; in HTTP/2 there may be several. With each, when a piece of
    /// it went on last; none while it is being made.
    moved: BTreeMap<u64, Option<Instant>>,
}

impl Progress {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Shared {
            is_idle: false,
            requests: 0,
            moved: BTreeMap::new(),
        })))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request head has come in. The answer goes on until the result is dropped.
    pub(super) fn answering(&self) -> Answering {
        let mut shared = self.shared();
        shared.requests += 1;
        let number = shared.requests;
        shared.moved.insert(number, None);
        Answering {
            progress: self.clone(),
            number,
        }
    }

    fn head_begins(&self) {
        self.shared().is_idle = false;
    }

    /// What the connection is doing, and the number of the newest request.
    fn get(&self) -> (State, u64) {
        let shared = self.shared();
        let state = match (shared.moved.is_empty(), shared.is_idle) {
            (false, _) => State::Answering,
            (true, true) => State::Idle,
            (true, false) => State::Head,
        };
        (state, shared.requests)
    }

    /// Since when the answer that waits longest has waited to be taken.
    fn stalled_since(&self) -> Option<Instant> {
        self.shared().moved.values().flatten().min().copied()
    }
}

/// An answer that is being made or sent.
#[derive(Debug)]
pub(super) struct Answering {
    progress: Progress,
    number: u64,
}

impl Answering {
    /// It is made, or a piece of it was taken.
    pub(super) fn moved(&self) {
        self.progress.shared().moved.insert(self.number, Some(Instant::now()));
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut shared = self.progress.shared();
        shared.moved.remove(&self.number);
        shared.is_idle = true;
    }
}

/// A stream whose reads and writes fail with [`io::ErrorKind::TimedOut`] when the other side is too slow.
#[derive(Debug)]
pub(super) struct Timed<S> {
    inner: S,
    progress: Progress,
    read: Deadline,
    /// The state, and the newest request then, that `read` runs for.
    read_for: (State, u64),
    write: Deadline,
    /// Whether bytes may come that belong to no request, as in HTTP/2: then only a request ends idleness, and each
    /// answer has to move by itself: a client that opens no window for it may go on with pings and other requests.
    is_multiplexed: bool,
}

impl<S> Timed<S> {
    pub(super) fn new(inner: S) -> Self {
        let mut read = Deadline::new();
        read.start(HEAD_LIMIT);
        Self {
            inner,
            progress: Progress::new(),
            read,
            read_for: (State::Head, 0),
            write: Deadline::new(),
            is_multiplexed: false,
        }
    }

    /// For a connection of HTTP/2.
    pub(super) fn multiplexed(inner: S) -> Self {
        Self {
            is_multiplexed: true,
            ..Self::new(inner)
        }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn enter(&mut self, state: State) {
        match state {
            State::Head => self.read.start(HEAD_LIMIT),
            State::Idle => self.read.start(IDLE_LIMIT),
            State::Answering => self.read.stop(),
        }
    }

    /// Sets the clock by the answer that has waited longest.
    fn watch_answers(&mut self) -> io::Result<()> {
        let Some(since) = self.progress.stalled_since() else {
            self.read.stop();
            return Ok(());
        };
        // Who never stops sending is not let by: then the timer would never be looked at.
        if since.elapsed() > WRITE_LIMIT {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.read.start_from(since, WRITE_LIMIT);
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let now = this.progress.get();
        let (state, _) = now;
        if this.read_for != now {
            this.read_for = now;
            this.enter(state);
        }
        if this.is_multiplexed && state == State::Answering {
            this.watch_answers()?;
        }
        let Poll::Ready(outcome) = Pin::new(&mut this.inner).poll_read(cx, buf) else {
            return this.read.poll_error(cx);
        };
        let moved = buf.filled().len() > before;
        if moved && state == State::Idle && !this.is_multiplexed {
            this.progress.head_begins();
            this.read_for.0 = State::Head;
            this.enter(State::Head);
        }
        Poll::Ready(outcome)
    }
}

impl<S: AsyncWrite + Unpin> Timed<S> {
    /// Writes by `poll`; the limit runs while it is pending, and anew whenever something was taken.
    fn poll_timed<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let outcome = poll(Pin::new(&mut self.inner), cx);
        if outcome.is_ready() {
            self.write.stop();
            return outcome;
        }
        if !self.write.runs {
            self.write.start(WRITE_LIMIT);
        }
        self.write.poll_error(cx)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_timed(cx, |inner, cx| inner.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_timed(cx, |inner, cx| inner.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_timed(cx, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_timed(cx, AsyncWrite::poll_shutdown)
    }
}

/// A timer that may stand still.
#[derive(Debug)]
struct Deadline {
    timer: Pin<Box<Sleep>>,
    runs: bool,
}

impl Deadline {
    fn new() -> Self {
        Self {
            timer: Box::pin(sleep(Duration::ZERO)),
            runs: false,
        }
    }

    fn start(&mut self, limit: Duration) {
        self.start_from(Instant::now(), limit);
    }

    fn start_from(&mut self, start: Instant, limit: Duration) {
        let end = start + limit;
        if !self.runs || self.timer.deadline() != end {
            self.timer.as_mut().reset(end);
        }
        self.runs = true;
    }

    fn stop(&mut self) {
        self.runs = false;
    }

    /// The error once the time is over.
    fn poll_error<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if !self.runs {
            return Poll::Pending;
        }
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    /// How long it took until the error, and that it is the right one.
    async fn until_timed_out<T: std::fmt::Debug>(outcome: impl Future<Output = io::Result<T>>) -> Duration {
        let started = Instant::now();
        assert_eq!(outcome.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        // The paused clock stands still but for timers, which are as fine as a millisecond.
        Duration::from_secs(started.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_drips_in_has_one_limit_for_all_of_it() {
        let (mut client, server) = duplex(64);
        let mut server = Timed::new(server);
        let reading = async {
            let started = Instant::now();
            let outcome = loop {
                if let Err(error) = server.read_u8().await {
                    break error;
                }
            };
            (outcome.kind(), started.elapsed().as_secs())
        };
        let dripping = async {
            loop {
                sleep(Duration::from_secs(3)).await;
                let _ = client.write_u8(b'G').await;
            }
        };
        let outcome = tokio::select! { outcome = reading => outcome, () = dripping => unreachable!() };
        assert_eq!(outcome, (io::ErrorKind::TimedOut, HEAD_LIMIT.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_the_idle_limit_counts_and_then_the_heads() {
        let (mut client, server) = duplex(64);
        let mut server = Timed::new(server);
        drop(server.progress().answering());
        assert_eq!(until_timed_out(server.read_u8()).await, IDLE_LIMIT);
        drop(server.progress().answering());
        client.write_u8(b'G').await.unwrap();
        server.read_u8().await.unwrap();
        assert_eq!(until_timed_out(server.read_u8()).await, HEAD_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn while_an_answer_is_made_reading_waits() {
        let (mut client, server) = duplex(64);
        let mut server = Timed::new(server);
        let _answering = server.progress().answering();
        let later = async {
            sleep(10 * IDLE_LIMIT).await;
            client.write_u8(b'G').await
        };
        let (read, written) = tokio::join!(server.read_u8(), later);
        assert_eq!((read.unwrap(), written.is_ok()), (b'G', true));
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_multiplexed_connection_bytes_alone_are_no_request() {
        let (mut client, server) = duplex(1024);
        let mut server = Timed::multiplexed(server);
        let (first, second) = (server.progress().answering(), server.progress().answering());
        drop(first);
        drop(second);
        let pinging = async {
            loop {
                sleep(IDLE_LIMIT / 10).await;
                let _ = client.write_u8(0).await;
            }
        };
        let reading = async {
            let started = Instant::now();
            while server.read_u8().await.is_ok() {}
            started.elapsed().as_secs()
        };
        let idle = tokio::select! { idle = reading => idle, () = pinging => unreachable!() };
        assert_eq!(idle, IDLE_LIMIT.as_secs());
    }

    /// How long a connection lives on which bytes keep coming, while `answers` happens.
    async fn life_among_bytes(answers: impl AsyncFn(Progress)) -> Duration {
        let (mut client, server) = duplex(1024);
        let mut server = Timed::multiplexed(server);
        let progress = server.progress();
        let started = Instant::now();
        let reading = async { while server.read_u8().await.is_ok() {} };
        let pinging = async {
            loop {
                sleep(Duration::from_secs(1)).await;
                let _ = client.write_u8(0).await;
            }
        };
        let answering = async {
            answers(progress).await;
            std::future::pending::<()>().await;
        };
        tokio::select! { () = reading => {}, () = pinging => {}, () = answering => {} }
        Duration::from_secs(started.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_multiplexed_connection_each_answer_moves_by_itself() {
        let stuck = async |progress: Progress| {
            let answering = progress.answering();
            answering.moved();
            // Other requests and their answers do not help it.
            loop {
                sleep(Duration::from_secs(3)).await;
                progress.answering().moved();
            }
        };
        assert_eq!(life_among_bytes(stuck).await, WRITE_LIMIT);
        let slow = async |progress: Progress| {
            let answering = progress.answering();
            // Made for as long as it takes.
            sleep(4 * WRITE_LIMIT).await;
            for _ in 0..4 {
                answering.moved();
                sleep(WRITE_LIMIT / 2).await;
            }
            drop(answering);
        };
        assert_eq!(life_among_bytes(slow).await, 6 * WRITE_LIMIT + IDLE_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_stops_sending_is_cut_off_all_the_same() {
        let (mut client, server) = duplex(1024);
        let mut server = Timed::multiplexed(server);
        let answering = server.progress().answering();
        answering.moved();
        tokio::time::advance(2 * WRITE_LIMIT).await;
        client.write_all(&[0; 100]).await.unwrap();
        assert_eq!(until_timed_out(server.read_u8()).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_idleness_however_fast_its_answer_was() {
        let (_client, server) = duplex(64);
        let mut server = Timed::multiplexed(server);
        let progress = server.progress();
        drop(progress.answering());
        let asked = async {
            sleep(IDLE_LIMIT / 2).await;
            drop(progress.answering());
            std::future::pending::<()>().await;
        };
        let started = Instant::now();
        // Looked at once in between, by which time the answer is over.
        let reading = async {
            assert!(
                tokio::time::timeout(IDLE_LIMIT * 3 / 4, server.read_u8())
                    .await
                    .is_err()
            );
            server.read_u8().await.map(|_| ()).unwrap_err();
        };
        tokio::select! { () = reading => {}, () = asked => {} }
        assert!(started.elapsed() > IDLE_LIMIT * 5 / 4, "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_no_byte_of_an_answer_is_cut_off_and_who_takes_some_is_not() {
        let (mut client, server) = duplex(1);
        let mut server = Timed::new(server);
        let answer = [0; 5];
        let slow = async {
            for _ in 0..answer.len() {
                sleep(WRITE_LIMIT / 2).await;
                client.read_u8().await?;
            }
            Ok(())
        };
        tokio::try_join!(server.write_all(&answer), slow).unwrap();
        assert_eq!(until_timed_out(server.write_all(&answer)).await, WRITE_LIMIT);
    }
}
