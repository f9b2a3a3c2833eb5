//! What iOS does beside a call, on phones with the real client.

use serde_json::json;
use zpns_e2e::{Phone, World};
use zpns_phone::driver::call_uuid;
use zpns_phone::{EndCause, IncomingCallError, OtherCallChange, Others, RecentKind, TimelineEvent};

fn sees_hold(phone: &Phone, wanted: bool) {
    let is_it = |what: &TimelineEvent| match what {
        TimelineEvent::CallHeld { on_hold, .. } => *on_hold == wanted,
        _ => false,
    };
    phone.sees(is_it);
}

#[test]
fn ending_a_call_by_answering_a_cellular_one_reaches_the_other_side() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    bob.answers("call-1");
    bob.other_call_rings().unwrap();
    bob.other_call_is_answered(Others::End).unwrap();
    assert_eq!(bob.sees_end("call-1"), EndCause::User);
    assert_eq!(
        alice.hears("callInvitationEnded")["operatedUserID"],
        json!("bob")
    );
}

#[test]
fn a_call_that_a_cellular_one_put_on_hold_goes_on_and_has_audio_when_it_is_resumed() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    bob.answers("call-1");
    alice.hears("callInvitationAccepted");
    bob.other_call_rings().unwrap();
    bob.other_call_is_answered(Others::Hold).unwrap();
    sees_hold(&bob, true);
    bob.hears("didDeactivateAudioSession");
    bob.other_call_ends().unwrap();
    let change = OtherCallChange::Ended;
    bob.sees(|what| *what == TimelineEvent::OtherCall { change });
    bob.set_held(call_uuid("call-1"), false).unwrap();
    sees_hold(&bob, false);
    bob.sees(|what| *what == TimelineEvent::AudioActivated { told: false });
    assert_eq!(alice.heard(|heard| heard.kind == "callInvitationEnded"), 0);
}

#[test]
fn the_caller_of_a_call_that_ios_keeps_back_hears_of_no_rejection() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    bob.refuse_reports(Some(IncomingCallError::FilteredBySensitiveParticipants));
    alice.invites(&["bob"], "call-1", 2);
    bob.hears("didEndCall");
    alice.hears("callInviteesAnsweredTimeout");
    assert_eq!(
        alice.heard(|heard| heard.kind == "callInvitationRejected"),
        0
    );
}

#[test]
fn a_call_that_the_caller_took_back_is_missed_in_recents() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 30);
    bob.rings("call-1");
    alice.ok("callCancel", &json!({ "invitees": [], "callID": "call-1" }));
    bob.sees(|what| {
        matches!(
            what,
            TimelineEvent::RecentAdded {
                kind: RecentKind::Missed,
                ..
            }
        )
    });
}
