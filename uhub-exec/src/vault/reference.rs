//! References to Vault's secrets.

/// `vault:mount/path#field`, or `vault:mount/path?version=3#field`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Where a KV v2 engine is mounted.
    pub(super) mount: &'a str,
    pub(super) path: &'a str,
    /// The latest without it.
    pub(super) version: Option<u64>,
    pub(super) field: &'a str,
}

impl<'a> Reference<'a> {
    /// Reads a reference. The mount is its first word; where `mounts` are given, the longest of these that it begins with.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(reference: &'a str, mounts: &[String]) -> Result<Self, String> {
        let form = || "is not of the form vault:mount/path#field".to_owned();
        let (place, field) =
            reference.strip_prefix("vault:").and_then(|rest| rest.rsplit_once('#')).ok_or_else(form)?;
        let (place, version) = match place.split_once('?') {
            Some((place, query)) => {
                let number = query.strip_prefix("version=").and_then(|number| number.parse().ok());
                (
                    place,
                    Some(number.filter(|number| *number > 0).ok_or("must ask for nothing but ?version=N")?),
                )
            }
            None => (place, None),
        };
        // What a URL would take apart or away.
        let sound = |word: &str| !matches!(word, "" | "." | "..") && !word.contains(['?', '#', '%', '\\']);
        if !place.split('/').all(sound) || field.is_empty() || place.chars().any(char::is_control) {
            return Err(form());
        }
        let (mount, path) = if mounts.is_empty() {
            place.split_once('/').ok_or_else(form)?
        } else {
            let within = |mount: &'_ String| {
                let path = place.strip_prefix(mount.as_str())?.strip_prefix('/')?;
                Some((place.split_at(mount.len()).0, path))
            };
            mounts
                .iter()
                .filter_map(within)
                .max_by_key(|(mount, _)| mount.len())
                .ok_or("lies in none of the mounts that the worker may read")?
        };
        Ok(Self { mount, path, version, field })
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_name_mount_path_version_and_field() {
        let parse = |text, mounts: &[&str]| {
            let mounts: Vec<_> = mounts.iter().map(|mount| (*mount).to_owned()).collect();
            Reference::parse(text, &mounts).map(|found| {
                (found.mount.to_owned(), found.path.to_owned(), found.version, found.field.to_owned())
            })
        };
        let found = |mount: &str, path: &str, version, field: &str| {
            Ok((mount.to_owned(), path.to_owned(), version, field.to_owned()))
        };
        assert_eq!(
            parse("vault:secret/app-x#db_password", &[]),
            found("secret", "app-x", None, "db_password")
        );
        assert_eq!(parse("vault:kv/a b/ü#f", &[]), found("kv", "a b/ü", None, "f"));
        assert_eq!(parse("vault:kv/a/b?version=3#f:g", &[]), found("kv", "a/b", Some(3), "f:g"));
        let mounts = ["team", "team/kv"];
        assert_eq!(parse("vault:team/kv/app#f", &mounts), found("team/kv", "app", None, "f"));
        assert_eq!(parse("vault:team/kvx/app#f", &mounts), found("team", "kvx/app", None, "f"));
        for (wrong, mounts, reason) in [
            ("vault:secret#f", &[][..], "not of the form"),
            ("vault:secret/app", &[], "not of the form"),
            ("vault:secret/app#", &[], "not of the form"),
            ("vault:secret//app#f", &[], "not of the form"),
            ("vault:secret/../sys/seal#f", &[], "not of the form"),
            ("vault:secret/%2e%2e/sys#f", &[], "not of the form"),
            ("vault:/secret/app#f", &[], "not of the form"),
            ("vault:secret/app?version=0#f", &[], "version"),
            ("vault:secret/app?list=true#f", &[], "version"),
            ("vault:other/app#f", &["team"], "none of the mounts"),
            ("vault:team#f", &["team"], "none of the mounts"),
        ] {
            let error = parse(wrong, mounts).unwrap_err();
            assert!(error.contains(reason), "{wrong}: {error}");
        }
    }
}
