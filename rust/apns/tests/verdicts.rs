//! One push, one answer: what `send` returns for what APNs says.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use support::{BUNDLE, VOIP, bench};
use zpns_apns::{
    Class, Client, ClientConfig, Credential, Endpoint, Environment, Notification, ProviderKey,
    Reason, SendError, TrustRoots,
};
use zpns_apns_sim::{Faults, PushKind, ScriptedAnswer};

fn rejection(error: &SendError) -> (u16, &str, Class) {
    let rejection = error.rejection().unwrap();
    (
        rejection.status,
        rejection.reason.as_str(),
        rejection.class(),
    )
}

#[tokio::test]
async fn an_accepted_push_reaches_the_device_as_it_was_sent() {
    let bench = bench().await;
    let mut pushes = bench
        .simulator
        .pushes(&bench.device.device_id, None)
        .unwrap();
    let push = Notification {
        expiration: 4_000_000_000,
        collapse_id: Some("call-42".into()),
        ..bench.voip()
    };
    let (id, payload) = (push.apns_id, push.payload.clone());
    let accepted = bench.client().send(push).await.unwrap();
    assert_eq!(accepted.apns_id, id);
    let received = pushes.next().await.unwrap();
    assert_eq!(
        (
            received.kind,
            received.topic.as_str(),
            received.priority,
            received.expiration
        ),
        (PushKind::Voip, VOIP, 10, 4_000_000_000)
    );
    assert_eq!(
        (received.apns_id.as_str(), &received.payload),
        (id.to_string().as_str(), &payload)
    );
    let entry = bench.log().remove(0);
    assert_eq!(
        (&entry["auth"], &entry["keyID"], &entry["collapseID"]),
        (&"token".into(), &support::KEY.into(), &"call-42".into())
    );
}

#[tokio::test]
async fn the_development_host_gives_a_unique_id() {
    let bench = bench().await;
    assert!(
        bench
            .client()
            .send(bench.alert())
            .await
            .unwrap()
            .unique_id
            .is_some()
    );
}

#[tokio::test]
async fn a_token_sent_to_the_other_environment_is_not_called_dead() {
    let bench = bench().await;
    let client = Client::new(ClientConfig {
        endpoint: bench.endpoint(Environment::Production),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert_eq!(
        rejection(&error),
        (400, "BadDeviceToken", Class::WrongDeviceOrEnvironment)
    );
}

#[tokio::test]
async fn an_alert_token_under_the_voip_topic_is_told() {
    let bench = bench().await;
    let push = Notification {
        token: bench.device.tokens.apns.parse().unwrap(),
        ..bench.voip()
    };
    let error = bench.client().send(push).await.unwrap_err();
    assert_eq!(
        rejection(&error),
        (
            400,
            "DeviceTokenNotForTopic",
            Class::WrongDeviceOrEnvironment
        )
    );
}

#[tokio::test]
async fn a_key_of_the_other_environment_is_a_credential_problem() {
    let bench = bench().await;
    let p8 = bench
        .simulator
        .mint_key(support::TEAM, "PRODUCTION", &[Environment::Production], &[])
        .unwrap();
    let key = ProviderKey::from_p8(p8.as_bytes(), support::TEAM, "PRODUCTION").unwrap();
    let client = Client::new(ClientConfig {
        credential: Credential::Token(key),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert_eq!(
        rejection(&error),
        (403, "BadEnvironmentKeyIdInToken", Class::CredentialProblem)
    );
}

#[tokio::test]
async fn a_dead_token_comes_with_the_time_of_its_death() {
    let bench = bench().await;
    let gone = ScriptedAnswer {
        timestamp: Some(1_764_000_000_123),
        ..ScriptedAnswer::status(410)
    };
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, vec![gone])
        .unwrap();
    let error = bench.client().send(bench.voip()).await.unwrap_err();
    assert_eq!(rejection(&error), (410, "Unregistered", Class::DeviceGone));
    assert_eq!(
        error.rejection().unwrap().timestamp_ms,
        Some(1_764_000_000_123)
    );
}

#[tokio::test]
async fn a_busy_server_is_reported_and_not_retried_here() {
    let bench = bench().await;
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, vec![ScriptedAnswer::status(503)])
        .unwrap();
    let error = bench.client().send(bench.voip()).await.unwrap_err();
    assert_eq!(
        rejection(&error),
        (503, "ServiceUnavailable", Class::RetryLater)
    );
    assert_eq!(bench.log().len(), 1);
}

#[tokio::test]
async fn an_unknown_reason_is_passed_on_and_classified_by_its_status() {
    let bench = bench().await;
    let script = vec![
        ScriptedAnswer::rejected(400, "NewReason"),
        ScriptedAnswer::rejected(502, "NewReason"),
    ];
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, script)
        .unwrap();
    let client = bench.client();
    let heard = [
        client.send(bench.voip()).await.unwrap_err(),
        client.send(bench.voip()).await.unwrap_err(),
    ];
    assert_eq!(rejection(&heard[0]), (400, "NewReason", Class::Unknown));
    assert_eq!(rejection(&heard[1]), (502, "NewReason", Class::RetryLater));
    assert_eq!(
        heard[0].rejection().unwrap().reason,
        Reason::Unknown("NewReason".into())
    );
}

#[tokio::test]
async fn a_payload_that_is_too_large_is_not_sent() {
    let bench = bench().await;
    let push = Notification {
        payload: vec![b' '; 5121].into(),
        ..bench.voip()
    };
    let error = bench.client().send(push).await.unwrap_err();
    assert!(matches!(error, SendError::Notification(_)), "{error}");
    assert!(bench.log().is_empty());
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_ambiguous() {
    let bench = bench().await;
    bench
        .simulator
        .set_faults(Faults {
            delay_ms: 60_000,
            ..Faults::default()
        })
        .unwrap();
    let client = Client::new(ClientConfig {
        request_timeout: Duration::from_millis(300),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Timeout {
                ambiguous: true,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_push_that_waited_for_a_connection_until_its_time_was_up_was_not_processed() {
    let bench = bench().await;
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::new("localhost", silent.local_addr().unwrap().port());
    let client = Client::new(ClientConfig {
        endpoint,
        request_timeout: Duration::from_millis(200),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Timeout {
                ambiguous: false,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_does_not_finish_the_handshake_is_given_up() {
    let bench = bench().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::new("localhost", silent.local_addr().unwrap().port());
    let client = Client::new(ClientConfig {
        endpoint,
        connect_timeout: Duration::from_millis(100),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Transport {
                ambiguous: false,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    let bench = bench().await;
    let stranger = support::bench().await;
    let client = Client::new(ClientConfig {
        endpoint: stranger.endpoint(Environment::Development),
        ..bench.config()
    })
    .unwrap();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Transport {
                ambiguous: false,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("TLS"), "{error}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_fails_at_once_and_without_ambiguity() {
    let bench = bench().await;
    let config = bench.config();
    bench.simulator.shutdown().await;
    let error = Client::new(config)
        .unwrap()
        .send(other_push())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Transport {
                ambiguous: false,
                ..
            }
        ),
        "{error}"
    );
}

fn other_push() -> Notification {
    Notification::new(
        "ab".repeat(32).parse().unwrap(),
        BUNDLE,
        zpns_apns::PushType::Alert,
        "{}",
    )
}

#[tokio::test]
async fn configurations_that_cannot_work_are_refused() {
    let bench = bench().await;
    let bad = [
        ClientConfig {
            endpoint: Endpoint::new("https://api.push.apple.com", 443),
            ..bench.config()
        },
        ClientConfig {
            endpoint: Endpoint::new("", 443),
            ..bench.config()
        },
        ClientConfig {
            connections: 0,
            ..bench.config()
        },
        ClientConfig {
            roots: TrustRoots::Pem(b"nonsense".to_vec()),
            ..bench.config()
        },
    ];
    for config in bad {
        let shown = format!("{:?}", config.endpoint);
        assert!(Client::new(config).is_err(), "{shown}");
    }
}

#[tokio::test]
async fn the_platforms_trust_can_be_used() {
    let bench = bench().await;
    assert!(
        Client::new(ClientConfig {
            roots: TrustRoots::Platform,
            ..bench.config()
        })
        .is_ok()
    );
}

#[tokio::test]
async fn no_error_shows_the_token_or_the_payload() {
    let bench = bench().await;
    let push = Notification {
        payload: "{\"secret\":1}".into(),
        ..bench.voip()
    };
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, vec![ScriptedAnswer::status(400)])
        .unwrap();
    let error = bench.client().send(push).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains(&bench.device.tokens.voip) && !shown.contains("secret"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_connection_that_idled_too_long_is_replaced_and_the_push_sent_again() {
    let bench = bench().await;
    bench
        .simulator
        .script_token(
            &bench.device.tokens.voip,
            vec![ScriptedAnswer::rejected(400, "IdleTimeout")],
        )
        .unwrap();
    let client = bench.client();
    client.send(bench.voip()).await.unwrap();
    assert_eq!(client.statistics().connections_opened, 2);
}

#[tokio::test]
async fn a_server_that_shuts_down_is_left_for_another_connection() {
    let bench = bench().await;
    bench
        .simulator
        .script_token(
            &bench.device.tokens.voip,
            vec![ScriptedAnswer::rejected(503, "Shutdown")],
        )
        .unwrap();
    let client = bench.client();
    let error = client.send(bench.voip()).await.unwrap_err();
    assert_eq!(rejection(&error), (503, "Shutdown", Class::RetryLater));
    client.send(bench.voip()).await.unwrap();
    assert_eq!(client.statistics().connections_opened, 2);
}
