//! Budgets: how much one account or address may ask in a while.

use app::registry::RateClass;
use domain::id::AccountId;
use domain::time::Timestamp;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Whose budget.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A signed-in person's, whatever the token.
    Account(AccountId),
    /// An address's.
    Address(IpAddr),
    /// A name or address that somebody tries to sign in with.
    Login(String),
}

/// How a request stands in its budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    limit: u32,
    remaining: u32,
    /// Milliseconds until the budget is full again, or until the next request is let through.
    wait: i64,
}

type Limiter = DefaultKeyedRateLimiter<Key, StateInformationMiddleware>;

struct Budget {
    limiter: Limiter,
    limit: u32,
    period: Duration,
}

/// All budgets, or none.
pub(crate) struct RateLimits(Option<Box<Budgets>>);

struct Budgets {
    read: Budget,
    write: Budget,
    sign_in: Budget,
    register: Budget,
    outbound: Budget,
    federation: Budget,
    asked: AtomicU32,
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RateLimits").field(&self.0.is_some()).finish()
    }
}

/// How many questions pass between two clean-ups of keys that have a full budget again.
const SWEEP: u32 = 20_000;

impl RateLimits {
    pub fn new(on: bool) -> Self {
        const MINUTE: u64 = 60;
        Self(on.then(|| {
            Box::new(Budgets {
                read: Budget::new(1_500, 5 * MINUTE),
                write: Budget::new(300, 5 * MINUTE),
                sign_in: Budget::new(30, 5 * MINUTE),
                register: Budget::new(60, 30 * MINUTE),
                outbound: Budget::new(100, 5 * MINUTE),
                federation: Budget::new(12_000, 5 * MINUTE),
                asked: AtomicU32::new(0),
            })
        }))
    }

    /// Draws one on the budget. `Ok(None)` where there is no limit, `Err` where it is used up.
    pub fn draw(&self, class: RateClass, key: &Key) -> Result<Option<Standing>, Standing> {
        let Some(budgets) = &self.0 else { return Ok(None) };
        let budget = match class {
            RateClass::Read => &budgets.read,
            RateClass::Write => &budgets.write,
            RateClass::SignIn => &budgets.sign_in,
            RateClass::Register => &budgets.register,
            RateClass::Outbound => &budgets.outbound,
            RateClass::Federation => &budgets.federation,
            RateClass::Free => return Ok(None),
        };
        if budgets.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            budgets.sweep();
        }
        budget.draw(key).map(Some)
    }
}

impl Budgets {
    fn sweep(&self) {
        for budget in [&self.read, &self.write, &self.sign_in, &self.register, &self.outbound, &self.federation] {
            budget.limiter.retain_recent();
        }
    }
}

impl Budget {
    fn new(limit: u32, seconds: u64) -> Self {
        let period = Duration::from_secs(seconds);
        let burst = NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period / burst.get()).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
        let limiter = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        Self { limiter, limit, period }
    }

    fn draw(&self, key: &Key) -> Result<Standing, Standing> {
        match self.limiter.check_key(key) {
            Ok(snapshot) => {
                let remaining = snapshot.remaining_burst_capacity();
                let used = self.limit.saturating_sub(remaining);
                Ok(Standing { limit: self.limit, remaining, wait: millis(self.period / self.limit.max(1) * used) })
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(Standing { limit: self.limit, remaining: 0, wait: millis(wait).max(1_000) })
            }
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Standing {
    /// Mastodon's headers.
    pub fn show(&self, headers: &mut HeaderMap, now: Timestamp) {
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(self.remaining));
        if let Ok(reset) = HeaderValue::try_from(now.plus(self.wait).rfc3339()) {
            headers.insert(HeaderName::from_static("x-ratelimit-reset"), reset);
        }
    }

    /// Seconds after which a new attempt makes sense.
    pub fn retry_after(&self) -> i64 {
        self.wait.saturating_add(999) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_for_one_key_and_not_for_another() {
        let limits = RateLimits::new(true);
        let one = Key::Address("192.0.2.1".parse().unwrap());
        let other = Key::Address("192.0.2.2".parse().unwrap());
        let first = limits.draw(RateClass::SignIn, &one).unwrap().unwrap();
        assert_eq!((first.limit, first.remaining), (30, 29));
        for _ in 0..29 {
            assert!(limits.draw(RateClass::SignIn, &one).is_ok());
        }
        let refused = limits.draw(RateClass::SignIn, &one).unwrap_err();
        assert!(refused.retry_after() >= 1 && refused.retry_after() <= 11);
        assert!(limits.draw(RateClass::SignIn, &other).is_ok());
        assert!(limits.draw(RateClass::Read, &one).is_ok());
    }

    #[test]
    fn switched_off_means_no_limit() {
        let limits = RateLimits::new(false);
        assert!(matches!(limits.draw(RateClass::SignIn, &Key::Login("a".into())), Ok(None)));
    }
}
