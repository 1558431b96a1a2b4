//! Which backends a worker has.

use std::{collections::BTreeMap, sync::Arc};

use uhub_core::{model::BackendKind, ports::exec::ExecutionBackend};

/// The backends of a worker, one of each kind. Embedders register their own, which the guardrails treat as the kind that
/// they declare (DOMAIN §7). Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Backends(BTreeMap<BackendKind, Arc<dyn ExecutionBackend>>);

impl Backends {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with `backend` in the place of any other of its kind.
    #[must_use]
    pub fn with(mut self, backend: Arc<dyn ExecutionBackend>) -> Self {
        self.0.insert(backend.kind(), backend);
        self
    }

    /// The backend of this kind.
    pub fn get(&self, kind: BackendKind) -> Option<&Arc<dyn ExecutionBackend>> {
        self.0.get(&kind)
    }

    /// The kinds that there are, in order.
    pub fn kinds(&self) -> Vec<BackendKind> {
        self.0.keys().copied().collect()
    }

    /// All of them, as [`Hub::with_backends`](uhub_core::Hub::with_backends) takes them.
    pub fn to_vec(&self) -> Vec<Arc<dyn ExecutionBackend>> {
        self.0.values().cloned().collect()
    }
}
