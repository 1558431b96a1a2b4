//! Password hashing: argon2id, slow on purpose, and therefore bounded.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use async_trait::async_trait;
use tokio::sync::Semaphore;
use uhub_core::ports::passwords::{PasswordError, Passwords};

/// Longer passwords are never right: hashing must not become a way to make the server read megabytes.
pub(crate) const LONGEST_BYTES: usize = 1024;

/// 19 MiB, two passes, one lane (OWASP's first choice for argon2id).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Of a random password nobody knows: checked where there is no such user, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$hAcA+tQ3RWcCIcjJmsY6Ng$zB6Aw9SqzJfoYnLyR0Cq0xhI9uAnGHwvqyWbqfUuWyo";

/// Hashes a few passwords at a time, lets some wait, and turns the others away.
#[derive(Debug)]
pub(crate) struct Argon2Passwords {
    at_once: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Default for Argon2Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self::new(processors.clamp(2, 4), 64)
    }
}

/// Leaves the queue, also where the request is cancelled.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Argon2Passwords {
    /// At most `at_once` hashes at a time (19 MiB each), `most_waiting` behind them.
    pub(crate) fn new(at_once: usize, most_waiting: usize) -> Self {
        Self { at_once: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0), most_waiting }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permit = match Arc::clone(&self.at_once).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let ahead = self.waiting.fetch_add(1, Ordering::SeqCst);
                let _waits = Waits(&self.waiting);
                if ahead >= self.most_waiting {
                    return Err(PasswordError::Busy);
                }
                Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| PasswordError::Failed)?
            }
        };
        // The permit goes along: a cancelled request does not let another hash begin beside this one.
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|_| PasswordError::Failed)?
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| PasswordError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        if password.len() > LONGEST_BYTES {
            return Err(PasswordError::Failed);
        }
        let password = password.to_owned();
        self.run(move || {
            let hash: PasswordHash =
                hasher()?.hash_password(password.as_bytes()).map_err(|_| PasswordError::Failed)?;
            Ok(hash.to_string())
        })
        .await
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
        // Too long to be right. The time is spent all the same, on something short.
        let (password, hash) = if password.len() > LONGEST_BYTES { ("", None) } else { (password, hash) };
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.run(move || {
            let parsed =
                PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(|_| PasswordError::Failed)?;
            let is_right = hasher()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(is_right && hash.is_some())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn hashes_are_argon2id_salted_and_verified() {
        let passwords = Argon2Passwords::default();
        let (one, two) =
            (passwords.hash("demo-dev").await.unwrap(), passwords.hash("demo-dev").await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert_eq!(passwords.verify("demo-dev", Some(&one)).await, Ok(true));
        assert_eq!(passwords.verify("demo-ops", Some(&one)).await, Ok(false));
        assert_eq!(passwords.verify("demo-dev", None).await, Ok(false));
        assert_eq!(passwords.verify("demo-dev", Some("rubbish")).await, Err(PasswordError::Failed));
    }

    #[tokio::test]
    async fn r31_an_unknown_user_takes_as_long_as_a_wrong_password() {
        let passwords = Argon2Passwords::new(1, 1);
        let hash = passwords.hash("right").await.unwrap();
        // The best of several: whatever else the machine does only adds.
        let mut best = [f64::INFINITY; 2];
        for _ in 0..5 {
            for (best, hash) in best.iter_mut().zip([Some(hash.as_str()), None]) {
                let start = Instant::now();
                passwords.verify("wrong", hash).await.unwrap();
                *best = best.min(start.elapsed().as_secs_f64());
            }
        }
        assert!(best[0] / best[1] < 2.0 && best[1] / best[0] < 2.0, "{best:?}");
    }

    #[tokio::test]
    async fn r30_more_than_can_wait_are_turned_away_and_long_ones_cost_nothing_more() {
        let passwords = Arc::new(Argon2Passwords::new(2, 8));
        let hash = passwords.hash("right").await.unwrap();
        let asking: Vec<_> = (0..500)
            .map(|_| {
                let (passwords, hash) = (Arc::clone(&passwords), hash.clone());
                tokio::spawn(async move { passwords.verify("right", Some(&hash)).await })
            })
            .collect();
        let mut counts = (0, 0);
        for one in asking {
            match one.await.unwrap() {
                Ok(true) => counts.0 += 1,
                Err(PasswordError::Busy) => counts.1 += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(counts.0 >= 10 && counts.1 > 400, "{counts:?}");
        assert_eq!(passwords.verify("right", Some(&hash)).await, Ok(true), "it recovers");
        assert_eq!(passwords.verify(&"x".repeat(1 << 20), Some(&hash)).await, Ok(false));
        assert_eq!(passwords.hash(&"x".repeat(1025)).await, Err(PasswordError::Failed));
    }
}
