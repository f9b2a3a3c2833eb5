use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use uuid::Uuid;

use crate::{CredentialError, ProviderKey};

/// APNs refuses tokens older than an hour and does not want a new one more often than every 20 minutes.
const LIFETIME: Duration = Duration::from_mins(50);
const SHORTEST_LIFE: Duration = Duration::from_mins(20);
/// Machines that were started together should not mint together.
const JITTER_SECONDS: u64 = 120;

/// The provider token that all connections of one client share. Minting is under one lock, so that it happens once however many
/// notifications need it at the same time.
pub(crate) struct ProviderTokens {
    key: ProviderKey,
    lifetime: Duration,
    current: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<ProviderToken>,
    minted: Option<Moment>,
    issued_at: u64,
    mints: u64,
    last_renewal: Option<Instant>,
}

/// Both clocks: the wall clock may be set, the monotonic one stands still while a machine sleeps.
#[derive(Clone, Copy)]
struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

/// One minted token and which one it is.
#[derive(Clone)]
pub(crate) struct ProviderToken {
    /// `bearer <JWT>`, marked sensitive.
    pub(crate) header: HeaderValue,
    generation: u64,
}

impl ProviderTokens {
    pub(crate) fn new(key: ProviderKey) -> Self {
        let [random, ..] = *Uuid::new_v4().as_bytes();
        let jitter = Duration::from_secs(u64::from(random) * JITTER_SECONDS / 255);
        Self {
            key,
            lifetime: LIFETIME + jitter,
            current: Mutex::default(),
        }
    }

    /// The current token; minted if there is none yet or it is about 50 minutes old.
    pub(crate) fn current(&self) -> Result<ProviderToken, CredentialError> {
        let mut state = self.lock();
        if state
            .minted
            .is_some_and(|minted| minted.age() < self.lifetime)
            && let Some(token) = &state.token
        {
            return Ok(token.clone());
        }
        self.mint(&mut state)
    }

    /// The token to use after APNs called this one expired. Of many callers with the same expired token one mints, the others get
    /// what it minted. `None` if a renewal was tried less than 20 minutes ago: then the clock is wrong, and more tokens would only
    /// earn TooManyProviderTokenUpdates.
    pub(crate) fn renew(
        &self,
        expired: &ProviderToken,
    ) -> Result<Option<ProviderToken>, CredentialError> {
        let mut state = self.lock();
        if let Some(token) = &state.token
            && token.generation != expired.generation
        {
            return Ok(Some(token.clone()));
        }
        if state
            .last_renewal
            .is_some_and(|at| at.elapsed() < SHORTEST_LIFE)
        {
            return Ok(None);
        }
        let token = self.mint(&mut state)?;
        state.last_renewal = Some(Instant::now());
        Ok(Some(token))
    }

    /// How many tokens were minted, and the age of the current one.
    pub(crate) fn statistics(&self) -> (u64, Option<Duration>) {
        let state = self.lock();
        (state.mints, state.minted.map(Moment::age))
    }

    fn mint(&self, state: &mut State) -> Result<ProviderToken, CredentialError> {
        let now = Moment {
            monotonic: Instant::now(),
            wall: SystemTime::now(),
        };
        let seconds = now
            .wall
            .duration_since(UNIX_EPOCH)
            .map_err(|_| CredentialError::Signing)?
            .as_secs();
        // Two tokens of the same second would be the same token: the signature is deterministic.
        let issued_at = if seconds == state.issued_at {
            seconds + 1
        } else {
            seconds
        };
        let token = self.key.sign(issued_at)?;
        let mut header = HeaderValue::try_from(format!("bearer {token}"))
            .map_err(|_| CredentialError::Signing)?;
        header.set_sensitive(true);
        state.mints += 1;
        let token = ProviderToken {
            header,
            generation: state.mints,
        };
        state.token = Some(token.clone());
        state.minted = Some(now);
        state.issued_at = issued_at;
        tracing::debug!(
            key_id = self.key.key_id(),
            mints = state.mints,
            "minted a provider token"
        );
        Ok(token)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moment {
    fn age(self) -> Duration {
        let wall = self.wall.elapsed().unwrap_or_default();
        self.monotonic.elapsed().max(wall)
    }
}
