//! What an operator sets up: apps, keys, resources. Used by the command line, `zpns dev` and tests.

use zeroize::Zeroizing;

use crate::auth::{api_key, user_token};
use crate::clock::now_ms;
use crate::credentials::Checked;
use crate::model::{App, Credential};
use crate::random;
use crate::refusal::Refusal;
use crate::seal::MasterKey;
use crate::store::Store;

/// What verifies the user tokens of a new app.
#[derive(Clone, Debug)]
pub enum UserTokens {
    /// A secret, made here.
    NewSecret,
    /// A secret that the backend has already.
    Secret(Zeroizing<String>),
    /// PEM of an ES256 or EdDSA public key.
    PublicKey(String),
}

/// Something can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The ID is taken.
    #[error(
        "an app with the ID {0} exists already: choose another --id, or see `zpns app show {0}`"
    )]
    AppExists(String),
    /// The ID can't be used.
    #[error("an app ID has 1 to 64 letters, digits, dots, hyphens or underscores")]
    AppId,
    /// The secret is too weak.
    #[error(
        "an app secret needs at least 32 characters (RFC 7518, section 3.2): leave it out to have one made"
    )]
    ShortSecret,
    /// Not a public key.
    #[error(
        "this is no ES256 (P-256) or EdDSA (Ed25519) public key in PEM: give the file that begins with -----BEGIN PUBLIC KEY-----"
    )]
    PublicKey,
    /// No such app.
    #[error(
        "there is no app {0}: `zpns app list` shows those there are, `zpns app create` makes one"
    )]
    NoSuchApp(String),
    /// An app without a secret.
    #[error(
        "the app {0} has no secret but a public key: mint its tokens with the private key that belongs to it"
    )]
    NoSecret(String),
    /// Database or keys.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl From<crate::store::StoreError> for SetupError {
    fn from(error: crate::store::StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<random::NoRandomness> for SetupError {
    fn from(error: random::NoRandomness) -> Self {
        Refusal::from(error).into()
    }
}

/// Makes an app. Returns it with its secret, if it has one.
pub async fn create_app(
    store: &Store,
    master: &MasterKey,
    id: Option<String>,
    name: String,
    tokens: UserTokens,
) -> Result<(App, Option<Zeroizing<String>>), SetupError> {
    let id = match id {
        Some(id) => id,
        None => format!("app-{}", random::fingerprint(&random::bytes::<16>()?)),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if !(1..=64).contains(&id.len()) || !id.bytes().all(plain) {
        return Err(SetupError::AppId);
    }
    let (secret, public_key) = match tokens {
        UserTokens::NewSecret => (Some(Zeroizing::new(random::secret()?)), None),
        UserTokens::Secret(secret) if secret.len() < 32 => return Err(SetupError::ShortSecret),
        UserTokens::Secret(secret) => (Some(secret), None),
        UserTokens::PublicKey(pem) if user_token::is_public_key(&pem) => (None, Some(pem)),
        UserTokens::PublicKey(_) => return Err(SetupError::PublicKey),
    };
    let sealed = secret
        .as_ref()
        .map(|text| master.seal(user_token::SECRET_PURPOSE, &id, text.as_bytes()))
        .transpose()?;
    let app = App {
        id: id.clone(),
        name,
        has_secret: secret.is_some(),
        public_key,
        created_at: now_ms(),
    };
    if store.add_app(app.clone(), sealed).await? {
        Ok((app, secret))
    } else {
        Err(SetupError::AppExists(id))
    }
}

/// The app's secret.
pub async fn app_secret(
    store: &Store,
    master: &MasterKey,
    app: &str,
) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let (_, sealed) = store
        .app(app)
        .await?
        .ok_or_else(|| SetupError::NoSuchApp(app.to_owned()))?;
    let sealed = sealed.ok_or_else(|| SetupError::NoSecret(app.to_owned()))?;
    Ok(master
        .open(user_token::SECRET_PURPOSE, app, &sealed)
        .map_err(Refusal::from)?)
}

/// The app, or an error that says where to look.
pub async fn known_app(store: &Store, app: &str) -> Result<App, SetupError> {
    Ok(store
        .app(app)
        .await?
        .ok_or_else(|| SetupError::NoSuchApp(app.to_owned()))?
        .0)
}

/// Makes an API key; its text is shown this once.
pub async fn create_key(
    store: &Store,
    app: &str,
    name: &str,
) -> Result<(String, crate::model::ApiKey), SetupError> {
    known_app(store, app).await?;
    let (text, key, sha256) = api_key::create(app, name)?;
    store.add_key(key.clone(), sha256).await?;
    Ok((text, key))
}

/// Stores a credential that was read from its files.
pub async fn add_credential(
    store: &Store,
    master: &MasterKey,
    app: &str,
    checked: Checked,
) -> Result<Credential, SetupError> {
    known_app(store, app).await?;
    let (credential, sealed) = checked.seal(app, master)?;
    store.add_credential(credential.clone(), sealed).await?;
    Ok(credential)
}
