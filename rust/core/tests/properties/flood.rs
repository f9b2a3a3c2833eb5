//! The mailbox's bounds (invariant 7): 256 events, 1 MiB; eviction drops the oldest of audio, DTMF and notification kinds first and never
//! answer, end or start.
//!
//! A twin of the phone, whose JavaScript listens to everything, says what is posted; a mailbox of a few lines says what should be left of it.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use zpns_core::effect::{DtmfKind, Handle};
use zpns_core::{
    ActionKind, AppFacts, CallAction, Core, Effect, Event, EventKind, Input, NotificationKind,
    Stored, SystemEvent,
};
use zpns_protocol::push_config::HandleType;

use crate::config;
use crate::support::{ACTION_MS, START};

/// As the design says; on purpose not taken from the code under test.
const MOST_EVENTS: usize = 256;
const MOST_BYTES: usize = 1024 * 1024;
const FIRST_TO_GO: [EventKind; 5] = [
    EventKind::DidActivateAudioSession,
    EventKind::DidDeactivateAudioSession,
    EventKind::ProviderDidBegin,
    EventKind::PerformPlayDtmfCallAction,
    EventKind::NotificationArrived,
];
const LAST_TO_GO: [EventKind; 3] = [
    EventKind::PerformStartCallAction,
    EventKind::PerformAnswerCallAction,
    EventKind::PerformEndCallAction,
];

/// All but the one that tells how things stand, which nobody keeps.
fn kinds_that_wait() -> Vec<EventKind> {
    let all = EventKind::ALL.iter().copied();
    all.filter(|kind| *kind != EventKind::CallsChanged)
        .collect()
}

#[derive(Clone, Debug)]
enum Post {
    Audio(bool),
    Began,
    Intent,
    /// The user starts a call: an event of the kind that is never dropped.
    Start,
    /// The user presses a key in the call that was started last, or mutes it.
    Tone,
    Mute,
    Arrived(usize),
    Clicked(usize),
    /// JavaScript listens to a type for a moment.
    Glance(usize),
}

fn post() -> impl Strategy<Value = Post> {
    let bytes = || prop_oneof![12 => 0..100_usize, 1 => 100_000..200_000_usize];
    prop_oneof![
        3 => any::<bool>().prop_map(Post::Audio),
        1 => Just(Post::Began),
        3 => Just(Post::Intent),
        2 => Just(Post::Start),
        2 => Just(Post::Tone),
        2 => Just(Post::Mute),
        2 => bytes().prop_map(Post::Arrived),
        1 => bytes().prop_map(Post::Clicked),
        1 => (0..kinds_that_wait().len() * 8).prop_map(Post::Glance),
    ]
}

fn system_event(number: u128, last_call: u128, post: &Post) -> SystemEvent {
    let action = |call, kind| {
        let id = Uuid::from_u128(number);
        SystemEvent::Action(CallAction {
            id,
            call: Uuid::from_u128(call),
            kind,
            deadline: START + ACTION_MS,
            transaction: None,
        })
    };
    let notification = |kind, bytes: usize| SystemEvent::NotificationReceived {
        kind,
        user_info: json!({"x": "y".repeat(bytes)}).to_string().into_bytes(),
        completion: None,
    };
    match post {
        Post::Audio(true) => SystemEvent::AudioActivated,
        Post::Audio(false) => SystemEvent::AudioDeactivated,
        Post::Began | Post::Glance(_) => SystemEvent::ProviderBegan,
        Post::Intent => SystemEvent::StartCallIntent {
            handle: Handle {
                kind: HandleType::Generic,
                value: "v".into(),
            },
            video: true,
        },
        Post::Start => action(
            number,
            ActionKind::Start {
                handle: None,
                contact: None,
                video: false,
            },
        ),
        Post::Tone => action(
            last_call,
            ActionKind::PlayDtmf {
                digits: "1".into(),
                kind: DtmfKind::SingleTone,
            },
        ),
        Post::Mute => action(last_call, ActionKind::SetMuted { muted: true }),
        Post::Arrived(bytes) => notification(NotificationKind::Arrived, *bytes),
        Post::Clicked(bytes) => notification(NotificationKind::Clicked, *bytes),
    }
}

fn launch() -> Core {
    let mut core = Core::new(AppFacts::default(), Stored::Empty, [1; 32], START);
    core.start(START);
    core
}

fn emitted(effects: Vec<Effect>) -> Vec<Event> {
    let event = |effect| match effect {
        Effect::Emit(event) => Some(event),
        _ => None,
    };
    effects.into_iter().filter_map(event).collect()
}

/// What should be left, oldest first.
#[derive(Default)]
struct Expected {
    waiting: Vec<(EventKind, Event)>,
    dropped: u64,
}

impl Expected {
    fn post(&mut self, event: Event) {
        let kind = EventKind::from_name(&event.kind).unwrap();
        self.waiting.push((kind, event));
        while self.waiting.len() > MOST_EVENTS || self.bytes() > MOST_BYTES {
            let worth = |(kind, _): &(EventKind, Event)| match kind {
                kind if FIRST_TO_GO.contains(kind) => 0,
                kind if LAST_TO_GO.contains(kind) => 2,
                _ => 1,
            };
            // Of the same worth the first, which is the oldest.
            let victim = (0..self.waiting.len())
                .min_by_key(|at| worth(&self.waiting[*at]))
                .expect("something waits");
            self.waiting.remove(victim);
            self.dropped += 1;
        }
    }

    fn bytes(&self) -> usize {
        self.waiting.iter().map(|(_, event)| event.body.len()).sum()
    }

    fn listen(&mut self, kind: EventKind) -> Vec<Event> {
        let (heard, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(waiting, _)| *waiting == kind);
        self.waiting = waiting;
        heard
            .into_iter()
            .map(|(_, event)| Event {
                flushed: true,
                ..event
            })
            .collect()
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn what_waits_for_javascript_is_bounded_and_the_oldest_of_the_least_worth_goes_first(posts in vec(post(), 1..500)) {
        let (mut core, mut twin, mut expected) = (launch(), launch(), Expected::default());
        for kind in &kinds_that_wait() {
            twin.handle(Input::Listen(kind.name()), START);
        }
        let mut last_call = 0;
        for (number, post) in (1..).zip(&posts) {
            if let Post::Glance(kind) = post {
                if let Some(kind) = kinds_that_wait().get(*kind) {
                    prop_assert_eq!(emitted(core.handle(Input::Listen(kind.name()), START)), expected.listen(*kind));
                    core.handle(Input::Unlisten(kind.name()), START);
                }
                continue;
            }
            if matches!(post, Post::Start) {
                last_call = number;
            }
            let event = system_event(number, last_call, post);
            for posted in emitted(twin.handle(Input::System(event.clone()), START)) {
                expected.post(posted);
            }
            core.handle(Input::System(event), START);
        }
        let effects = core.handle(Input::Invoke { id: 1, method: "diagnose", params: "{}" }, START);
        let [Effect::Complete { answer, .. }] = effects.as_slice() else { panic!("one answer") };
        let events = serde_json::from_str::<Value>(answer).unwrap()["ok"]["events"].take();
        let dropped: u64 = events["dropped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        prop_assert_eq!(dropped, expected.dropped, "7: what was dropped is counted");
        prop_assert_eq!(&events["waiting"], expected.waiting.len());
        for kind in &kinds_that_wait() {
            prop_assert_eq!(emitted(core.handle(Input::Listen(kind.name()), START)), expected.listen(*kind), "7: what waits comes, in order");
        }
    }
}
