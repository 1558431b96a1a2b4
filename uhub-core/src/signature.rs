//! What the hub and outside CIs sign their messages with: HMAC-SHA256 over the time and the raw body (DOMAIN §7).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What each signature begins with.
const SCHEME: &str = "sha256=";

/// `sha256=` and the HMAC-SHA256, in lower-case hex, of `timestamp`, a full stop and `body`. The timestamp is in whole
/// seconds of Unix time.
pub fn sign(key: &[u8], timestamp: i64, body: &[u8]) -> String {
    format!("{SCHEME}{}", hex::encode(mac(key, timestamp, body).finalize().into_bytes()))
}

/// Whether `signature` is what [`sign`] makes of the rest; compared in constant time.
pub fn is_signed(key: &[u8], timestamp: i64, body: &[u8], signature: &str) -> bool {
    let signature = signature.strip_prefix(SCHEME).and_then(|digits| hex::decode(digits).ok());
    signature.is_some_and(|signature| mac(key, timestamp, body).verify_slice(&signature).is_ok())
}

/// A key that follows from `secret` for one purpose, as 64 hexadecimal digits.
pub fn derive(secret: &[u8], purpose: &str) -> String {
    let mut mac = keyed(secret);
    mac.update(purpose.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn mac(key: &[u8], timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = keyed(key);
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac it-is-a-key`.
    const KNOWN: &str = "sha256=8f173d22d73fe730af3892c18652e5d8ce0e34f1555feafc54bd476523b2f02f";

    #[test]
    fn as_openssl_signs() {
        assert_eq!(sign(b"it-is-a-key", 1_700_000_000, br#"{"a":1}"#), KNOWN);
    }

    #[test]
    fn r40_only_the_very_same_is_signed() {
        let is = |key: &[u8], at, body: &[u8], signature: &str| is_signed(key, at, body, signature);
        assert!(is(b"it-is-a-key", 1_700_000_000, br#"{"a":1}"#, KNOWN));
        assert!(!is(b"it-is-another", 1_700_000_000, br#"{"a":1}"#, KNOWN));
        assert!(!is(b"it-is-a-key", 1_700_000_001, br#"{"a":1}"#, KNOWN));
        assert!(!is(b"it-is-a-key", 1_700_000_000, br#"{"a":2}"#, KNOWN));
        for wrong in ["", "sha256=", "sha1=00", &KNOWN[7..], &KNOWN[..KNOWN.len() - 2], "sha256=zz"] {
            assert!(!is(b"it-is-a-key", 1_700_000_000, br#"{"a":1}"#, wrong), "{wrong}");
        }
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_secret() {
        let keys = [derive(b"one", "a"), derive(b"one", "b"), derive(b"two", "a")];
        assert!(keys.iter().all(|key| key.len() == 64));
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    }
}
