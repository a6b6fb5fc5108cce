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
