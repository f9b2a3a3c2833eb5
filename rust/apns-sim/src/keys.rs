use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderValue;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::Deserialize;
use zpns_protocol::Environment;

use crate::SimulatorError;
use crate::rejection::{INVALID_PROVIDER_TOKEN, Rejection};

/// How many verified tokens are remembered.
const CACHE: usize = 1024;

/// A provider key of some developer account: what may be sent with it.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) team_id: String,
    pub(crate) environments: Vec<Environment>,
    topics: Vec<String>,
    public: DecodingKey,
}

impl Key {
    /// A key for a bundle ID covers its other topics, such as `.voip`, too. A key without topics covers all.
    pub(crate) fn covers(&self, topic: &str) -> bool {
        let within = |own: &String| {
            topic
                .strip_prefix(own.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.topics.is_empty() || self.topics.iter().any(within)
    }
}

/// A provider token whose signature was checked.
pub(crate) struct Verified {
    pub(crate) key: Arc<Key>,
    /// Seconds since 1970.
    pub(crate) issued_at: u64,
    expired: AtomicBool,
}

impl Verified {
    /// Whether [`Keys::expire`] was called since it was first seen.
    pub(crate) fn is_expired(&self) -> bool {
        self.expired.load(Ordering::Relaxed)
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    iat: u64,
}

/// All provider keys, and the tokens that were verified with them.
#[derive(Default)]
pub(crate) struct Keys {
    keys: RwLock<HashMap<String, Arc<Key>>>,
    verified: RwLock<HashMap<HeaderValue, Arc<Verified>>>,
}

impl Keys {
    /// Makes a key, keeps its public half and returns its private half as the `.p8` file that Apple would give.
    pub(crate) fn mint(
        &self,
        team_id: &str,
        key_id: &str,
        environments: &[Environment],
        topics: &[&str],
    ) -> Result<String, SimulatorError> {
        for (what, text) in [("team ID", team_id), ("key ID", key_id)] {
            if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(SimulatorError::BadIdentifier { what });
            }
        }
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map_err(|error| SimulatorError::Mint(error.to_string()))?;
        let public = DecodingKey::from_ec_der(pair.public_key_raw());
        let key = Key {
            id: key_id.to_owned(),
            team_id: team_id.to_owned(),
            environments: environments.to_vec(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            public,
        };
        self.keys
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key_id.to_owned(), Arc::new(key));
        Ok(pair.serialize_pem())
    }

    /// Checks signature, key and team of an `authorization` header. Age and scope depend on the request and are left to the caller.
    pub(crate) fn verify(&self, authorization: &HeaderValue) -> Result<Arc<Verified>, Rejection> {
        if let Some(known) = self
            .verified
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(authorization)
        {
            return Ok(known.clone());
        }
        // Not under a lock: two connections may check the same new token at the same time.
        let verified = Arc::new(self.check(authorization).ok_or(INVALID_PROVIDER_TOKEN)?);
        let mut cache = self
            .verified
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHE {
            cache.clear();
        }
        Ok(cache
            .entry(authorization.clone())
            .or_insert(verified)
            .clone())
    }

    /// From now on every token that was seen so far is expired.
    pub(crate) fn expire(&self) {
        for verified in self
            .verified
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            verified.expired.store(true, Ordering::Relaxed);
        }
    }

    fn check(&self, authorization: &HeaderValue) -> Option<Verified> {
        let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
        let header = decode_header(token)
            .ok()
            .filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
        let key = self
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&header.kid?)
            .cloned()?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = decode::<Claims>(token, &key.public, &validation)
            .ok()?
            .claims;
        (claims.iss == key.team_id).then_some(Verified {
            key,
            issued_at: claims.iat,
            expired: AtomicBool::new(false),
        })
    }
}
