use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{ConfigError, Credential, TrustRoots};

/// The one crypto provider of this crate. Never the process default: a library must not depend on who set that.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// TLS 1.2 or later with ALPN `h2`, showing the certificate if that is the credential.
pub(crate) fn configure(
    roots: &TrustRoots,
    credential: &Credential,
) -> Result<ClientConfig, ConfigError> {
    let platform = |error: rustls::Error| ConfigError::PlatformRoots(error.to_string());
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(platform)?;
    let verified = match roots {
        TrustRoots::Platform => builder.with_platform_verifier().map_err(platform)?,
        TrustRoots::Pem(pem) => builder.with_root_certificates(root_store(pem)?),
    };
    let mut config = match credential {
        Credential::Token(_) => verified.with_no_client_auth(),
        Credential::Certificate(identity) => {
            verified.with_client_cert_resolver(identity.resolver())
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn root_store(pem: &[u8]) -> Result<RootCertStore, ConfigError> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| ConfigError::BadRoots)?;
        store.add(certificate).map_err(|_| ConfigError::BadRoots)?;
    }
    if store.is_empty() {
        Err(ConfigError::BadRoots)
    } else {
        Ok(store)
    }
}
