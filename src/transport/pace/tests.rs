//! The pace by itself, on a clock that does not wait (S24).

use super::*;

const RATE: Rate = Rate {
    start: 5.0,
    burst: 2.0,
    ceiling: Some(10.0),
};

#[tokio::test(start_paused = true)]
async fn s24_a_burst_leaves_at_once_and_the_rest_at_the_rate() {
    let limiter = Limiter::new(RATE, None);
    let started = Instant::now();
    for _ in 0..12 {
        limiter.turn().await;
    }
    let elapsed = started.elapsed().as_secs_f64();
    assert!((1.9..2.2).contains(&elapsed), "{elapsed}");
}

#[tokio::test(start_paused = true)]
async fn s24_a_wait_that_the_provider_names_is_kept() {
    let limiter = Limiter::new(RATE, None);
    limiter.turn().await;
    limiter.refused(Some(Duration::from_secs(28)));
    let started = Instant::now();
    limiter.turn().await;
    assert!(started.elapsed() >= Duration::from_secs(28));
}

#[tokio::test(start_paused = true)]
async fn s24_the_rate_grows_to_the_ceiling_and_falls_back_on_a_refusal() {
    let limiter = Limiter::new(RATE, None);
    for _ in 0..100 {
        limiter.turn().await;
        limiter.granted();
    }
    let rate = || limiter.state.lock().unwrap().rate;
    assert!((rate() - 10.0).abs() < 0.01);
    limiter.refused(None);
    let once = rate();
    assert!((7.0..9.8).contains(&once), "{once}");
    limiter.refused(None);
    assert!((rate() - once).abs() < 0.01, "two refusals at once are one");
}

#[tokio::test(start_paused = true)]
async fn where_answers_come_at_once_the_rate_grows_at_once() {
    let first_thousand = async |took: Duration| {
        let limiter = Limiter::new(
            Rate {
                ceiling: None,
                ..RATE
            },
            None,
        );
        let started = Instant::now();
        for _ in 0..1_000 {
            limiter.turn().await;
            limiter.granted_within(took);
        }
        started.elapsed()
    };
    let soon = first_thousand(Duration::from_millis(1)).await;
    let late = first_thousand(Duration::from_millis(75)).await;
    assert!(
        soon < Duration::from_millis(600) && soon * 2 < late,
        "{soon:?} {late:?}"
    );
}
