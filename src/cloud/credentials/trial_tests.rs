//! Many requests with one secret, on a paused clock.

use std::cell::Cell;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::*;

const QUICK: Duration = Duration::from_millis(100);
const REFUSED: Result<(), Cause> = Err(Cause::SignatureRefused);

/// One request, as the transport makes it; counts those that were sent.
async fn request(trial: &Trial, sent: &Cell<usize>, outcome: Result<(), Cause>, takes: Duration) -> Result<(), Error> {
    let joined = trial.join();
    let _pass = loop {
        trial.ready(joined).await?;
        if let Some(pass) = trial.enter(joined)? {
            break pass;
        }
    };
    sent.set(sent.get() + 1);
    sleep(takes).await;
    let outcome = outcome.map_err(Error::for_test);
    trial.learn(&outcome);
    outcome
}

#[tokio::test(start_paused = true)]
async fn a_bad_key_is_sent_once_for_all_who_wait() {
    let (trial, sent) = (Trial::default(), Cell::new(0));
    for expected in [1, 2] {
        let outcomes = join_all((0..50).map(|_| request(&trial, &sent, REFUSED, QUICK))).await;
        assert!(outcomes.iter().all(Result::is_err));
        assert_eq!(sent.get(), expected, "those who come later try once more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_key_is_sent_four_times_in_five_minutes_whoever_asks() {
    for cause in [Cause::SignatureRefused, Cause::ClockSkew, Cause::LoginRefused] {
        let (trial, sent, start) = (Trial::default(), Cell::new(0), Instant::now());
        // Six clients, each asking every 50 ms for 3 s, out of step.
        join_all((0..6).map(|client| {
            let (trial, sent) = (&trial, &sent);
            async move {
                sleep(Duration::from_millis(7 * client)).await;
                for _ in 0..60 {
                    let error = request(trial, sent, Err(cause), QUICK).await.unwrap_err();
                    assert_eq!(error.cause(), cause);
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }))
        .await;
        assert_eq!(sent.get(), MAX_REFUSALS);
        while start.elapsed() < WINDOW {
            assert!(request(&trial, &sent, Err(cause), QUICK).await.is_err());
            sleep(Duration::from_secs(1)).await;
        }
        assert!(sent.get() <= MAX_REFUSALS + 1);
        sleep(WINDOW).await;
        let before = sent.get();
        assert!(request(&trial, &sent, Err(cause), QUICK).await.is_err());
        assert_eq!(
            sent.get(),
            before + 1,
            "tried again, it may have been unlocked or mended"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_window_of_five_minutes_sees_a_fifth_refusal() {
    let (trial, sent) = (Trial::default(), Cell::new(0));
    let mut times = Vec::new();
    for _ in 0..3600 {
        let before = sent.get();
        assert!(request(&trial, &sent, REFUSED, QUICK).await.is_err());
        if sent.get() > before {
            times.push(Instant::now());
        }
        sleep(Duration::from_secs(1)).await;
    }
    assert!(times.len() > 2 * MAX_REFUSALS, "it never gives up");
    for window in times.windows(MAX_REFUSALS + 1) {
        assert!(window[MAX_REFUSALS] - window[0] >= WINDOW, "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_forgets_all_refusals() {
    let (trial, sent) = (Trial::default(), Cell::new(0));
    for _ in 0..MAX_REFUSALS - 1 {
        assert!(request(&trial, &sent, REFUSED, QUICK).await.is_err());
    }
    // Also a refusal of DRS itself is one: it knows who asks.
    for taken in [Ok(()), Err(Cause::NotFound)] {
        assert_eq!(request(&trial, &sent, taken, QUICK).await.is_ok(), taken.is_ok());
        let before = sent.get();
        for _ in 0..MAX_REFUSALS - 1 {
            assert!(request(&trial, &sent, REFUSED, QUICK).await.is_err());
        }
        assert_eq!(sent.get(), before + MAX_REFUSALS - 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_good_key_is_tried_by_one_and_then_used_by_all_at_once() {
    let (trial, sent, start) = (Trial::default(), Cell::new(0), Instant::now());
    join_all((0..50).map(|_| request(&trial, &sent, Ok(()), QUICK))).await;
    assert_eq!(sent.get(), 50);
    assert_eq!(start.elapsed(), QUICK * 2);
}

#[tokio::test(start_paused = true)]
async fn a_first_request_that_hangs_does_not_hold_up_the_others() {
    let (trial, sent, start) = (Trial::default(), Cell::new(0), Instant::now());
    let hangs = request(&trial, &sent, Err(Cause::Timeout), Duration::from_mins(1));
    let others = join_all((0..50).map(|_| request(&trial, &sent, Ok(()), QUICK)));
    let (_, took) = tokio::join!(hangs, async {
        others.await;
        start.elapsed()
    });
    assert!(took < PATIENCE + QUICK * 3, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_refusals_do_not_let_more_through() {
    let (trial, sent) = (Trial::default(), Cell::new(0));
    let slow = Duration::from_secs(20);
    let outcomes = join_all((0..50).map(|_| request(&trial, &sent, REFUSED, slow))).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert_eq!(sent.get(), MAX_REFUSALS);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_leaves_its_place() {
    let (trial, sent) = (Trial::default(), Cell::new(0));
    for _ in 0..MAX_REFUSALS * 2 {
        let given_up = request(&trial, &sent, Ok(()), Duration::from_mins(1));
        assert!(tokio::time::timeout(QUICK, given_up).await.is_err());
    }
    request(&trial, &sent, Ok(()), QUICK).await.unwrap();
}
