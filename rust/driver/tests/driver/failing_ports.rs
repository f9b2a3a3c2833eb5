//! A port that fails or panics is answered for, and the rest is carried out.

use std::sync::Arc;

use serde_json::json;
use zpns_driver::{
    CallRequest, Driver, Input, LogLevel, PortError, PushRequest, SystemEvent, TokenKind,
};

use crate::host::{Asked, Host, invoke, is_report, push, push_to_follow};

#[derive(Clone, Copy, Debug)]
enum Failure {
    Error,
    Panic,
}

const FAILURES: [Failure; 2] = [Failure::Error, Failure::Panic];

/// A host that fails in this way where `is_meant` says so.
fn failing(
    failure: Failure,
    is_meant: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> (Arc<Host>, Arc<Driver>) {
    let host = Host::answering(move |_, asked| match failure {
        _ if !is_meant(asked) => Ok(()),
        Failure::Error => Err(PortError::new("not here")),
        Failure::Panic => panic!("on purpose"),
    });
    let driver = host.start();
    (host, driver)
}

/// The driver takes invocations and answers them.
fn assert_goes_on(host: &Host, driver: &Driver) {
    invoke(driver, 99, "getVersion", &json!({})).unwrap();
    assert!(host.answer_to(99)["ok"].is_string());
}

fn errors_logged(host: &Host) -> usize {
    host.count(|asked| matches!(asked, Asked::Log(entry) if entry.level == LogLevel::Error))
}

#[test]
fn a_report_that_fails_is_answered_as_callkits_refusal() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, is_report);
        let params = json!({"uuid": "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8", "update": {}});
        invoke(&driver, 1, "reportIncomingCall", &params).unwrap();
        let error = &host.answer_to(1)["error"];
        assert_eq!(
            (&error["domain"], &error["code"]),
            (&"zpns".into(), &"6009013".into()),
            "{error}"
        );
        assert_eq!(errors_logged(&host), 1, "{failure:?}");
        assert_goes_on(&host, &driver);
    }
}

#[test]
fn a_port_that_names_its_error_is_quoted() {
    let host = Host::answering(|_, asked| match asked {
        Asked::Call(CallRequest::Transaction { .. }) => Err(PortError {
            domain: Some("com.apple.CallKit.error.requesttransaction".to_owned()),
            code: Some(7),
            message: "too many calls".to_owned(),
        }),
        _ => Ok(()),
    });
    let driver = host.start();
    let params = json!({"handle": {"type": 1, "value": "bob"}});
    invoke(&driver, 1, "startCall", &params).unwrap();
    let error = &host.answer_to(1)["error"];
    assert_eq!(
        (&error["domain"], &error["code"]),
        (
            &"com.apple.CallKit.error.requesttransaction".into(),
            &"7".into()
        ),
        "{error}"
    );
}

#[test]
fn a_transaction_that_fails_is_answered() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Call(CallRequest::Transaction { .. }))
        });
        let params = json!({"handle": {"type": 1, "value": "bob"}});
        invoke(&driver, 1, "startCall", &params).unwrap();
        assert!(host.answer_to(1)["error"].is_object(), "{failure:?}");
    }
}

#[test]
fn other_requests_to_callkit_that_fail_are_logged() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Call(CallRequest::ReportEnded { .. }))
        });
        invoke(
            &driver,
            1,
            "reportIncomingCall",
            &json!({"uuid": "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8", "update": {}}),
        )
        .unwrap();
        crate::host::complete_reports(&host, &driver);
        invoke(
            &driver,
            2,
            "reportCallEnded",
            &json!({"uuid": "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8", "reason": 2}),
        )
        .unwrap();
        assert_eq!(errors_logged(&host), 1, "{failure:?}: {:#?}", host.asked());
        assert_goes_on(&host, &driver);
    }
}

#[test]
fn a_permission_that_can_not_be_asked_for_is_answered() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Push(PushRequest::RequestPermission { .. }))
        });
        invoke(&driver, 1, "applyNotificationPermission", &json!({})).unwrap();
        host.answer_to(1);
    }
}

#[test]
fn a_notification_and_a_badge_that_are_refused_are_answered_with_an_error() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(
                asked,
                Asked::Push(PushRequest::AddNotification { .. } | PushRequest::SetBadge { .. })
            )
        });
        let notification = json!({"title": "t", "content": "c"});
        invoke(&driver, 1, "addLocalNotification", &notification).unwrap();
        invoke(&driver, 2, "setLocalBadge", &json!({"badge": 3})).unwrap();
        for id in [1, 2] {
            assert!(host.answer_to(id)["error"].is_object(), "{failure:?}");
        }
    }
}

#[test]
fn tokens_that_can_not_be_asked_for_fail_the_registration() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Push(PushRequest::Register { .. }))
        });
        driver.handle(Input::Listen("registered")).unwrap();
        invoke(&driver, 1, "registerPush", &json!({"enableIOSVoIP": true})).unwrap();
        let registered = host.all(|asked| match asked {
            Asked::Emit(event) if event.kind == "registered" => Some(event.body.clone()),
            _ => None,
        });
        let registered: serde_json::Value = serde_json::from_str(&registered[0]).unwrap();
        assert_ne!(registered["errorCode"], 0, "{registered}");
    }
}

#[test]
fn an_event_and_an_answer_that_javascript_does_not_take_are_logged() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Emit(_) | Asked::Complete(1, _))
        });
        driver
            .handle(Input::Listen("didReceiveIncomingPush"))
            .unwrap();
        push(&driver, "call-42").unwrap();
        invoke(&driver, 1, "getVersion", &json!({})).unwrap();
        assert_eq!(errors_logged(&host), 2, "{failure:?}");
        assert_goes_on(&host, &driver);
    }
}

#[test]
fn a_log_that_can_not_be_written_is_no_problem() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::Log(_)) || is_report(asked)
        });
        push(&driver, "call-42").unwrap();
        assert_goes_on(&host, &driver);
    }
}

/// Registers with a gateway, up to the request.
fn register(driver: &Driver) {
    let configuration =
        json!({"serverURL": "https://gateway.example", "appID": "demo", "userToken": "t"});
    invoke(driver, 1, "configure", &configuration).unwrap();
    invoke(driver, 2, "registerPush", &json!({"enableIOSVoIP": true})).unwrap();
    for kind in [TokenKind::Apns, TokenKind::Voip] {
        let token = vec![0xab; 32];
        driver
            .handle(Input::System(SystemEvent::TokenUpdated { kind, token }))
            .unwrap();
    }
}

#[test]
fn a_request_that_can_not_be_sent_is_sent_again_later() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| matches!(asked, Asked::Request(_)));
        register(&driver);
        let requests = || host.count(|asked| matches!(asked, Asked::Request(_)));
        assert_eq!(requests(), 1);
        host.advance(10 * 60_000);
        driver.tick();
        assert_eq!(requests(), 2, "{failure:?}");
    }
}

#[test]
fn a_stream_that_can_not_be_opened_is_opened_again_later() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| matches!(asked, Asked::OpenStream(_)));
        push_to_follow(&driver).unwrap();
        driver.tick();
        assert_eq!(host.streams().len(), 1);
        host.advance(20_000);
        driver.tick();
        assert_eq!(host.streams().len(), 2, "{failure:?}");
    }
}

#[test]
fn a_scheduler_that_fails_is_told_again_with_the_next_input() {
    for failure in FAILURES {
        let (host, driver) = failing(failure, |asked| {
            matches!(asked, Asked::TickAt(Some(_)) | Asked::SaveSoon)
        });
        push(&driver, "call-42").unwrap();
        let told = || host.count(|asked| matches!(asked, Asked::TickAt(Some(_))));
        let before = told();
        driver.handle(Input::Detach).unwrap();
        assert_eq!(told(), before + 1, "{failure:?}");
        assert_goes_on(&host, &driver);
    }
}
