//! TLS of outgoing connections: rustls, with one provider of its cryptography, whatever else the process has chosen.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of authorities is missing or is not PEM.
    #[error("{file}: {reason}")]
    Authorities {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// rustls itself refuses.
    #[error("TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Trusts the authorities in the file `ca`, in PEM, and no others; without it, those of the system.
///
/// # Errors
/// [`TlsError`]. A system without authorities is none: only connections that need them fail.
pub(crate) fn client_config(ca: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            let wrong = |reason: String| TlsError::Authorities { file: file.display().to_string(), reason };
            let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
            for authority in found {
                roots.add(authority.map_err(|error| wrong(error.to_string()))?)?;
            }
            if roots.is_empty() {
                return Err(wrong("holds no certificate".to_owned()));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::debug!(%error, "an authority of the system cannot be read");
            }
            roots.add_parsable_certificates(found.certs);
        }
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
