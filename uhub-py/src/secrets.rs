//! Sources of secrets written in Python.

use std::sync::Arc;

use async_trait::async_trait;
use pyo3::prelude::*;
use uhub_core::ports::secrets::{SecretError, SecretSource, SecretValue};

/// A source whose values Python gives.
#[derive(Debug)]
pub(crate) struct PySecrets {
    scheme: String,
    shim: Arc<Py<PyAny>>,
}

impl PySecrets {
    /// The source behind `shim`, which has `scheme` and `read(reference)`.
    pub(crate) fn shared(py: Python<'_>, shim: Py<PyAny>) -> PyResult<Arc<dyn SecretSource>> {
        let scheme = shim.getattr(py, "scheme")?.extract(py)?;
        Ok(Arc::new(Self { scheme, shim: Arc::new(shim) }))
    }
}

#[async_trait]
impl SecretSource for PySecrets {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    async fn read(&self, reference: &str) -> Result<SecretValue, SecretError> {
        let (shim, asked) = (Arc::clone(&self.shim), reference.to_owned());
        // On a thread of its own: what Python does there may take its time.
        let read = tokio::task::spawn_blocking(move || {
            Python::attach(|py| {
                let value =
                    shim.call_method1(py, "read", (asked,)).and_then(|value| value.extract::<String>(py));
                // The kind of the exception only: its words may hold the value.
                value.map_err(|error| {
                    error.get_type(py).name().map_or_else(|_| "Exception".to_owned(), |name| name.to_string())
                })
            })
        });
        let read = read.await.map_err(|_| SecretError::new(reference, "the source stopped"))?;
        read.map(SecretValue::new)
            .map_err(|kind| SecretError::new(reference, format!("the source raised {kind}")))
    }
}
