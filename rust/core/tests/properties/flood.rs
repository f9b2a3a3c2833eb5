//! The mailbox's bounds (invariant 7): 256 events, 1 MiB; eviction drops the oldest of audio, DTMF and notification kinds first and never
//! answer, end or start.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use zpns_core::{ActionKind, AppFacts, CallAction, Core, Effect, EventKind, Input, Keep, NotificationKind, Stored, SystemEvent};

use crate::config;
use crate::support::{ACTION_MS, START};

/// As the design says; on purpose not taken from the code under test.
const MOST_EVENTS: usize = 256;
const MOST_BYTES: usize = 1024 * 1024;

#[derive(Clone, Debug)]
enum Post {
    Audio,
    Reset,
    /// The user starts a call: an event of the kind that is never dropped.
    Start,
    Notification(usize),
}

fn post() -> impl Strategy<Value = Post> {
    prop_oneof![
        3 => Just(Post::Audio),
        3 => Just(Post::Reset),
        1 => Just(Post::Start),
        2 => prop_oneof![12 => 0..100_usize, 1 => 100_000..200_000_usize].prop_map(Post::Notification),
    ]
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn what_waits_for_javascript_is_bounded_and_what_the_user_did_is_never_dropped(posts in vec(post(), 1..500)) {
        let mut core = Core::new(AppFacts::default(), Stored::Empty, [1; 32], START);
        core.start(START);
        let mut posted = 0;
        let mut started = 0;
        for (number, post) in (0..).zip(&posts) {
            let event = match post {
                Post::Audio => SystemEvent::AudioActivated,
                Post::Reset => SystemEvent::ProviderBegan,
                Post::Start => {
                    started += 1;
                    let kind = ActionKind::Start { handle: None, contact: None, video: false };
                    SystemEvent::Action(CallAction { id: Uuid::from_u128(number), call: Uuid::from_u128(number), kind, deadline: START + ACTION_MS, transaction: None })
                }
                Post::Notification(bytes) => SystemEvent::NotificationReceived {
                    kind: NotificationKind::Arrived,
                    user_info: json!({"x": "y".repeat(*bytes)}).to_string().into_bytes(),
                    completion: None,
                },
            };
            core.handle(Input::System(event), START);
            posted += 1;
        }
        let effects = core.handle(Input::Invoke { id: 1, method: "diagnose", params: "{}" }, START);
        let [Effect::Complete { answer, .. }] = effects.as_slice() else { panic!("one answer") };
        let diagnosis: serde_json::Value = serde_json::from_str(answer).unwrap();
        let dropped = diagnosis["ok"]["events"]["dropped"].as_object().unwrap();
        let lost = |kind: EventKind| dropped.get(kind.name()).map_or(0, |count| count.as_u64().unwrap());
        for kind in EventKind::ALL.iter().filter(|kind| kind.keep() == Keep::Always) {
            prop_assert!(started > MOST_EVENTS || lost(*kind) == 0);
        }
        let (mut events, mut bytes) = (0, 0);
        for kind in EventKind::ALL {
            for effect in core.handle(Input::Listen(kind.name()), START) {
                let Effect::Emit(event) = effect else { continue };
                events += 1;
                bytes += event.body.len();
            }
        }
        prop_assert!(events <= MOST_EVENTS && bytes <= MOST_BYTES);
        let dropped: u64 = EventKind::ALL.iter().map(|kind| lost(*kind)).sum();
        prop_assert_eq!(events as u64 + dropped, posted);
    }
}
