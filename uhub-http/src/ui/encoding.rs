//! Which form of a file a client wants: as it is, or compressed beforehand.

use axum::http::{HeaderMap, header};

/// A form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// The smallest first: of what a client likes equally, it gets that.
    pub(super) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// What it is called in headers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// What else it is called, by clients of long ago.
    const fn alias(self) -> Option<&'static str> {
        match self {
            Self::Gzip => Some("x-gzip"),
            Self::Brotli | Self::Identity => None,
        }
    }

    /// The end of the name of a file in this form.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// The forms that a client takes, the best first (RFC 9110 §12.5.3). Where it takes none that there is, a file as it is
/// serves it better than a refusal.
pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let wanted: Vec<(String, u16)> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(weighted)
        .collect();
    let weight = |name: &str| wanted.iter().find(|(one, _)| one == name).map(|(_, weight)| *weight);
    let mut forms: Vec<(u16, Encoding)> = Encoding::ALL
        .into_iter()
        .map(|form| {
            let own = weight(form.name()).or_else(|| form.alias().and_then(weight));
            // What is not named is not taken, but for the file as it is, which is taken as the last.
            let rest = u16::from(form == Encoding::Identity);
            (own.or_else(|| weight("*")).unwrap_or(rest), form)
        })
        .filter(|(weight, _)| *weight > 0)
        .collect();
    // Stable: among equals the smallest stays first.
    forms.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    forms.into_iter().map(|(_, form)| form).chain([Encoding::Identity])
}

/// `gzip;q=0.5` as a name and a weight of 0 to 10 000: the least that can be said is 10.
fn weighted(part: &str) -> Option<(String, u16)> {
    let mut words = part.split(';').map(str::trim);
    let name = words.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let weight = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q=")));
    let weight = match weight.map(str::parse::<f32>) {
        None => 1.0,
        Some(Ok(weight)) if (0.0..=1.0).contains(&weight) => weight,
        Some(_) => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10000")]
    let whole = (weight * 10_000.0).round() as u16;
    Some((name, whole))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn best(value: &str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        let mut names: Vec<_> = accepted(&headers).map(Encoding::name).collect();
        names.dedup();
        names
    }

    #[test]
    fn the_client_decides_then_the_size() {
        for (value, forms) in [
            ("gzip, deflate, br, zstd", &["br", "gzip", "identity"][..]),
            ("gzip", &["gzip", "identity"]),
            ("x-gzip", &["gzip", "identity"]),
            ("BR;q=0.5, gzip;q=0.8", &["gzip", "br", "identity"]),
            ("br;q=0, *", &["gzip", "identity"]),
            ("br;q=0.001", &["br", "identity"]),
            ("identity, br;q=0.5", &["identity", "br", "identity"]),
            ("*;q=0", &["identity"]),
            ("identity;q=0, br", &["br", "identity"]),
            ("br;q=2, gzip;q=x", &["identity"]),
            ("", &["identity"]),
            ("deflate", &["identity"]),
        ] {
            assert_eq!(best(value), forms, "{value}");
        }
        assert_eq!(accepted(&HeaderMap::new()).next(), Some(Encoding::Identity));
    }
}
