//! Which addresses webhooks may go to: those of the public internet, and what the operator allows besides.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// A host that webhooks may go to although it is not public, with the networks that its addresses must be in.
///
/// Written `HOST` or `HOST=NETWORK,NETWORK`: `ci.internal=10.1.0.0/16`. A name without a network gains nothing but plain
/// HTTP; a literal address stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAllow {
    host: Host,
    networks: Vec<IpNet>,
}

impl FromStr for WebhookAllow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, networks) = text.split_once('=').unwrap_or((text, ""));
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => Host::Ipv6(address),
            Err(_) => {
                Host::parse(host.trim_end_matches('.')).map_err(|_| format!("`{host}` is not a host"))?
            }
        };
        let mut networks = networks
            .split(',')
            .filter(|network| !network.is_empty())
            .map(|network| {
                let alone = network.parse::<IpAddr>().map(IpNet::from);
                alone.or_else(|_| network.parse()).map_err(|_| format!("`{network}` is not a network"))
            })
            .collect::<Result<Vec<IpNet>, _>>()?;
        match host {
            Host::Ipv4(address) => networks.push(IpAddr::V4(address).into()),
            Host::Ipv6(address) => networks.push(IpAddr::V6(address).into()),
            Host::Domain(_) => {}
        }
        Ok(Self { host, networks })
    }
}

/// All that the operator allows.
#[derive(Debug, Clone, Default)]
pub(super) struct AllowList(Vec<WebhookAllow>);

impl From<Vec<WebhookAllow>> for AllowList {
    fn from(list: Vec<WebhookAllow>) -> Self {
        Self(list)
    }
}

impl AllowList {
    fn names(&self, host: &Host<&str>) -> bool {
        self.0.iter().any(|allow| is_same(&allow.host, host))
    }

    fn admits(&self, host: &Host<&str>, address: IpAddr) -> bool {
        // A mapped address is the one that is connected to.
        let address = address.to_canonical();
        self.0
            .iter()
            .filter(|allow| is_same(&allow.host, host))
            .any(|allow| allow.networks.iter().any(|network| network.contains(&address)))
    }

    /// Refuses an address that `host` has, unless it is public or allowed.
    pub(super) fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String> {
        let parsed = Host::parse(host).map_err(|_| format!("{host} is not a host"))?;
        self.check(&borrowed(&parsed), address)
    }

    fn check(&self, host: &Host<&str>, address: IpAddr) -> Result<(), String> {
        match refusal(address) {
            Some(_) if self.admits(host, address) => Ok(()),
            Some(what) => {
                Err(format!("{host} is {what}, where webhooks may not go unless the operator allows it"))
            }
            None => Ok(()),
        }
    }

    /// Refuses what no request may be sent to, as far as the URL tells.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), String> {
        let Some(host) = url.host() else { return Err("the URL names no host".to_owned()) };
        match url.scheme() {
            "https" => {}
            "http" if self.names(&host) => {}
            "http" => return Err(format!("{host} must be reached by https, unless the operator allows it")),
            other => return Err(format!("a webhook cannot be sent by {other}, only by https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL may not hold a user or a password: name them as secrets".to_owned());
        }
        match host {
            Host::Ipv4(address) => self.check(&host, address.into()),
            Host::Ipv6(address) => self.check(&host, address.into()),
            Host::Domain(_) => Ok(()),
        }
    }
}

fn borrowed(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

fn is_same(known: &Host, host: &Host<&str>) -> bool {
    match (known, host) {
        (Host::Domain(known), Host::Domain(host)) => known == host.trim_end_matches('.'),
        _ => borrowed(known) == *host,
    }
}

/// What is special about an address, unless it is one of the public internet: by the registries of special addresses
/// (RFC 6890) and what transports them (RFC 4291, RFC 6052, RFC 3056).
fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => {
            SPECIAL_V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, what)| *what)
        }
        IpAddr::V6(address) => match SPECIAL_V6.iter().find(|(network, _)| network.contains(&address)) {
            Some((_, what)) => Some(what),
            None if PUBLIC_V6.contains(&address) => None,
            None => Some("a special address"),
        },
    }
}

/// The only range from which public IPv6 addresses are given out.
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

const SPECIAL_V4: [(Ipv4Net, &str); 17] = [
    (v4([0, 0, 0, 0], 8), "an unspecified address"),
    (v4([10, 0, 0, 0], 8), "a private address"),
    (v4([100, 64, 0, 0], 10), "an address shared behind carriers"),
    (v4([127, 0, 0, 0], 8), "a loopback address"),
    (v4([169, 254, 0, 0], 16), "a link-local address"),
    (v4([172, 16, 0, 0], 12), "a private address"),
    (v4([192, 0, 0, 0], 24), "a special address"),
    (v4([192, 0, 2, 0], 24), "a documentation address"),
    (v4([192, 31, 196, 0], 24), "a special address"),
    (v4([192, 52, 193, 0], 24), "a special address"),
    (v4([192, 88, 99, 0], 24), "a relay's address"),
    (v4([192, 168, 0, 0], 16), "a private address"),
    (v4([192, 175, 48, 0], 24), "a special address"),
    (v4([198, 18, 0, 0], 15), "a benchmarking address"),
    (v4([198, 51, 100, 0], 24), "a documentation address"),
    (v4([203, 0, 113, 0], 24), "a documentation address"),
    (v4([224, 0, 0, 0], 3), "a multicast, reserved or broadcast address"),
];

const SPECIAL_V6: [(Ipv6Net, &str); 13] = [
    (v6([0, 0, 0, 0], 96), "an unspecified, loopback or compatible address"),
    // ::ffff:0:0/96
    (Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), "a mapped address"),
    (v6([0x64, 0xff9b, 0, 0], 96), "a translated address"),
    (v6([0x64, 0xff9b, 1, 0], 48), "a translated address"),
    (v6([0x100, 0, 0, 0], 64), "a discarding address"),
    (v6([0x2001, 0, 0, 0], 23), "a special address"),
    (v6([0x2001, 0xdb8, 0, 0], 32), "a documentation address"),
    (v6([0x2002, 0, 0, 0], 16), "a 6to4 address"),
    (v6([0x3fff, 0, 0, 0], 20), "a documentation address"),
    (v6([0xfc00, 0, 0, 0], 7), "a private address"),
    (v6([0xfe80, 0, 0, 0], 10), "a link-local address"),
    (v6([0xfec0, 0, 0, 0], 10), "a site-local address"),
    (v6([0xff00, 0, 0, 0], 8), "a multicast address"),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 4], prefix: u8) -> Ipv6Net {
    let [a, b, c, d] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests;
