//! Where secrets come from (DOMAIN §8).

use async_trait::async_trait;

use crate::model::RunId;

/// A secret's value. It has no `Display`, its `Debug` shows nothing, and it cannot be serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Takes a value in.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that hands it to the process.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretValue(***)")
    }
}

/// Why a secret could not be read. Names the reference, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secret {reference}: {reason}")]
pub struct SecretError {
    /// As the job names it.
    pub reference: String,
    /// What is wrong.
    pub reason: String,
}

impl SecretError {
    /// What is wrong with `reference`.
    pub fn new(reference: &str, reason: impl Into<String>) -> Self {
        Self { reference: reference.to_owned(), reason: reason.into() }
    }
}

/// What a source holds outside for a run that uses its secrets, such as a token of the run's own.
#[async_trait]
pub trait SecretLease: Send + Sync + std::fmt::Debug {
    /// Gives it back: the run is over. Where that fails, it must end by itself before long.
    async fn release(self: Box<Self>);
}

/// The secrets that a source gives to one run.
#[derive(Debug)]
pub struct Lent {
    /// In the order of the references.
    pub values: Vec<SecretValue>,
    /// What is to be given back when the run is over.
    pub lease: Option<Box<dyn SecretLease>>,
}

/// A source of secrets, asked after the claim and before the spawn.
#[async_trait]
pub trait SecretSource: Send + Sync + std::fmt::Debug {
    /// The word before the colon of the references that it serves, such as `vault`.
    fn scheme(&self) -> &str;

    /// Reads what `reference` names.
    ///
    /// # Errors
    /// [`SecretError`] where there is none, the source refuses, is sealed or takes too long.
    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError>;

    /// Reads all that `references` name, for one run. To be replaced by sources that hold something outside meanwhile.
    ///
    /// # Errors
    /// [`SecretError`] of the first that cannot be read; nothing is held then.
    async fn lend(&self, _run: RunId, references: &[&str]) -> Result<Lent, SecretError> {
        let mut values = Vec::with_capacity(references.len());
        for reference in references {
            values.push(self.read(reference).await?);
        }
        Ok(Lent { values, lease: None })
    }
}
