//! `getUserToken` that fails, brings nothing, or brings what the gateway refuses.

use serde_json::{Value, json};
use zpns_core::{Input, Stored, SystemEvent};

use crate::phone::{PUSH_ID, Phone, app, user_token};

/// A phone that wants to be registered and has asked for a user token.
fn asking() -> Phone {
    let mut phone = Phone::store_build();
    configure(&mut phone);
    phone.register();
    phone.both_tokens();
    assert_eq!((asked(&phone), phone.requests.len()), (1, 0));
    phone
}

fn configure(phone: &mut Phone) {
    phone.invoke(
        "configure",
        &json!({"serverURL": "https://push.example", "appID": "a", "userTokenProvider": true}),
    );
}

fn asked(phone: &Phone) -> usize {
    phone
        .events
        .iter()
        .filter(|(kind, _)| kind == "userTokenNeeded")
        .count()
}

/// Lets an hour pass, in which `getUserToken` always answers the same and the gateway refuses what it gets. How often it was asked.
fn asked_in_an_hour(phone: &mut Phone, answer: &Value) -> usize {
    let (end, before) = (phone.now + 60 * 60 * 1000, asked(phone));
    let mut answered = before - 1;
    loop {
        while answered < asked(phone) {
            answered += 1;
            phone.invoke("setUserToken", answer);
            while !phone.requests.is_empty() {
                phone.respond(
                    401,
                    &json!({"error": {"code": "token_expired", "message": "expired"}}),
                );
            }
            assert!(answered < 1_000, "no pause between questions");
        }
        if phone.core.next_deadline().is_none_or(|due| due > end) {
            return asked(phone) - before;
        }
        phone.advance_to_deadline();
    }
}

#[test]
fn get_user_token_that_fails_is_asked_again_after_a_pause() {
    let mut phone = asking();
    phone.invoke("setUserToken", &json!({"failed": true}));
    assert_eq!(asked(&phone), 1, "not at once");
    assert_eq!(
        phone.registered()[0]["errorCode"],
        6_009_004,
        "the app hears why it is not registered"
    );
    let waited = phone.advance_to_deadline();
    assert!((500..=1_000).contains(&waited), "{waited}");
    assert_eq!(asked(&phone), 2);
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    assert_eq!(phone.registered()[1]["pushID"], PUSH_ID);
}

#[test]
fn pauses_between_questions_grow_whatever_is_wrong_with_the_answers() {
    for answer in [
        json!({"failed": true}),
        json!({"userToken": null}),
        json!({"userToken": user_token("bob")}),
    ] {
        let times = asked_in_an_hour(&mut asking(), &answer);
        assert!((10..=24).contains(&times), "{times} times with {answer}");
    }
}

#[test]
fn the_first_token_that_is_refused_may_have_been_an_old_one_and_costs_no_pause() {
    let mut phone = asking();
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!((asked(&phone), phone.registered().len()), (2, 0));
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(
        (asked(&phone), phone.registered().len()),
        (2, 1),
        "the second does"
    );
}

#[test]
fn an_answer_that_never_comes_counts_as_failed_after_a_minute() {
    let mut phone = asking();
    phone.now += 59_999;
    phone.input(Input::Tick);
    assert!(phone.registered().is_empty());
    phone.now += 1;
    phone.input(Input::Tick);
    assert_eq!(phone.registered()[0]["errorCode"], 6_009_004);
    phone.advance_to_deadline();
    assert_eq!(asked(&phone), 2);
}

#[test]
fn a_question_that_nobody_has_heard_is_not_put_twice() {
    let mut phone = Phone::launch(app(), Stored::Empty);
    phone.input(Input::Detach);
    configure(&mut phone);
    phone.register();
    phone.both_tokens();
    for _ in 0..20 {
        phone.advance_to_deadline();
    }
    phone.input(Input::Listen("userTokenNeeded"));
    assert_eq!(asked(&phone), 1);
}

#[test]
fn a_token_that_the_gateway_accepts_ends_the_pauses() {
    let mut phone = asking();
    phone.invoke("setUserToken", &json!({"failed": true}));
    phone.advance_to_deadline();
    phone.invoke("setUserToken", &json!({"userToken": user_token("bob")}));
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("registerPush", &json!({"enableIOSVoIP": false}));
    phone.respond(
        401,
        &json!({"error": {"code": "token_expired", "message": "expired"}}),
    );
    assert_eq!(asked(&phone), 3, "it has run out: asked for at once");
    phone.invoke("setUserToken", &json!({"failed": true}));
    let waited = phone.advance_to_deadline();
    assert!((500..=1_000).contains(&waited), "{waited}");
}

#[test]
fn the_network_coming_back_and_the_app_asking_end_the_pause() {
    for event in [SystemEvent::NetworkChanged, SystemEvent::Awake] {
        let mut phone = asking();
        phone.invoke("setUserToken", &json!({"failed": true}));
        phone.input(Input::System(event));
        assert_eq!(asked(&phone), 2);
        phone.invoke("setUserToken", &json!({"failed": true}));
        phone.register();
        assert_eq!(asked(&phone), 3);
    }
}

#[test]
fn a_failure_does_not_take_away_a_token_that_came_by_another_way() {
    let mut phone = asking();
    phone.configure();
    phone.respond(200, &json!({"pushID": PUSH_ID}));
    phone.invoke("setUserToken", &json!({"failed": true}));
    let badge = phone.invoke("setServerBadge", &json!({"badge": 1}));
    assert_eq!(
        (badge, phone.requests.len()),
        (None, 1),
        "there is a token still"
    );
}
