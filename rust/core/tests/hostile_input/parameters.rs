//! Every parameter of every method with every type of value.

use serde_json::{Value, json};
use zpns_core::command::Method;
use zpns_core::{ActionKind, Input, Stored};
use zpns_protocol::call_uuid;

use crate::documents::{places, replaced, values};
use crate::entry_points::commands;
use crate::entry_points::phone::Phone;
use crate::limits::hold;

/// Parameters that each method takes.
fn usual(method: Method) -> Value {
    let uuid = call_uuid("call-42").to_string().to_uppercase();
    let handle = json!({"type": 1, "value": "alice"});
    let update = json!({
        "remoteHandle": handle, "localizedCallerName": "Alice", "supportsHolding": true, "supportsGrouping": true,
        "supportsUngrouping": true, "supportsDTMF": true, "hasVideo": true
    });
    match method {
        Method::Configure => {
            json!({"serverURL": "https://push.example", "appID": "a", "userToken": "t", "userTokenProvider": true})
        }
        Method::SetUserToken => json!({"userToken": "t"}),
        Method::EnableDebug => json!({"isDebug": true}),
        Method::SetPushConfig => json!({"enableHwPush": true}),
        Method::RegisterPush => json!({
            "enableIOSVoIP": true, "iOSEnvironment": 2,
            "iOSNotificationArrivedConfig": {"isPresentBadge": true, "isPresentSound": true, "isPresentAlert": true}
        }),
        Method::SetVoipToken => json!({"token": "ab", "isProduct": true}),
        Method::AddLocalNotification => {
            json!({"title": "t", "content": "c", "payload": "p", "iOSSound": "s"})
        }
        Method::SetServerBadge | Method::SetLocalBadge => json!({"badge": 1}),
        Method::CompleteThroughMessage => json!({"seq": 1}),
        Method::ReturnEvent => json!({"type": "registered", "seq": 1, "at": 1, "body": "{}"}),
        Method::SetInitConfiguration => json!({
            "localizedName": "Example", "supportsVideo": true, "maximumCallsPerCallGroup": 1, "maximumCallGroups": 1,
            "supportedHandleTypes": [1, 2, 3], "iconTemplateImageName": "i", "ringtoneSound": "r", "includesCallsInRecents": true
        }),
        Method::SetCallKitEnabled => json!({"enabled": false}),
        Method::ReportIncomingCall | Method::ReportCallUpdate => {
            json!({"uuid": uuid, "update": update})
        }
        Method::ReportCallEnded => json!({"uuid": uuid, "reason": 2}),
        Method::CompleteAction => json!({"seq": "native1", "outcome": "fulfill"}),
        Method::StartCall => json!({"handle": handle, "video": true, "uuid": uuid}),
        Method::SetMuted => json!({"uuid": uuid, "muted": true}),
        Method::SetHeld => json!({"uuid": uuid, "onHold": true}),
        Method::SetGroup => json!({"uuid": uuid, "callUUIDToGroupWith": uuid}),
        Method::PlayDtmf => json!({"uuid": uuid, "digits": "1", "type": 0}),
        Method::ReportOutgoingCall
        | Method::ReportOutgoingCallStarted
        | Method::AnswerCall
        | Method::EndCall => json!({"uuid": uuid}),
        Method::CallUuid | Method::QueryCallInvitation => json!({"callID": "call-42"}),
        Method::CallInvite => json!({"invitees": ["carol"], "callID": "c", "config": {
            "timeout": 60, "mode": 0, "extendedData": "x", "pushConfig": {
                "title": "t", "content": "c", "payload": "p", "resourcesID": "r", "threadID": "t", "enableBadge": true, "badgeIncrement": 1,
                "voIPConfig": {"iOSVoIPHandleType": 1, "iOSVoIPHandleValue": "v", "iOSVoIPHasVideo": true}
            }
        }}),
        Method::CallCancel => {
            json!({"callID": "call-42", "invitees": ["carol"], "config": {"extendedData": "x"}})
        }
        Method::CallAccept | Method::CallReject | Method::CallEnd => {
            json!({"callID": "call-42", "config": {"extendedData": "x"}})
        }
        Method::GetVersion
        | Method::ApplyNotificationPermission
        | Method::UnregisterPush
        | Method::GetRegistration
        | Method::Diagnose
        | Method::GetCalls => json!({}),
    }
}

/// A phone with a call from the gateway that the user is answering.
fn phone() -> Phone {
    let mut phone = Phone::launch(Stored::Empty);
    phone.configure();
    let push = br#"{"call_id":"call-42","zpns":{"caller":"alice","user":"bob","followURL":"https://push.example/v1/calls/call-42","followToken":"f"}}"#;
    phone.give(Input::VoipPush {
        payload: push,
        must_report: true,
    });
    phone.user(call_uuid("call-42"), ActionKind::Answer);
    phone
}

#[test]
fn the_usual_parameters_are_taken() {
    for method in Method::ALL {
        let answer = phone().invoke(method.name(), &usual(*method).to_string());
        let code = answer
            .as_ref()
            .and_then(|answer| answer["error"]["code"].as_str());
        assert_ne!(code, Some("6009001"), "{}: {answer:?}", method.name());
    }
}

#[test]
fn a_parameter_of_any_type_is_taken_or_refused_with_the_methods_name() {
    for method in Method::ALL {
        let usual = usual(*method);
        for place in places(&usual) {
            for (name, value) in values() {
                let what = format!("{}, {place} is {name}", method.name());
                let mut phone = phone();
                if let Some(error) = phone
                    .invoke(method.name(), &replaced(&usual, &place, &value))
                    .map(|answer| answer["error"].clone())
                    && error["code"] == "6009001"
                {
                    let message = error["message"].as_str().unwrap();
                    assert!(
                        message.starts_with(method.name()) && message.len() < 400,
                        "{what}: {message}"
                    );
                }
                phone.rest();
            }
        }
    }
}

#[test]
fn whatever_is_in_a_parameter_holds_the_limits() {
    // All methods take the parameters of all others.
    for method in Method::ALL {
        let params = usual(*method).to_string();
        hold(method.name(), params.len(), || commands::check(&params));
    }
}
