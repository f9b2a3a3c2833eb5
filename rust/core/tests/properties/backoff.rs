//! Registration's back-off (invariant 10): exponential with jitter, for ever, cheap when offline.

use proptest::prelude::*;
use serde_json::json;
use zpns_core::{
    AppFacts, Core, Effect, HttpFailure, HttpResponse, Input, Stored, SystemEvent, TokenKind,
};

use crate::config;
use crate::gateway::URL;
use crate::support::{START, user_token};

const MINUTE_MS: u64 = 60_000;

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_gateway_that_can_t_be_reached_is_asked_seldom_and_never_given_up(seed in any::<[u8; 32]>(), hours in 1..72_u64, status in proptest::option::of(500..600_u16)) {
        let mut core = Core::new(AppFacts::default(), Stored::Empty, seed, START);
        core.start(START);
        let configuration = json!({"serverURL": URL, "appID": "a", "userToken": user_token("bob")}).to_string();
        core.handle(Input::Invoke { id: 1, method: "configure", params: &configuration }, START);
        core.handle(Input::Invoke { id: 2, method: "registerPush", params: "{}" }, START);
        let mut effects = core.handle(Input::System(SystemEvent::TokenUpdated { kind: TokenKind::Apns, token: vec![1; 32] }), START);
        let (mut now, mut tries) = (START, vec![]);
        let end = START + hours * 60 * MINUTE_MS;
        loop {
            let requests = effects.iter().filter_map(|effect| match effect {
                Effect::Http(request) => Some(request.id),
                _ => None,
            });
            let requests: Vec<u64> = requests.collect();
            prop_assert!(requests.len() <= 1, "one registration is in flight");
            if let Some(id) = requests.first() {
                tries.push(now);
                let outcome = status.map_or(Err(HttpFailure::Unreachable), |status| Ok(HttpResponse { status, retry_after: None, date: None, body: vec![] }));
                effects = core.handle(Input::Http { id: *id, outcome }, now);
                continue;
            }
            let Some(due) = core.next_deadline() else { return Err(TestCaseError::fail("given up")) };
            prop_assert!(due > now, "a failure is not followed by another try at once");
            if due > end {
                break;
            }
            now = due;
            effects = core.handle(Input::Tick, now);
        }
        // From 1 second to 15 minutes in ten steps, each at least half of its full length.
        let most = 11 + hours * 60 * 2 / 15 + 1;
        prop_assert!(tries.len() as u64 <= most, "{} tries in {hours} hours", tries.len());
        prop_assert!(end - tries.last().unwrap() <= 15 * MINUTE_MS, "the last try is a quarter of an hour old at most");
    }
}
