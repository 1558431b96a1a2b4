//! Where a request comes from. `X-Forwarded-For` is believed only from proxies that the operator named.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use serde::{Deserialize, Serialize};

use crate::state::AppState;

/// A network, such as `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u8| {
            let shift = u32::from(width - self.bits);
            // Shifting by the whole width would be too much for the type, and a network of 0 bits holds everything.
            one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                same(u128::from(u32::from(one)), u128::from(u32::from(other)), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => same(one.into(), other.into(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither an address nor a network such as 10.0.0.0/8");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > width { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.address, network.bits)
    }
}

/// The address that a request comes from; `None` where the host that mounted the router does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The client's address, as far as it can be trusted.
    pub address: Option<IpAddr>,
    /// It is on this machine, and no proxy stands between.
    pub is_local: bool,
}

impl FromRequestParts<AppState> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let direct = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(peer(direct, &parts.headers, &state.settings().trusted_proxies))
    }
}

const FORWARDING: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

fn peer(direct: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> Peer {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = direct.map(|address| address.to_canonical());
    // From the nearest hop outwards, as long as each one is a proxy that was named: what lies behind the first stranger
    // is only that stranger's word.
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|hop| hop.trim().parse::<IpAddr>().ok())
        .collect::<Vec<_>>();
    for hop in hops.into_iter().rev() {
        match (address, hop) {
            (Some(at), Some(hop)) if is_trusted(at) => address = Some(hop.to_canonical()),
            _ => break,
        }
    }
    // A proxy on this machine makes everybody look local; it says so by one of these headers.
    let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name));
    Peer { address, is_local: !is_forwarded && address.is_some_and(|address| address.is_loopback()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    fn asked(direct: &str, forwarded: &[&str], trusted: &[&str]) -> Peer {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        peer(Some(direct.parse().unwrap()), &headers, &trusted)
    }

    fn address(direct: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        asked(direct, forwarded, trusted).address.unwrap().to_string()
    }

    #[test]
    fn r29_a_forged_x_forwarded_for_is_not_believed() {
        assert_eq!(address("192.0.2.1", &["127.0.0.1"], &[]), "192.0.2.1");
        assert_eq!(address("192.0.2.1", &["127.0.0.1"], &["10.0.0.0/8"]), "192.0.2.1");
        // The client forges the left end; the proxy appends what it saw.
        assert_eq!(address("10.0.0.1", &["127.0.0.1, 198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(
            address("10.0.0.1", &["127.0.0.1", "198.51.100.7, 10.0.0.2"], &["10.0.0.0/8"]),
            "198.51.100.7"
        );
        assert_eq!(address("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn who_comes_through_a_proxy_is_not_local() {
        assert!(asked("127.0.0.1", &[], &[]).is_local);
        assert!(asked("::ffff:127.0.0.1", &[], &[]).is_local);
        assert!(!asked("192.0.2.1", &[], &[]).is_local);
        assert!(!asked("127.0.0.1", &["192.0.2.1"], &[]).is_local);
        assert!(!asked("127.0.0.1", &["127.0.0.1"], &["127.0.0.1"]).is_local);
    }

    #[test]
    fn networks_hold_what_they_say() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        assert!(network("10.0.0.0/8").contains("10.255.0.1".parse().unwrap()));
        assert!(!network("10.0.0.0/8").contains("11.0.0.1".parse().unwrap()));
        assert!(network("0.0.0.0/0").contains("203.0.113.9".parse().unwrap()));
        assert!(network("::/0").contains("2001:db8::1".parse().unwrap()));
        assert!(!network("::/0").contains("203.0.113.9".parse().unwrap()));
        assert!(network("2001:db8::/32").contains("2001:db8:ffff::1".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
