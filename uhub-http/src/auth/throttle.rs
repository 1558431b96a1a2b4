//! Limits on guessing passwords: per account, wherever it comes from, and per peer, whatever account it tries.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use uhub_core::text::username_key;

type Limiter = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, NoOpMiddleware>;

/// So many sign-ins between two prunings.
const PRUNE_EVERY: u32 = 1024;

/// Who may try to sign in now.
#[derive(Debug)]
pub(crate) struct Throttle {
    per_account: Limiter,
    per_peer: Limiter,
    // Keys are hashes: an entry is small however long a name is, and nobody outside can choose two that collide.
    hasher: RandomState,
    since_pruned: AtomicU32,
    clock: DefaultClock,
}

impl Throttle {
    /// So many sign-ins a minute for an account and for a peer; as many may come at once after a quiet time.
    pub(crate) fn new(per_account: NonZeroU32, per_peer: NonZeroU32) -> Self {
        Self {
            per_account: RateLimiter::dashmap(Quota::per_minute(per_account)),
            per_peer: RateLimiter::dashmap(Quota::per_minute(per_peer)),
            hasher: RandomState::new(),
            since_pruned: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait, where it is one too many.
    pub(crate) fn check(&self, username: &str, peer: Option<IpAddr>) -> Result<(), Duration> {
        if self.since_pruned.fetch_add(1, Ordering::Relaxed) >= PRUNE_EVERY {
            self.since_pruned.store(0, Ordering::Relaxed);
            self.per_account.retain_recent();
            self.per_peer.retain_recent();
        }
        let wait = |limiter: &Limiter, key: u64| {
            limiter.check_key(&key).map_err(|until| until.wait_time_from(self.clock.now()))
        };
        // The peer first: who is over the limit there does not use up anybody's account.
        wait(&self.per_peer, self.hasher.hash_one(peer.map(network)))?;
        // By the key under which names are unique: other spellings of a name are no fresh attempts.
        let name: String = username.chars().take(256).collect();
        wait(&self.per_account, self.hasher.hash_one(username_key(&name)))
    }
}

/// What one peer commands: an IPv4 address, or the /64 that an IPv6 customer gets.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6((u128::from(address) & 0xffff_ffff_ffff_ffff_0000_0000_0000_0000).into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn throttle() -> Throttle {
        Throttle::new(NonZeroU32::new(5).unwrap(), NonZeroU32::new(20).unwrap())
    }

    fn peer(n: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, n]))
    }

    #[test]
    fn r29_one_account_from_many_peers_is_limited() {
        let throttle = throttle();
        for n in 0..5 {
            assert_eq!(throttle.check("demo-admin", peer(n)), Ok(()));
        }
        let wait = throttle.check("demo-admin", peer(9)).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(12), "{wait:?}");
        assert!(throttle.check("DEMO-ADMIN", peer(10)).is_err(), "another spelling is the same account");
        assert!(throttle.check("demo-ops", peer(9)).is_ok(), "another account is not touched");
    }

    #[test]
    fn r29_one_peer_with_many_accounts_is_limited() {
        let throttle = throttle();
        for n in 0..20 {
            assert_eq!(throttle.check(&format!("user-{n}"), peer(1)), Ok(()));
        }
        assert!(throttle.check("user-99", peer(1)).is_err());
        assert!(throttle.check("user-99", peer(2)).is_ok());
    }

    #[test]
    fn r29_addresses_of_one_ipv6_network_are_one_peer() {
        let throttle = throttle();
        for n in 0..20_u16 {
            let address = IpAddr::from([0x2001, 0xdb8, 0, 1, n, n, n, n]);
            assert_eq!(throttle.check(&format!("user-{n}"), Some(address)), Ok(()));
        }
        assert!(throttle.check("user-99", Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]))).is_err());
        assert!(throttle.check("user-99", Some(IpAddr::from([0x2001, 0xdb8, 0, 2, 9, 9, 9, 9]))).is_ok());
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), IpAddr::from([192, 0, 2, 1]));
    }

    #[test]
    fn what_is_long_ago_is_forgotten() {
        let throttle = Throttle::new(NonZeroU32::MAX, NonZeroU32::MAX);
        for n in 0..5000 {
            let _ = throttle.check(&format!("user-{n}"), None);
        }
        assert!(throttle.per_account.len() < 4000, "{}", throttle.per_account.len());
    }
}
