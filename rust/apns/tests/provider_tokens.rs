//! When provider tokens are minted.
#![allow(clippy::unwrap_used)]

mod support;

use support::{bench, ids};
use zpns_apns::{Reason, SendError};
use zpns_apns_sim::ScriptedAnswer;

#[tokio::test]
async fn many_pushes_over_all_connections_share_one_token() {
    let bench = bench().await;
    let client = bench.client();
    ids(bench.burst(&client, 300).await);
    let statistics = client.statistics();
    assert_eq!(statistics.provider_tokens, 1);
    assert!(statistics.provider_token_age.is_some());
}

#[tokio::test]
async fn an_expired_token_is_minted_again_once_for_all_pushes_that_it_failed() {
    let bench = bench().await;
    let client = bench.client();
    client.send(bench.voip()).await.unwrap();
    bench.simulator.expire_provider_tokens();
    let sent = ids(bench.burst(&client, 50).await);
    assert_eq!(client.statistics().provider_tokens, 2);
    let accepted = bench.accepted();
    assert!(sent.iter().all(|id| accepted.get(id) == Some(&1)));
}

#[tokio::test]
async fn a_server_that_calls_every_token_expired_does_not_make_the_client_mint_for_ever() {
    let bench = bench().await;
    let client = bench.client();
    let expired = ScriptedAnswer::rejected(403, "ExpiredProviderToken");
    bench
        .simulator
        .script_token(&bench.device.tokens.voip, vec![expired; 20])
        .unwrap();
    for _ in 0..3 {
        let error = client.send(bench.voip()).await.unwrap_err();
        assert!(
            matches!(&error, SendError::Rejected(rejection) if rejection.reason == Reason::ExpiredProviderToken),
            "{error}"
        );
    }
    assert_eq!(client.statistics().provider_tokens, 2);
    assert_eq!(
        bench.log().len(),
        4,
        "the first push was sent twice, the others once"
    );
}

#[tokio::test]
async fn other_refusals_of_the_token_do_not_mint_another() {
    let bench = bench().await;
    let client = bench.client();
    bench
        .simulator
        .script_token(
            &bench.device.tokens.voip,
            vec![ScriptedAnswer::rejected(403, "InvalidProviderToken")],
        )
        .unwrap();
    client.send(bench.voip()).await.unwrap_err();
    client.send(bench.voip()).await.unwrap();
    assert_eq!(client.statistics().provider_tokens, 1);
}
