//! Effects come out in order, on the thread whose input caused them, and a port that fails is answered for.

#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

mod support;

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;

use support::{Asked, Recorder, app, is_report, push_for, start};
use zpns_client::{CallRequest, Client, Platform, PortError, PushRequest, SystemEvent, call_uuid};

#[test]
fn a_push_is_reported_on_the_calling_thread_before_the_call_returns() {
    let platform = Recorder::new();
    let client = start(&platform);
    client.voip_push(&push_for("call-42"), true).unwrap();
    let mine = platform.on_thread(thread::current().id());
    let uuid = call_uuid("call-42");
    assert!(mine.iter().any(|asked| matches!(asked, Asked::Call(CallRequest::ReportIncoming { uuid: reported, .. }) if *reported == uuid)));
}

#[test]
fn any_bytes_are_reported_as_a_call() {
    let platform = Recorder::new();
    let client = start(&platform);
    for (number, payload) in [&b""[..], b"\xff\xfe", b"null", b"[1,2", b"{\"call_id\":7}"]
        .into_iter()
        .enumerate()
    {
        client.voip_push(payload, true).unwrap();
        assert_eq!(
            platform
                .asked()
                .iter()
                .filter(|asked| is_report(asked))
                .count(),
            number + 1
        );
    }
}

#[test]
fn pushes_on_many_threads_are_each_reported_on_their_own() {
    let platform = Recorder::new();
    let client = start(&platform);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (client, platform) = (&client, &platform);
            scope.spawn(move || {
                for call in 0..20 {
                    client
                        .voip_push(&push_for(&format!("{thread}-{call}")), true)
                        .unwrap();
                    let reported = platform
                        .on_thread(thread::current().id())
                        .iter()
                        .filter(|asked| is_report(asked))
                        .count();
                    assert_eq!(
                        reported,
                        call + 1,
                        "reported here, and before the call returned"
                    );
                }
            });
        }
    });
    assert_eq!(
        platform
            .asked()
            .iter()
            .filter(|asked| is_report(asked))
            .count(),
        160
    );
}

/// A platform that calls the client back from within a port, as CallKit's completion may.
struct Reentrant {
    client: OnceLock<Weak<Client>>,
    log: Mutex<Vec<String>>,
}

impl Reentrant {
    fn note(&self, text: impl Into<String>) {
        self.log.lock().unwrap().push(text.into());
    }
}

impl Platform for Reentrant {
    fn call(&self, request: CallRequest) -> Result<(), PortError> {
        if let CallRequest::ReportIncoming { id, uuid, .. } = request {
            self.note("report begins");
            let client = self.client.get().and_then(Weak::upgrade).unwrap();
            client
                .system(SystemEvent::ReportCompleted {
                    id,
                    uuid,
                    error: None,
                })
                .unwrap();
            client.invoke(1, "getVersion", "{}").unwrap();
            self.note("report ends");
        }
        Ok(())
    }
    fn push(&self, _: PushRequest) -> Result<(), PortError> {
        Ok(())
    }
    fn emit(&self, _: zpns_client::Event) -> Result<(), PortError> {
        Ok(())
    }
    fn complete(&self, invocation: u64, _: String) -> Result<(), PortError> {
        self.note(format!("answer {invocation}"));
        Ok(())
    }
    fn log(&self, _: zpns_client::LogEntry) -> Result<(), PortError> {
        Ok(())
    }
}

#[test]
fn a_port_that_calls_back_does_not_deadlock_and_its_effects_follow() {
    let platform = Arc::new(Reentrant {
        client: OnceLock::new(),
        log: Mutex::default(),
    });
    let client = Client::start(app(), platform.clone(), support::Memory::new()).unwrap();
    platform.client.set(Arc::downgrade(&client)).unwrap();
    client.voip_push(&push_for("call-42"), true).unwrap();
    assert_eq!(
        *platform.log.lock().unwrap(),
        ["report begins", "report ends", "answer 1"]
    );
}

#[test]
fn a_report_that_the_port_refuses_ends_the_call_for_javascript() {
    let platform = Recorder::answering(|asked| {
        if is_report(asked) {
            Err(PortError::new("no CallKit here"))
        } else {
            Ok(())
        }
    });
    let client = start(&platform);
    client
        .invoke(
            1,
            "reportIncomingCall",
            r#"{"uuid":"F918FA96-D863-5F2C-9BA5-A60EA3CF90A8","update":{}}"#,
        )
        .unwrap();
    let error = &platform.answer_to(1)["error"];
    assert_eq!(
        (&error["domain"], &error["code"]),
        (&"zpns".into(), &"6009013".into()),
        "{error}"
    );
}

#[test]
fn a_port_that_names_its_error_is_quoted() {
    let platform = Recorder::answering(|asked| match asked {
        Asked::Call(CallRequest::Transaction { .. }) => {
            let domain = Some("com.apple.CallKit.error.requesttransaction".to_owned());
            Err(PortError {
                domain,
                code: Some(7),
                message: "too many calls".to_owned(),
            })
        }
        _ => Ok(()),
    });
    let client = start(&platform);
    client
        .invoke(1, "startCall", r#"{"handle":{"type":1,"value":"bob"}}"#)
        .unwrap();
    let error = &platform.answer_to(1)["error"];
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
fn a_permission_that_can_not_be_asked_for_is_answered() {
    let platform = Recorder::answering(|asked| match asked {
        Asked::Push(PushRequest::RequestPermission { .. }) => Err(PortError::new("no user")),
        _ => Ok(()),
    });
    let client = start(&platform);
    client
        .invoke(1, "applyNotificationPermission", "{}")
        .unwrap();
    platform.answer_to(1);
}

#[test]
fn a_notification_and_a_badge_that_are_refused_are_answered_with_an_error() {
    let platform = Recorder::answering(|asked| match asked {
        Asked::Push(PushRequest::AddNotification { .. } | PushRequest::SetBadge { .. }) => {
            Err(PortError::new("not now"))
        }
        _ => Ok(()),
    });
    let client = start(&platform);
    client
        .invoke(1, "addLocalNotification", r#"{"title":"t","content":"c"}"#)
        .unwrap();
    client.invoke(2, "setLocalBadge", r#"{"badge":3}"#).unwrap();
    for id in [1, 2] {
        assert!(platform.answer_to(id)["error"].is_object());
    }
}

#[test]
fn tokens_that_can_not_be_asked_for_fail_the_registration() {
    let platform = Recorder::answering(|asked| match asked {
        Asked::Push(PushRequest::Register { .. }) => Err(PortError::new("no PushKit")),
        _ => Ok(()),
    });
    let client = start(&platform);
    client.listen("registered");
    client
        .invoke(1, "registerPush", r#"{"enableIOSVoIP":true}"#)
        .unwrap();
    let registered = platform.wait_for("registered", |asked| match asked {
        Asked::Emit(event) if event.kind == "registered" => Some(event.body.clone()),
        _ => None,
    });
    let registered: serde_json::Value = serde_json::from_str(&registered).unwrap();
    assert_ne!(registered["errorCode"], 0, "{registered}");
}

#[test]
fn a_port_that_panics_has_failed_and_the_rest_is_carried_out() {
    let platform = Recorder::answering(|asked| {
        if is_report(asked) {
            panic!("on purpose")
        } else {
            Ok(())
        }
    });
    let client = start(&platform);
    client
        .invoke(
            1,
            "reportIncomingCall",
            r#"{"uuid":"F918FA96-D863-5F2C-9BA5-A60EA3CF90A8","update":{}}"#,
        )
        .unwrap();
    assert!(platform.answer_to(1)["error"].is_object());
    client.invoke(2, "getVersion", "{}").unwrap();
    assert!(
        platform.answer_to(2)["ok"].is_string(),
        "the client goes on"
    );
}

#[test]
fn an_event_waits_until_its_type_is_listened_to() {
    let platform = Recorder::new();
    let client = start(&platform);
    client.voip_push(&push_for("call-42"), true).unwrap();
    let emitted = || {
        platform
            .asked()
            .iter()
            .filter(|asked| matches!(asked, Asked::Emit(_)))
            .count()
    };
    assert_eq!(emitted(), 0);
    client.listen("didReceiveIncomingPush");
    assert_eq!(emitted(), 1);
}
