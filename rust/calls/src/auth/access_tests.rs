use serde_json::json;

use super::*;
use crate::examples::created;

fn server() -> Principal {
    Principal::Server {
        app: "app".into(),
        key: "k".into(),
    }
}

fn user(user: &str) -> Principal {
    Principal::User {
        app: "app".into(),
        user: user.into(),
        expires_at: 600,
    }
}

fn follower() -> Principal {
    Principal::Follower {
        app: "app".into(),
        call: "c".into(),
        user: "bob".into(),
        installation: "phone".into(),
    }
}

fn invite(caller: Option<&str>) -> Invite {
    serde_json::from_value(json!({"caller": caller, "invitees": ["bob"]})).unwrap()
}

fn body(user: Option<&str>) -> VerbBody {
    VerbBody {
        user: user.map(str::to_owned),
        installation: Some("named".into()),
        ..VerbBody::default()
    }
}

fn call() -> Call {
    created(&[("bob", true)]).call
}

fn code<T: std::fmt::Debug>(result: Result<T, CallError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_user_calls_as_itself_and_a_server_as_whom_it_names() {
    assert_eq!(caller(&user("alice"), &invite(None)).unwrap(), "alice");
    assert_eq!(
        caller(&user("alice"), &invite(Some("alice"))).unwrap(),
        "alice"
    );
    assert_eq!(caller(&server(), &invite(Some("dan"))).unwrap(), "dan");
    assert_eq!(code(caller(&server(), &invite(None))), "invalid_field");
    assert_eq!(
        code(caller(&user("alice"), &invite(Some("bob")))),
        "forbidden"
    );
    assert_eq!(code(caller(&follower(), &invite(None))), "forbidden");
}

#[test]
fn a_user_acts_as_itself_and_a_server_as_whom_it_names() {
    let act = |principal: &Principal, as_user| actor(principal, "c", Verb::End, &body(as_user));
    assert_eq!(act(&user("bob"), None).unwrap().user_id, "bob");
    assert_eq!(act(&server(), Some("bob")).unwrap().user_id, "bob");
    assert_eq!(code(act(&server(), None)), "invalid_field");
    assert_eq!(code(act(&user("bob"), Some("alice"))), "forbidden");
    assert_eq!(code(act(&follower(), Some("alice"))), "forbidden");
}

#[test]
fn a_follow_token_acts_on_its_own_installation_and_call_and_does_not_cancel() {
    let act = |id, verb| actor(&follower(), id, verb, &body(None));
    let actor = act("c", Verb::Accept).unwrap();
    assert_eq!(actor.installation.as_deref(), Some("phone"));
    assert_eq!(code(act("other", Verb::Accept)), "forbidden");
    assert_eq!(code(act("c", Verb::Cancel)), "forbidden");
}

#[test]
fn a_call_is_visible_to_its_participants_and_to_the_server() {
    for principal in [user("alice"), user("bob"), follower(), server()] {
        assert!(visible(&principal, "c", Some(call())).is_ok());
    }
    let to_stranger = visible(&user("mallory"), "c", Some(call()));
    assert_eq!(to_stranger, visible(&user("mallory"), "c", None));
    assert_eq!(to_stranger, Err(CallError::NoSuchCall));
    assert_eq!(
        code(visible(&follower(), "other", Some(call()))),
        "forbidden"
    );
}

#[test]
fn a_receipt_names_a_call_or_a_delivery_unless_its_token_does() {
    let of = |json| serde_json::from_value::<Receipt>(json).unwrap();
    let by_token = received(&follower(), of(json!({}))).unwrap();
    assert_eq!(
        (by_token.call.as_deref(), by_token.installation.as_deref()),
        (Some("c"), Some("phone"))
    );
    assert_eq!(
        code(received(&follower(), of(json!({"callID": "other"})))),
        "forbidden"
    );
    assert!(received(&user("bob"), of(json!({"deliveryID": "d"}))).is_ok());
    assert_eq!(code(received(&user("bob"), of(json!({})))), "invalid_field");
    assert_eq!(
        code(received(&server(), of(json!({"callID": "c"})))),
        "forbidden"
    );
}

#[test]
fn only_a_user_registers_devices() {
    assert_eq!(signed_in_user(&user("bob")), Ok("bob"));
    assert_eq!(code(signed_in_user(&server())), "forbidden");
    assert_eq!(code(signed_in_user(&follower())), "forbidden");
}
