//! Which credential sends: by app, environment and topic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zpns_protocol::Environment;

use crate::clock;
use crate::model::Credential;
use crate::store::{Store, StoreError};

/// How long a list of credentials is used before it is read again. The command line changes it beside a running gateway.
const FRESH: Duration = Duration::from_secs(1);

/// An app's credentials, and when they were read.
type List = (Instant, Arc<[Credential]>);

/// The apps' credentials, as of a moment ago.
#[derive(Debug)]
pub(super) struct CredentialCache {
    store: Arc<Store>,
    lists: Mutex<HashMap<String, List>>,
}

impl CredentialCache {
    /// Empty.
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            lists: Mutex::default(),
        }
    }

    /// The credential for this topic in this environment, or what is missing.
    pub(super) async fn choose(
        &self,
        app: &str,
        environment: Environment,
        topic: &str,
    ) -> Result<Result<Credential, String>, StoreError> {
        let recent = self
            .lists
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(app)
            .cloned();
        if let Some((read, list)) = recent
            && read.elapsed() < FRESH
            && let Ok(credential) = choose(&list, environment, topic, clock::now_ms())
        {
            return Ok(Ok(credential.clone()));
        }
        // A miss is never answered from memory: the credential may have been added just now.
        let list: Arc<[Credential]> = self.store.credentials(Some(app)).await?.into();
        self.lists
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(app.to_owned(), (Instant::now(), Arc::clone(&list)));
        Ok(choose(&list, environment, topic, clock::now_ms()).cloned())
    }
}

/// Newest first in the list; one that names the topic is preferred to one for all topics.
fn choose<'a>(
    list: &'a [Credential],
    environment: Environment,
    topic: &str,
    now: u64,
) -> Result<&'a Credential, String> {
    let fitting = || list.iter().filter(|c| c.scope.covers(environment, topic));
    let valid = || fitting().filter(|c| c.not_after.is_none_or(|end| now < end));
    if let Some(credential) = valid()
        .find(|c| c.scope.names(topic))
        .or_else(|| valid().next())
    {
        return Ok(credential);
    }
    Err(if fitting().next().is_some() {
        format!(
            "The certificate for {topic} in {environment} has expired: renew it in the developer account and add it with `zpns credential add-p12`."
        )
    } else {
        format!(
            "No credential of this app covers {topic} in {environment}: add one with `zpns credential add-p8` or `zpns credential add-p12`."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CredentialKind, CredentialScope};

    fn credential(id: &str, topics: &[&str], not_after: Option<u64>) -> Credential {
        let scope = CredentialScope {
            kind: CredentialKind::Certificate,
            team: None,
            key_id: None,
            environments: vec![Environment::Production],
            topics: topics.iter().map(|&t| t.to_owned()).collect(),
        };
        Credential {
            id: id.into(),
            app: "a".into(),
            scope,
            not_after,
            created_at: 0,
        }
    }

    #[test]
    fn a_credential_that_names_the_topic_is_preferred() {
        let list = [
            credential("wide", &["*"], None),
            credential("narrow", &["com.example.voip"], None),
        ];
        assert_eq!(
            choose(&list, Environment::Production, "com.example.voip", 0)
                .unwrap()
                .id,
            "narrow"
        );
    }

    #[test]
    fn an_expired_certificate_is_not_used_and_the_advice_says_so() {
        let list = [credential("old", &["com.example.voip"], Some(10))];
        assert!(choose(&list, Environment::Production, "com.example.voip", 9).is_ok());
        assert!(
            choose(&list, Environment::Production, "com.example.voip", 10)
                .unwrap_err()
                .contains("expired")
        );
    }

    #[test]
    fn a_missing_environment_is_named_in_the_advice() {
        let list = [credential("c", &["com.example.voip"], None)];
        let advice = choose(&list, Environment::Development, "com.example.voip", 0).unwrap_err();
        assert!(
            advice.contains("com.example.voip in development"),
            "{advice}"
        );
    }
}
