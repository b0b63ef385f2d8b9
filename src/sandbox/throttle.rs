//! Token buckets: how many requests a provider grants.
//!
//! One bucket per limit, which the API names. A refused request costs nothing, as at the providers.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The buckets of one provider.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: HashMap<String, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    /// Takes a token from the bucket, or tells how long until there is one. A bucket holds one second's worth.
    pub fn take(&mut self, limit: &str, rate: f64, now: Instant) -> Result<(), Duration> {
        let most = rate.max(1.0);
        if !self.buckets.contains_key(limit) {
            self.buckets.insert(
                limit.to_owned(),
                Bucket {
                    tokens: most,
                    filled: now,
                },
            );
        }
        let Some(bucket) = self.buckets.get_mut(limit) else {
            return Ok(());
        };
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * rate).min(most);
        bucket.filled = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::try_from_secs_f64((1.0 - bucket.tokens) / rate).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Throttle;

    #[test]
    fn grants_a_burst_of_a_second_and_then_its_rate() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        let granted = (0..10)
            .filter(|_| throttle.take("one", 4.0, start).is_ok())
            .count();
        assert_eq!(granted, 4);
        assert_eq!(
            throttle.take("one", 4.0, start),
            Err(Duration::from_millis(250))
        );
        assert_eq!(throttle.take("other", 4.0, start), Ok(()));
        assert_eq!(
            throttle.take("one", 4.0, start + Duration::from_millis(250)),
            Ok(())
        );
    }
}
