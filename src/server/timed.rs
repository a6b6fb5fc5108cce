//! A connection that does not wait for ever.
//!
//! Owns: the time limits of a connection. Hyper's own header limit also runs while a connection is idle between
//! two scrapes, so with it either idle connections end too early or slow headers too late.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
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
#[repr(u8)]
enum State {
    Head,
    Answering,
    Idle,
}

/// Tells the connection's clocks how its requests get on. Clones speak of the same connection.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: AtomicU8,
    /// Answers under way; in HTTP/2 there may be several.
    open: AtomicUsize,
}

impl Progress {
    fn new() -> Self {
        Self(Arc::new(Shared {
            state: AtomicU8::new(State::Head as u8),
            open: AtomicUsize::new(0),
        }))
    }

    /// A request head has come in. The answer goes on until the result is dropped.
    pub(super) fn answering(&self) -> Answering {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        self.set(State::Answering);
        Answering(self.clone())
    }

    fn set(&self, state: State) {
        self.0.state.store(state as u8, Ordering::Relaxed);
    }

    fn get(&self) -> State {
        match self.0.state.load(Ordering::Relaxed) {
            state if state == State::Head as u8 => State::Head,
            state if state == State::Answering as u8 => State::Answering,
            _ => State::Idle,
        }
    }
}

/// An answer that is being made or sent.
#[derive(Debug)]
pub(super) struct Answering(Progress);

impl Drop for Answering {
    fn drop(&mut self) {
        if self.0.0.open.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.set(State::Idle);
        }
    }
}

/// A stream whose reads and writes fail with [`io::ErrorKind::TimedOut`] when the other side is too slow.
#[derive(Debug)]
pub(super) struct Timed<S> {
    inner: S,
    progress: Progress,
    read: Deadline,
    /// The state that `read` runs for.
    read_for: State,
    write: Deadline,
    /// Whether bytes may come that belong to no request, as in HTTP/2: then only a request ends idleness, and while
    /// an answer is under way something has to move.
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
            read_for: State::Head,
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
        self.read_for = state;
        match state {
            State::Head => self.read.start(HEAD_LIMIT),
            State::Idle => self.read.start(IDLE_LIMIT),
            // A client that opens no window for an answer never lets a write wait.
            State::Answering if self.is_multiplexed => self.read.start(WRITE_LIMIT),
            State::Answering => self.read.stop(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let state = this.progress.get();
        if this.read_for != state {
            this.enter(state);
        }
        let Poll::Ready(outcome) = Pin::new(&mut this.inner).poll_read(cx, buf) else {
            return this.read.poll_error(cx);
        };
        let moved = buf.filled().len() > before;
        match state {
            State::Idle if moved && !this.is_multiplexed => {
                this.progress.set(State::Head);
                this.enter(State::Head);
            }
            State::Answering if moved => this.enter(State::Answering),
            _ => {}
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
            if self.is_multiplexed && self.read_for == State::Answering {
                self.enter(State::Answering);
            }
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
        self.timer.as_mut().reset(Instant::now() + limit);
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

    #[tokio::test(start_paused = true)]
    async fn on_a_multiplexed_connection_something_moves_while_an_answer_is_under_way() {
        let (mut client, server) = duplex(1024);
        let mut server = Timed::multiplexed(server);
        let (first, _second) = (server.progress().answering(), server.progress().answering());
        drop(first);
        let slow = async {
            for _ in 0..5 {
                sleep(WRITE_LIMIT / 2).await;
                client.write_u8(0).await?;
            }
            Ok(())
        };
        let reading = async {
            for _ in 0..5 {
                server.read_u8().await?;
            }
            Ok::<_, io::Error>(())
        };
        tokio::try_join!(slow, reading).unwrap();
        assert_eq!(until_timed_out(server.read_u8()).await, WRITE_LIMIT);
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
