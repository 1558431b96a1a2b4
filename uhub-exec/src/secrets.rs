//! Reading the secrets that a job names (DOMAIN §8).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use uhub_core::ports::secrets::{SecretError, SecretSource, SecretValue};

use crate::redact;

/// How long a source may take for one secret.
const PATIENCE: Duration = Duration::from_secs(10);

/// The sources of a worker's secrets. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Secrets {
    sources: BTreeMap<String, Arc<dyn SecretSource>>,
    patience: Duration,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { sources: BTreeMap::new(), patience: PATIENCE }
    }
}

impl Secrets {
    /// No source yet: a job that names a secret fails before it starts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with `source` for the references of its scheme.
    #[must_use]
    pub fn with(mut self, source: Arc<dyn SecretSource>) -> Self {
        self.sources.insert(source.scheme().to_owned(), source);
        self
    }

    /// The same, with sources that may take so long for each secret; 10 seconds by default.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Reads all that `references` names, by variable; all of them or none. What is too short or too long to be masked in
    /// logs counts as unreadable.
    ///
    /// # Errors
    /// [`SecretError`] of a reference that cannot be read. It names the reference, never a value.
    pub async fn resolve(
        &self,
        references: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, SecretValue>, SecretError> {
        let reads = references.iter().map(|(variable, reference)| async move {
            let value = self.read(reference).await?;
            Ok((variable, reference, value))
        });
        let mut all = BTreeMap::new();
        let mut room = redact::LONGEST;
        for (variable, reference, value) in try_join_all(reads).await? {
            room = room.checked_sub(value.reveal().len()).ok_or_else(|| SecretError {
                reference: reference.clone(),
                reason: redact::Unmaskable::TooLong.to_string(),
            })?;
            all.insert(variable.clone(), value);
        }
        Ok(all)
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let wrong = |reason: String| SecretError { reference: reference.to_owned(), reason };
        let Some((scheme, _)) = reference.split_once(':') else {
            return Err(wrong("does not begin with its source, such as `vault:`".to_owned()));
        };
        let Some(source) = self.sources.get(scheme) else {
            return Err(wrong(format!("this worker has no source for `{scheme}:`")));
        };
        let value = match tokio::time::timeout(self.patience, source.read(reference)).await {
            Ok(read) => read?,
            Err(_) => {
                let patience = self.patience.as_secs_f32();
                return Err(wrong(format!("its source did not answer within {patience} s")));
            }
        };
        // What cannot be masked must not get as far as a log.
        redact::check(value.reveal()).map_err(|error| wrong(error.to_string()))?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use async_trait::async_trait;

    use super::*;

    #[derive(Debug)]
    struct Safe;

    #[async_trait]
    impl SecretSource for Safe {
        fn scheme(&self) -> &str {
            "safe"
        }

        async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
            match reference {
                "safe:slow" => std::future::pending().await,
                "safe:short" => Ok(SecretValue::new("abc".to_owned())),
                "safe:long" => Ok(SecretValue::new("x".repeat(redact::LONGEST + 1))),
                "safe:half" => Ok(SecretValue::new("x".repeat(redact::LONGEST / 2 + 1))),
                "safe:a" | "safe:b#c:d" => Ok(SecretValue::new(format!("value of {reference}"))),
                _ => Err(SecretError { reference: reference.to_owned(), reason: "sealed".to_owned() }),
            }
        }
    }

    async fn resolve(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, SecretValue>, SecretError> {
        let secrets = Secrets::new().with(Arc::new(Safe)).with_patience(Duration::from_millis(50));
        secrets.resolve(&pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()).await
    }

    #[tokio::test]
    async fn all_secrets_are_read_by_variable() {
        let read = resolve(&[("A", "safe:a"), ("B", "safe:b#c:d")]).await.unwrap();
        assert_eq!((read["A"].reveal(), read["B"].reveal()), ("value of safe:a", "value of safe:b#c:d"));
        assert!(resolve(&[]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn r26_all_together_must_be_few_enough_to_be_masked() {
        assert_eq!(resolve(&[("A", "safe:half")]).await.unwrap().len(), 1);
        let error = resolve(&[("A", "safe:half"), ("B", "safe:half")]).await.unwrap_err();
        assert!(error.to_string().contains("safe:half: is too long to be masked"), "{error}");
    }

    #[tokio::test]
    async fn r26_one_that_cannot_be_read_fails_all_and_is_named() {
        for (reference, reason) in [
            ("safe:gone", "sealed"),
            ("safe:slow", "did not answer"),
            ("safe:short", "too short to be masked"),
            ("safe:long", "too long to be masked"),
            ("vault:x#y", "no source for `vault:`"),
            ("hunter2", "does not begin with its source"),
        ] {
            let error = resolve(&[("A", "safe:a"), ("B", reference)]).await.unwrap_err();
            assert_eq!(error.reference, reference);
            assert!(error.to_string().contains(reason) && !error.to_string().contains("value of"), "{error}");
        }
    }
}
