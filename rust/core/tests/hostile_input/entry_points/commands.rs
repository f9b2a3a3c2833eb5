//! What JavaScript asks for.

use std::time::Duration;

use zpns_core::command::Method;
use zpns_core::{ActionKind, Input, Stored};
use zpns_protocol::call_uuid;

use super::phone::Phone;

/// A push that the gateway sent, so that methods find a call there.
const PUSH: &[u8] = br#"{"call_id":"call-42","zpns":{"caller":"alice","user":"bob","followURL":"https://push.example/v1/calls/call-42","followToken":"f"}}"#;

/// Any text as the parameters of every method, with a gateway and without: each promise settles once, in time.
pub fn check(params: &str) -> Duration {
    let mut slowest = Duration::ZERO;
    for configured in [true, false] {
        let mut phone = Phone::launch(Stored::Empty);
        if configured {
            phone.configure();
        }
        phone.give(Input::VoipPush {
            payload: PUSH,
            must_report: true,
        });
        phone.user(call_uuid("call-42"), ActionKind::Answer);
        for method in Method::ALL {
            phone.invoke(method.name(), params);
        }
        phone.rest();
        let size = phone
            .core
            .snapshot()
            .expect("storage can be read")
            .to_bytes()
            .len();
        assert!(
            size <= 4096 + 8 * params.len(),
            "{} bytes of parameters leave {size} in storage",
            params.len()
        );
        slowest = slowest.max(phone.slowest);
    }
    slowest
}

/// Any text as the name of a method.
pub fn check_name(name: &str) -> Duration {
    let mut phone = Phone::launch(Stored::Empty);
    let answer = phone.invoke(name, "{}");
    assert!(
        Method::from_name(name).is_some()
            || answer.is_some_and(|answer| answer.get("error").is_some()),
        "what is no method is refused"
    );
    phone.rest();
    phone.slowest
}
