//! What the system passes on of others: `userInfo` of a notification that is no VoIP push, and whom to call back.

use std::time::Duration;

use zpns_core::effect::Handle;
use zpns_core::{Effect, Input, NotificationKind, PushRequest, Stored, SystemEvent};
use zpns_protocol::push_config::HandleType;

use super::phone::Phone;

/// Any bytes as `userInfo`: JavaScript hears of the notification once, and iOS gets its completion handler back.
pub fn check(user_info: &[u8]) -> Duration {
    let mut phone = Phone::launch(Stored::Empty);
    for kind in [
        NotificationKind::Arrived,
        NotificationKind::Clicked,
        NotificationKind::Background,
    ] {
        let completion = (kind == NotificationKind::Background).then_some(7);
        let event = SystemEvent::NotificationReceived {
            kind,
            user_info: user_info.to_vec(),
            completion,
        };
        let effects = phone.give(Input::System(event));
        let told = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Emit(_)))
            .count();
        assert_eq!(told, 1, "JavaScript hears of a notification once");
    }
    let due = phone
        .core
        .next_deadline()
        .expect("a background notification is finished in time");
    phone.now = due;
    let finished = Effect::Push(PushRequest::CompleteNotification {
        id: 7,
        new_data: false,
    });
    assert!(
        phone.give(Input::Tick).contains(&finished),
        "a background notification is finished"
    );
    phone.slowest
}

/// Any text as the handle of `INStartCallIntent`: JavaScript hears of the wish once, if it names anybody.
pub fn check_intent(text: &str) -> Duration {
    let mut phone = Phone::launch(Stored::Empty);
    let handle = Handle {
        kind: HandleType::Generic,
        value: text.to_owned(),
    };
    let effects = phone.give(Input::System(SystemEvent::StartCallIntent {
        handle,
        video: false,
    }));
    let told = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Emit(_)))
        .count();
    assert_eq!(
        (told, effects.len()),
        if text.trim().is_empty() {
            (0, 0)
        } else {
            (1, 1)
        },
        "JavaScript hears of the wish once, if it names anybody"
    );
    phone.slowest
}
