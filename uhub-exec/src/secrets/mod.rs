//! Reading the secrets that a job names (DOMAIN §8).

mod env;
#[cfg(target_os = "linux")]
mod file;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::{join_all, try_join_all};
use uhub_core::{
    model::RunId,
    ports::secrets::{Lent, SecretError, SecretLease, SecretSource, SecretValue},
};

use crate::redact::{self, Redactor};

pub use env::EnvSecrets;
#[cfg(target_os = "linux")]
pub use file::FileSecrets;

/// How long a source may take for the secrets of a run.
const PATIENCE: Duration = Duration::from_secs(10);

/// The sources of a worker's secrets. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Secrets {
    sources: BTreeMap<String, Arc<dyn SecretSource>>,
    patience: Duration,
}

/// What a run was given.
#[derive(Debug)]
pub struct Resolved {
    /// By variable.
    pub values: BTreeMap<String, SecretValue>,
    /// Masks them.
    pub redactor: Redactor,
    /// To be given back when the run is over.
    pub leases: Leases,
}

impl Resolved {
    /// For a run that goes on although its secrets cannot be read any more: nothing that it says is kept.
    pub(crate) fn withheld() -> Self {
        Self { values: BTreeMap::new(), redactor: Redactor::of_everything(), leases: Leases::default() }
    }
}

/// What sources hold outside for a run.
#[derive(Debug, Default)]
pub struct Leases {
    held: Vec<Box<dyn SecretLease>>,
    patience: Duration,
}

impl Leases {
    /// Gives all of it back: the run is over. What cannot be given back ends by itself.
    pub async fn release(self) {
        let releases = self.held.into_iter().map(SecretLease::release);
        if tokio::time::timeout(self.patience, join_all(releases)).await.is_err() {
            tracing::warn!(
                "what the run's secrets were read with is not given back in time, and ends by itself"
            );
        }
    }
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

    /// The same, with sources that may take so long for a run; 10 seconds by default.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Reads all that `references` names, by variable, for one run; all of them or none. What is too short or too long to be
    /// masked in logs counts as unreadable.
    ///
    /// # Errors
    /// [`SecretError`] of a reference that cannot be read. It names the reference, never a value.
    pub async fn resolve(
        &self,
        run: RunId,
        references: &BTreeMap<String, String>,
    ) -> Result<Resolved, SecretError> {
        let mut by_source: BTreeMap<&str, Vec<(&String, &str)>> = BTreeMap::new();
        for (variable, reference) in references {
            let (scheme, _) = self.source(reference)?;
            by_source.entry(scheme).or_default().push((variable, reference));
        }
        let lends = by_source.values().map(|wanted| async move {
            let references: Vec<_> = wanted.iter().map(|(_, reference)| *reference).collect();
            Ok((wanted, self.lend(run, &references).await?))
        });
        let mut values = BTreeMap::new();
        let mut leases = Leases { held: Vec::new(), patience: self.patience };
        for (wanted, lent) in try_join_all(lends).await? {
            values.extend(wanted.iter().map(|(variable, _)| (*variable).clone()).zip(lent.values));
            leases.held.extend(lent.lease);
        }
        match redactor(references, &values) {
            Ok(redactor) => Ok(Resolved { values, redactor, leases }),
            Err(error) => {
                leases.release().await;
                Err(error)
            }
        }
    }

    fn source<'a>(&self, reference: &'a str) -> Result<(&'a str, &Arc<dyn SecretSource>), SecretError> {
        let Some((scheme, _)) = reference.split_once(':') else {
            return Err(SecretError::new(reference, "does not begin with its source, such as `vault:`"));
        };
        let source = self.sources.get(scheme).ok_or_else(|| {
            SecretError::new(reference, format!("this worker has no source for `{scheme}:`"))
        })?;
        Ok((scheme, source))
    }

    /// From the source of the first, which is that of all.
    async fn lend(&self, run: RunId, references: &[&str]) -> Result<Lent, SecretError> {
        let first = references.first().copied().unwrap_or_default();
        let (_, source) = self.source(first)?;
        let lent =
            tokio::time::timeout(self.patience, source.lend(run, references)).await.map_err(|_| {
                let patience = self.patience.as_secs_f32();
                SecretError::new(first, format!("its source did not answer within {patience} s"))
            })??;
        if lent.values.len() == references.len() {
            return Ok(lent);
        }
        if let Some(lease) = lent.lease {
            lease.release().await;
        }
        Err(SecretError::new(first, "its source gave another number of secrets than it was asked for"))
    }
}

/// What masks these values; what cannot be masked must not get as far as a log.
fn redactor(
    references: &BTreeMap<String, String>,
    values: &BTreeMap<String, SecretValue>,
) -> Result<Redactor, SecretError> {
    let mut room = redact::LONGEST;
    for (variable, value) in values {
        let reference = references.get(variable).map(String::as_str).unwrap_or_default();
        let value = value.reveal();
        redact::check(value).map_err(|error| SecretError::new(reference, error.to_string()))?;
        room = room
            .checked_sub(value.len())
            .ok_or_else(|| SecretError::new(reference, redact::Unmaskable::TooLong.to_string()))?;
        if value.contains('\0') {
            return Err(SecretError::new(reference, "holds a NUL character, which no variable can"));
        }
    }
    // Each was looked at, so that the one that is wrong could be named.
    Redactor::new(values.values()).map_err(|error| SecretError::new("of the run", error.to_string()))
}

#[cfg(test)]
mod tests;
