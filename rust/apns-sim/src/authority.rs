use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use zpns_protocol::Environment;

use crate::SimulatorError;
use crate::apple_extensions::Scope;

const NAMES: [&str; 4] = [
    "localhost",
    "api.push.apple.com",
    "api.sandbox.push.apple.com",
    "api.development.push.apple.com",
];
const USER_ID: &[u64] = &[0, 9, 2342, 19_200_300, 100, 1, 1];
const YEAR: Duration = Duration::from_hours(365 * 24);
const DAY: Duration = Duration::from_hours(24);
/// Enough for a file that never leaves a test.
const P12_ITERATIONS: u32 = 2048;

/// A client certificate to make.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    /// Its topics, the bundle ID first; add `<bundle ID>.voip` for VoIP.
    pub topics: Vec<String>,
    /// The environments that it marks.
    pub environments: Vec<Environment>,
    /// From when it is valid, in seconds since 1970; at the latest the year 9999.
    pub not_before: u64,
    /// Until when it is valid, in seconds since 1970; at the latest the year 9999.
    pub not_after: u64,
}

impl CertificateRequest {
    /// A certificate for an app's alerts and calls in both environments, valid from yesterday for a year.
    pub fn for_app(bundle_id: &str) -> Self {
        Self {
            topics: vec![bundle_id.to_owned(), format!("{bundle_id}.voip")],
            environments: Environment::ALL.to_vec(),
            not_before: since_1970(SystemTime::now() - DAY),
            not_after: since_1970(SystemTime::now() + YEAR),
        }
    }
}

/// A certificate and its private key, both PEM.
#[derive(Clone)]
pub struct CertificatePair {
    /// `-----BEGIN CERTIFICATE-----`
    pub certificate_pem: String,
    /// `-----BEGIN PRIVATE KEY-----` (PKCS#8)
    pub key_pem: String,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// The certificate authorities of one simulator: one for its servers, which providers trust, and one for client certificates,
/// which the servers trust.
pub(crate) struct Authority {
    servers: Issuer,
    clients: Issuer,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, SimulatorError> {
        Ok(Self {
            servers: issuer("APNs simulator, servers")?,
            clients: issuer("APNs simulator, clients")?,
        })
    }

    /// The authority that providers have to trust.
    pub(crate) fn server_ca_pem(&self) -> String {
        self.servers.pem()
    }

    /// TLS for one listener: HTTP/2 only, client certificates welcome.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, SimulatorError> {
        let mut params = CertificateParams::new(NAMES.map(str::to_owned)).map_err(mint)?;
        params
            .subject_alt_names
            .push(SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
        params
            .distinguished_name
            .push(DnType::CommonName, "APNs simulator");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        validity(
            &mut params,
            since_1970(SystemTime::now() - DAY),
            since_1970(SystemTime::now() + YEAR),
        );
        let key = KeyPair::generate().map_err(mint)?;
        let certificate = params.signed_by(&key, &self.servers).map_err(mint)?;

        let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.clients.der().clone()).map_err(mint)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let verifier = verifier.allow_unauthenticated().build().map_err(mint)?;
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(mint)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![certificate.der().clone()];
        let mut config = builder
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(mint)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    pub(crate) fn client_certificate(
        &self,
        request: &CertificateRequest,
    ) -> Result<CertificatePair, SimulatorError> {
        let (certificate, key) = self.issue(request)?;
        Ok(CertificatePair {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The same as a PKCS#12 file with AES-256.
    pub(crate) fn client_p12(
        &self,
        request: &CertificateRequest,
        password: &str,
    ) -> Result<Vec<u8>, SimulatorError> {
        let (certificate, key) = self.issue(request)?;
        let certificate = Certificate::from_der(certificate.der()).map_err(mint)?;
        let key = PrivateKey::from_der(key.serialized_der()).map_err(mint)?;
        let mut store = KeyStore::new();
        let chain = PrivateKeyChain::new("apns", key, [certificate]);
        store.add_entry("apns", KeyStoreEntry::PrivateKeyChain(chain));
        let writer = store
            .writer(password)
            .encryption_iterations(P12_ITERATIONS)
            .mac_iterations(P12_ITERATIONS);
        writer.write().map_err(mint)
    }

    fn issue(
        &self,
        request: &CertificateRequest,
    ) -> Result<(rcgen::Certificate, KeyPair), SimulatorError> {
        let Some(first) = request.topics.first() else {
            return Err(SimulatorError::BadRequest(
                "a certificate needs at least one topic".to_owned(),
            ));
        };
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CustomDnType(USER_ID.to_vec()), first.as_str());
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Apple Push Services: {first}"));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let scope = Scope {
            topics: request.topics.clone(),
            environments: request.environments.clone(),
        };
        params.custom_extensions = scope.extensions();
        validity(&mut params, request.not_before, request.not_after);
        let key = KeyPair::generate().map_err(mint)?;
        let certificate = params.signed_by(&key, &self.clients).map_err(mint)?;
        Ok((certificate, key))
    }
}

/// What the certificate that a provider showed may be used for.
pub(crate) fn scope(certificates: Option<&[CertificateDer<'_>]>) -> Option<Scope> {
    certificates?.first().and_then(|leaf| Scope::read(leaf))
}

fn issuer(name: &str) -> Result<Issuer, SimulatorError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(mint)?).map_err(mint)
}

fn validity(params: &mut CertificateParams, not_before: u64, not_after: u64) {
    /// 9999-12-31, the last day that X.509 knows.
    const END: u64 = 253_402_214_400;
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(not_before.min(END));
    params.not_after = epoch + Duration::from_secs(not_after.min(END));
}

fn since_1970(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

fn mint(error: impl std::fmt::Display) -> SimulatorError {
    SimulatorError::Mint(error.to_string())
}
