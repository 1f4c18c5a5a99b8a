//! Time and chance as a test sets them.

use domain::time::{Clock, Random, SystemClock, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A clock that a test moves.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Hands {
    /// Starts at the present time.
    pub fn started() -> Self {
        Self(AtomicI64::new(SystemClock.now().0))
    }

    /// Moves on by so many milliseconds; a negative number moves back.
    pub fn forward(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that look like chance and come the same every time.
#[derive(Debug)]
pub struct Dice(AtomicU64);

impl Dice {
    /// The same seed throws the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // splitmix64, a byte a step
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = z.to_le_bytes()[3];
        }
    }
}
