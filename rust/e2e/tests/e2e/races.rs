//! Several users or phones act at once. The first terminal event wins, and everybody ends up with the same outcome.

use serde_json::json;
use zpns_e2e::{Phone, World, until};
use zpns_phone::driver::call_uuid;
use zpns_phone::{EndCause, TimelineEvent};

/// Alice calls bob, both of whose phones ring. Two people hold them.
fn two_phones(world: &World, call: &str) -> (Phone, [Phone; 2]) {
    let (alice, bobs) = (
        world.phone("alice"),
        [world.phone("bob"), world.phone("bob")],
    );
    alice.invites(&["bob"], call, 60);
    for bob in &bobs {
        bob.rings(call);
    }
    (alice, bobs)
}

fn at_once<const N: usize>(work: [&(dyn Fn() + Sync); N]) {
    std::thread::scope(|scope| {
        for work in work {
            scope.spawn(work);
        }
    });
}

fn end_of(phone: &Phone, call: &str) -> Option<EndCause> {
    let call = call_uuid(call);
    phone
        .timeline()
        .entries()
        .iter()
        .find_map(|entry| match entry.what {
            TimelineEvent::CallEnded { uuid, cause } if uuid == call => Some(cause),
            _ => None,
        })
}

#[test]
fn when_two_phones_of_one_user_answer_at_once_one_of_them_has_the_call() {
    let world = World::new();
    let (alice, bobs) = two_phones(&world, "call-1");
    let call = call_uuid("call-1");
    at_once([&|| bobs[0].answer(call).unwrap(), &|| {
        bobs[1].answer(call).unwrap();
    }]);
    let ends = until("one of the phones gives up", || {
        let ends = [&bobs[0], &bobs[1]].map(|bob| end_of(bob, "call-1"));
        ends.iter().any(Option::is_some).then_some(ends)
    });
    assert_eq!(
        ends.iter().flatten().collect::<Vec<_>>(),
        [&EndCause::AnsweredElsewhere]
    );
    alice.hears("callInvitationAccepted");
    assert_eq!(bobs.iter().map(|bob| bob.calls().len()).sum::<usize>(), 1);
    let winner = bobs.iter().find(|bob| !bob.calls().is_empty()).unwrap();
    winner.hangs_up("call-1");
    assert_eq!(alice.hears("callInvitationEnded")["operatedUserID"], "bob");
    assert_eq!(
        alice.heard(|heard| heard.kind == "callInvitationAccepted"),
        1
    );
}

#[test]
fn when_one_phone_declines_while_the_other_answers_both_agree_with_the_gateway() {
    let world = World::new();
    let (alice, bobs) = two_phones(&world, "call-1");
    let call = call_uuid("call-1");
    at_once([&|| bobs[0].answer(call).unwrap(), &|| {
        bobs[1].end(call).unwrap();
    }]);
    let state = until("the call is decided", || {
        let state = world.call("call-1")["state"].as_str().unwrap().to_owned();
        (state != "ringing").then_some(state)
    });
    assert_eq!(bobs[1].sees_end("call-1"), EndCause::User);
    match state.as_str() {
        "accepted" => assert_eq!(alice.hears("callInvitationAccepted")["invitee"], "bob"),
        "rejected" => {
            assert_eq!(alice.hears("callInvitationRejected")["invitee"], "bob");
            assert_eq!(bobs[0].sees_end("call-1"), EndCause::DeclinedElsewhere);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn when_the_caller_cancels_while_the_invitee_answers_both_sides_agree() {
    let world = World::new();
    let (alice, bob) = (world.phone("alice"), world.phone("bob"));
    alice.invites(&["bob"], "call-1", 60);
    bob.rings("call-1");
    let cancel = json!({ "invitees": ["bob"], "callID": "call-1", "config": {} });
    // The user may tap after the call is gone.
    at_once([&|| _ = bob.answer(call_uuid("call-1")), &|| {
        _ = alice.ask("callCancel", &cancel);
    }]);
    match world.call("call-1")["state"].as_str().unwrap() {
        "accepted" => {
            alice.hears("callInvitationAccepted");
            assert_eq!(bob.calls().len(), 1);
        }
        "cancelled" => {
            bob.sees_end("call-1");
            assert_eq!(bob.calls().len(), 0);
        }
        other => panic!("{other}"),
    }
}
