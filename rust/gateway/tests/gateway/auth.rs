use serde_json::{Value, json};
use zeroize::Zeroizing;
use zpns_apns_sim::Environment::Development;
use zpns_gateway::auth::user_token;
use zpns_gateway::setup::{self, UserTokens};

use crate::world::{World, answer, registration};

fn a_registration() -> Value {
    registration(Development, Some(&"ab".repeat(32)), None)
}

async fn register(world: &World, token: &str) -> crate::world::Answer {
    world
        .call("PUT", "/v1/installations/i", token, a_registration())
        .await
}

#[tokio::test]
async fn a_request_without_credentials_is_told_what_to_send() {
    let world = World::new().await;
    let refused = answer(world.request("POST", "/v1/pushes").body("{}")).await;
    assert_eq!(refused.headers["www-authenticate"], "Bearer");
    assert!(
        refused
            .refused(401, "unauthenticated")
            .contains("Authorization: Bearer")
    );
    answer(
        world
            .request("POST", "/v1/pushes")
            .header("authorization", "Basic YTpi"),
    )
    .await
    .refused(401, "unauthenticated");
}

#[tokio::test]
async fn tokens_that_are_wrong_each_get_their_reason() {
    let world = World::new().await;
    let secret = Zeroizing::new(b"another secret of more than thirty-two bytes".to_vec());
    register(&world, "nonsense")
        .await
        .refused(401, "token_invalid");
    register(
        &world,
        &user_token::mint("app", "bob", &secret, 600).unwrap(),
    )
    .await
    .refused(401, "token_invalid");
    register(
        &world,
        &user_token::mint("no-such-app", "bob", &secret, 600).unwrap(),
    )
    .await
    .refused(401, "token_invalid");
    register(&world, "zpk_0123456789")
        .await
        .refused(401, "api_key_invalid");
    register(&world, "zpk_")
        .await
        .refused(401, "api_key_invalid");
    register(&world, "zpf_a.b.c")
        .await
        .refused(401, "token_invalid");
}

#[tokio::test]
async fn a_token_of_another_app_does_not_reach_this_one() {
    let world = World::new().await;
    let (store, master) = (world.gateway().store(), world.gateway().master_key());
    let (_, secret) = setup::create_app(
        store,
        master,
        Some("other".into()),
        "Other".into(),
        UserTokens::NewSecret,
    )
    .await
    .unwrap();
    let secret = Zeroizing::new(secret.unwrap().as_bytes().to_vec());
    register(
        &world,
        &user_token::mint("other", "bob", &secret, 600).unwrap(),
    )
    .await
    .ok();
    assert_eq!(
        world.push("bob", "voip").await["unreachable"],
        json!(["bob"])
    );
    let (key, _) = setup::create_key(store, "other", "").await.unwrap();
    let call = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .call("GET", &format!("/v1/calls/{call}"), &key, Value::Null)
        .await
        .refused(404, "no_such_call");
}

#[tokio::test]
async fn an_app_with_a_public_key_takes_es256_and_eddsa_tokens_and_no_others() {
    let world = World::new().await;
    let (store, master) = (world.gateway().store(), world.gateway().master_key());
    let claims = |app: &str| json!({"sub": "bob", "aud": app, "exp": zpns_gateway::clock::now_ms() / 1000 + 600});
    for (app, key, algorithm) in [
        (
            "es",
            rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
            jsonwebtoken::Algorithm::ES256,
        ),
        (
            "ed",
            rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
            jsonwebtoken::Algorithm::EdDSA,
        ),
    ] {
        let tokens = UserTokens::PublicKey(key.public_key_pem());
        setup::create_app(store, master, Some(app.into()), app.into(), tokens)
            .await
            .unwrap();
        let pem = key.serialize_pem();
        let signing = match algorithm {
            jsonwebtoken::Algorithm::ES256 => {
                jsonwebtoken::EncodingKey::from_ec_pem(pem.as_bytes())
            }
            _ => jsonwebtoken::EncodingKey::from_ed_pem(pem.as_bytes()),
        };
        let token = jsonwebtoken::encode(
            &jsonwebtoken::Header::new(algorithm),
            &claims(app),
            &signing.unwrap(),
        )
        .unwrap();
        register(&world, &token).await.ok();
        let hmac = Zeroizing::new(key.public_key_pem().into_bytes());
        register(&world, &user_token::mint(app, "bob", &hmac, 600).unwrap())
            .await
            .refused(401, "token_invalid");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let world = World::new().await;
    let store = world.gateway().store();
    let (text, key) = setup::create_key(store, "app", "").await.unwrap();
    world
        .call("GET", "/v1/pushes/x", &text, Value::Null)
        .await
        .refused(404, "no_such_push");
    store.revoke_key(&key.id, 1).await.unwrap();
    world
        .call("GET", "/v1/pushes/x", &text, Value::Null)
        .await
        .refused(401, "api_key_invalid");
}

#[tokio::test]
async fn users_do_not_push_and_servers_do_not_register() {
    let world = World::new().await;
    world
        .as_user(
            "bob",
            "POST",
            "/v1/pushes",
            json!({"to": {"userIDs": ["bob"]}, "pushConfig": {}}),
        )
        .await
        .refused(403, "forbidden");
    world
        .as_server("PUT", "/v1/installations/i", a_registration())
        .await
        .refused(403, "forbidden");
    world
        .as_server("POST", "/v1/receipts", json!({"callID": "c"}))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn a_user_does_not_call_or_act_as_another() {
    let world = World::new().await;
    world
        .as_user(
            "bob",
            "POST",
            "/v1/calls",
            json!({"caller": "alice", "invitees": ["carol"]}),
        )
        .await
        .refused(403, "forbidden");
    let call = world.invite("alice", &["bob"], 30).await["call"]["callID"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .as_user(
            "alice",
            "POST",
            &format!("/v1/calls/{call}/accept"),
            json!({"user": "bob"}),
        )
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn secrets_are_not_in_the_database_in_the_clear() {
    let world = World::new().await;
    let key = world.api_key().to_owned();
    let files = ["zpns.db", "zpns.db-wal"]
        .map(|name| std::fs::read(world.data().join(name)).unwrap_or_default())
        .concat();
    for secret in [
        key.as_bytes(),
        b"a secret of more than thirty-two characters",
        b"BEGIN PRIVATE KEY",
    ] {
        assert!(!files.windows(secret.len()).any(|window| window == secret));
    }
}
