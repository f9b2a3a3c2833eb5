//! Keys and certificates: what opens, what does not, and what certificates say about themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use support::{BUNDLE, KEY, TEAM, VOIP, bench};
use zpns_apns::{
    CertificateIdentity, Client, ClientConfig, Credential, CredentialError, Environment,
    ProviderKey, SendError,
};
use zpns_apns_sim::{CertificatePair, CertificateRequest};

fn p8() -> String {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .unwrap()
        .serialize_pem()
}

fn error(pem: &str, team: &str, key: &str) -> CredentialError {
    ProviderKey::from_p8(pem.as_bytes(), team, key).unwrap_err()
}

#[test]
fn a_p8_file_opens_also_with_windows_line_ends_and_text_around_it() {
    let pem = p8();
    for text in [
        pem.clone(),
        pem.replace('\n', "\r\n"),
        format!("\u{feff}my key\n{pem}\n"),
    ] {
        assert!(
            ProviderKey::from_p8(text.as_bytes(), TEAM, KEY).is_ok(),
            "{}",
            text.len()
        );
    }
}

#[test]
fn ids_that_are_not_ten_letters_and_digits_are_refused_by_name() {
    let pem = p8();
    for id in [
        "",
        "short",
        "ELEVEN12345",
        "TEAM 12345",
        "TEAM-12345",
        "TÉAM12345",
    ] {
        assert_eq!(error(&pem, id, KEY), CredentialError::BadTeamId, "{id}");
        assert_eq!(error(&pem, TEAM, id), CredentialError::BadKeyId, "{id}");
    }
}

#[test]
fn files_that_are_no_key_are_refused_with_what_they_are() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&key)
        .unwrap()
        .pem();
    assert_eq!(error("", TEAM, KEY), CredentialError::NotAKey);
    assert_eq!(error("hello", TEAM, KEY), CredentialError::NotAKey);
    assert_eq!(
        error(&certificate, TEAM, KEY),
        CredentialError::WrongPem {
            found: "certificate".into()
        }
    );
    assert_eq!(
        error(&key.public_key_pem(), TEAM, KEY),
        CredentialError::WrongPem {
            found: "public key".into()
        }
    );
}

#[test]
fn keys_on_other_curves_are_refused_as_such() {
    for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let pem = KeyPair::generate_for(algorithm).unwrap().serialize_pem();
        assert_eq!(error(&pem, TEAM, KEY), CredentialError::NotP256);
    }
}

#[test]
fn a_key_that_was_cut_short_is_called_damaged() {
    let pem = p8();
    let lines: Vec<_> = pem.lines().collect();
    let without_a_line = [&lines[..1], &lines[2..]].concat().join("\n");
    let without_its_end = lines[..2].join("\n");
    let without_content = format!("{}\n{}", lines[0], lines[lines.len() - 1]);
    for text in [without_a_line, without_its_end, without_content] {
        assert_eq!(
            error(&text, TEAM, KEY),
            CredentialError::DamagedKey,
            "{text}"
        );
    }
}

#[test]
fn debug_of_a_key_shows_its_ids_only() {
    let pem = p8();
    let shown = format!(
        "{:?}",
        ProviderKey::from_p8(pem.as_bytes(), TEAM, KEY).unwrap()
    );
    assert_eq!(
        shown,
        format!("ProviderKey {{ team_id: {TEAM:?}, key_id: {KEY:?}, .. }}")
    );
}

/// Sends a call and an alert with this certificate.
async fn assert_works(bench: &support::Bench, identity: CertificateIdentity) {
    let client = Client::new(ClientConfig {
        credential: Credential::Certificate(identity),
        ..bench.config()
    })
    .unwrap();
    client.send(bench.voip()).await.unwrap();
    client.send(bench.alert()).await.unwrap();
    for entry in bench.log() {
        assert_eq!(entry["auth"], "certificate");
    }
}

#[tokio::test]
async fn a_certificate_sends_without_a_provider_token() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let both = format!("{}{}", pair.key_pem, pair.certificate_pem);
    assert_works(
        &bench,
        CertificateIdentity::from_pem(both.as_bytes(), both.as_bytes()).unwrap(),
    )
    .await;
}

#[tokio::test]
async fn a_p12_file_with_aes_opens_and_sends() {
    let bench = bench().await;
    let p12 = bench
        .simulator
        .mint_p12(&CertificateRequest::for_app(BUNDLE), "pässword")
        .unwrap();
    assert_works(
        &bench,
        CertificateIdentity::from_p12(&p12, "pässword").unwrap(),
    )
    .await;
}

#[tokio::test]
async fn a_p12_file_with_triple_des_opens_and_sends() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let p12 = pack(
        &pair,
        "secret",
        EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
    );
    assert_works(
        &bench,
        CertificateIdentity::from_p12(&p12, "secret").unwrap(),
    )
    .await;
}

#[tokio::test]
async fn a_p12_file_with_rc2_as_keychain_access_writes_it_opens_and_sends() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let Some(p12) = openssl_legacy(&pair, "secret") else {
        return;
    };
    assert_eq!(
        CertificateIdentity::from_p12(&p12, "wrong").unwrap_err(),
        CredentialError::WrongPassword
    );
    assert_works(
        &bench,
        CertificateIdentity::from_p12(&p12, "secret").unwrap(),
    )
    .await;
}

/// `None` if there is no openssl on this machine.
fn openssl_legacy(pair: &CertificatePair, password: &str) -> Option<Vec<u8>> {
    let password = format!("pass:{password}");
    let arguments = [
        "pkcs12",
        "-export",
        "-legacy",
        "-certpbe",
        "PBE-SHA1-RC2-40",
        "-passout",
        &password,
    ];
    let openssl = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut openssl) = openssl else {
        eprintln!("SKIPPED: there is no openssl to write an RC2 file with");
        return None;
    };
    write!(
        openssl.stdin.take().unwrap(),
        "{}{}",
        pair.key_pem,
        pair.certificate_pem
    )
    .unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

fn pack(pair: &CertificatePair, password: &str, algorithm: EncryptionAlgorithm) -> Vec<u8> {
    let certificate = Certificate::from_der(
        &CertificateDer::from_pem_slice(pair.certificate_pem.as_bytes()).unwrap(),
    )
    .unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_slice(pair.key_pem.as_bytes()).unwrap();
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new(
        "apns",
        PrivateKey::from_der(key.secret_pkcs8_der()).unwrap(),
        [certificate],
    );
    store.add_entry("apns", KeyStoreEntry::PrivateKeyChain(chain));
    let writer = store
        .writer(password)
        .encryption_algorithm(algorithm)
        .encryption_iterations(2048);
    writer
        .mac_algorithm(MacAlgorithm::HmacSha1)
        .mac_iterations(2048)
        .write()
        .unwrap()
}

#[tokio::test]
async fn a_certificate_states_topics_environments_validity_and_fingerprint() {
    let bench = bench().await;
    let request = CertificateRequest {
        environments: vec![Environment::Production],
        not_before: 1_700_000_000,
        not_after: 4_000_000_000,
        ..CertificateRequest::for_app(BUNDLE)
    };
    let pair = bench.simulator.mint_certificate(&request).unwrap();
    let identity =
        CertificateIdentity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes())
            .unwrap();
    let facts = identity.facts();
    assert_eq!(facts.topics, [BUNDLE, VOIP]);
    assert_eq!(facts.environments, [Environment::Production]);
    assert_eq!(
        (facts.not_before, facts.not_after),
        (1_700_000_000, 4_000_000_000)
    );
    assert!(
        facts
            .subject
            .contains("Apple Push Services: com.example.app"),
        "{}",
        facts.subject
    );
    assert_eq!(facts.fingerprint.len(), 64);
    let shown = format!("{identity:?}");
    assert!(!shown.contains("PRIVATE") && shown.contains(&facts.fingerprint));
}

/// A certificate of the kind that names its only topic in the subject, and marks no environment.
#[test]
fn an_older_certificate_states_its_topic_in_the_subject_and_serves_both_environments() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(
        rcgen::DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]),
        VOIP,
    );
    let certificate = params.self_signed(&key).unwrap();
    let identity =
        CertificateIdentity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes())
            .unwrap();
    assert_eq!(identity.facts().topics, [VOIP]);
    assert_eq!(identity.facts().environments, Environment::ALL);
}

#[tokio::test]
async fn p12_files_that_do_not_open_each_have_their_own_error() {
    let bench = bench().await;
    let p12 = bench
        .simulator
        .mint_p12(&CertificateRequest::for_app(BUNDLE), "right")
        .unwrap();
    let open =
        |bytes: &[u8], password: &str| CertificateIdentity::from_p12(bytes, password).unwrap_err();
    assert_eq!(open(&p12, "wrong"), CredentialError::WrongPassword);
    assert_eq!(open(&p12, ""), CredentialError::WrongPassword);
    assert_eq!(open(b"", ""), CredentialError::NotP12);
    assert_eq!(
        open(b"-----BEGIN CERTIFICATE-----", ""),
        CredentialError::NotP12
    );
    assert_eq!(
        open(&p12[..p12.len() / 2], "right"),
        CredentialError::NotP12
    );
}

#[tokio::test]
async fn a_p12_file_without_its_key_says_so() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let certificate = Certificate::from_der(
        &CertificateDer::from_pem_slice(pair.certificate_pem.as_bytes()).unwrap(),
    )
    .unwrap();
    let mut store = KeyStore::new();
    store.add_entry("apns", KeyStoreEntry::Certificate(certificate));
    let p12 = store
        .writer("secret")
        .encryption_iterations(2048)
        .mac_iterations(2048)
        .write()
        .unwrap();
    assert_eq!(
        CertificateIdentity::from_p12(&p12, "secret").unwrap_err(),
        CredentialError::NoPrivateKey
    );
}

#[tokio::test]
async fn an_expired_certificate_says_since_when() {
    let bench = bench().await;
    let request = CertificateRequest {
        not_before: 1_600_000_000,
        not_after: 1_700_000_000,
        ..CertificateRequest::for_app(BUNDLE)
    };
    let p12 = bench.simulator.mint_p12(&request, "secret").unwrap();
    assert_eq!(
        CertificateIdentity::from_p12(&p12, "secret").unwrap_err(),
        CredentialError::Expired {
            not_after: 1_700_000_000
        }
    );
}

#[tokio::test]
async fn pem_files_that_do_not_fit_together_are_refused() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let other = p8();
    let open = |certificate: &str, key: &str| {
        CertificateIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err()
    };
    assert_eq!(
        open(&pair.certificate_pem, &other),
        CredentialError::KeyMismatch
    );
    assert_eq!(
        open(&pair.certificate_pem, "nothing"),
        CredentialError::NoPrivateKey
    );
    assert_eq!(
        open(&pair.certificate_pem, &pair.certificate_pem),
        CredentialError::NoPrivateKey
    );
    assert_eq!(
        open("nothing", &pair.key_pem),
        CredentialError::NoCertificate
    );
}

#[tokio::test]
async fn a_certificate_that_apns_does_not_accept_fails_without_hanging() {
    let bench = bench().await;
    let stranger = support::bench().await;
    let pair = stranger
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let identity =
        CertificateIdentity::from_pem(pair.certificate_pem.as_bytes(), pair.key_pem.as_bytes())
            .unwrap();
    let client = Client::new(ClientConfig {
        credential: Credential::Certificate(identity),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(matches!(error, SendError::Transport { .. }), "{error}");
    assert!(bench.log().is_empty());
}
