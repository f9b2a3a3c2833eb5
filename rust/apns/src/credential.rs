use crate::{CertificateIdentity, ProviderKey};

/// How the client proves to APNs who it is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A `.p8` key: each request carries a token signed with it. One key serves many apps of one team.
    Token(ProviderKey),
    /// A certificate, shown when the connection is opened. It serves one app.
    Certificate(CertificateIdentity),
}

/// A key or certificate that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The team ID is not ten letters and digits.
    #[error(
        "team ID must be the 10 letters and digits of the membership page of the developer account"
    )]
    BadTeamId,
    /// The key ID is not ten letters and digits.
    #[error("key ID must be the 10 letters and digits in the name of the file AuthKey_<key ID>.p8")]
    BadKeyId,
    /// No private key in PEM form.
    #[error(
        "not a .p8 key: expected a file that begins with -----BEGIN PRIVATE KEY-----; upload the file as Apple gave it"
    )]
    NotAKey,
    /// A certificate, public key or another PEM block where the private key should be.
    #[error("this file holds a {found}, not a private key: use the AuthKey_<key ID>.p8 file")]
    WrongPem {
        /// What the file says it is.
        found: String,
    },
    /// A private key, but not one on the curve P-256.
    #[error(
        "this private key is not a P-256 key: APNs wants the AuthKey_<key ID>.p8 file of the developer account, not an RSA or other key"
    )]
    NotP256,
    /// PEM armour without a readable key inside.
    #[error("the private key is damaged or cut short: download or copy the .p8 file again")]
    DamagedKey,
    /// The bytes are not a PKCS#12 file.
    #[error(
        "not a .p12 file, or a damaged one: export certificate and key again from Keychain Access"
    )]
    NotP12,
    /// The password does not open the file.
    #[error("wrong password for this .p12 file: use the one that was given on export")]
    WrongPassword,
    /// An encryption that is not supported.
    #[error(
        "this .p12 file uses an encryption that is not supported: export it again with AES-256 or from Keychain Access"
    )]
    UnsupportedP12,
    /// No private key for any certificate in the file.
    #[error(
        "no private key in this file: export the certificate together with its key (in Keychain Access select both)"
    )]
    NoPrivateKey,
    /// No certificate in the file.
    #[error("no certificate in this file: export the certificate together with its key")]
    NoCertificate,
    /// The key belongs to another certificate.
    #[error(
        "the private key does not belong to the certificate: use the key that the certificate was requested with"
    )]
    KeyMismatch,
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: download it again from the developer account")]
    BadCertificate,
    /// The certificate is past its end.
    #[error(
        "the certificate expired at {not_after} (seconds since 1970): renew it in the developer account"
    )]
    Expired {
        /// When, in seconds since 1970.
        not_after: i64,
    },
    /// The clock is before 1970 or signing failed.
    #[error("the provider token could not be signed: check this machine's clock")]
    Signing,
}
