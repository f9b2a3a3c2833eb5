//! Who may send: provider tokens and certificates.
#![allow(clippy::unwrap_used)]

mod support;

use support::{BUNDLE, KEY, TEAM, VOIP, bearer, bench, bench_with, now};
use zpns_apns_sim::{CertificateRequest, Environment, SimulatorConfig};

#[tokio::test]
async fn a_push_without_a_provider_token_is_refused() {
    let bench = bench().await;
    let answer = bench.send(bench.alert().without("authorization")).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "MissingProviderToken")
    );
}

#[tokio::test]
async fn a_token_that_does_not_verify_is_refused() {
    let bench = bench().await;
    let other = bench
        .simulator
        .mint_key(TEAM, "OTHERKEY12", &Environment::ALL, &[])
        .unwrap();
    let mut cut = bench.token();
    cut.truncate(cut.len() - 4);
    let rows = [
        ("signed with another key", bearer(&other, TEAM, KEY, now())),
        (
            "unknown key ID",
            bearer(&bench.p8, TEAM, "UNKNOWN123", now()),
        ),
        ("another team", bearer(&bench.p8, "TEAM999999", KEY, now())),
        ("no bearer", bench.token().replace("bearer ", "")),
        ("another scheme", bench.token().replace("bearer", "basic")),
        ("cut short", cut),
        ("nonsense", "bearer nonsense".to_owned()),
        (
            "from tomorrow",
            bearer(&bench.p8, TEAM, KEY, now() + 86_400),
        ),
    ];
    for (what, token) in rows {
        let answer = bench
            .send(bench.alert().with("authorization", &token))
            .await;
        assert_eq!(
            (answer.status, answer.reason()),
            (403, "InvalidProviderToken"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_token_older_than_an_hour_is_expired() {
    let bench = bench().await;
    let token = bearer(&bench.p8, TEAM, KEY, now() - 3601);
    let answer = bench
        .send(bench.alert().with("authorization", &token))
        .await;
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "ExpiredProviderToken")
    );
    let token = bearer(&bench.p8, TEAM, KEY, now() - 3500);
    assert_eq!(
        bench
            .send(bench.alert().with("authorization", &token))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn tokens_that_were_told_to_expire_are_expired_and_later_ones_are_not() {
    let bench = bench().await;
    let old = bearer(&bench.p8, TEAM, KEY, now() - 10);
    assert_eq!(
        bench
            .send(bench.alert().with("authorization", &old))
            .await
            .status,
        200
    );
    bench.simulator.expire_provider_tokens();
    assert_eq!(
        bench
            .send(bench.alert().with("authorization", &old))
            .await
            .reason(),
        "ExpiredProviderToken"
    );
    assert_eq!(bench.send(bench.alert()).await.status, 200);
}

#[tokio::test]
async fn a_key_for_one_environment_is_refused_in_the_other() {
    let bench = bench().await;
    let p8 = bench
        .simulator
        .mint_key(TEAM, "PRODUCTION", &[Environment::Production], &[])
        .unwrap();
    let answer = bench
        .send(
            bench
                .alert()
                .with("authorization", &bearer(&p8, TEAM, "PRODUCTION", now())),
        )
        .await;
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "BadEnvironmentKeyIdInToken")
    );
}

#[tokio::test]
async fn a_key_for_some_topics_covers_their_calls_and_nothing_else() {
    let bench = bench().await;
    let p8 = bench
        .simulator
        .mint_key(TEAM, "TOPICKEY12", &Environment::ALL, &[BUNDLE])
        .unwrap();
    let token = bearer(&p8, TEAM, "TOPICKEY12", now());
    assert_eq!(
        bench
            .send(bench.voip().with("authorization", &token))
            .await
            .status,
        200
    );
    let other = bench
        .simulator
        .register_device("com.example.application", Environment::Development);
    let push = bench
        .alert()
        .with("authorization", &token)
        .with("apns-topic", "com.example.application")
        .to(&other.tokens.apns);
    let answer = bench.send(push).await;
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "InvalidProviderToken")
    );
}

#[tokio::test]
async fn another_key_on_a_live_connection_is_unrelated() {
    let bench = bench().await;
    let second = bench
        .simulator
        .mint_key(TEAM, "SECONDKEY1", &Environment::ALL, &[])
        .unwrap();
    let line = bench.connect().await;
    assert_eq!(line.send(bench.alert()).await.unwrap().status, 200);
    let answer = line
        .send(
            bench
                .alert()
                .with("authorization", &bearer(&second, TEAM, "SECONDKEY1", now())),
        )
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "UnrelatedKeyIdInToken")
    );
}

#[tokio::test]
async fn another_team_on_a_live_connection_is_refused() {
    let bench = bench().await;
    let second = bench
        .simulator
        .mint_key("TEAM222222", "SECONDKEY1", &Environment::ALL, &[])
        .unwrap();
    let line = bench.connect().await;
    assert_eq!(line.send(bench.alert()).await.unwrap().status, 200);
    let answer = line
        .send(bench.alert().with(
            "authorization",
            &bearer(&second, "TEAM222222", "SECONDKEY1", now()),
        ))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "InvalidProviderToken")
    );
}

#[tokio::test]
async fn too_many_changes_of_the_token_are_refused() {
    let bench = bench_with(SimulatorConfig {
        token_updates: 1,
        ..SimulatorConfig::default()
    })
    .await;
    let line = bench.connect().await;
    let token = |age| bearer(&bench.p8, TEAM, KEY, now() - age);
    let mut reasons = Vec::new();
    for age in [100, 101, 102] {
        reasons.push(
            line.send(bench.alert().with("authorization", &token(age)))
                .await
                .unwrap()
                .reason()
                .to_owned(),
        );
    }
    assert_eq!(reasons, ["", "", "TooManyProviderTokenUpdates"]);
}

#[tokio::test]
async fn a_certificate_needs_no_token_and_covers_its_own_topics_only() {
    let bench = bench().await;
    let pair = bench
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    let line = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
        .unwrap();
    for push in [bench.alert(), bench.voip()] {
        assert_eq!(
            line.send(push.without("authorization"))
                .await
                .unwrap()
                .status,
            200
        );
    }
    let other = bench
        .simulator
        .register_device("com.example.other", Environment::Development);
    let push = bench
        .alert()
        .without("authorization")
        .with("apns-topic", "com.example.other")
        .to(&other.tokens.apns);
    let answer = line.send(push).await.unwrap();
    assert_eq!((answer.status, answer.reason()), (400, "TopicDisallowed"));
}

#[tokio::test]
async fn a_certificate_with_one_topic_implies_it_and_one_with_more_does_not() {
    let bench = bench().await;
    for (topics, status) in [(vec![VOIP], 200), (vec![BUNDLE, VOIP], 400)] {
        let topics = topics.into_iter().map(str::to_owned).collect();
        let pair = bench
            .simulator
            .mint_certificate(&CertificateRequest {
                topics,
                ..CertificateRequest::for_app(BUNDLE)
            })
            .unwrap();
        let line = bench
            .connect_to(Environment::Development, Some(&pair))
            .await
            .unwrap();
        let answer = line
            .send(bench.voip().without("authorization").without("apns-topic"))
            .await
            .unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_certificate_for_one_environment_is_refused_in_the_other() {
    let bench = bench().await;
    let request = CertificateRequest {
        environments: vec![Environment::Production],
        ..CertificateRequest::for_app(BUNDLE)
    };
    let pair = bench.simulator.mint_certificate(&request).unwrap();
    let line = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
        .unwrap();
    let answer = line
        .send(bench.alert().without("authorization"))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.reason()),
        (403, "BadCertificateEnvironment")
    );
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_not_let_in() {
    let bench = bench().await;
    let stranger = support::bench().await;
    let pair = stranger
        .simulator
        .mint_certificate(&CertificateRequest::for_app(BUNDLE))
        .unwrap();
    // With TLS 1.3 the refusal arrives with the first answer.
    let Ok(line) = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
    else {
        return;
    };
    assert!(
        line.send(bench.alert().without("authorization"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_expired_certificate_is_not_let_in() {
    let bench = bench().await;
    let request = CertificateRequest {
        not_after: now() - 60,
        ..CertificateRequest::for_app(BUNDLE)
    };
    let pair = bench.simulator.mint_certificate(&request).unwrap();
    let Ok(line) = bench
        .connect_to(Environment::Development, Some(&pair))
        .await
    else {
        return;
    };
    assert!(
        line.send(bench.alert().without("authorization"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn identifiers_that_apple_would_not_give_are_refused() {
    let bench = bench().await;
    for (team, key) in [("SHORT", KEY), (TEAM, "TOOLONG12345"), (TEAM, "KEY 12345!")] {
        assert!(
            bench
                .simulator
                .mint_key(team, key, &Environment::ALL, &[])
                .is_err()
        );
    }
}
