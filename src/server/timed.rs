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
mod tests;
